"""Hold one thing for the rest of a transaction, without the right to update its row."""

from django.db import connection, transaction


def hold(kind: str, identity: object) -> None:
    """
    Wait until nobody else holds this thing, then hold it until the transaction ends.

    The app's role may not update clinical rows, so it cannot lock them with SELECT FOR UPDATE;
    an advisory lock on the kind and id serves instead.

    Raises
    ------
    TransactionManagementError
        Outside a transaction, where the lock would be let go at once.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("A lock needs a transaction.")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{kind}:{identity}"]
        )

"""What a connection to the database is told when it opens."""

from typing import Any

from django.db.backends.signals import connection_created
from django.dispatch import receiver

# More questions than all pages ask together: a worker that serves them in turn forgets none.
# The driver keeps a hundred unless told; each costs the database some 20 kB.
KEPT = 400


@receiver(connection_created)
def keep_plans(connection: Any, **_: Any) -> None:
    """Let a connection keep the plans of all that is asked on it."""
    connection.connection.prepared_max = KEPT

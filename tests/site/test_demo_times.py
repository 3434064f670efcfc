"""Nothing in the synthetic clinic happened later than now; visits begin on the quarter hour."""

import psycopg
import pytest
from tests import databases
from tests.serving import seed

from kapstone.site import postgres

# What a row is about may lie ahead; what was done, and when it was written, may not.
AHEAD = {
    "ends_at",
    "due_at",
    "expires_at",
    "planned_at",
    "review_due_at",
    "starts_at",
    "useless_at",
    "valid_until",
}


@pytest.fixture(scope="module")
def rows(django_test_environment, django_db_blocker):
    """Read the seeded clinic past its fences, as the database's own superuser."""
    with django_db_blocker.unblock():
        name = databases.seeded(seed)
    address = postgres.ensure().conninfo(user=postgres.SUPERUSER, database=name)
    with psycopg.connect(address) as connection:
        yield connection


def columns(connection) -> list[tuple[str, str]]:
    found = connection.execute(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND data_type = 'timestamp with time zone'"
        " AND table_name NOT LIKE 'django_%' AND table_name NOT LIKE 'axes_%' ORDER BY 1, 2"
    )
    return list(found.fetchall())


def test_no_deed_of_the_demo_lies_ahead_of_now(rows):
    # The accounts of the staff are the first thing that a seed makes.
    (now,) = rows.execute(
        "SELECT max(date_joined) FROM people_user WHERE role = 'auditor'"
    ).fetchone()
    late = {}
    for table, column in columns(rows):
        if column in AHEAD:
            continue
        (count,) = rows.execute(
            f'SELECT count(*) FROM "{table}" WHERE "{column}" > %s',  # noqa: S608
            [now],
        ).fetchone()
        if count and (table, column) != ("people_user", "date_joined"):
            late[f"{table}.{column}"] = count
    assert late == {}


def test_a_dose_is_booked_on_the_quarter_of_an_hour(rows):
    odd = rows.execute(
        "SELECT count(*) FROM scheduling_appointment"
        " WHERE extract(minute FROM starts_at)::int % 15 <> 0"
    ).fetchone()
    assert odd == (0,)

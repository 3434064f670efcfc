"""The log while the database is away: short; and whole for every other fault."""

import logging

import pytest
from django.db import OperationalError
from psycopg import errors

from kapstone.site import settings
from kapstone.site.logs import BriefWhileAway


def record_of(fault, cause):
    fault.__cause__ = cause
    told = (type(fault), fault, None)
    record = logging.LogRecord(
        "django.request", logging.ERROR, "", 1, "Fault: %s", ("/x/",), told
    )
    assert BriefWhileAway().filter(record)
    return record


@pytest.mark.parametrize(
    "cause",
    [
        errors.OperationalError("connection failed"),
        errors.AdminShutdown("terminating connection"),
        errors.CannotConnectNow("starting up"),
        errors.ConnectionFailure("gone"),
    ],
)
def test_a_database_that_is_away_takes_one_line(cause):
    record = record_of(OperationalError(f"{cause}\nand more"), cause)
    assert record.exc_info is None
    assert record.getMessage() == f"Fault: /x/: {cause}"


@pytest.mark.parametrize(
    "fault",
    [
        (OperationalError("too slow"), errors.QueryCanceled("statement timeout")),
        (OperationalError("deadlock"), errors.DeadlockDetected("deadlock")),
        (ValueError("a fault of ours"), None),
    ],
)
def test_any_other_fault_keeps_its_stack(fault):
    record = record_of(*fault)
    assert record.exc_info is not None
    assert record.getMessage() == "Fault: /x/"


def test_every_line_passes_the_filter():
    logs = settings.LOGGING
    assert logs["filters"]["brief"]["()"] == "kapstone.site.logs.BriefWhileAway"
    assert all("brief" in handler["filters"] for handler in logs["handlers"].values())

"""What the log says while the database is away: a line for each page, not its whole stack."""

from __future__ import annotations

import logging

from django.db import InterfaceError, OperationalError

# PostgreSQL's classes for a connection that failed, and for a server that stops or starts.
AWAY = ("08", "57P")


def is_away(fault: BaseException | None) -> bool:
    """Say whether a fault means that the database could not be reached."""
    if not isinstance(fault, InterfaceError | OperationalError):
        return False
    state = getattr(fault.__cause__, "sqlstate", None)
    return state is None or str(state).startswith(AWAY)


class BriefWhileAway(logging.Filter):
    """Put why the database was not reached into the line itself, and leave the stack out."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass."""
        fault = record.exc_info[1] if record.exc_info else None
        if is_away(fault):
            why = str(fault).strip().split("\n", 1)[0]
            record.msg, record.args = "%s: %s", (record.getMessage(), why)
            record.exc_info = record.exc_text = None
        return True

"""The Today board: the room, the open windows, what needs this user, the rooms of the day."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from kapstone.clinic.overview.needs import needs_of
from kapstone.clinic.overview.rooms import RoomsToday, rooms_today
from kapstone.clinic.overview.windows import OpenWindows, open_windows
from kapstone.core.access.standing import Access
from kapstone.core.ui.parts import KeyHint, Need

HINTS = (
    KeyHint(keys=("J", "K"), does="move"),
    KeyHint(keys=("Enter",), does="open"),
    KeyHint(keys=("B",), does="book"),
    KeyHint(keys=("?",), does="all keys"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Everything the Today page shows; a part is None where the role never sees it."""

    day: str
    rooms: RoomsToday | None
    windows: OpenWindows | None
    needs: tuple[Need, ...]
    hints: tuple[KeyHint, ...] = HINTS


def board_of(access: Access, zone: ZoneInfo) -> Board:
    """Gather the board for this user at this moment."""
    at = access.at
    rooms = rooms_today(access, zone)
    windows = open_windows(access, zone) if access.may_anywhere("window") else None
    return Board(
        day=f"{at.astimezone(zone):%A %-d %B}",
        rooms=rooms,
        windows=windows,
        needs=needs_of(access, zone, windows.gaps if windows else (), rooms.needs),
    )

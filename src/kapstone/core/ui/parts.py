"""The facts that components draw: plain, frozen, ready for a template."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from kapstone.core.ui.charts.drawing import Drawing


class Tone(StrEnum):
    """What a colour says; every tone comes with a word or an icon."""

    PLAIN = ""
    WINDOW = "window"
    FIR = "fir"
    AMBER = "amber"
    RED = "red"
    HEATHER = "heather"
    LAKE = "lake"
    MOSS = "moss"
    BARK = "bark"


@dataclass(frozen=True, slots=True, kw_only=True)
class NavItem:
    """One place in the rail, the tab bar, the public menu, tabs or segments."""

    label: str
    href: str
    icon: str = ""
    count: int | None = None
    current: bool = False
    apart: bool = False  # a rule stands before it in the rail
    central: bool = False  # the raised middle tab of the patient's five


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing to do next: a link, or with ``post`` a form that posts to the address."""

    label: str
    href: str
    kind: str = ""  # a kind of button: pri, quiet, warn, danger, call, closed
    icon: str = ""
    key: str = ""
    post: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One thing that waits for somebody: who, what, why and by when, and one act."""

    who: str
    what: str
    why: str = ""
    icon: str
    tone: Tone = Tone.PLAIN
    act: Act | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number with its name and a note: a vital sign with its baseline, a score."""

    name: str
    value: str
    note: str = ""
    next: bool = False  # set apart by a line: what comes next
    until: str = ""  # an ISO time: the value counts down to it
    since: str = ""  # an ISO time: when it was measured, and its age beside it
    age: str = ""  # that age as it was when the page was made
    old_at: str = ""  # an ISO time: from then on the value is grey


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line with an icon: a fact of the safety strip, a gate check on a room card."""

    text: str
    icon: str
    strong: str = ""
    tone: Tone = Tone.PLAIN
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomCard:
    """One room on the Today board, live or waiting."""

    name: str
    detail: str
    state: str
    state_icon: str
    state_tone: Tone
    bar: Drawing | None = None
    figures: tuple[Figure, ...] = ()
    lines: tuple[Line, ...] = ()
    acts: tuple[Act, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyHint:
    """One or more keys and what they do."""

    keys: tuple[str, ...]
    does: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of several, in order."""

    label: str
    done: bool = False
    current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorPage:
    """What happened, what was kept, what to do: in that order."""

    status: int
    title: str
    happened: str
    kept: str
    to_do: str
    acts: tuple[Act, ...] = field(default_factory=tuple)

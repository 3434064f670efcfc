"""From trails to the forest: strengths before, after a dose, and today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from kapstone.catalogue.modalities import WindowPhase
from kapstone.clinic.practice.queries import TrailState
from kapstone.clinic.window.forecast import Forecast
from kapstone.core.people.models import Patient
from kapstone.core.ui.charts.trail_map import Fork, Trail, TrailMap
from kapstone.core.ui.parts import NavItem

SEEDS = 2**31
BEFORE, TODAY = "before", "today"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One position of the switch: its code in the address, its words, and its day."""

    code: str
    label: str
    day: date | None  # None is now
    fog: bool


def moments_of(forecast: Forecast, zone: ZoneInfo) -> tuple[Moment, ...]:
    """Give Before, the dose half way, and Today; without a dose only Today is left out."""
    by_number = {dose.number: dose for dose in forecast.doses if dose.number}
    middle: list[Moment] = []
    if by_number:
        number = sorted(by_number)[(len(by_number) - 1) // 2]
        day = by_number[number].given_at.astimezone(zone).date() + timedelta(days=1)
        middle = [Moment(code=f"dose-{number}", label=f"Dose {number}", day=day, fog=True)]
    now_open = forecast.phase in {WindowPhase.OPENING, WindowPhase.OPEN, WindowPhase.RESTING}
    return (
        Moment(code=BEFORE, label="Before", day=date.min, fog=False),
        *middle,
        Moment(code=TODAY, label="Today", day=None, fog=now_open),
    )


def switch_of(moments: Sequence[Moment], chosen: Moment, keep: str = "") -> tuple[NavItem, ...]:
    """Lay out the switch as links; ``keep`` is the rest of the address."""
    return tuple(
        NavItem(label=one.label, href=f"?when={one.code}{keep}", current=one == chosen)
        for one in moments
    )


def strengths_at(state: TrailState, moment: Moment) -> tuple[float, float]:
    """Give the strengths of a fork's new and old trail at a position of the switch."""
    if moment.day is None:
        return state.new, state.old
    return state.curve.on(max(moment.day, state.curve.days[0]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Widths:
    """One fork with the width of its trails in words, never as a number."""

    state: TrailState
    new: str
    old: str


def widths_of(states: Sequence[TrailState], moment: Moment) -> tuple[Widths, ...]:
    """Say how wide each fork's trails are at a position of the switch."""
    rows = []
    for state in states:
        new, old = strengths_at(state, moment)
        rows.append(
            Widths(
                state=state,
                new=Trail(name=state.fork.new_trail, strength=new).word,
                old=Trail(name=state.fork.old_trail, strength=old).word,
            )
        )
    return tuple(rows)


def forest_picture(
    patient: Patient,
    states: Sequence[TrailState],
    moment: Moment,
    *,
    selected: int | None = None,
    top: float = 0.0,
    uid: str = "forest",
) -> TrailMap:
    """Lay out the forest. The same strengths give the same forest, tree by tree."""
    return TrailMap(
        uid=uid,
        seed=patient.key.int % SEEDS,
        forks=tuple(_fork(state, moment) for state in states),
        window_open=moment.fog,
        selected=selected,
        top=top,
    )


def _fork(state: TrailState, moment: Moment) -> Fork:
    new, old = strengths_at(state, moment)
    return Fork(
        cue=state.fork.cue,
        old=Trail(name=state.fork.old_trail, strength=old),
        new=(Trail(name=state.fork.new_trail, strength=new),),
    )

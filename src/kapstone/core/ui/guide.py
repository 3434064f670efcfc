"""What the style guide shows: every chart and component on fixed samples."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from kapstone.core.ui.charts.dot_interval import draw_dot_interval
from kapstone.core.ui.charts.drawing import Drawing
from kapstone.core.ui.charts.hill import draw_hill
from kapstone.core.ui.charts.ridge_board import RidgeBoard, draw_ridge_board
from kapstone.core.ui.charts.ring import draw_ring
from kapstone.core.ui.charts.rooms_day import draw_rooms_day
from kapstone.core.ui.charts.session_bar import draw_session_bar
from kapstone.core.ui.charts.session_record import draw_session_record
from kapstone.core.ui.charts.timeline import draw_timeline
from kapstone.core.ui.charts.trail_map import draw_trail_map
from kapstone.core.ui.charts.trajectories import (
    draw_completeness,
    draw_small_multiple,
    draw_trajectories,
)
from kapstone.core.ui.charts.vitals_strip import draw_vitals_strip
from kapstone.core.ui.charts.window_curve import draw_window_curve
from kapstone.core.ui.charts.window_sketch import draw_window_sketch
from kapstone.core.ui.icons import icon_bodies
from kapstone.core.ui.samples import clinic, components, mark_samples, outcomes, person


@dataclass(frozen=True, slots=True)
class Small:
    """One small multiple with its name, status word and icon."""

    name: str
    outcome: str
    word: str
    icon: str
    drawing: Drawing


_STATUS = {
    "remission": ("Remission", "leaf"),
    "response": ("Response", "trending-down"),
    "none": ("Not yet", "minus"),
    "worse": ("Worse", "trending-up"),
}


def charts() -> dict[str, Drawing]:
    """Draw one of each chart."""
    return {
        "window": draw_window_curve(clinic.WINDOW),
        "sketch": draw_window_sketch(clinic.SKETCH),
        "record": draw_session_record(clinic.RECORD),
        "strip": draw_vitals_strip(clinic.RECORD),
        "bar": draw_session_bar(clinic.BAR),
        "ring": draw_ring(clinic.RING),
        "ring_too": draw_ring(replace(clinic.RING, uid="ring-too")),
        "rooms": draw_rooms_day(clinic.ROOMS),
        "hill": draw_hill(person.HILL),
        "rest": draw_hill(person.REST),
        "dawn": draw_hill(person.DAWN),
        "before": draw_trail_map(person.forest("before")),
        "dose2": draw_trail_map(person.forest("dose2")),
        "today": draw_trail_map(person.forest("today")),
        "timeline": draw_timeline(person.TIMELINE),
        "everybody": draw_trajectories(outcomes.TRAJECTORIES),
        "rates": draw_dot_interval(outcomes.DOTS),
        "complete": draw_completeness(outcomes.COMPLETE),
    }


def smalls() -> tuple[Small, ...]:
    """Draw the small multiples, each with its status in words."""
    return tuple(
        Small(one.name, one.outcome, *_STATUS[one.outcome], draw_small_multiple(one))
        for one in outcomes.SMALL
    )


def guide() -> dict[str, Any]:
    """Give the whole style guide as a template context."""
    return {
        "charts": charts(),
        "ridges": draw_ridge_board(clinic.RIDGES),
        "no_ridges": draw_ridge_board(RidgeBoard(uid="none", ridges=(), days=())),
        "smalls": smalls(),
        "marks": mark_samples.MARKS,
        "icons": sorted(icon_bodies()),
        "panels": components.PANELS,
        "needs": components.NEEDS,
        "room_cards": components.ROOM_CARDS,
        "safety": components.SAFETY,
        "scores": components.SCORES,
        "views": components.VIEWS,
        "ways": components.WAYS,
        "when": components.WHEN,
        "steps": components.STEPS,
        "hints": components.HINTS,
        "next": components.NEXT,
        "patient_tabs": components.PATIENT_TABS,
        "form": components.wrong_form(),
    }

"""
What a tablet must know to work on with the network gone: who, the order, the limits, the words.

Only what the storage exception allows leaves the server for keeping: no notes, no
picture of the whole session, nobody else's record. See decision 19.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from kapstone import __version__
from kapstone.catalogue.plausibility import load_plausibility
from kapstone.catalogue.room import load_room
from kapstone.catalogue.threshold_sheet import Side
from kapstone.catalogue.thresholds import load_thresholds
from kapstone.clinic.dosing.entries import CONTAINER_ITEMS, SIGN_NAMES, WHOLE, Kind
from kapstone.clinic.dosing.monitoring import Started, due_times
from kapstone.clinic.dosing.queries import Chart
from kapstone.clinic.dosing.reading import POSSIBLE
from kapstone.clinic.dosing.room_page import Live
from kapstone.clinic.dosing.sync.envelope import unix_ms
from kapstone.clinic.dosing.words import DEGREES, PRODUCTS
from kapstone.core.people.models import User

CLIENT_VERSION = f"kapstone-{__version__}"
KEPT_FOR = timedelta(minutes=30)  # how far back vital signs stay on a tablet
AHEAD = timedelta(hours=4)  # how far ahead the schedule goes along: a lease lasts as long
_KEPT_KINDS = frozenset({Kind.VITALS, Kind.NO_VALUE, Kind.DOSE})


def tablet_json(chart: Chart, by: User) -> str:
    """Write what the tablet needs to know of this session and this catalogue."""
    return json.dumps(
        _session(chart, by) | _schedule(chart) | _order(chart) | _catalogue(chart)
    )


def without_notes(chart: Chart, live: Live) -> Live:
    """Leave what a tablet may keep: vital signs of half an hour, and the doses."""
    since = chart.at - KEPT_FOR
    kinds = {line.written.entry: line.written.kind for line in chart.record.lines}
    feed = tuple(
        one
        for one in live.feed
        if kinds[one.key] in _KEPT_KINDS and (one.at >= since or kinds[one.key] is Kind.DOSE)
    )
    latest = tuple(one for one in live.latest if one.at >= since)
    return replace(live, feed=feed, latest=latest, more=0, revision="kept")


def _session(chart: Chart, by: User) -> dict[str, Any]:
    clinic = chart.session.clinic
    return {
        "session": str(chart.session.key),
        "clinic": clinic.slug,
        "actor": str(by.key),
        "by": str(by),
        "patient": chart.patient.screen_name,
        "zone": clinic.time_zone,
        "phone": clinic.phone,
        "version": CLIENT_VERSION,
        "closed": chart.stage.is_closed,
    }


def _order(chart: Chart) -> dict[str, Any]:
    order, doses = chart.order, chart.record.doses
    return {
        "order": {
            "product": order.product,
            "route": order.route,
            "most_mg": str(order.max_session_mg),
        }
        if order is not None
        else None,
        "doses": [[str(one.entry), str(one.dose.amount_mg)] for one in doses],
    }


def _schedule(chart: Chart) -> dict[str, Any]:
    """Give when vital signs are due: from the doses given, and from a first one yet to come."""
    record, order = chart.record, chart.order
    began = [
        Started(
            at=one.at,
            route=one.dose.route,
            product=one.dose.product,
            duration_min=float(one.dose.duration_min or 0),
        )
        for one in record.doses
    ]
    plan: list[list[int]] = []
    if order is not None and not began:
        minutes = float(order.duration_min or 0)
        first = Started(
            at=chart.at, route=order.route, product=order.product, duration_min=minutes
        )
        start = unix_ms(chart.at)
        plan = [[due - start, over - start] for due, over in _due([first], chart.at)]
    newest = record.seen[-1] if record.seen else None
    return {
        "due": _due(began, chart.at),
        "plan": plan,
        "dosed_ms": unix_ms(record.first_dose_at) if record.first_dose_at else None,
        "taken_ms": unix_ms(newest.at) if newest else None,
        "newest": {
            name: getattr(newest.vitals, name)
            for name in SIGN_NAMES
            if getattr(newest.vitals, name) is not None
        }
        if newest
        else {},
    }


def _due(doses: Sequence[Started], at: datetime) -> list[list[int]]:
    given = {dose.at for dose in doses}
    return [
        [unix_ms(one.due_at), unix_ms(one.overdue_at)]
        for one in due_times(doses, at + AHEAD)
        if one.due_at not in given
    ]


def _catalogue(chart: Chart) -> dict[str, Any]:
    room, sheet, odd = load_room(), load_thresholds(), load_plausibility()
    steps = (*room.emergency_steps, *room.distress_steps)
    return {
        "signs": [
            [name, label, *POSSIBLE[name], name in WHOLE] for name, label in SIGN_NAMES.items()
        ],
        "ask": [
            [one.code, one.name, one.unit, one.ask_below, one.ask_above]
            for one in sheet.parameters
        ],
        "other_units": [
            [one.parameter, one.at_least, one.below, one.sentence] for one in odd.other_units
        ],
        "pulse_pressure": odd.pulse_pressure.value,
        "limits": _limits(chart),
        "sedated_at": sheet.sedated_at.value,
        "levels": {one.code: [one.name, one.words] for one in sheet.levels},
        "words": {
            "event": {one.code: one.name for one in room.events},
            "graded": {one.code: one.graded for one in room.events},
            "degree": DEGREES,
            "reason": {one.code: one.name for one in room.no_value},
            "reply": {one.code: one.name for one in room.replies},
            "step": {one.code: one.name for one in steps},
            "sign": {one.code: one.name for one in sheet.signs},
            "container": dict(CONTAINER_ITEMS),
            "product": dict(PRODUCTS),
        },
    }


def _limits(chart: Chart) -> list[dict[str, Any]]:
    """Give the limits as they count for this patient, the gravest first."""
    baseline = chart.record.baseline
    found = []
    for one in sorted(load_thresholds().limits, key=lambda limit: limit.level.rank):
        start = getattr(baseline, one.parameter, None) if baseline else None
        number = None if one.side is Side.SEEN else one.value_for(start)
        if number is None:
            continue
        found.append(
            {
                "parameter": one.parameter,
                "side": one.side.value,
                "number": number,
                "level": one.level.value,
                "sentence": one.sentence,
                "signs": list(one.any_sign),
                "twice": one.on_second_reading,
            }
        )
    return found

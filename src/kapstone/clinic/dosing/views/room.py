"""The session room: one screen to record and to be reminded, without light or noise."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth import authenticate
from django.db import transaction
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render

from kapstone.catalogue.room import load_room
from kapstone.clinic.dosing.actions import correct_entry, give_dose, record_entry
from kapstone.clinic.dosing.entries import (
    Correction,
    Dose,
    Kind,
    Mistake,
    Speaker,
    Vitals,
    as_json,
)
from kapstone.clinic.dosing.following import follow_session
from kapstone.clinic.dosing.forms import Posted, read_posted
from kapstone.clinic.dosing.queries import Chart, chart_of, written_of
from kapstone.clinic.dosing.reading import read_payload
from kapstone.clinic.dosing.record import Stage, Written
from kapstone.clinic.dosing.room_page import (
    TABS,
    Typed,
    head_of,
    live_of,
    panel_of,
    revision_of,
)
from kapstone.clinic.dosing.tablet import tablet_json
from kapstone.clinic.dosing.views.strips import Strip, strip_of
from kapstone.clinic.dosing.views.targets import (
    chart_at,
    entry_in,
    of_bare_session,
    of_session,
    reasons,
)
from kapstone.clinic.dosing.words import DEGREES, say
from kapstone.core.access.doors import Target, door
from kapstone.core.access.policy import Action
from kapstone.core.people.http import Request
from kapstone.core.people.models import Role, User
from kapstone.core.ui.context import THEME_CHOICES, chosen_theme
from kapstone.core.ui.following import follow, wants_stream
from kapstone.errors import InvalidInput, KapstoneError, NotAllowed, Refused, Weight

WATCHED_FOR = timedelta(minutes=10)  # a screen left open is logged six times an hour
TAB_OF = {
    Kind.VITALS: "vitals",
    Kind.NO_VALUE: "vitals",
    Kind.EVENT: "event",
    Kind.NOTE: "note",
}


SPEAKERS = tuple((one.value, one.value.capitalize()) for one in Speaker)
_SHAPES = {Kind.VITALS: "vitals", Kind.NO_VALUE: "", Kind.DOSE: "dose", Kind.NOTE: "note"}
LIGHTS = tuple(one for one in THEME_CHOICES if one.code in {"light", "room", "deep"})


def _tab(request: Request) -> str:
    wanted = request.GET.get("tab") or request.POST.get("tab") or "vitals"
    return wanted if wanted in {code for code, _, _ in TABS} else "vitals"


def room_context(
    request: Request,
    chart: Chart,
    tab: str,
    typed: Typed | None = None,
    strip: Strip | None = None,
) -> dict[str, Any]:
    """Gather what the room's page shows."""
    order = chart.order
    given = chart.record.given_mg
    return {
        "session": chart.session,
        "patient": chart.patient,
        "head": head_of(chart, request.access),
        "live": live_of(chart, request.user.clinic.zone),
        "panel": panel_of(chart, tab, typed),
        "order": order,
        "strip": strip or (strip_of(request, chart) if tab == "dose" else None),
        "given_mg": given,
        "given_per_kg": given / float(order.weight_kg) if order and given else None,
        "left_mg": max(0.0, float(order.max_session_mg) - given) if order else 0.0,
        "is_first": chart.record.first_dose_at is None,
        "stage": chart.stage,
        "is_closed": chart.stage.is_closed,
        "may_amend": request.access.may("dosing_session", Action.AMEND, chart.patient.pk),
        "may_override": request.user.role == Role.PRESCRIBER,
        "degrees": DEGREES,
        "speakers": SPEAKERS,
        "rescue_note": load_room().rescue_note,
        "theme": chosen_theme(request) or "room",
        "theme_choices": LIGHTS,
        "tablet": tablet_json(chart, request.user),
    }


def _panel_or_page(request: Request) -> str:
    return "dosing/room/panel.html" if request.htmx else "dosing/room.html"


@door("dosing_session", read=Action.CREATE, of=of_session)
def room(request: Request, **kwargs: Any) -> HttpResponse:
    """Show the room: who, since when, what is due, what was written, and the way to write."""
    chart = chart_at(request)
    if chart.stage in {Stage.PLANNED, Stage.GATE} and not chart.record.lines:
        return render(
            request,
            "dosing/room_shut.html",
            {"session": chart.session, "patient": chart.patient, "gate": chart.gate},
        )
    return render(request, _panel_or_page(request), room_context(request, chart, _tab(request)))


def of_followed(request: Request, **kwargs: Any) -> Target:
    """Find the session, with no more than a stream needs for a screen that only follows."""
    return (of_bare_session if wants_stream(request) else of_session)(request, **kwargs)


@door("dosing_session", read=Action.CREATE, of=of_followed, watched_for=WATCHED_FOR)
def live(request: Request, **kwargs: Any) -> HttpResponse:
    """Answer a screen that watches: what changed, that nothing did, or a stream to follow."""
    if wants_stream(request):
        return follow(request, follow_session(request.target.record))
    chart = chart_at(request)
    if request.GET.get("rev") == revision_of(chart):
        return HttpResponse(status=204)
    if not request.htmx:
        return redirect("dosing:room", session_key=chart.session.key)
    return _watching(request, chart)


def _watching(
    request: Request, chart: Chart, *, problems: tuple[str, ...] = (), said: str = ""
) -> HttpResponse:
    """Give the parts that change, and leave what is being typed alone."""
    context = {
        "session": chart.session,
        "patient": chart.patient,
        "live": live_of(chart, request.user.clinic.zone),
        "may_amend": request.access.may("dosing_session", Action.AMEND, chart.patient.pk),
        "is_closed": chart.stage.is_closed,
        "swapped": True,
        "answer_problems": problems,
        "said": said,
        "tablet": tablet_json(chart, request.user),
    }
    status = 422 if problems else 200
    return render(request, "dosing/room/live_parts.html", context, status=status)


def _after(request: Request, chart: Chart, tab: str, words: str) -> HttpResponse:
    """Answer what was written: the empty panel and the new state, or the page again."""
    if not request.htmx:
        answer = redirect("dosing:room", session_key=chart.session.key)
        answer.status_code = 303
        answer["Location"] += f"?tab={tab}"
        return answer
    fresh = chart_of(chart.session, request.access.at)
    if request.htmx.target == "live":
        return _watching(request, fresh, said=words)
    context = room_context(request, fresh, tab) | {"swapped": True, "said": words}
    return render(request, "dosing/room/panel_and_live.html", context)


def _refused(
    request: Request, chart: Chart, tab: str, fault: KapstoneError, values: Mapping[str, str]
) -> HttpResponse:
    """Answer what was not written: the same panel, what was typed, and why; 422."""
    typed = Typed(values=dict(values))
    if isinstance(fault, InvalidInput):
        typed = replace(typed, errors=dict(fault.fields))
    elif isinstance(fault, Refused):
        cautions = [one.message for one in fault.findings if one.weight is Weight.CAUTION]
        blocks = [one.message for one in fault.findings if one.weight is Weight.BLOCK]
        typed = replace(typed, cautions=tuple(cautions), blocks=tuple(blocks))
    else:
        typed = replace(typed, blocks=(str(fault),))
    fresh = chart_of(chart.session, chart.at)
    if request.htmx.target == "live":
        said = (*typed.blocks, *typed.cautions, *typed.errors.values())
        return _watching(request, fresh, problems=said)
    context = room_context(request, fresh, tab, typed)
    return render(request, _panel_or_page(request), context, status=422)


def _posted(request: Request) -> tuple[Posted | None, InvalidInput | None]:
    try:
        return read_posted(request.POST, request.access.at), None
    except InvalidInput as wrong:
        return None, wrong


def _without_stray_degree(values: Mapping[str, str]) -> Mapping[str, str]:
    """Drop a degree chosen before a chip that has none."""
    graded = {chip.code for chip in load_room().events if chip.graded}
    if values.get("event") in graded:
        return values
    return {name: value for name, value in values.items() if name != "degree"}


@door("dosing_session", read=None, write=Action.CREATE, of=of_session)
def entries(request: Request, **kwargs: Any) -> HttpResponse:
    """Write one entry: vitals, no value, event, note, answer to a crossing, state."""
    chart, tab = chart_at(request), _tab(request)
    posted, wrong = _posted(request)
    values = posted.values if posted else {name: request.POST[name] for name in request.POST}
    try:
        if posted is None:
            raise wrong or InvalidInput({"": "Nothing was sent."})
        payload = read_payload(posted.kind, _without_stray_degree(posted.values))
        record_entry(
            by=request.user,
            at=request.access.at,
            session=chart.session,
            payload=payload,
            stamp=posted.stamp,
        )
    except (InvalidInput, Refused) as fault:
        return _refused(request, chart, tab, fault, values)
    tab = TAB_OF.get(payload.kind, tab)
    if request.POST.get("then") == "help":
        answer = redirect("dosing:help", session_key=chart.session.key)
        answer.status_code = 303
        return answer
    return _after(request, chart, tab, "Saved.")


def _witness(request: Request) -> User | None:
    """Give the second person, who proves that they are there with their own password."""
    name, password = request.POST.get("witness", ""), request.POST.get("witness_password", "")
    if not name:
        return None
    found = authenticate(request, username=name, password=password)
    if not isinstance(found, User) or found.clinic_id != request.user.clinic_id:
        raise InvalidInput({"witness": "The second person's name or password is not right."})
    return found


@door("dosing_session", read=None, write=Action.CREATE, of=of_session)
def dose(request: Request, **kwargs: Any) -> HttpResponse:
    """Record a dose given, with everything that must hold first."""
    chart = chart_at(request)
    posted, wrong = _posted(request)
    values = posted.values if posted else {}
    try:
        if posted is None:
            raise wrong or InvalidInput({"": "Nothing was sent."})
        payload = read_payload(Kind.DOSE, posted.values)
        before = transaction.savepoint()
        given = give_dose(
            by=request.user,
            at=request.access.at,
            session=chart.session,
            dose=payload if isinstance(payload, Dose) else _never(),
            stamp=posted.stamp,
            witness=_witness(request),
        )
    except (InvalidInput, Refused, NotAllowed) as fault:
        return _refused(request, chart, "dose", fault, values)
    if request.POST.get("only") == "check":
        # A tablet asks first and writes into its own queue: nothing of this may stay.
        witness_id = given.entry.payload.get("witness_id")
        transaction.savepoint_rollback(before)
        return JsonResponse({"witness_id": witness_id})
    return _after(request, chart, "vitals", "Dose recorded. The clock runs.")


def _never() -> Dose:
    raise InvalidInput({"kind": "A dose is expected here."})


@door("dosing_session", read=Action.AMEND, write=Action.AMEND, of=of_session)
def correct(request: Request, *, entry_id: UUID, **kwargs: Any) -> HttpResponse:
    """Strike one entry, say why, and what is true instead."""
    chart = chart_at(request)
    entry = entry_in(chart.session, entry_id)
    line = next(one for one in chart.record.lines if one.written.entry == entry_id)
    written = written_of(entry)
    of = written.payload.of if isinstance(written.payload, Correction) else written.kind
    sent = request.method == "POST"
    values = {name: request.POST[name] for name in request.POST} if sent else _said(written)
    typed = Typed(values=values)
    context = {
        "session": chart.session,
        "patient": chart.patient,
        "tablet": tablet_json(chart, request.user),
        "of": of,
        "says": json.dumps(as_json(written.says)) if written.says else "{}",
        "entry": entry,
        "said": say(line, chart.record, chart.patient.screen_name),
        "shape": _SHAPES.get(of, "") if _may_be_said_again(written.says, of) else "",
        "mistakes": load_room().corrections,
        "entry_id": uuid4(),
        "panel": panel_of(chart, "vitals", typed),
        "typed": typed.values,
        "speakers": SPEAKERS,
    }
    if not sent:
        return render(request, "dosing/correct.html", context)
    try:
        posted = read_posted(request.POST, request.access.at)
        values = {
            name: value
            for name, value in posted.values.items()
            if name not in {"mistake", "detail", "what"}
        }
        instead = None
        if request.POST.get("what") != "nothing":
            instead = read_payload(of, _kept(written.says, values))
            if instead == written.says and posted.stamp.observed_at is None:
                raise InvalidInput({"": "Nothing is changed yet. Write what is true."})
        mistake = request.POST.get("mistake", "")
        if mistake not in list(Mistake):
            raise InvalidInput({"mistake": "Choose what was wrong."})
        correct_entry(
            by=request.user,
            at=request.access.at,
            entry=entry,
            mistake=Mistake(mistake),
            instead=instead,
            detail=request.POST.get("detail", "").replace("\x00", ""),
            stamp=posted.stamp,
        )
    except (InvalidInput, Refused) as fault:
        return render(
            request,
            "dosing/correct.html",
            {**context, "wrong": reasons(fault)},
            status=422,
        )
    return _after(request, chart, "vitals", "Corrected. The old entry stays, struck.")


def _said(written: Written) -> dict[str, str]:
    """Give what the entry says as the form shows it: mending one value keeps the others."""
    if written.says is None:
        return {}
    said = as_json(written.says)
    said.pop("is_confirmed", None)  # looked at again means: again
    return {name: str(value) for name, value in said.items() if value is not None}


def _may_be_said_again(says: object, of: Kind) -> bool:
    """Whether the form can ask for what is true: a dose struck as not given cannot be."""
    return of is not Kind.DOSE or isinstance(says, Dose)


def _kept(says: object, values: Mapping[str, str]) -> Mapping[str, Any]:
    """Keep what the form does not ask again: of a dose the product, route and identity."""
    if isinstance(says, Vitals):
        unasked = {
            "depth": says.depth,
            "is_dissociated_with_reflexes": says.is_dissociated_with_reflexes,
        }
        return {**unasked, **values}
    if not isinstance(says, Dose):
        return values
    return {
        "product": says.product,
        "route": says.route,
        "lot": says.lot,
        "draw": str(says.draw) if says.draw else None,
        "duration_min": str(says.duration_min) if says.duration_min else None,
        "is_identity_checked": says.is_identity_checked,
        **values,
    }

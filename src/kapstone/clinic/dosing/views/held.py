"""What tablets sent and could not be placed: read it, and decide about it."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render

from kapstone.clinic.dosing.actions import decide_held
from kapstone.clinic.dosing.held import Held, decisions_in, read_held, sent_words
from kapstone.clinic.dosing.held_forms import HeldForm
from kapstone.clinic.dosing.queries import Chart
from kapstone.clinic.dosing.views.targets import chart_at, of_session, reasons
from kapstone.clinic.dosing.words import feed_of
from kapstone.core.access.doors import door
from kapstone.core.access.policy import Action
from kapstone.core.people.http import Request
from kapstone.errors import InvalidInput, NotAllowed, Refused

LISTED = 60  # entries that may be named as saying the same
LABEL = 90


@door("dosing_session", read=Action.CREATE, write=Action.CREATE, of=of_session)
def held(request: Request, **kwargs: Any) -> HttpResponse:
    """Show what is held beside the record, and keep a decision about one of them."""
    chart = chart_at(request)
    waiting = read_held(chart.session, chart.record)
    if request.method != "POST":
        return render(request, "dosing/held.html", _context(chart, waiting))
    named = request.POST.get("held", "")
    one = next((one for one in waiting if one.key == named), None)
    if one is None:
        if any(row.receipt.fingerprint == named for row in decisions_in(chart.session)):
            return _back(chart)  # decided already: the first decision stands
        raise InvalidInput({"held": "That entry is not held here. Open the page again."})
    form = HeldForm(one, _entries(chart), request.POST)
    if form.is_valid() and _decide(request, chart, one, form):
        return _back(chart)
    context = _context(chart, waiting, form)
    return render(request, "dosing/held.html", context, status=422)


def _decide(request: Request, chart: Chart, one: Held, form: HeldForm) -> bool:
    """Keep the decision; or put beside the form why it was not kept."""
    try:
        decide_held(
            by=request.user,
            at=request.access.at,
            receipt=one.receipt,
            decided=form.decided(chart.session),
        )
        return True
    except InvalidInput as wrong:
        for name, words in wrong.fields.items():
            form.add_error(name if name in form.fields else None, words)
    except (Refused, NotAllowed) as fault:
        said = reasons(fault) if isinstance(fault, Refused) else (str(fault),)
        for words in said:
            form.add_error(None, words)
    return False


def _back(chart: Chart) -> HttpResponse:
    answer = redirect("dosing:held", session_key=chart.session.key)
    answer.status_code = 303
    return answer


def _context(
    chart: Chart, waiting: Sequence[Held], wrong: HeldForm | None = None
) -> dict[str, Any]:
    entries = _entries(chart)
    rows = [(one, HeldForm(one, entries)) for one in waiting]
    if wrong is not None:
        rows = [(one, wrong if wrong.data["held"] == one.key else form) for one, form in rows]
    return {
        "session": chart.session,
        "patient": chart.patient,
        "rows": rows,
        "wrong": wrong,
        "decided": [
            (row, sent_words(row.receipt, chart.record))
            for row in reversed(decisions_in(chart.session))
        ],
    }


def _entries(chart: Chart) -> list[tuple[str, str]]:
    """List the newest entries that stand, to be named as saying what is held."""
    zone = chart.session.clinic.zone
    feed = feed_of(chart.record, chart.patient.screen_name)
    standing = [one for one in feed if not one.is_struck][:LISTED]
    return [
        (str(one.key), f"{one.at.astimezone(zone):%H:%M} {one.words}"[:LABEL])
        for one in standing
    ]

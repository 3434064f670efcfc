"""Adverse events that wait for a prescriber, and one look at one of them."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from kapstone.catalogue.room import load_room
from kapstone.clinic.dosing.actions import review_adverse_event
from kapstone.clinic.dosing.event_forms import EventReviewForm
from kapstone.clinic.dosing.events import due_at_of, event_with, events_waiting
from kapstone.clinic.dosing.models import AdverseEvent
from kapstone.core.access.doors import Target, door, target_of
from kapstone.core.access.policy import Action
from kapstone.core.people.http import Request, posted
from kapstone.errors import InvalidInput, Refused


def of_event(request: Request, *, event_id: UUID, **kwargs: Any) -> Target:
    """Find the adverse event that the address names."""
    event = event_with(event_id)
    if event is None:
        raise Http404
    return target_of(event)


def _named() -> dict[str, dict[str, str]]:
    """Give the names of every list, by code."""
    words = load_room()
    return {
        "terms": {one.code: one.name for one in words.adverse_events},
        "related": {one.code: one.name for one in words.relatedness},
        "outcomes": {one.code: one.name for one in words.event_outcomes},
        "acts": {one.code: one.name for one in words.actions},
        "serious": {one.code: one.name for one in words.serious},
    }


@door("adverse_event", read=Action.SIGN)
def queue(request: Request) -> HttpResponse:
    """List the grave events that nobody closed yet, the first due first."""
    at = request.access.at
    seen = request.access.visible("adverse_event")
    context = {"waiting": events_waiting(seen, at), "hours": load_room().review_within_hours}
    return render(request, "dosing/events_waiting.html", {**context, **_named()})


@door("adverse_event", read=Action.SIGN, write=Action.SIGN, of=of_event)
def review(request: Request, **kwargs: Any) -> HttpResponse:
    """Show one event with every look at it, and keep another."""
    event: AdverseEvent = request.target.record
    form = EventReviewForm(posted(request))
    try:
        if form.is_valid():
            review_adverse_event(
                by=request.user,
                at=request.access.at,
                event=event,
                judged=form.judged(),
                entry_id=form.cleaned_data["entry_id"],
            )
            answer = redirect("dosing:event_review", event_id=event.entry_id)
            answer.status_code = 303
            return answer
    except InvalidInput as wrong:
        for name, words in wrong.fields.items():
            form.add_error(name if name in form.fields else None, words)
    except Refused as refusal:
        form.add_error(None, str(refusal))
    looks = list(event.reviews.select_related("recorded_by").order_by("reviewed_at", "pk"))
    context = {
        "event": event,
        "patient": event.subjects.only_patient,
        "due_at": due_at_of(event),
        "looks": looks,
        "is_closed": any(one.is_closed for one in looks),
        "form": form,
        **_named(),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "dosing/event_review.html", context, status=status)

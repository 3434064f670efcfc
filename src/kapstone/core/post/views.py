"""The post as the clinic sees it, and as a patient chooses it."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render

from kapstone.catalogue.post import load_post
from kapstone.core.access.doors import Target, door, of_self
from kapstone.core.access.policy import Action
from kapstone.core.access.standing import patients_visible
from kapstone.core.people.http import Request, posted
from kapstone.core.people.models import Patient
from kapstone.core.people.queries import contact_of
from kapstone.core.post.actions import REPORTED, keep_wish, send_again, settle
from kapstone.core.post.forms import SeenToForm, WishForm, as_wished
from kapstone.core.post.models import Message
from kapstone.core.post.queries import newest, standing_of, unsettled, waiting, wish_of
from kapstone.core.post.rules import Standing
from kapstone.core.post.worker import link_in
from kapstone.core.ui.pages import see_other
from kapstone.errors import InvalidInput, Refused

ROWS = 50
OWN_ROWS = 10
WORDS = {
    Standing.WAITING: "Waits to be sent",
    Standing.SENT: "Sent: the mail server took it",
    Standing.KEPT: "Written to the demo's folder. Nothing was sent",
    Standing.UNSURE: "Perhaps sent: the mail server never said",
    Standing.GAVE_UP: "Not sent, and given up",
    Standing.WITHDRAWN: "Taken back before it was sent",
}
KINDS = {
    "invitation": "Invitation to sign in",
    "letter-home": "Letter home",
    "session-tomorrow": "Reminder, the day before",
    "first-night": "Whom to call tonight",
    "check-in-24": "Check-in after a day",
    "check-in-72": "Check-in after three days",
    "weather": "Evening question",
    "practice": "Practice of the day",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One message in words."""

    message: Message
    standing: Standing
    kind: str
    tries: int

    @property
    def words(self) -> str:
        """Say how it stands."""
        return WORDS[self.standing]


def _line(message: Message) -> Line:
    return Line(
        message=message,
        standing=standing_of(message),
        kind=KINDS[message.kind],
        tries=len(message.attempts.all()),
    )


def of_message(request: Request, **kwargs: Any) -> Target:
    """Find the message that ``message_key`` in the address names."""
    found = newest(request.user.clinic_id).filter(key=kwargs["message_key"]).first()
    if found is None:
        raise Http404
    return Target(record=found, subjects=(found.patient_id,))


@door("post")
def post(request: Request) -> HttpResponse:
    """List what somebody must see to, what waits, and what went out last."""
    user, clinic = request.user, request.user.clinic_id
    seen = patients_visible(user, "post", request.access.at)
    context = {
        "reported": [_line(one) for one in unsettled(clinic).filter(patient__in=seen)[:ROWS]],
        "waiting": [_line(one) for one in waiting(clinic).filter(patient__in=seen)[:ROWS]],
        "newest": [_line(one) for one in newest(clinic).filter(patient__in=seen)[:ROWS]],
        "mail": settings.MAIL,
    }
    return render(request, "post/post.html", context)


@door("post", write=Action.AMEND, of=of_message)
def message(request: Request, **kwargs: Any) -> HttpResponse:
    """Show one message and its tries; send it again, or put the report away."""
    found: Message = request.target.record
    form = SeenToForm(posted(request))
    if form.is_valid() and _seen_to(request, found, form):
        return see_other("post:post")
    may_read_contact = request.access.may("identity", "read", found.patient_id)
    may_see_to = request.access.decide("post", Action.AMEND, [found.patient_id]).allowed
    # Only whoever it is for may follow its link; in the demo nobody else could try it.
    here = replace(settings.MAIL, address=request.build_absolute_uri("/"))
    link = link_in(found, here) if settings.MODE == "demo" else ""
    context = {
        "line": _line(found),
        "tries": found.attempts.all(),
        "address": found.address if may_read_contact else "",
        "paragraphs": found.text.replace("{link}", "…").strip().split("\n\n"),
        "link": link,
        "form": form,
        "may_see_to": may_see_to and _needs_somebody(found),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "post/message.html", context, status=status)


def _needs_somebody(found: Message) -> bool:
    return standing_of(found) in REPORTED and found.settled_at is None


def _seen_to(request: Request, found: Message, form: SeenToForm) -> bool:
    user, at = request.user, request.access.at
    if form.cleaned_data["do"] == "settle":
        settle(by=user, at=at, message=found)
        return True
    try:
        again = send_again(by=user, at=at, message=found)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    words = "It waits to be sent again." if again else "There is nothing to send again."
    messages.success(request, words)
    return True


@door("contact_wish", write=Action.CREATE, of=of_self)
def wish(request: Request, **kwargs: Any) -> HttpResponse:
    """Let a patient say whether, about what and when they are written to."""
    patient: Patient = request.target.record
    standing = wish_of(patient)
    first = as_wished(standing, patient.clinic.time_zone)
    form = WishForm(posted(request), initial={"entry_id": uuid4(), **first})
    if form.is_valid():
        try:
            keep_wish(
                by=request.user,
                at=request.access.at,
                patient=patient,
                wished=form.wished(),
                entry_id=form.new_id(),
            )
        except InvalidInput as wrong:
            for name, sentence in wrong.fields.items():
                form.add_error(name, sentence)
        else:
            messages.success(request, "Kept.")
            return see_other("post:wish")
    contact = contact_of(patient)
    own = newest(patient.clinic_id).filter(patient=patient)[:OWN_ROWS]
    context = {
        "form": form,
        "clinic": patient.clinic,
        "address": contact.email if contact else "",
        "mail": settings.MAIL,
        "limits": load_post(),
        "lines": [_line(one) for one in own],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "post/wish.html", context, status=status)

"""
Sign here, in the clinic: a tablet in the patient's hands, with nobody signed in on it.

Who hands it over is signed out by that, so that nothing else of the clinic is within reach;
what is left in the browser's session is which handover it is. They witness, and never agree.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import uuid4

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from kapstone.clinic.consent.forms import HandOverForm
from kapstone.clinic.consent.handing import (
    HANDOVER_HOLDS,
    confirm_handover,
    hand_over,
    take_back,
)
from kapstone.clinic.consent.models import ConsentHandover
from kapstone.clinic.consent.pages import reading_of
from kapstone.clinic.consent.queries import handover_open, talk_of
from kapstone.clinic.consent.reading import Way, check_page, sign_page, too_soon, topic_page
from kapstone.core.access.doors import door, of_patient, public_door
from kapstone.core.access.fences import acting_in
from kapstone.core.access.policy import Action
from kapstone.core.people.http import Request, posted
from kapstone.core.people.models import Patient, User
from kapstone.core.ui.pages import see_other

KEY, CLINIC = "consent-handover", "consent-handover-clinic"
HandedView = Callable[..., HttpResponse]


@door("consent_witness", read=Action.CREATE, write=Action.CREATE, of=of_patient)
def hand_over_tablet(request: Request, **kwargs: Any) -> HttpResponse:
    """Ask who it is once more, then sign the witness out and give the tablet over."""
    patient: Patient = request.target.record
    form = HandOverForm(posted(request), initial={"entry_id": uuid4()})
    if form.is_valid():
        handover = hand_over(
            by=request.user,
            at=request.access.at,
            patient=patient,
            entry_id=form.cleaned_data["entry_id"],
        )
        logout(request)
        request.session[KEY] = str(handover.key)
        request.session[CLINIC] = handover.clinic_id
        request.session.set_expiry(HANDOVER_HOLDS)
        return see_other("consent:handed")
    template = reading_of(patient, request.access.at).text.template
    context = {
        "patient": patient,
        "form": form,
        "talk": talk_of(patient, template, request.access.at),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "consent/hand_over.html", context, status=status)


def _way(handover: ConsentHandover, at: Any) -> Way:
    return Way(
        patient=handover.subjects.only_patient,
        at=at,
        by=handover.recorded_by,
        home="consent:handed",
        topic="consent:handed_topic",
        check="consent:handed_check",
        sign="consent:handed_sign",
        signed="consent:handed_back",
        handover=handover,
    )


def _nobody(request: HttpRequest) -> HttpResponse:
    """Say what a tablet shows that is in nobody's hands: the same whatever the reason."""
    status = 409 if request.method == "POST" else 200
    return render(request, "consent/handed_nobody.html", status=status)


def in_their_hands(view: HandedView, *, confirmed: bool = True) -> HandedView:
    """Open a page to whoever holds a handed tablet, inside the fence of its clinic."""

    @wraps(view)
    def opened(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        key, clinic_id = request.session.get(KEY), request.session.get(CLINIC)
        if isinstance(request.user, User) or key is None or clinic_id is None:
            return _nobody(request)
        at = timezone.now()
        with acting_in(clinic_id=clinic_id):
            handover = handover_open(key, at)
            if handover is None:
                return _nobody(request)
            timezone.activate(handover.clinic.time_zone)
            if confirmed and handover.confirmed_at is None:
                return redirect("consent:handed")
            return view(request, _way(handover, at), **kwargs)

    return public_door(opened)


def _who(request: HttpRequest, way: Way) -> HttpResponse:
    """Show whose form this is, and let them say that it is them."""
    assert way.handover is not None  # noqa: S101 - every way here is a handed one
    if request.method == "POST":
        confirm_handover(by=way.by, at=way.at, patient=way.patient, handover=way.handover)
    reading = reading_of(way.patient, way.at)
    if request.method == "POST":
        begin = reading.next_page
        return redirect(way.topic, code=begin) if begin else redirect(way.sign)
    context = {
        "way": way,
        "patient": way.patient,
        "reading": reading,
        "too_soon": too_soon(way.patient, way.at, reading),
    }
    return render(request, "consent/handed.html", context)


def _topic(request: HttpRequest, way: Way, code: str) -> HttpResponse:
    """Show one topic, and keep what the patient chooses about it."""
    return topic_page(request, way, code)


def _check(request: HttpRequest, way: Way, code: str) -> HttpResponse:
    """Ask the question after a topic."""
    return check_page(request, way, code)


def _sign(request: HttpRequest, way: Way) -> HttpResponse:
    """Show every choice once more, and take the name."""
    return sign_page(request, way)


def _back(request: HttpRequest, way: Way) -> HttpResponse:
    """End the handover, signed or not, and ask for the tablet back."""
    assert way.handover is not None  # noqa: S101 - every way here is a handed one
    signed = way.handover.signatures.exists()
    if request.method != "POST" and not signed:
        return redirect(way.home)
    take_back(by=way.by, at=way.at, patient=way.patient, handover=way.handover)
    request.session.flush()
    return render(request, "consent/handed_back.html", {"signed": signed, "way": way})


who = in_their_hands(_who, confirmed=False)
topic = in_their_hands(_topic)
check = in_their_hands(_check)
sign = in_their_hands(_sign)
back = in_their_hands(_back, confirmed=False)

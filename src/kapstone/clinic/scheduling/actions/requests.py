"""Keep what a stranger asks, and answer it once."""

import uuid
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from kapstone.clinic.scheduling.models import AppointmentRequest, RequestAnswer
from kapstone.clinic.scheduling.names import references
from kapstone.clinic.scheduling.queries import request_decision
from kapstone.clinic.scheduling.rules import Newcomer, Wish, check_letter
from kapstone.core.access.actions import register_patient
from kapstone.core.access.policy import Action
from kapstone.core.audit.actions import Actor, note
from kapstone.core.people.locks import hold
from kapstone.core.people.models import Clinic, Patient, User
from kapstone.errors import InvalidInput, NotAllowed, Refused, Stale


@dataclass(frozen=True, slots=True)
class Stranger:
    """Someone who is not signed in: the name that the audit trail keeps for them."""

    username: str = "public page"
    pk: None = None


STRANGER = Stranger()


def _reference(clinic: Clinic, key: UUID) -> str:
    """Give a short reference; a longer one if the short is taken."""
    taken = AppointmentRequest.objects.filter(clinic=clinic)
    for reference in references(key):
        if not taken.filter(reference=reference).exists():
            break
    return reference


@transaction.atomic
def request_appointment(
    *, by: Actor, at: datetime, clinic: Clinic, wish: Wish, entry_id: UUID | None = None
) -> AppointmentRequest:
    """
    Keep what a stranger asks, for the clinic's queue. Sending the same form twice asks once.

    Raises
    ------
    InvalidInput
        If there is no name, or no way to answer.
    """
    if not wish.name.strip():
        raise InvalidInput({"name": "Tell us what to call you. It need not be your real name."})
    if not wish.contact.strip():
        raise InvalidInput({"contact": "Tell us how to reach you."})
    key = entry_id or uuid.uuid4()
    hold("request", key)
    kept = AppointmentRequest.objects.filter(key=key).first()
    if kept is not None:
        return kept
    request = AppointmentRequest.objects.create(
        clinic=clinic,
        key=key,
        reference=_reference(clinic, key),
        name=wish.name.strip(),
        contact=wish.contact.strip(),
        safe_times=wish.safe_times.strip(),
        brings=wish.brings.strip(),
        for_whom=wish.for_whom,
        access_needs=wish.access_needs.strip(),
        received_at=at,
    )
    note(
        by=by,
        at=at,
        deed="appointment-requested",
        record=request,
        clinic_id=clinic.pk,
        for_whom=wish.for_whom,
    )
    return request


@transaction.atomic
def answer_request(
    *,
    by: User,
    at: datetime,
    request: AppointmentRequest,
    answer: str,
    letter: str,
    newcomer: Newcomer | None = None,
) -> RequestAnswer:
    """
    Answer a request once: invite to screening, or not now with help.

    An invitation registers the person as a patient. Their care team is made by the prescriber
    or therapist who takes the screening up, since the desk does not choose who reads a record.

    Raises
    ------
    NotAllowed
        If the user's role does not answer requests.
    Stale
        If it was answered otherwise in the meantime.
    InvalidInput
        If an invitation does not say who is registered, or the number or the screen name
        is taken.
    Refused
        If the letter says too little, or says not now without saying where help is.
    """
    if not request_decision(by, Action.CREATE).allowed:
        raise NotAllowed("Front desk answers requests.")
    hold("request", request.key)
    given = RequestAnswer.objects.filter(request=request).select_related("answered_by").first()
    if given is not None:
        if given.answer == answer:
            return given
        raise Stale(f"{given.answered_by} has already answered this request.")
    not_now = answer == RequestAnswer.Answer.NOT_NOW
    number = request.clinic.crisis_line_number
    if findings := tuple(check_letter(letter, crisis_number=number, not_now=not_now)):
        raise Refused(findings)
    if not not_now:
        _take_up(by=by, at=at, request=request, newcomer=newcomer)
    written = RequestAnswer.objects.create(
        clinic_id=request.clinic_id,
        request=request,
        answer=answer,
        letter=letter.strip(),
        answered_by=by,
        answered_at=at,
    )
    note(
        by=by,
        at=at,
        deed="request-answered",
        record=written,
        clinic_id=request.clinic_id,
        subjects=[request.patient_id] if request.patient_id else [],
        answer=answer,
    )
    return written


def _take_up(
    *, by: User, at: datetime, request: AppointmentRequest, newcomer: Newcomer | None
) -> None:
    """Register the person behind a request, and tie the request to them."""
    if newcomer is None:
        raise InvalidInput({"legal_name": "Say who is registered as a patient."})
    name = newcomer.screen_name
    if Patient.objects.filter(clinic_id=by.clinic_id, screen_name__iexact=name).exists():
        raise InvalidInput(
            {"screen_name": f"Another patient is called {name} on screens. Choose another."}
        )
    request.patient = register_patient(by=by, at=at, **asdict(newcomer))
    request.save(update_fields=["patient"])

"""Invite a patient to sign in, take an invitation back, and let the invited person in."""

import uuid
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from kapstone.catalogue.invitations import load_invitations
from kapstone.catalogue.post import load_post
from kapstone.core.access.fences import acting_in
from kapstone.core.access.policy import Action
from kapstone.core.access.seals import hash_of as kept_of
from kapstone.core.access.seals import seal
from kapstone.core.access.standing import require
from kapstone.core.audit.actions import note
from kapstone.core.joining.models import Invitation, WrongTry
from kapstone.core.joining.queries import Standing, hash_of, invitation_behind
from kapstone.core.joining.rules import Given, Secrets, State, new_secrets, read_given
from kapstone.core.people.locks import hold
from kapstone.core.people.models import Patient, Role, User
from kapstone.core.people.queries import contact_of
from kapstone.core.people.repeats import first_written
from kapstone.core.post.outbox import JOIN, Enclosed, queue, tried_for, withdraw_about
from kapstone.errors import InvalidInput

NO_ADDRESS = "There is no e-mail address in the record. Add one, or print the invitation."
HAS_ONE = "This person signs in already. An invitation would open nothing."


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """An invitation, and what opens it: None where it was made and shown before."""

    invitation: Invitation
    secrets: Secrets | None


@transaction.atomic
def invite(
    *,
    by: User,
    at: datetime,
    patient: Patient,
    by_mail: bool = False,
    entry_id: uuid.UUID | None = None,
) -> Invited:
    """
    Make an invitation for a patient without a sign-in; one that still waited is withdrawn.

    What opens it is in the answer and nowhere else: the same press again gives none. With
    ``by_mail`` its link is also sent to the address that stands in the record; whoever asks for
    it says that the patient agreed.

    Raises
    ------
    NotAllowed
        If the policy does not let this user invite the patient.
    InvalidInput
        If the patient signs in already, or has no address to send it to.
    """
    require(
        by=by, at=at, record_class="invitation", action=Action.CREATE, subjects=[patient.pk]
    )
    hold("invitation", patient.pk)
    kept = first_written(Invitation, entry_id, patient.alone) if entry_id else None
    if kept is not None:
        return Invited(invitation=kept, secrets=None)
    if Patient.objects.filter(pk=patient.pk, user__isnull=False).exists():
        raise InvalidInput({"": HAS_ONE})
    for earlier in Invitation.objects.filter(
        patient=patient, used_at__isnull=True, withdrawn_at__isnull=True
    ):
        _take_back(by, at, earlier)
    key = uuid.uuid4()
    secrets = replace(new_secrets(patient.clinic_id), link=seal(patient.clinic_id, JOIN, key))
    invitation = Invitation.objects.create(
        key=key,
        clinic_id=patient.clinic_id,
        subjects=patient.alone,
        entry_id=entry_id or uuid.uuid4(),
        recorded_at=at,
        recorded_by=by,
        patient=patient,
        link_hash=_hash(secrets.link),
        code_hash=_hash(secrets.code),
        expires_at=at + load_invitations().holds,
    )
    if by_mail:
        _queue(by, at, invitation, secrets.link)
    _note(by, at, "patient-invited", invitation, by_mail=by_mail)
    return Invited(invitation=invitation, secrets=secrets)


def _require(by: User, at: datetime, patient: Patient) -> None:
    require(
        by=by, at=at, record_class="invitation", action=Action.CREATE, subjects=[patient.pk]
    )


def _hash(secret: str) -> str:
    given = read_given(secret)
    assert given is not None  # noqa: S101 - it was made in this very shape
    return hash_of(given.words)


def _queue(by: User, at: datetime, invitation: Invitation, link: str) -> None:
    """Write the message that carries the link; the link itself is made again when it leaves."""
    patient, contact = invitation.patient, contact_of(invitation.patient)
    if contact is None or not contact.email:
        raise InvalidInput({"by_mail": NO_ADDRESS})
    queue(
        at=at,
        by=by,
        patient=patient,
        kind=load_post().kind("invitation"),
        once=f"invitation/{invitation.key}",
        address=contact.email,
        enclosed=Enclosed(
            opens=JOIN, key=invitation.key, kept=kept_of(link), until=invitation.expires_at
        ),
        useless_at=min(invitation.expires_at, at + tried_for()),
    )


def _note(by: User, at: datetime, deed: str, invitation: Invitation, **detail: object) -> None:
    note(
        by=by,
        at=at,
        deed=deed,
        record=invitation,
        clinic_id=invitation.clinic_id,
        subjects=[invitation.patient_id],
        **detail,
    )


def _take_back(by: User, at: datetime, invitation: Invitation) -> None:
    invitation.withdrawn_at = at
    invitation.save(update_fields=["withdrawn_at"])
    withdraw_about(at=at, clinic_id=invitation.clinic_id, once=f"invitation/{invitation.key}")
    _note(by, at, "invitation-withdrawn", invitation)


@transaction.atomic
def withdraw_invitation(*, by: User, at: datetime, patient: Patient) -> Invitation | None:
    """
    Take back the invitation that waits for a patient; the next answer to it is refused.

    Raises
    ------
    NotAllowed
        If the policy does not let this user invite the patient.
    """
    require(
        by=by, at=at, record_class="invitation", action=Action.CREATE, subjects=[patient.pk]
    )
    hold("invitation", patient.pk)
    waiting = Invitation.objects.filter(
        patient=patient, used_at__isnull=True, withdrawn_at__isnull=True
    ).first()
    if waiting is not None:
        _take_back(by, at, waiting)
    return waiting


@transaction.atomic
def confirm_birth(*, at: datetime, words: str, born_on: date) -> Patient | None:
    """
    Give the patient whose open invitation and birth date somebody brought; a wrong date counts.

    None stands for every other case, told apart nowhere: no such invitation, used, withdrawn,
    run out, shut, or another birth date.
    """
    given = read_given(words)
    if given is None:
        return None
    with acting_in(clinic_id=given.clinic_id):
        found = _confirmed(given, at, born_on)
        return found.invitation.patient if found and found.state is State.OPEN else None


def _confirmed(given: Given, at: datetime, born_on: date) -> Standing | None:
    """Find what opens and fits, one answer to an invitation at a time."""
    before = invitation_behind(given, at)
    if before is None:
        return None
    hold("invitation", before.invitation.patient_id)
    found = invitation_behind(given, at)
    if found is None or found.state not in {State.OPEN, State.USED}:
        return None
    if found.invitation.patient.born_on != born_on:
        _count_wrong(found, at)
        return None
    return found


def _count_wrong(found: Standing, at: datetime) -> None:
    if found.wrong_tries < load_invitations().tries.value:
        WrongTry.objects.create(
            clinic_id=found.invitation.clinic_id, invitation=found.invitation, at=at
        )


@transaction.atomic
def take_up(
    *, at: datetime, words: str, born_on: date, username: str, password: str
) -> User | None:
    """
    Make the invited person's sign-in, and use the invitation up.

    None stands for whatever does not open, as in ``confirm_birth``. The same answer sent again
    at once gives the user that it made.

    Raises
    ------
    InvalidInput
        If the name is taken, or the pass phrase is too weak.
    """
    given = read_given(words)
    if given is None:
        return None
    with acting_in(clinic_id=given.clinic_id):
        found = _confirmed(given, at, born_on)
        if found is None:
            return None
        if found.state is State.USED:
            return _the_same_again(found, at, username, password)
        return _joined(found.invitation, at, username, password)


def _the_same_again(found: Standing, at: datetime, username: str, password: str) -> User | None:
    invitation = found.invitation
    made, used_at = invitation.patient.user, invitation.used_at
    if made is None or used_at is None or at > used_at + load_invitations().again:
        return None
    if made.username != username or not made.check_password(password):
        _count_wrong(found, at)
        return None
    return made


def _joined(invitation: Invitation, at: datetime, username: str, password: str) -> User:
    patient = invitation.patient
    hold("user-name", username.casefold())
    if User.objects.filter(username__iexact=username).exists():
        raise InvalidInput({"username": "Somebody here has this name. Choose another one."})
    user = User(
        username=username,
        display_name=patient.screen_name,
        role=Role.PATIENT,
        clinic_id=patient.clinic_id,
    )
    _refuse_a_weak_one(password, username, patient)
    user.set_password(password)
    user.save(force_insert=True)
    patient.user = user
    patient.save(update_fields=["user"])
    invitation.used_at = at
    invitation.save(update_fields=["used_at"])
    _note(user, at, "invitation-taken-up", invitation)
    return user


def _refuse_a_weak_one(password: str, username: str, patient: Patient) -> None:
    """Ask the clinic's own validators, which also compare with the person's names."""
    about = User(
        username=username, first_name=patient.screen_name, last_name=patient.legal_name
    )
    try:
        validate_password(password, about)
    except ValidationError as weak:
        raise InvalidInput({"password": " ".join(weak.messages)}) from None

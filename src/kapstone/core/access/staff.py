"""
Who works in the clinic: add a user, end their rights, and give a one-time password.

A one-time password is shown to the administrator once and kept only as a hash. It lets its
owner in to choose a password of their own, for a few days, and opens nothing else.
"""

import secrets
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import available_timezones

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.text import slugify

from kapstone.core.access.fences import acting_in
from kapstone.core.access.policy import Action
from kapstone.core.access.standing import own_patient, require, require_here
from kapstone.core.audit.actions import note
from kapstone.core.people.locks import hold
from kapstone.core.people.models import Clinic, Role, User
from kapstone.errors import Finding, InvalidInput, NotAllowed, Refused, Weight

ONE_TIME_LASTS = timedelta(days=3)  # judgement: over a weekend, and no longer
_PARTS, _LETTERS = 4, "abcdefghjkmnpqrstuvwxyz23456789"  # none that reads like another
STAFF_ROLES = tuple(role for role in Role if role is not Role.PATIENT)
MAY_BE_PROFESSIONAL = {Role.THERAPIST, Role.PRESCRIBER}


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """Who is given an account."""

    username: str
    display_name: str
    role: str
    is_mental_health_professional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A clinic to be opened."""

    slug: str
    name: str
    time_zone: str
    phone: str


@dataclass(frozen=True, slots=True)
class CommandLine:
    """Whoever keeps the machine: the name that the audit trail holds for them."""

    username: str = "command line"
    pk: None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """
    An account and the one-time password that opens it.

    ``password`` is empty where this very form had made the account before: it is shown once.
    """

    user: User
    password: str


def staff_of(clinic_id: int) -> QuerySet[User]:
    """List who works, or worked, in a clinic: those who may sign in first."""
    people = User.objects.filter(clinic_id=clinic_id).exclude(role=Role.PATIENT)
    return people.order_by("-is_active", "display_name", "username")


def one_time_password() -> str:
    """Make a password of about 80 bits that can be read out over a telephone."""
    parts = ("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(_PARTS))
    return "-".join(parts)


def _hold_users(by: User) -> None:
    """Wait for whoever changes this clinic's users now, and read one's own rights anew."""
    hold("users-of", by.clinic_id)
    if not User.objects.filter(pk=by.pk, is_active=True).exists():
        raise NotAllowed("Your own rights have ended.")


@transaction.atomic
def begin_clinic(*, at: datetime, house: House, username: str) -> Opened:
    """
    Open a clinic with its first administrator, from the machine that it runs on.

    Nobody is signed in: who may run a command there could change every row anyway.

    Raises
    ------
    InvalidInput
        If a name cannot be used or is taken, or there is no such time zone.
    """
    wrong = dict(_wrong_with(house, username))
    if wrong:
        raise InvalidInput(wrong)
    clinic = Clinic.objects.create(
        slug=house.slug, name=house.name, time_zone=house.time_zone, phone=house.phone
    )
    password = one_time_password()
    user = User(
        clinic=clinic,
        username=username,
        display_name="Administrator",
        role=Role.ADMINISTRATOR,
        date_joined=at,
        one_time_until=at + ONE_TIME_LASTS,
    )
    user.set_password(password)
    user.save(force_insert=True)
    with acting_in(clinic_id=clinic.pk):
        note(
            by=CommandLine(),
            at=at,
            deed="clinic-begun",
            record=clinic,
            clinic_id=clinic.pk,
            member=username,
        )
    return Opened(user=user, password=password)


def _wrong_with(house: House, username: str) -> Iterator[tuple[str, str]]:
    if Clinic.objects.filter(is_synthetic=True).exists():
        yield "clinic", "This database holds the synthetic clinic. Begin in an empty one."
    if slugify(house.slug) != house.slug or Clinic.objects.filter(slug=house.slug).exists():
        yield "slug", f"The short name {house.slug!r} is taken, or not of a-z, 0-9 and -."
    if house.time_zone not in available_timezones():
        yield "time_zone", f"There is no time zone {house.time_zone!r}."
    if User.objects.filter(username__iexact=username).exists():
        yield "username", f"The name {username!r} is taken."


@transaction.atomic
def add_user(*, by: User, at: datetime, newcomer: Newcomer, entry_id: UUID | None) -> Opened:
    """
    Give somebody an account in a role. The same form sent twice adds one.

    Raises
    ------
    NotAllowed
        If the user's role gives no accounts.
    InvalidInput
        If the name to sign in with is taken, or the role is none of those who work here.
    """
    require_here(by=by, record_class="users", action=Action.CREATE)
    _hold_users(by)
    key = entry_id or uuid.uuid4()
    done = User.objects.filter(key=key, clinic_id=by.clinic_id).first()
    if done is not None:
        return Opened(user=done, password="")
    if newcomer.role not in STAFF_ROLES:
        raise InvalidInput({"role": "Choose a role of those who work here."})
    hold("username", newcomer.username.casefold())
    if User.objects.filter(username__iexact=newcomer.username).exists():
        raise InvalidInput({"username": "This name is taken. Choose another."})
    password = one_time_password()
    user = User(
        key=key,
        clinic_id=by.clinic_id,
        username=newcomer.username,
        display_name=newcomer.display_name,
        role=newcomer.role,
        is_mental_health_professional=newcomer.is_mental_health_professional
        and newcomer.role in MAY_BE_PROFESSIONAL,
        date_joined=at,
        one_time_until=at + ONE_TIME_LASTS,
    )
    user.set_password(password)
    user.save(force_insert=True)
    _note(by, at, "user-added", user)
    return Opened(user=user, password=password)


@transaction.atomic
def end_user(*, by: User, at: datetime, user: User) -> User:
    """
    End a user's rights, at once and for good: their next request finds them signed out.

    What they wrote stays theirs. Ending them again changes nothing.

    Raises
    ------
    NotAllowed
        If the user's role ends no rights, or theirs have ended.
    Refused
        If nobody would be left who could give accounts.
    """
    require_here(by=by, record_class="users", action=Action.AMEND)
    _hold_users(by)
    user = _of_clinic(by, user)
    if user.ended_at is not None:
        return user
    others = User.objects.filter(
        clinic_id=by.clinic_id, role=Role.ADMINISTRATOR, is_active=True
    ).exclude(pk=user.pk)
    if user.role == Role.ADMINISTRATOR and not others.exists():
        words = "This is the last administrator. Add another before their rights end."
        raise Refused([Finding("last-administrator", Weight.BLOCK, words)])
    user.is_active = False
    user.ended_at = at
    user.set_unusable_password()  # also ends every session that the old one opened
    user.save(update_fields=["is_active", "ended_at", "password"])
    _note(by, at, "user-ended", user)
    return user


@transaction.atomic
def reset_password(*, by: User, at: datetime, user: User) -> Opened:
    """
    Give a user a new one-time password; the old one and every session of theirs end at once.

    Raises
    ------
    NotAllowed
        If the user's role resets no passwords.
    Refused
        If the user's rights have ended, or it is one's own: one changes that on one's account.
    """
    require_here(by=by, record_class="users", action=Action.AMEND)
    _hold_users(by)
    user = _of_clinic(by, user)
    if not user.is_active:
        words = "Their rights have ended. Add them anew if they come back."
        raise Refused([Finding("rights-ended", Weight.BLOCK, words)])
    if user.pk == by.pk:
        words = "This is your own. Change it on your account, with the old one."
        raise Refused([Finding("own-password", Weight.BLOCK, words)])
    password = one_time_password()
    user.set_password(password)
    user.one_time_until = at + ONE_TIME_LASTS
    user.save(update_fields=["password", "one_time_until"])
    _note(by, at, "password-reset", user)
    return Opened(user=user, password=password)


@transaction.atomic
def choose_password(*, by: User, at: datetime, old: str, new: str) -> User:
    """
    Change one's own password; other sessions of one's own end with the old one.

    Raises
    ------
    NotAllowed
        If one's rights have ended.
    InvalidInput
        If the old password is not right, or the new one is too easily guessed or the same.
    """
    own = own_patient(by)
    if own is None:
        require_here(by=by, record_class="own_settings", action=Action.CREATE)
    else:
        about, action = [own.pk], Action.CREATE
        require(by=by, at=at, record_class="own_settings", action=action, subjects=about)
    hold("users-of", by.clinic_id)
    user = User.objects.get(pk=by.pk)
    if not user.check_password(old):
        raise InvalidInput({"old": "This is not your password now."})
    if old == new:
        raise InvalidInput({"new": "Choose another than the one you have."})
    try:
        validate_password(new, user)
    except ValidationError as weak:
        raise InvalidInput({"new": " ".join(weak.messages)}) from None
    user.set_password(new)
    user.one_time_until = None
    user.save(update_fields=["password", "one_time_until"])
    _note(by, at, "password-changed", user)
    return user


def _of_clinic(by: User, user: User) -> User:
    """Read the user anew; one of another clinic, or a patient, is nobody here."""
    found = staff_of(by.clinic_id).filter(pk=user.pk).first()
    if found is None:
        raise NotAllowed("This is nobody who works here.")
    return found


def _note(by: User, at: datetime, deed: str, user: User) -> None:
    note(
        by=by,
        at=at,
        deed=deed,
        record=user,
        clinic_id=by.clinic_id,
        member=user.username,
        role=user.role,
    )

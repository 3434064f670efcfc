"""Who is in the room with a session: the booking it stands on, and the nurses named for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.db.models import QuerySet

from kapstone.clinic.dosing.fields import when_field
from kapstone.clinic.dosing.models import DosingSession
from kapstone.clinic.scheduling.models import Appointment
from kapstone.clinic.scheduling.queries import appointments_of
from kapstone.core.people.models import Patient, Role, RoomDuty, User
from kapstone.core.people.subjects import sets_with

AHEAD = timedelta(days=60)
_JUST_BEGUN = timedelta(hours=2)
_NUMBER = "Dose: enter its number."
_NURSE = "Choose a nurse of this clinic."


def nurses_of(clinic_id: int) -> QuerySet[User]:
    """List the nurses of a clinic who may be named for a session."""
    nurses = User.objects.filter(clinic_id=clinic_id, role=Role.NURSE, is_active=True)
    return nurses.order_by("display_name", "username")


def nurses_named(sessions: Iterable[DosingSession]) -> Mapping[UUID, list[User]]:
    """Give the nurses named for each session, in one query."""
    keys = [session.key for session in sessions]
    named: dict[UUID, list[User]] = defaultdict(list)
    duties = RoomDuty.objects.filter(session_key__in=keys, ended_at__isnull=True)
    for duty in duties.select_related("user").order_by("pk"):
        if duty.user not in named[duty.session_key]:
            named[duty.session_key].append(duty.user)
    return named


def booked_dosings(patient: Patient, at: datetime) -> list[Appointment]:
    """List the booked dosing appointments that no session stands on yet, the next first."""
    coming = appointments_of(patient, at - _JUST_BEGUN, at + AHEAD).filter(
        kind=Appointment.Kind.DOSING, missed_at__isnull=True
    )
    sessions = DosingSession.objects.filter(subjects_id__in=sets_with(patient))
    stand = sessions.values_list("planned_at", "appointment_id")
    taken = {fact for row in stand for fact in row}
    return [one for one in coming if one.pk not in taken and one.starts_at not in taken]


class NurseField(forms.ModelChoiceField):  # type: ignore[type-arg]  # no generic at run time
    """A choice of the clinic's nurses."""

    def __init__(self, **given: Any) -> None:
        super().__init__(
            User.objects.none(),
            label="Nurse in the room",
            error_messages={"invalid_choice": _NURSE, "required": _NURSE},
            **given,
        )


class PlanForm(forms.Form):
    """A session for the next dose of a course, and the nurse who is in the room."""

    entry_id = forms.UUIDField(widget=forms.HiddenInput)
    number = forms.IntegerField(
        label="Dose",
        min_value=1,
        max_value=60,
        widget=forms.NumberInput(attrs={"class": "short"}),
        error_messages=dict.fromkeys(
            ("invalid", "required", "min_value", "max_value"), _NUMBER
        ),
    )
    planned_at = when_field("Planned for")
    nurse = NurseField(required=False, empty_label="Nobody yet")

    def __init__(self, *args: Any, nurses: QuerySet[User] | None, **given: Any) -> None:
        super().__init__(*args, **given)
        if nurses is None:  # this reader names nobody
            del self.fields["nurse"]
        else:
            self.fields["nurse"].queryset = nurses  # type: ignore[attr-defined]  # a ModelChoiceField


class NurseForm(forms.Form):
    """The nurse who is in the room with one planned session."""

    session = forms.ChoiceField(
        label="Session", error_messages={"invalid_choice": "Choose a planned session."}
    )
    nurse = NurseField(empty_label="Choose")

    def __init__(
        self,
        *args: Any,
        sessions: Iterable[DosingSession],
        nurses: QuerySet[User],
        **given: Any,
    ) -> None:
        super().__init__(*args, **given)
        self.fields["session"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            (str(one.key), f"Dose {one.number}") for one in sessions
        ]
        self.fields["nurse"].queryset = nurses  # type: ignore[attr-defined]  # a ModelChoiceField


def plan_initial(number: int, booked: list[Appointment]) -> dict[str, Any]:
    """Start a plan from the next booking for a dose, where there is one."""
    initial: dict[str, Any] = {"entry_id": uuid4(), "number": number}
    if booked:
        initial["planned_at"] = booked[0].starts_at
        person = booked[0].with_user
        if person is not None and person.role == Role.NURSE:
            initial["nurse"] = person
    return initial

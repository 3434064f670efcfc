"""Who is in a patient's care team, who may join it, and the page where both are changed."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render

from kapstone.core.access.actions import join_care_team, leave_care_team
from kapstone.core.access.doors import door, of_patient
from kapstone.core.access.policy import Action
from kapstone.core.people.http import Request, posted
from kapstone.core.people.locks import hold
from kapstone.core.people.models import CareTeamMember, Patient, Role, User

_LAST = "The last one stays: with nobody in the care team, nobody reads the record."
_CHOOSE = "Choose a prescriber or a therapist who is not in the team yet."


def places_open(patient: Patient, at: datetime) -> QuerySet[CareTeamMember]:
    """List the open places in a patient's care team, the lead first."""
    still = Q(ends_at__isnull=True) | Q(ends_at__gt=at)
    places = CareTeamMember.objects.filter(still, patient=patient).select_related("user")
    return places.order_by("-is_lead", "starts_at", "pk")


class ClinicianField(forms.ModelChoiceField):  # type: ignore[type-arg]  # no generic at run time
    """A choice of clinicians, each with their role."""

    def label_from_instance(self, obj: Any) -> str:
        """Name a clinician and say what they do."""
        return f"{obj}, {obj.get_role_display().lower()}"


class JoinForm(forms.Form):
    """Who joins a care team."""

    member = ClinicianField(
        User.objects.none(),
        label="Add to the care team",
        empty_label="Choose",
        error_messages={"required": _CHOOSE, "invalid_choice": _CHOOSE},
    )

    def __init__(self, *args: Any, patient: Patient, at: datetime, **given: Any) -> None:
        super().__init__(*args, **given)
        inside = places_open(patient, at).order_by().values("user")
        able = User.objects.filter(
            clinic_id=patient.clinic_id,
            is_active=True,
            role__in=(Role.PRESCRIBER, Role.THERAPIST),
        ).exclude(pk__in=inside)
        self.fields["member"].queryset = able.order_by("display_name", "username")  # type: ignore[attr-defined]  # a ModelChoiceField


class LeaveForm(forms.Form):
    """Whose place in a care team ends."""

    place = forms.ModelChoiceField(
        CareTeamMember.objects.none(),
        error_messages={"required": _CHOOSE, "invalid_choice": "That place has ended."},
    )

    def __init__(self, *args: Any, places: QuerySet[CareTeamMember], **given: Any) -> None:
        super().__init__(*args, **given)
        self.fields["place"].queryset = places  # type: ignore[attr-defined]  # a ModelChoiceField

    def clean_place(self) -> CareTeamMember:
        """Keep the last one in the team."""
        place: CareTeamMember = self.cleaned_data["place"]
        if self.fields["place"].queryset.count() == 1:  # type: ignore[attr-defined]  # as above
            raise forms.ValidationError(_LAST)
        return place


@door("care_team", read=Action.CREATE, write=Action.CREATE, of=of_patient)
def care_team(request: Request, **kwargs: Any) -> HttpResponse:
    """Show the care team; let somebody join it, or end a place."""
    patient: Patient = request.target.record
    at = request.access.at
    leaving = "place" in request.POST
    if request.method == "POST":
        hold("care-team-of", patient.pk)
    join = JoinForm(None if leaving else posted(request), patient=patient, at=at)
    leave = LeaveForm(posted(request) if leaving else None, places=places_open(patient, at))
    if join.is_valid():
        member = join.cleaned_data["member"]
        join_care_team(by=request.user, at=at, patient=patient, member=member)
        messages.success(request, f"{member} is in the care team.")
    elif leave.is_valid():
        place = leave_care_team(by=request.user, at=at, place=leave.cleaned_data["place"])
        messages.success(request, f"{place.user} has left the care team.")
    else:
        status = 422 if request.method == "POST" else 200
        context = {
            "patient": patient,
            "places": places_open(patient, at),
            "join": join,
            "leave": leave,
        }
        return render(request, "overview/care_team.html", context, status=status)
    if not places_open(patient, at).filter(user=request.user).exists():
        return redirect("overview:patients")
    return redirect("overview:care_team", patient_key=patient.key)

"""The head of every page about one patient: who it is, and the tabs this user may open."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import template
from django.template import Context
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kapstone.core.access.policy import Action
from kapstone.core.access.standing import Access
from kapstone.core.people.models import Patient
from kapstone.core.ui.parts import NavItem

register = template.Library()


@dataclass(frozen=True, slots=True)
class Tab:
    """One view of a patient: its word, the end of its address, and the class it opens."""

    label: str
    end: str
    record_class: str


TABS = (
    Tab("Timeline", "", "course"),
    Tab("Window plan", "plan/", "window"),
    Tab("Sessions", "sessions/", "dosing_session"),
    Tab("Screening", "screening/", "screening"),
    Tab("Course", "course/", "course"),
    Tab("Preparation", "preparation/", "preparation"),
    Tab("Integration", "integration/", "progress_note"),
    Tab("Measures", "measures/", "measure"),
    Tab("Trails", "trails/", "trail"),
    Tab("Consent", "consent/", "consent"),
    Tab("Record", "record/", "identity"),
)


def age_on(born_on: date, at: datetime) -> int:
    """Give the age in whole years."""
    had_birthday = (at.month, at.day) >= (born_on.month, born_on.day)
    return at.year - born_on.year - (not had_birthday)


def tabs_for(access: Access, patient: Patient, path: str) -> tuple[NavItem, ...]:
    """List the tabs whose whole record this user may read."""
    root = f"/patients/{patient.key}/"
    return tuple(
        NavItem(
            label=tab.label,
            href=root + tab.end,
            current=path == root if not tab.end else path.startswith(root + tab.end),
        )
        for tab in TABS
        if access.may(tab.record_class, Action.READ, patient.pk)
    )


@register.simple_tag(takes_context=True)
def who_lead(context: Context, patient: Patient) -> SafeString:
    """Give number and age, to stand beside a heading that names the patient."""
    age = age_on(patient.born_on, timezone.localtime(context["request"].access.at))
    return format_html('<span class="lead">{}, {}</span>', patient.number, age)


@register.inclusion_tag("access/patient_header.html", takes_context=True)
def patient_header(context: Context, patient: Patient, *, named: bool = True) -> dict[str, Any]:
    """Draw the head of a page about a patient; ``named=False`` where the heading names them."""
    request = context["request"]
    access: Access = request.access
    return {
        "patient": patient,
        "named": named,
        "age": age_on(patient.born_on, timezone.localtime(access.at)),
        "tabs": tabs_for(access, patient, request.path),
        "glass": access.decide("identity", Action.READ, [patient.pk]).mode == "glass",
    }

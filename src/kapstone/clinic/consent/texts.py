"""The form as one patient reads it: the clinic's own words filled in, the right pages shown."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import Q

from kapstone.catalogue.consent import (
    ConsentTemplate,
    ConsentText,
    When,
    consent_text,
    load_consent,
)
from kapstone.catalogue.orders import load_programmes
from kapstone.clinic.consent.models import ConsentSignature
from kapstone.clinic.consent.rules import Choice, withdrawn_choice
from kapstone.clinic.course.queries import courses_of
from kapstone.core.people.models import PartnerLink, Patient

_GIVEN = {
    "IV": ("ketamine", "through a thin tube into a vein"),
    "IM": ("ketamine", "by needle into a muscle"),
    "SC": ("ketamine", "by needle under the skin"),
    "SL": ("ketamine lozenges, mixed for you by a pharmacy", "under your tongue"),
    "PO": ("ketamine, mixed for you by a pharmacy", "by mouth"),
    "IN": ("ketamine spray, mixed for you by a pharmacy", "into your nose"),
    "esketamine-device": ("esketamine", "as a nose spray"),
}
_NOT_PLANNED = ("ketamine", "in the way that your prescriber writes down with you")
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight")
VISIT_HOURS = (
    "three"  # clinical.md 0.1, KRF25: a stay of two hours at the least, three is better
)


def current_template() -> ConsentTemplate:
    """Give the version of the form that is signed now."""
    return load_consent()


def text_for(patient: Patient, at: datetime) -> ConsentText:
    """Give the current form as this patient reads it at this moment."""
    return consent_text(current_template(), fill_ins_for(patient), also=also_for(patient, at))


def text_signed(signature: ConsentSignature) -> ConsentText:
    """Give the form exactly as it was read when it was signed."""
    template = load_consent(int(signature.template_version))
    shown = {
        element.when for element in template.elements if element.code in signature.elements
    }
    unkept = {fill_in.code: "(not kept)" for fill_in in template.fill_ins}
    return consent_text(template, unkept | signature.fill_ins, also=shown)


def also_for(patient: Patient, at: datetime) -> frozenset[When]:
    """Say which pages apply to a patient beyond those that everybody reads."""
    return also_for_each([patient], at)[patient.pk]


def also_for_each(patients: Iterable[Patient], at: datetime) -> dict[int, frozenset[When]]:
    """Say the same of several patients, by id; one query."""
    keys = {patient.pk for patient in patients}
    still_open = Q(ends_at__isnull=True) | Q(ends_at__gt=at)
    links = PartnerLink.objects.filter(still_open, Q(one__in=keys) | Q(other__in=keys))
    coupled = {pk for pair in links.values_list("one_id", "other_id") for pk in pair}
    always = frozenset({When.IF_APPLICABLE})
    return {pk: always | {When.COUPLE} if pk in coupled else always for pk in keys}


def fill_ins_for(patient: Patient) -> Mapping[str, str]:
    """Give the clinic's own words, and what is planned for this patient."""
    clinic = patient.clinic
    course = courses_of(patient).first()
    product, route = _NOT_PLANNED
    if course is not None:
        product, route = _given(course.programme)
    planned = course.planned_sessions if course is not None else 6
    count = _NUMBERS[planned] if planned < len(_NUMBERS) else str(planned)
    return {
        "clinic": clinic.name,
        "product": product,
        "route": route,
        "sessions": f"{count.capitalize()} sessions",
        "visit_hours": VISIT_HOURS,
        "day_phone": clinic.phone,
        "night_phone": clinic.emergency_number,
        "crisis_line": f"{clinic.crisis_line_name} ({clinic.crisis_line_number})",
        "emergency_number": clinic.emergency_number,
        "cost": "We give you our prices on paper before you sign.",
    }


def _given(programme: str) -> tuple[str, str]:
    """Say a programme's product and route in plain words; unsaid where it has several."""
    known = {one.code: one for one in load_programmes().presets}
    routes = known[programme].routes if programme in known else ()
    return _GIVEN.get(routes[0], _NOT_PLANNED) if len(routes) == 1 else _NOT_PLANNED


def everything_agreed(text: ConsentText) -> Mapping[str, Choice]:
    """
    Give a yes to every page that needs one, the least of all others, and right answers.

    For whoever walks the pages on a made-up patient's behalf; a person chooses each by hand.
    """
    chosen: dict[str, Choice] = {}
    for page in text.pages:
        element = page.element
        chosen[element.code] = True if element.is_needed else withdrawn_choice(element)
        if element.check is not None:
            chosen[element.check.code] = element.check.right
    return chosen

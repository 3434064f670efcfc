"""Whether consent is in force, what it covers, and what stands in the way. Always read live."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from kapstone.catalogue.consent import ConsentTemplate, Element, When, load_consent
from kapstone.clinic.consent.models import (
    ConsentAskedAgain,
    ConsentChoice,
    ConsentHandover,
    ConsentSignature,
    ConsentTalk,
    ConsentWithdrawal,
)
from kapstone.clinic.consent.rules import (
    NO_TOUCH,
    TOUCH,
    Choice,
    InForceFacts,
    check_in_force,
    is_agreed,
    withdrawn_choice,
)
from kapstone.clinic.consent.texts import also_for, also_for_each, current_template
from kapstone.core.people.models import Patient
from kapstone.core.people.subjects import all_of, dealt, sets_with, sets_with_each
from kapstone.errors import Finding

_NEWEST_FIRST = ("-signed_at", "-pk")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentInForce:
    """
    A consent that holds at a moment, with what it covers after everything taken back.

    ``choices`` holds every page that was signed: a page taken back stands at its least.
    """

    signature: ConsentSignature
    version: int
    signed_at: datetime
    expires_at: datetime
    choices: Mapping[str, Choice]

    def agrees(self, code: str) -> bool:
        """Say whether a page is agreed to now; one that was never signed is not."""
        element = _element(load_consent(self.version), code)
        return element is not None and is_agreed(element, self.choices.get(code))

    @property
    def touch(self) -> str:
        """Give the code of the level of touch; none unless another was chosen."""
        level = self.choices.get(TOUCH, NO_TOUCH)
        return level if isinstance(level, str) else NO_TOUCH

    @property
    def touch_words(self) -> str:
        """Say the level of touch as it was signed."""
        levels = {one.code: one.label for one in load_consent(self.version).touch_levels}
        return levels[self.touch]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentState:
    """Where a patient's consent stands: in force, or every reason why not."""

    in_force: ConsentInForce | None
    findings: tuple[Finding, ...]
    signature: ConsentSignature | None
    withdrawals: tuple[ConsentWithdrawal, ...]


def consent_in_force(patient: Patient, at: datetime) -> ConsentInForce | None:
    """
    Give the consent that holds for a patient at a moment, or None.

    It holds if the newest signature agrees to every page that treatment needs, in the words
    that are current now, is no older than the form allows, is not taken back, and nothing has
    since asked for a new one. An older signature never comes back into force.
    """
    return consent_state(patient, at).in_force


def consent_state(patient: Patient, at: datetime) -> ConsentState:
    """Say whether consent is in force, and if not, every reason why."""
    return consent_state_of_each([patient], at)[patient.pk]


def consent_state_of_each(patients: Iterable[Patient], at: datetime) -> dict[int, ConsentState]:
    """Say the same of several patients, by id, in as many queries as for one."""
    everyone = list(patients)
    sets = sets_with_each(everyone)
    rows = ConsentSignature.objects.filter(subjects_id__in=all_of(sets), signed_at__lte=at)
    newest_first = dealt(rows.order_by(*_NEWEST_FIRST), sets)
    signed = {pk: mine[0] for pk, mine in newest_first.items() if mine}
    withdrawals = defaultdict[int, list[ConsentWithdrawal]](list)
    taken_back = ConsentWithdrawal.objects.filter(
        signature__in=signed.values(), withdrawn_at__lte=at
    )
    for row in taken_back.order_by("withdrawn_at", "pk"):
        withdrawals[row.signature_id].append(row)
    asked = ConsentAskedAgain.objects.filter(
        subjects_id__in=all_of(sets),
        asked_at__gt=min((one.signed_at for one in signed.values()), default=at),
        asked_at__lte=at,
    )
    asked_again = dealt(asked.order_by("asked_at"), sets)
    also = also_for_each(everyone, at)
    return {
        one.pk: _state(
            signed.get(one.pk),
            withdrawals[signed[one.pk].pk] if one.pk in signed else (),
            asked_again[one.pk],
            also[one.pk],
            at,
        )
        for one in everyone
    }


def _state(
    signature: ConsentSignature | None,
    withdrawals: Sequence[ConsentWithdrawal],
    asked_again: Sequence[ConsentAskedAgain],
    also: frozenset[When],
    at: datetime,
) -> ConsentState:
    template = current_template()
    valid_for = timedelta(days=template.valid_days.value)
    if signature is None:
        facts = InForceFacts(at=at, signed_at=None, valid_for=valid_for)
        return ConsentState(
            in_force=None,
            findings=tuple(check_in_force(facts)),
            signature=None,
            withdrawals=(),
        )
    signed = load_consent(int(signature.template_version))
    withdrawn = {one.element for one in withdrawals}
    choices = _choices(signature, signed, withdrawn)
    needed = _needed(template, also)
    facts = InForceFacts(
        at=at,
        signed_at=signature.signed_at,
        valid_for=valid_for,
        required=[element.code for element in needed],
        agreed=[element.code for element in needed if signature.elements.get(element.code)],
        changed=[element.code for element in needed if _has_changed(signed, element)],
        withdrawn=withdrawn - {""},
        all_withdrawn="" in withdrawn,
        asked_again=[
            row.get_reason_display()
            for row in asked_again
            if row.asked_at > signature.signed_at
        ],
    )
    findings = tuple(check_in_force(facts))
    in_force = ConsentInForce(
        signature=signature,
        version=int(signature.template_version),
        signed_at=signature.signed_at,
        expires_at=signature.signed_at + valid_for,
        choices=choices,
    )
    return ConsentState(
        in_force=None if findings else in_force,
        findings=findings,
        signature=signature,
        withdrawals=tuple(withdrawals),
    )


def needed_elements(
    patient: Patient, template: ConsentTemplate, at: datetime
) -> tuple[Element, ...]:
    """Give the pages of a form that treatment of this patient cannot do without."""
    return _needed(template, also_for(patient, at))


def _needed(template: ConsentTemplate, also: frozenset[When]) -> tuple[Element, ...]:
    return tuple(
        element
        for element in template.elements
        if element.is_needed and (element.when == "always" or element.when in also)
    )


def _element(template: ConsentTemplate, code: str) -> Element | None:
    return next((one for one in template.elements if one.code == code), None)


def _has_changed(signed: ConsentTemplate, element: Element) -> bool:
    """Say whether a page reads otherwise now; one that was not in the signed form has not."""
    before = _element(signed, element.code)
    return before is not None and (before.heading, before.text) != (
        element.heading,
        element.text,
    )


def _choices(
    signature: ConsentSignature, signed: ConsentTemplate, withdrawn: set[str]
) -> Mapping[str, Choice]:
    """Give what was chosen on each page, with what was taken back at its least."""
    choices: dict[str, Choice] = dict(signature.elements)
    for code in choices:
        element = _element(signed, code)
        if element is not None and (code in withdrawn or "" in withdrawn):
            choices[code] = withdrawn_choice(element)
    return choices


def signatures_of(patient: Patient) -> QuerySet[ConsentSignature]:
    """List a patient's signatures, the newest first."""
    return (
        ConsentSignature.objects.filter(subjects_id__in=sets_with(patient))
        .select_related("explained_by", "recorded_by")
        .order_by(*_NEWEST_FIRST)
    )


def talk_of(patient: Patient, template: ConsentTemplate, at: datetime) -> ConsentTalk | None:
    """Give the newest talk about this version of the form."""
    return (
        ConsentTalk.objects.filter(
            subjects_id__in=sets_with(patient),
            template=template.code,
            template_version=str(template.version),
            explained_at__lte=at,
        )
        .select_related("recorded_by")
        .order_by("-explained_at", "-pk")
        .first()
    )


def choices_kept(patient: Patient, template: ConsentTemplate) -> Mapping[str, Choice]:
    """
    Give what a patient has chosen on the way to a signature, page by page.

    What was chosen before the newest signature belongs to that one.
    """
    signed = signatures_of(patient).first()
    rows = ConsentChoice.objects.filter(
        subjects_id__in=sets_with(patient),
        template=template.code,
        template_version=str(template.version),
    )
    if signed is not None:
        rows = rows.filter(chosen_at__gt=signed.signed_at)
    newest = rows.order_by("question", "-chosen_at", "-pk").distinct("question")
    return {row.question: row.value for row in newest}


def handover_open(key: str, at: datetime) -> ConsentHandover | None:
    """Find the handover of a tablet while it lasts; the caller stands in its clinic."""
    row = ConsentHandover.objects.filter(key=key, ended_at__isnull=True, expires_at__gt=at)
    return row.select_related("recorded_by", "subjects__only_patient__clinic").first()


def wrong_answers(patient: Patient, template: ConsentTemplate, question: str) -> int:
    """Count how often a check question was answered otherwise than right."""
    rows = ConsentChoice.objects.filter(
        subjects_id__in=sets_with(patient),
        template=template.code,
        template_version=str(template.version),
        question=question,
    ).values_list("value", flat=True)
    right = {
        element.check.code: element.check.right
        for element in template.elements
        if element.check is not None
    }
    return sum(value != right.get(question) for value in rows)

"""What was answered, lifted and signed, and what it comes to."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from kapstone.catalogue.baseline import load_baseline
from kapstone.catalogue.contraindications import Question, QuestionKind, RuleSet, load_rules
from kapstone.catalogue.gate import PressureReading, load_gate
from kapstone.catalogue.interactions import load_interactions
from kapstone.clinic.measures.models import Answers
from kapstone.clinic.measures.queries import answers_of_each, safety_calls_open
from kapstone.clinic.scheduling.models import AppointmentRequest, RequestAnswer
from kapstone.clinic.screening.answers import questions_by_code
from kapstone.clinic.screening.decision import Judged, Signed, Standing, judge_signatures
from kapstone.clinic.screening.models import (
    EligibilitySignature,
    RuleLift,
    Screening,
    ScreeningAnswer,
)
from kapstone.clinic.screening.rules import (
    BODY,
    MEDICINES,
    READING,
    SUICIDE_RISK,
    Datum,
    ScreeningFacts,
    body_mass_index,
    check_screening,
)
from kapstone.core.people.models import Patient
from kapstone.core.people.subjects import sets_with_each
from kapstone.errors import CatalogueError, Finding

_SUICIDE_SCREEN = "C28.screen"
_SUICIDE_INSTRUMENT = "asq"


@dataclass(frozen=True, slots=True, kw_only=True)
class Eligibility:
    """Whether a patient may be given ketamine at all, as decided and as it stands now."""

    standing: Standing
    sentence: str
    signed_at: datetime | None = None
    until: datetime | None = None
    screening: Screening | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def is_eligible(self) -> bool:
        """Whether two signatures stand, in date, with nothing new against them."""
        return self.standing is Standing.ELIGIBLE


def version_of(rules: RuleSet) -> str:
    """Name a version of the rules, as a screening keeps it."""
    return f"{rules.code}.v{rules.version}"


def rules_of(screening: Screening) -> RuleSet:
    """
    Give the rules that a screening began with.

    Raises
    ------
    CatalogueError
        If that version is not on the shelf.
    """
    _, _, version = screening.rules_version.partition(".v")
    if not version.isdecimal():
        raise CatalogueError(f"no rules {screening.rules_version}")
    return load_rules(int(version))


def answers_and_readings(
    screening: Screening,
) -> tuple[dict[str, ScreeningAnswer], tuple[ScreeningAnswer, ...]]:
    """Give the newest answer to each datum, and every blood pressure, the oldest first."""
    return _newest_and_readings(_answers([screening]).select_related("recorded_by"))


def _answers(screenings: Iterable[Screening]) -> QuerySet[ScreeningAnswer]:
    return ScreeningAnswer.objects.filter(screening__in=screenings).order_by(
        "answered_at", "pk"
    )


def _newest_and_readings(
    rows: Iterable[ScreeningAnswer],
) -> tuple[dict[str, ScreeningAnswer], tuple[ScreeningAnswer, ...]]:
    standing = {row.datum: row for row in rows if row.datum != READING}
    return standing, tuple(row for row in rows if row.datum == READING)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sources:
    """What the facts of one screening are read from."""

    answers: Sequence[ScreeningAnswer]
    replies: Sequence[Answers]
    lifts: dict[str, datetime]


def _sources(screenings: Sequence[Screening]) -> dict[int, _Sources]:
    """Load what the facts of these screenings are read from; four queries for all of them."""
    replies = answers_of_each([screening_patient(one) for one in screenings])
    answers = defaultdict[int, list[ScreeningAnswer]](list)
    for answer in _answers(screenings):
        answers[answer.screening_id].append(answer)
    lifts = defaultdict[int, dict[str, datetime]](dict)
    lifted = RuleLift.objects.filter(screening__in=screenings).order_by("lifted_at")
    for pk, rule, moment in lifted.values_list("screening_id", "rule", "lifted_at"):
        lifts[pk][rule] = moment
    return {
        one.pk: _Sources(
            answers=answers[one.pk],
            replies=replies[screening_patient(one).pk],
            lifts=lifts[one.pk],
        )
        for one in screenings
    }


def screening_facts(screening: Screening, at: datetime, *, ages_count: bool) -> ScreeningFacts:
    """
    Gather what the rules ask for.

    Parameters
    ----------
    screening : the screening
    at : the moment of judgement
    ages_count : whether old answers no longer count; false for a decision already signed
    """
    return _facts(screening, _sources([screening])[screening.pk], at, ages_count=ages_count)


def _facts(
    screening: Screening, sources: _Sources, at: datetime, *, ages_count: bool
) -> ScreeningFacts:
    patient = screening_patient(screening)
    rules = rules_of(screening)
    answers, readings = _newest_and_readings(sources.answers)
    replies = sources.replies
    measured = {one.instrument: one for one in replies if one.total is not None}
    data = _data(answers, questions_by_code(rules))
    _add_suicide_screen(data, replies)
    medicines = answers.get(MEDICINES)
    return ScreeningFacts(
        rules=rules,
        baseline=load_baseline(),
        pressure=load_gate().pressure,
        interactions=load_interactions(),
        born_on=patient.born_on,
        at=at,
        on=at.astimezone(screening.clinic.zone).date(),
        data=data,
        readings=[_reading(one) for one in readings],
        medicines=tuple(medicines.value) if medicines else None,
        changed_at=_changed([*answers.values(), *readings]),
        lifted_at=sources.lifts,
        measured_at={code: one.answered_at for code, one in measured.items()},
        call_open=_call_open(patient, at) if ages_count else "",
        ages_count=ages_count,
    )


def screening_patient(screening: Screening) -> Patient:
    """Give the one patient that a screening is about."""
    return screening.subjects.only_patient


def _data(
    answers: dict[str, ScreeningAnswer], questions: dict[str, Question]
) -> dict[str, Datum]:
    data = {}
    for code, row in answers.items():
        value = row.value
        question = questions.get(code)
        if code.startswith("B") or (question and question.kind is QuestionKind.DATE):
            value = date.fromisoformat(value)
        if code == BODY:
            code, value = "C20.bmi", body_mass_index(value["height_cm"], value["weight_kg"])
        if code != MEDICINES:
            data[code] = Datum(value=value, answered_at=row.answered_at)
    return data


def _add_suicide_screen(data: dict[str, Datum], replies: Sequence[Answers]) -> None:
    """Take the newest questionnaire where it is newer than what a clinician entered."""
    screens = [one for one in replies if one.instrument == _SUICIDE_INSTRUMENT and one.band]
    if not screens:
        return
    entered = data.get(_SUICIDE_SCREEN)
    if entered is None or screens[-1].answered_at > entered.answered_at:
        data[_SUICIDE_SCREEN] = Datum(
            value=screens[-1].band, answered_at=screens[-1].answered_at
        )


def _reading(row: ScreeningAnswer) -> PressureReading:
    return PressureReading(
        systolic_mmhg=row.value["systolic_mmhg"],
        diastolic_mmhg=row.value["diastolic_mmhg"],
        taken_at=row.answered_at,
    )


def _changed(rows: Sequence[ScreeningAnswer]) -> dict[str, datetime]:
    changed: dict[str, datetime] = {}
    for row in rows:
        changed[row.rule] = max(row.recorded_at, changed.get(row.rule, row.recorded_at))
    return changed


def _call_open(patient: Patient, at: datetime) -> str:
    call = safety_calls_open(Patient.objects.filter(pk=patient.pk), at).first()
    return f"Call {patient} first: {call.sentence}" if call else ""


def newest_screening(patient: Patient) -> Screening | None:
    """Give the screening that counts for a patient: the newest."""
    return newest_screenings([patient]).get(patient.pk)


def newest_screenings(patients: Iterable[Patient]) -> dict[int, Screening]:
    """Give the screening that counts for each of these patients, by id; one query."""
    alone = {patient.alone_id: patient for patient in patients}
    rows = (
        Screening.objects.filter(subjects_id__in=alone)
        .select_related("clinic", "subjects")
        .order_by("subjects_id", "-started_at", "-pk")
        .distinct("subjects_id")
    )
    found = {}
    for row in rows:
        row.subjects.only_patient = alone[row.subjects_id]
        found[alone[row.subjects_id].pk] = row
    return found


def signatures_of(screening: Screening) -> tuple[EligibilitySignature, ...]:
    """List the signatures under a screening, the oldest first."""
    rows = screening.signatures.select_related("recorded_by").order_by("signed_at", "pk")
    return tuple(rows)


def judged(screening: Screening, findings: Sequence[Finding], at: datetime) -> Judged:
    """Say where a screening stands, given what the rules say of it now."""
    return _judged(signatures_of(screening), findings, at)


def _judged(
    signatures: Iterable[EligibilitySignature], findings: Sequence[Finding], at: datetime
) -> Judged:
    return judge_signatures(
        [
            Signed(capacity=one.capacity, verdict=one.verdict, signed_at=one.signed_at)
            for one in signatures
        ],
        findings,
        at=at,
        valid_for=timedelta(days=load_gate().eligibility_days.value),
    )


def eligibility(patient: Patient, at: datetime) -> Eligibility:
    """
    Say whether a patient may be given ketamine at all. Nothing on file means no.

    The newest screening counts. Two signatures hold for as long as the gate says, unless an
    answer given since then stops, holds or must be weighed anew.
    """
    return eligibility_of_each([patient], at)[patient.pk]


def eligibility_of_each(patients: Iterable[Patient], at: datetime) -> dict[int, Eligibility]:
    """Say the same of several patients, by id, in as many queries as for one."""
    everyone = list(patients)
    sets_with_each(everyone)  # read together, also for those whom nobody has screened
    screenings = newest_screenings(everyone)
    sources = _sources(list(screenings.values()))
    signatures = defaultdict[int, list[EligibilitySignature]](list)
    signed = EligibilitySignature.objects.filter(screening__in=screenings.values())
    for signature in signed.order_by("signed_at", "pk"):
        signatures[signature.screening_id].append(signature)
    not_started = Eligibility(
        standing=Standing.NOT_STARTED, sentence="No screening has been started."
    )
    return {
        patient.pk: _eligibility(one, sources[one.pk], signatures[one.pk], at)
        if (one := screenings.get(patient.pk))
        else not_started
        for patient in everyone
    }


def _eligibility(
    screening: Screening,
    sources: _Sources,
    signatures: Sequence[EligibilitySignature],
    at: datetime,
) -> Eligibility:
    findings = tuple(check_screening(_facts(screening, sources, at, ages_count=False)))
    found = _judged(signatures, findings, at)
    return Eligibility(
        standing=found.standing,
        sentence=found.sentence,
        signed_at=found.signed_at,
        until=found.until,
        screening=screening,
        findings=findings,
    )


def suicide_risk(facts: ScreeningFacts) -> str:
    """Give the newest suicide screen: negative, non-acute, acute, or nothing."""
    datum = facts.data.get(f"{SUICIDE_RISK}.screen")
    return str(datum.value) if datum else ""


_SIGNATURES = EligibilitySignature.objects.filter(screening=OuterRef("pk"))
_REFUSED = Q(verdict=EligibilitySignature.Verdict.NOT_NOW)


def _newest_of(patients: QuerySet[Patient]) -> QuerySet[Screening]:
    newer = Screening.objects.filter(
        subjects=OuterRef("subjects"), started_at__gt=OuterRef("started_at")
    )
    return (
        Screening.objects.filter(~Exists(newer), subjects__only_patient__in=patients)
        .select_related("subjects__only_patient")
        .annotate(signed=Exists(_SIGNATURES))
        .order_by("started_at", "pk")
    )


def screenings_open(patients: QuerySet[Patient]) -> QuerySet[Screening]:
    """List the newest screening of each of these patients where two signatures are missing."""
    both = [Exists(_SIGNATURES.filter(capacity=one)) for one in EligibilitySignature.Capacity]
    found = _newest_of(patients).filter(~Exists(_SIGNATURES.filter(_REFUSED)))
    return found.exclude(both[0] & both[1]).select_related("subjects__only_patient", "request")


def screenings_unsigned(
    patients: QuerySet[Patient], capacities: Collection[str]
) -> QuerySet[Screening]:
    """List those that wait for a signature in one of these capacities."""
    closed = _SIGNATURES.filter(_REFUSED | Q(capacity__in=capacities))
    return _newest_of(patients).filter(~Exists(closed))


def invited_not_taken_up(clinic_id: int) -> QuerySet[AppointmentRequest]:
    """List the invited people whose screening nobody has begun, the longest waiting first."""
    started = Screening.objects.filter(subjects=OuterRef("patient__alone"))
    return (
        AppointmentRequest.objects.filter(
            clinic_id=clinic_id, answer__answer=RequestAnswer.Answer.SCREENING
        )
        .filter(~Exists(started), patient__isnull=False)
        .select_related("patient", "answer")
        .order_by("answer__answered_at")
    )

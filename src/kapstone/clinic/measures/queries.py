"""What was asked, what was answered, and what still waits for a person."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from kapstone.catalogue.instruments import Instrument, instruments, load_instrument, score
from kapstone.clinic.measures.models import (
    Answers,
    DraftAnswer,
    MeasureRequest,
    SafetyCall,
    SafetyCallDone,
    SafetyPlan,
)
from kapstone.core.people.models import Patient, SubjectsMember
from kapstone.core.people.subjects import all_of, dealt, sets_with, sets_with_each


@dataclass(frozen=True, slots=True, kw_only=True)
class PointAnswered:
    """One point of the schedule: what was asked, and whether a valid reply came."""

    request: MeasureRequest
    is_answered: bool
    is_valid: bool


def instrument_of(record: Answers) -> Instrument:
    """Give the very version of the questionnaire that was answered."""
    return load_instrument(record.instrument, int(record.instrument_version))


def is_valid(record: Answers) -> bool:
    """Say whether a reply is complete enough to count, by its own instrument."""
    return score(instrument_of(record), record.items).valid


def answers_standing() -> QuerySet[Answers]:
    """Give the replies that no correction has replaced."""
    return Answers.objects.filter(replaced_by__isnull=True)


def answers_of(patient: Patient, instrument: str | None = None) -> tuple[Answers, ...]:
    """List a patient's standing replies, the oldest first; of one instrument if named."""
    found = answers_standing().filter(subjects_id__in=sets_with(patient))
    if instrument is not None:
        found = found.filter(instrument=instrument)
    return tuple(found.select_related("recorded_by").order_by("answered_at", "pk"))


def answers_of_each(patients: Iterable[Patient]) -> dict[int, tuple[Answers, ...]]:
    """List the standing replies of each of these patients by id, the oldest first."""
    sets = sets_with_each(patients)
    rows = answers_standing().filter(subjects_id__in=all_of(sets))
    return dealt(rows.order_by("answered_at", "pk"), sets)


def previous_answers(patient: Patient, instrument: str, before: datetime) -> Answers | None:
    """Give the last standing reply before a moment."""
    found = answers_standing().filter(
        subjects_id__in=sets_with(patient), instrument=instrument, answered_at__lt=before
    )
    return found.order_by("-answered_at", "-pk").first()


def about(patients: QuerySet[Patient]) -> QuerySet[SubjectsMember, int]:
    """Give the sets of subjects that hold any of these patients, for use in a filter."""
    return SubjectsMember.objects.filter(patient__in=patients).values_list(
        "subjects_id", flat=True
    )


def requests_open(patients: QuerySet[Patient], at: datetime) -> QuerySet[MeasureRequest]:
    """
    List what these patients are asked and have not answered, the soonest due first.

    A request is dropped from the list one look-back after it was due: it then counts as
    missing.
    """
    codes = defaultdict[int, list[str]](list)
    for code, instrument in instruments().items():
        codes[instrument.look_back_days].append(code)
    in_time = Q(pk__in=[])
    for days, alike in codes.items():
        in_time |= Q(instrument__in=alike, due_at__gt=at - timedelta(days=days))
    return (
        MeasureRequest.objects.filter(in_time, recorded_at__lte=at, answers__isnull=True)
        .filter(subjects_id__in=about(patients))
        .order_by("due_at", "pk")
    )


def points_of(patient: Patient) -> tuple[PointAnswered, ...]:
    """List every questionnaire that was asked for, in order, with what came of it."""
    asked = MeasureRequest.objects.filter(subjects_id__in=sets_with(patient))
    return tuple(
        PointAnswered(
            request=request,
            is_answered=_reply(request) is not None,
            is_valid=(reply := _reply(request)) is not None and is_valid(reply),
        )
        for request in asked.select_related("answers").order_by("due_at", "pk")
    )


def _reply(request: MeasureRequest) -> Answers | None:
    return getattr(request, "answers", None)


def draft_of(request: MeasureRequest) -> dict[str, float | None]:
    """Give the answers kept so far, the newest of each item."""
    rows = (
        DraftAnswer.objects.filter(request=request)
        .order_by("item", "-saved_at", "-pk")
        .distinct("item")
    )
    return {row.item: row.value for row in rows}


def _closing_tries() -> QuerySet[SafetyCallDone]:
    return SafetyCallDone.objects.filter(call=OuterRef("pk")).exclude(
        outcome=SafetyCallDone.Outcome.NOT_REACHED
    )


def safety_calls_open(patients: QuerySet[Patient], at: datetime) -> QuerySet[SafetyCall]:
    """List the calls to these patients in which nobody has reached them, soonest due first."""
    return (
        SafetyCall.objects.filter(~Exists(_closing_tries()), raised_at__lte=at)
        .filter(subjects_id__in=about(patients))
        .select_related("subjects__only_patient", "answers")
        .prefetch_related("tries")
        .order_by("due_at", "pk")
    )


def safety_calls_open_each(
    patients: Iterable[Patient], at: datetime
) -> dict[int, tuple[SafetyCall, ...]]:
    """List the calls of each of these patients, by id, in which nobody has reached them."""
    sets = sets_with_each(patients)
    calls = SafetyCall.objects.filter(
        ~Exists(_closing_tries()), raised_at__lte=at, subjects_id__in=all_of(sets)
    )
    return dealt(calls.order_by("due_at", "pk"), sets)


def safety_calls_of(patient: Patient) -> QuerySet[SafetyCall]:
    """List every call about one patient, the newest first, each with its tries."""
    return (
        SafetyCall.objects.filter(subjects_id__in=sets_with(patient))
        .select_related("answers")
        .prefetch_related("tries__recorded_by")
        .order_by("-raised_at", "-pk")
    )


def calls_raised_for(request: MeasureRequest) -> list[tuple[str, str]]:
    """List trigger and priority of the calls that one questionnaire has raised so far."""
    calls = SafetyCall.objects.filter(request=request)
    return list(calls.values_list("trigger", "priority"))


def safety_plan_of(patient: Patient) -> SafetyPlan | None:
    """Give the newest version of a patient's safety plan, if they have one."""
    plans = SafetyPlan.objects.filter(subjects_id__in=sets_with(patient))
    return plans.order_by("-written_at", "-pk").first()

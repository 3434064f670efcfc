"""The intention and forks that stand, and how far a dose is prepared."""

from collections.abc import Mapping, Sequence

from kapstone.clinic.course.models import Course
from kapstone.clinic.preparation.models import Fork, Intention, PreparationCheck
from kapstone.core.people.models import Patient, SubjectsMember


def intention_of(course: Course) -> Intention | None:
    """Give the intention as the patient last worded it, if there is one."""
    return Intention.objects.filter(course=course).order_by("-set_at", "-pk").first()


def intentions_of(course: Course) -> Sequence[Intention]:
    """List every wording of the intention, the newest first."""
    return tuple(Intention.objects.filter(course=course).order_by("-set_at", "-pk"))


def forks_of(patient: Patient) -> tuple[Fork, ...]:
    """List a patient's forks as they stand, in the order they were first named."""
    lines = fork_lines([patient])
    return tuple(line[-1] for line in lines if line[-1].put_away_at is None)


def fork_lines(patients: Sequence[Patient]) -> tuple[tuple[Fork, ...], ...]:
    """
    Give each fork as the line of its wordings, the first wording first.

    A walk belongs to the wording it was logged under; the whole line is one fork. Forks put
    away are here too. One query, for any number of patients.
    """
    sets = SubjectsMember.objects.filter(patient__in=patients).values("subjects_id")
    rows = Fork.objects.filter(subjects_id__in=sets).select_related("course").order_by("pk")
    lines: dict[int, list[Fork]] = {}
    line_of: dict[int, list[Fork]] = {}
    for fork in rows:  # a wording is always written after the one it replaces
        line = line_of[fork.replaces_id] if fork.replaces_id else lines.setdefault(fork.pk, [])
        line.append(fork)
        line_of[fork.pk] = line
    return tuple(tuple(line) for line in lines.values())


def checks_of(course: Course, number: int) -> Mapping[str, PreparationCheck]:
    """Give the newest answer to each item of the checklist for one dose."""
    rows = (
        PreparationCheck.objects.filter(course=course, number=number)
        .select_related("recorded_by")
        .order_by("item", "-checked_at", "-pk")
        .distinct("item")
    )
    return {row.item: row for row in rows}

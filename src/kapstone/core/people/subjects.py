"""Find or make the set of patients that a record is about."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from kapstone.core.people.models import CareRecord, Patient, Subjects, SubjectsMember

_SETS = "_sets_with"

Row = TypeVar("Row", bound=CareRecord)


def set_key(patients: Iterable[Patient]) -> str:
    """Give the key of a set: a hash of its patients' keys, the same in any order."""
    joined = ",".join(sorted(str(patient.key) for patient in patients))
    return hashlib.sha256(joined.encode()).hexdigest()


def subjects_for(patients: Sequence[Patient]) -> Subjects:
    """
    Give the one row that stands for this set of patients.

    Raises
    ------
    ValueError
        If there is no patient, or the patients are of more than one clinic.
    """
    if not patients:
        raise ValueError("A record of care is about at least one patient.")
    if len({patient.clinic_id for patient in patients}) != 1:
        raise ValueError("Patients of two clinics cannot share a record.")
    if len(patients) == 1:
        return patients[0].alone
    subjects, made = Subjects.objects.get_or_create(
        clinic_id=patients[0].clinic_id, key=set_key(patients)
    )
    if made:
        SubjectsMember.objects.bulk_create(
            SubjectsMember(clinic_id=patient.clinic_id, subjects=subjects, patient=patient)
            for patient in patients
        )
    for patient in patients:
        vars(patient).pop(_SETS, None)
    return subjects


def patient_ids(subjects: Subjects) -> tuple[int, ...]:
    """List the ids of the patients in a set, smallest first."""
    members = SubjectsMember.objects.filter(subjects=subjects)
    return tuple(members.order_by("patient_id").values_list("patient_id", flat=True))


def sets_with(patient: Patient) -> tuple[int, ...]:
    """
    List the ids of every set that holds a patient, their own first.

    Read once for one ``Patient`` in memory, since nearly every question of a page begins here;
    ``subjects_for`` forgets what was read.
    """
    return sets_with_each([patient])[patient.pk]


def sets_with_each(patients: Iterable[Patient]) -> dict[int, tuple[int, ...]]:
    """List, for each of these patients by id, every set that holds them; at most one query."""
    everyone = list(patients)
    asked = {one.pk: one.alone_id for one in everyone if _SETS not in vars(one)}
    if asked:
        others = defaultdict[int, list[int]](list)
        members = SubjectsMember.objects.filter(patient__in=asked)
        for subjects, patient in members.values_list("subjects_id", "patient_id"):
            if subjects != asked[patient]:
                others[patient].append(subjects)
        for one in everyone:
            if one.pk in asked:
                vars(one)[_SETS] = (asked[one.pk], *others[one.pk])
    return {one.pk: vars(one)[_SETS] for one in everyone}


def all_of(sets: Mapping[int, Iterable[int]]) -> set[int]:
    """Give the sets of several patients together, for use in a filter."""
    return {one for each in sets.values() for one in each}


def dealt(rows: Iterable[Row], sets: Mapping[int, Iterable[int]]) -> dict[int, tuple[Row, ...]]:
    """
    Give each patient the records that are about them, in the order of the rows.

    Parameters
    ----------
    rows : records of care about any of these sets
    sets : by the id of a patient, the sets that hold them
    """
    holders = defaultdict[int, list[int]](list)
    for patient, each in sets.items():
        for one in each:
            holders[one].append(patient)
    found: dict[int, list[Row]] = {patient: [] for patient in sets}
    for row in rows:
        for patient in holders[row.subjects_id]:
            found[patient].append(row)
    return {patient: tuple(mine) for patient, mine in found.items()}

"""Find or make the set of patients that a record is about."""

import hashlib
from collections.abc import Iterable, Sequence

from kapstone.core.people.models import Patient, Subjects, SubjectsMember

_SETS = "_sets_with"


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
    known: tuple[int, ...] | None = vars(patient).get(_SETS)
    if known is None:
        members = SubjectsMember.objects.filter(patient=patient)
        others = members.exclude(subjects=patient.alone_id)
        known = (patient.alone_id, *others.values_list("subjects_id", flat=True))
        vars(patient)[_SETS] = known
    return known

"""The letter home: what a patient was told to do, word for word, as it was given."""

from datetime import datetime, timedelta

from kapstone.catalogue.discharge import load_discharge
from kapstone.clinic.dosing.models import DosingSession, HomeLetter
from kapstone.clinic.scheduling.queries import appointments_of
from kapstone.core.people.models import Patient

NEXT_DAYS = timedelta(days=4)


def letter_lines(session: DosingSession, at: datetime) -> tuple[str, ...]:
    """Write the letter: what to do, whom to call, what is booked; one line each."""
    clinic, zone = session.clinic, session.clinic.zone
    patient = session.subjects.only_patient
    lines = [one.words for one in load_discharge().instructions]
    lines.append(f"{clinic.name}: {clinic.phone}.")
    lines.append(f"Emergency: {clinic.emergency_number}.")
    lines.append(f"{clinic.crisis_line_name}: {clinic.crisis_line_number}.")
    booked = [
        f"{one.starts_at.astimezone(zone):%A %-d %B, %H:%M}: {one.get_kind_display().lower()}."
        for one in appointments_of(patient, at, at + NEXT_DAYS)
    ]
    return (*lines, *(booked or ["We will call you to agree the next visit."]))


def letter_of(session: DosingSession) -> HomeLetter | None:
    """Give the newest letter of a session."""
    rows = session.letters.select_related("recorded_by")
    return rows.order_by("-given_at", "-pk").first()


def newest_letter(patient: Patient) -> HomeLetter | None:
    """Give the newest letter of a patient, of any session."""
    rows = HomeLetter.objects.filter(subjects_id=patient.alone_id)
    return rows.order_by("-given_at", "-pk").first()

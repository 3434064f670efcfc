"""Whether a tablet may still keep anything of a room: asked by the tablet at every contact."""

from datetime import datetime
from uuid import UUID

from kapstone.clinic.dosing.models import RoomDevice
from kapstone.clinic.dosing.queries import session_state, session_with
from kapstone.core.access.fences import acting_in
from kapstone.core.access.policy import Action
from kapstone.core.access.standing import Access
from kapstone.core.people.models import Clinic


def may_keep(slug: str, session_key: UUID, device_id: UUID, at: datetime) -> bool | None:
    """
    Say whether a tablet may keep its pages of a room; None where nobody opened it there.

    It may not once the session is closed, or once none of those who opened the room on it may
    write there any more. It is asked by whoever holds the tablet, signed in or not: the two
    ids, each made by chance, are all that it takes, and yes or no is all that it tells.
    """
    clinic = Clinic.objects.filter(slug=slug).first()
    if clinic is None:
        return None
    with acting_in(clinic_id=clinic.pk):
        return _may_keep(session_key, device_id, at)


def _may_keep(session_key: UUID, device_id: UUID, at: datetime) -> bool | None:
    session = session_with(session_key)
    if session is None:
        return None
    rows = RoomDevice.objects.filter(session=session, device_id=device_id)
    openers = [row.recorded_by for row in rows.select_related("recorded_by__clinic")]
    if not openers:
        return None
    if session_state(session).is_closed:
        return False
    patients = [session.subjects.only_patient.pk]
    return any(
        Access(user, at).decide("dosing_session", Action.CREATE, patients).allowed
        for user in openers
    )

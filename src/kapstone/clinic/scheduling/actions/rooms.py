"""Add a room, and retire one that nothing is booked in."""

import uuid
from datetime import datetime
from uuid import UUID

from django.db import transaction

from kapstone.clinic.scheduling.models import Room
from kapstone.clinic.scheduling.queries import bookings_ahead
from kapstone.clinic.scheduling.rules import check_retirement
from kapstone.core.access.policy import Action
from kapstone.core.access.standing import require_here
from kapstone.core.audit.actions import note
from kapstone.core.people.locks import hold
from kapstone.core.people.models import User
from kapstone.errors import InvalidInput, NotAllowed, Refused


@transaction.atomic
def add_room(
    *, by: User, at: datetime, name: str, is_video: bool = False, entry_id: UUID | None = None
) -> Room:
    """
    Add a room or a video line. The same form sent twice adds one.

    Raises
    ------
    NotAllowed
        If the user's role keeps no rooms.
    InvalidInput
        If a room of this name is in use.
    """
    require_here(by=by, record_class="rooms", action=Action.CREATE)
    hold("rooms-of", by.clinic_id)
    key = entry_id or uuid.uuid4()
    kept = Room.objects.filter(key=key, clinic_id=by.clinic_id).first()
    if kept is not None:
        return kept
    in_use = Room.objects.filter(clinic_id=by.clinic_id, retired_at__isnull=True)
    if in_use.filter(name__iexact=name).exists():
        raise InvalidInput({"name": f"There is a room called {name}. Choose another name."})
    room = Room.objects.create(clinic_id=by.clinic_id, key=key, name=name, is_video=is_video)
    note(by=by, at=at, deed="room-added", record=room, clinic_id=by.clinic_id, name=name)
    return room


@transaction.atomic
def retire_room(*, by: User, at: datetime, room: Room) -> Room:
    """
    Retire a room: it can be booked no more, and past days keep it. Again changes nothing.

    Raises
    ------
    NotAllowed
        If the user's role keeps no rooms.
    Refused
        If something is booked in it from now on.
    """
    require_here(by=by, record_class="rooms", action=Action.AMEND)
    if room.clinic_id != by.clinic_id:
        raise NotAllowed("This room is not of your clinic.")
    hold("bookings-in", room.pk)  # a booking waits for the same lock, then finds it retired
    room = Room.objects.get(pk=room.pk)
    if room.retired_at is not None:
        return room
    if findings := tuple(check_retirement(bookings_ahead(room, at))):
        raise Refused(findings)
    room.retired_at = at
    room.save(update_fields=["retired_at"])
    note(by=by, at=at, deed="room-retired", record=room, clinic_id=by.clinic_id, name=room.name)
    return room

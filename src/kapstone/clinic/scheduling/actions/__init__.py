"""Ask for an appointment, answer, book, move, cancel, call off, and mark who came."""

from kapstone.clinic.scheduling.actions.appointments import (
    book_appointment,
    call_off_appointment,
    cancel_appointment,
    mark_attended,
    mark_missed,
    move_appointment,
)
from kapstone.clinic.scheduling.actions.requests import (
    STRANGER,
    Stranger,
    answer_request,
    request_appointment,
)
from kapstone.clinic.scheduling.actions.rooms import add_room, retire_room

__all__ = [
    "STRANGER",
    "Stranger",
    "add_room",
    "answer_request",
    "book_appointment",
    "call_off_appointment",
    "cancel_appointment",
    "mark_attended",
    "mark_missed",
    "move_appointment",
    "request_appointment",
    "retire_room",
]

"""Addresses of the day of the dose."""

from django.urls import path

from kapstone.clinic.dosing.views import (
    booking,
    drawing,
    emergency,
    gate,
    held,
    home,
    leaving,
    orders,
    papers,
    planning,
    reviews,
    room,
    sync,
    tablet,
)
from kapstone.core.access.doors import public_door

app_name = "dosing"
_session = "sessions/<uuid:session_key>"
_patient = "patients/<uuid:patient_key>"
urlpatterns = [
    path(f"{_patient}/sessions/", planning.sessions, name="sessions"),
    path(f"{_patient}/order/<int:number>/", orders.order, name="order"),
    path(f"{_session}/gate/", gate.gate, name="gate"),
    path(f"{_session}/gate/lift/", gate.lift, name="lift"),
    path(f"{_session}/gate/sign/", gate.sign, name="sign_gate"),
    path(f"{_session}/gate/not-today/", gate.not_today, name="not_today"),
    path(f"{_session}/room/", room.room, name="room"),
    path(f"{_session}/room/live/", room.live, name="live"),
    path(f"{_session}/room/entries/", room.entries, name="entries"),
    path(f"{_session}/room/dose/", room.dose, name="dose"),
    path(f"{_session}/room/correct/<uuid:entry_id>/", room.correct, name="correct"),
    path(f"{_session}/room/help/", emergency.help_card, name="help"),
    path(f"{_session}/room/kept/", tablet.kept, name="kept"),
    path(f"{_session}/room/keeps/", public_door(tablet.keeps, write=None), name="keeps"),
    path(f"{_session}/room/worker.js", tablet.worker, name="worker"),
    path(f"{_session}/held/", held.held, name="held"),
    path(f"{_session}/entries/batch/", sync.batch, name="batch"),
    path(f"{_session}/devices/", sync.devices, name="devices"),
    path(f"{_session}/lease/", sync.lease, name="lease"),
    path(f"{_session}/clock/", sync.clock, name="clock"),
    path(f"{_session}/draw/", drawing.draw, name="draw"),
    path(f"{_session}/draws/<uuid:draw_key>/waste/", drawing.waste, name="waste"),
    path(f"{_session}/book/", booking.book, name="book"),
    path(f"{_session}/discharge/", home.going_home, name="discharge"),
    path(f"{_session}/discharge/sign/", home.sign_home, name="sign_home"),
    path(f"{_session}/discharge/stay/", home.stay, name="stay"),
    path(
        f"{_session}/discharge/against-advice/", leaving.against_advice, name="against_advice"
    ),
    path(f"{_session}/discharge/instructions/", leaving.instructions, name="instructions"),
    path("adverse-events/", reviews.queue, name="event_reviews"),
    path("adverse-events/<uuid:event_id>/", reviews.review, name="event_review"),
    path("me/going-home/", leaving.own_letter, name="own_letter"),
    path(f"{_session}/record/", orders.record, name="record"),
    path(f"{_session}/record/pdf/", papers.record_pdf, name="record_pdf"),
    path(f"{_session}/downtime/", papers.downtime, name="downtime"),
    path(f"{_session}/summary/", orders.summary, name="summary"),
    path(f"{_session}/adverse-events/", orders.adverse_events, name="adverse_events"),
]

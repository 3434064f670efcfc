"""Addresses of scheduling: requests, appointments, the schedule, and the public site."""

from django.urls import path

from kapstone.clinic.scheduling.views import booking, public, requests, rooms, schedule

app_name = "scheduling"
_clinic = "c/<slug:clinic_slug>"
_received = "request/<uuid:request_key>/received/"
_request = "requests/<uuid:request_key>"
_appointment = "appointments/<uuid:appointment_key>"
urlpatterns = [
    path("", public.learn, name="home"),
    path("how-it-works/", public.learn, name="learn"),
    path("is-it-for-me/", public.is_it_for_me, name="is_it_for_me"),
    path("questions/", public.questions, name="questions"),
    path("request/", public.ask, name="ask"),
    path(_received, public.received, name="received"),
    path(f"{_clinic}/", public.learn, name="clinic_home"),
    path(f"{_clinic}/how-it-works/", public.learn, name="clinic_learn"),
    path(f"{_clinic}/is-it-for-me/", public.is_it_for_me, name="clinic_is_it_for_me"),
    path(f"{_clinic}/questions/", public.questions, name="clinic_questions"),
    path(f"{_clinic}/request/", public.ask, name="clinic_ask"),
    path(f"{_clinic}/{_received}", public.received, name="clinic_received"),
    path("requests/", requests.queue, name="requests"),
    path(f"{_request}/", requests.one, name="request"),
    path(f"{_request}/invite/", requests.invite, name="invite"),
    path(f"{_request}/not-now/", requests.decline, name="not_now"),
    path(
        "patients/<uuid:patient_key>/request/",
        requests.of_patient_page,
        name="patient_request",
    ),
    path("patients/<uuid:patient_key>/book/", booking.book, name="book"),
    path(f"{_appointment}/", booking.appointment, name="appointment"),
    path(f"{_appointment}/move/", booking.move, name="move"),
    path(f"{_appointment}/cancel/", booking.cancel, name="cancel"),
    path(f"{_appointment}/attended/", booking.attended, name="attended"),
    path(f"{_appointment}/missed/", booking.missed, name="missed"),
    path("schedule/", schedule.schedule, name="schedule"),
    path("rooms/", rooms.rooms, name="rooms"),
    path("rooms/<uuid:room_key>/retire/", rooms.room_retire, name="room_retire"),
]

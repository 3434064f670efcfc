"""Addresses of the gathering screens."""

from django.urls import path

from kapstone.clinic.overview import team, views

app_name = "overview"
PATIENT = "patients/<uuid:patient_key>/"
urlpatterns = [
    path("today/", views.today, name="today"),
    path("today/live/", views.live, name="live"),
    path("patients/", views.patients, name="patients"),
    path(PATIENT, views.timeline, name="timeline"),
    path(f"{PATIENT}record/", views.record, name="record"),
    path(f"{PATIENT}record/care-team/", team.care_team, name="care_team"),
    path(f"{PATIENT}record/emergency-card/", views.emergency_card, name="emergency_card"),
]

"""Addresses of integration."""

from django.urls import path

from kapstone.clinic.integration import views

app_name = "integration"
_notes = "patients/<uuid:patient_key>/integration/"
urlpatterns = [
    path(_notes, views.notes, name="notes"),
    path(f"{_notes}new/<slug:modality>/", views.write, name="write"),
    path(f"{_notes}sealed/", views.seal, name="seal"),
    path("notes/<uuid:note_key>/correct/", views.correct, name="correct"),
    path("notes/sealed/<uuid:sealed_key>/", views.sealed, name="sealed"),
    path("commitments/<uuid:commitment_id>/", views.keep, name="keep"),
    path("me/notes/", views.own_notes, name="own_notes"),
]

"""Addresses of an invitation: the clinic's own, and those of the person invited."""

from django.urls import path

from kapstone.core.joining import views

app_name = "joining"
INVITATION = "patients/<uuid:patient_key>/record/invitation/"
urlpatterns = [
    path(INVITATION, views.invitation, name="invitation"),
    path(f"{INVITATION}withdraw/", views.withdraw, name="withdraw"),
    path("join/", views.code, name="code"),
    path("join/<str:token>/", views.join, name="join"),
]

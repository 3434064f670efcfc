"""Addresses of the window."""

from django.urls import path

from kapstone.clinic.window import views

app_name = "window"
urlpatterns = [
    path("patients/<uuid:patient_key>/window/", views.window, name="window"),
    path("me/how-we-know/", views.how_we_know, name="how_we_know"),
]

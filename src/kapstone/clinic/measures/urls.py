"""Addresses of measures: the clinic's and the patient's."""

from django.urls import path

from kapstone.clinic.measures import own_views, views

app_name = "measures"
_patient = "patients/<uuid:patient_key>"
_own = "me/measures/<uuid:request_key>"
urlpatterns = [
    path(f"{_patient}/measures/", views.measures, name="measures"),
    path(f"{_patient}/measures/ask/", views.ask, name="ask"),
    path(f"{_patient}/measures/enter/<slug:instrument>/", views.enter, name="enter"),
    path(f"{_patient}/safety-plan/", views.safety_plan, name="safety_plan"),
    path("safety-calls/<uuid:call_key>/", views.safety_call, name="safety_call"),
    path("me/measures/", own_views.own_measures, name="own_measures"),
    path(f"{_own}/", own_views.question, name="question"),
    path(f"{_own}/send/", own_views.send, name="send"),
    path(f"{_own}/thanks/", own_views.thanks, name="thanks"),
    path(f"{_own}/care/", own_views.care, name="care"),
    path("me/safety-plan/", own_views.own_safety_plan, name="own_safety_plan"),
]

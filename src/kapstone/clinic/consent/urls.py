"""Addresses of consent: the clinic's and the patient's."""

from django.urls import path

from kapstone.clinic.consent import handed_views, own_views, views

app_name = "consent"
_patient = "patients/<uuid:patient_key>/consent"
urlpatterns = [
    path(f"{_patient}/", views.consent, name="consent"),
    path(f"{_patient}/explain/", views.explain, name="explain"),
    path(f"{_patient}/ask-again/", views.ask_again, name="ask_again"),
    path(f"{_patient}/withdrawal/", views.record_withdrawal, name="record_withdrawal"),
    path(f"{_patient}/copy/<uuid:signature_key>/", views.copy, name="copy"),
    path(f"{_patient}/hand-over/", handed_views.hand_over_tablet, name="hand_over"),
    path("in-clinic/", handed_views.who, name="handed"),
    path("in-clinic/page/<slug:code>/", handed_views.topic, name="handed_topic"),
    path("in-clinic/page/<slug:code>/check/", handed_views.check, name="handed_check"),
    path("in-clinic/sign/", handed_views.sign, name="handed_sign"),
    path("in-clinic/back/", handed_views.back, name="handed_back"),
    path("me/consent/", own_views.own_consent, name="own_consent"),
    path("me/consent/page/<slug:code>/", own_views.topic, name="topic"),
    path("me/consent/page/<slug:code>/check/", own_views.check, name="check"),
    path("me/consent/sign/", own_views.sign, name="sign"),
    path("me/consent/withdraw/", own_views.withdraw, name="withdraw"),
    path("me/consent/copy/", own_views.own_copy, name="own_copy"),
]

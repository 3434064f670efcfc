"""Addresses of screening."""

from django.urls import path

from kapstone.clinic.screening.views import decide, queue, table

app_name = "screening"
_one = "screening/<uuid:screening_key>"
urlpatterns = [
    path("screening/", queue.queue, name="queue"),
    path("requests/<uuid:request_key>/take-up/", queue.take_up, name="take_up"),
    path("patients/<uuid:patient_key>/screening/", queue.of_patient_page, name="of_patient"),
    path("patients/<uuid:patient_key>/screening/start/", queue.start, name="start"),
    path(f"{_one}/", table.screening, name="screening"),
    path(f"{_one}/answers/", table.answers, name="answers"),
    path(f"{_one}/rules/<slug:rule>/", table.rule, name="rule"),
    path(f"{_one}/rules/<slug:rule>/lift/", table.lift, name="lift"),
    path(f"{_one}/more/", decide.more, name="more"),
    path(f"{_one}/accept/", decide.accept, name="accept"),
    path(f"{_one}/not-now/", decide.decline, name="not_now"),
]

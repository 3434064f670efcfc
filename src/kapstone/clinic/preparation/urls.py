"""Addresses of preparation: the clinic's and the patient's."""

from django.urls import path

from kapstone.clinic.preparation import own_views, views

app_name = "preparation"
urlpatterns = [
    path("patients/<uuid:patient_key>/preparation/", views.preparation, name="preparation"),
    path("me/intention/", own_views.own_intention, name="own_intention"),
    path("me/fork/", own_views.new_fork, name="new_fork"),
    path("me/fork/<uuid:fork_key>/", own_views.own_fork, name="own_fork"),
    path("me/fork/<uuid:fork_key>/put-away/", own_views.put_away, name="put_away"),
    path("me/day/", own_views.own_day, name="own_day"),
]

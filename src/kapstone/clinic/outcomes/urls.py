"""Addresses of outcomes and of the review of a course."""

from django.urls import path

from kapstone.clinic.outcomes import views

app_name = "outcomes"
urlpatterns = [
    path("outcomes/", views.outcomes, name="outcomes"),
    path("courses/<uuid:course_key>/review/", views.review, name="review"),
]

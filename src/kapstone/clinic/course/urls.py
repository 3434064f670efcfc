"""Addresses of courses."""

from django.urls import path

from kapstone.clinic.course import views

app_name = "course"
urlpatterns = [
    path("patients/<uuid:patient_key>/course/", views.course, name="course"),
    path("courses/<uuid:course_key>/end/", views.end, name="end"),
]

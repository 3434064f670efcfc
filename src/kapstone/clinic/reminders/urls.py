"""Addresses of one's calendar."""

from django.urls import path

from kapstone.clinic.reminders import views

app_name = "reminders"
urlpatterns = [
    path("account/calendar/", views.calendar, name="calendar"),
    path("calendar/<str:token>/", views.feed_door, name="feed"),
]

"""Addresses of the patient app, and of practice as the team sees it."""

from django.urls import path

from kapstone.clinic.practice.views import days, help, home, journal, log, planner, trails

app_name = "practice"
urlpatterns = [
    path("me/", home.home, name="home"),
    path("me/who-sees/", home.who_sees, name="who_sees"),
    path("me/trails/", trails.own_trails, name="own_trails"),
    path("me/log/", log.log, name="log"),
    path("me/log/<uuid:fork_key>/", log.log_at, name="log_at"),
    path("me/logged/<uuid:walk_id>/", log.logged, name="logged"),
    path("me/logged/<uuid:walk_id>/undo/", log.undo, name="undo"),
    path("me/journal/", journal.journal, name="journal"),
    path("me/journal/export/", journal.export, name="journal_export"),
    path("me/journal/<uuid:entry_key>/", journal.entry, name="entry"),
    path("me/journal/<uuid:entry_key>/share/", journal.share, name="share"),
    path("me/check-in/", days.weather, name="check_in"),
    path("me/check-in/kept/", days.checked_in, name="checked_in"),
    path("me/practices/", days.practices, name="practices"),
    path("me/practices/<slug:practice>/", days.practice, name="practice"),
    path("me/plan/", days.plan, name="plan"),
    path("me/help/", help.own_help, name="own_help"),
    path("help/", help.public_help, name="help"),
    path("help/steady/", help.steady, name="steady"),
    path("patients/<uuid:patient_key>/plan/", planner.planner, name="planner"),
    path("patients/<uuid:patient_key>/practices/", planner.practices, name="team_practices"),
    path("patients/<uuid:patient_key>/trails/", trails.trails, name="trails"),
]

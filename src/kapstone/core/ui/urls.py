"""Addresses of the shared look."""

from django.urls import path

from kapstone.core.ui import views

app_name = "ui"
urlpatterns = [
    path("theme", views.choose_theme, name="theme"),
    path("styleguide", views.styleguide, name="styleguide"),
]

from django.apps import AppConfig


class OverviewConfig(AppConfig):
    name = "kapstone.clinic.overview"
    label = "overview"

from django.apps import AppConfig


class ScreeningConfig(AppConfig):
    name = "kapstone.clinic.screening"
    label = "screening"

from django.apps import AppConfig


class OutcomesConfig(AppConfig):
    name = "kapstone.clinic.outcomes"
    label = "outcomes"

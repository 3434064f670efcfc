from django.apps import AppConfig


class PreparationConfig(AppConfig):
    name = "kapstone.clinic.preparation"
    label = "preparation"

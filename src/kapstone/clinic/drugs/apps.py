from django.apps import AppConfig


class DrugsConfig(AppConfig):
    name = "kapstone.clinic.drugs"
    label = "drugs"

from django.apps import AppConfig


class PracticeConfig(AppConfig):
    name = "kapstone.clinic.practice"
    label = "practice"

from django.apps import AppConfig


class SchedulingConfig(AppConfig):
    name = "kapstone.clinic.scheduling"
    label = "scheduling"

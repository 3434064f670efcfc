from django.apps import AppConfig


class RemindersConfig(AppConfig):
    name = "kapstone.clinic.reminders"
    label = "reminders"

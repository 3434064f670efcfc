from django.apps import AppConfig


class WindowConfig(AppConfig):
    name = "kapstone.clinic.window"
    label = "window"

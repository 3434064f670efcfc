from django.apps import AppConfig


class JoiningConfig(AppConfig):
    name = "kapstone.core.joining"
    label = "joining"

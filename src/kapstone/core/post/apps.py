from django.apps import AppConfig


class PostConfig(AppConfig):
    name = "kapstone.core.post"
    label = "post"

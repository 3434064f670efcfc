from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "kapstone.core.access"
    label = "access"

    def ready(self) -> None:
        # System checks register themselves when their module is imported.
        from kapstone.core.access import checks  # noqa: F401

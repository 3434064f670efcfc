from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "kapstone.core.access"
    label = "access"

    def ready(self) -> None:
        # Both register themselves when their module is imported.
        from kapstone.core.access import checks, connections  # noqa: F401

"""The running site as a Django app: its checks and its commands."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "kapstone.site"
    label = "site"

    def ready(self) -> None:
        # System checks register themselves when their module is imported.
        from kapstone.site import checks  # noqa: F401

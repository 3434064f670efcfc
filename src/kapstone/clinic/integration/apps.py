from django.apps import AppConfig


class IntegrationConfig(AppConfig):
    name = "kapstone.clinic.integration"
    label = "integration"

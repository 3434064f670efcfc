from django.apps import AppConfig


class OutcomesConfig(AppConfig):
    name = "kapstone.clinic.outcomes"
    label = "outcomes"

    def ready(self) -> None:
        # Measures and consent wait while a patient rests, and may not import what comes later.
        from kapstone.clinic.measures.rest import tell_last_dose
        from kapstone.clinic.outcomes.last_dose import last_dose

        tell_last_dose(last_dose)

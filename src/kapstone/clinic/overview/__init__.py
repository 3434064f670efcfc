"""Screens that gather the stages: today, the patient page, the patient home."""

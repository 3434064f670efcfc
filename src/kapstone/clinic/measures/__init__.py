"""Questionnaires asked and answered, and the calls that some answers need."""

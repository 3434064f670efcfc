"""Consent by element: signed, in force, withdrawn."""

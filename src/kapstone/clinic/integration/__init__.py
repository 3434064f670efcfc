"""Therapy inside the window: what was worked on, and what was agreed."""

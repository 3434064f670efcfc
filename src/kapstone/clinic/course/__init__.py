"""A course of care: one patient, one indication, a series of planned sessions."""

"""Deeds done in a real browser, against the synthetic clinic really served."""

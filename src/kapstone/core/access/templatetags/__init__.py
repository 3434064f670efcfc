"""Template tags of the access layer."""

"""Commands of the access layer."""

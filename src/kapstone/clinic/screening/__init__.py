"""May ketamine be given to this person at all? Rules that hold, and two signatures."""

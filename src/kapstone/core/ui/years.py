"""Which years a form takes."""

from datetime import date

FIRST_YEAR, LAST_YEAR = 2000, 2100


def is_of_our_years(day: date) -> bool:
    """Say whether a day or a moment lies in a year that somebody may mean, not a slip."""
    return FIRST_YEAR <= day.year <= LAST_YEAR

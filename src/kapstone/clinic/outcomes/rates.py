"""A share of people, and how far it may be from the truth. Pure arithmetic."""

import math
from dataclasses import dataclass

Z_95 = 1.959963984540054
"""The 97.5th percentile of the normal curve, for a two-sided 95 per cent interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A count out of a number of people, with its 95 per cent interval; all from 0 to 1."""

    count: int
    people: int
    share: float
    low: float
    high: float


def wilson(count: int, people: int) -> Rate:
    """
    Give a share with its Wilson score interval.

    Raises
    ------
    ValueError : nobody to count, or more counted than there are people

    Notes
    -----
    Source: Wilson 1927, J Am Stat Assoc 22:209. Not for: paired or clustered counts.
    """
    if people < 1 or not 0 <= count <= people:
        raise ValueError(f"{count} of {people} people is no share.")
    share = count / people
    square = Z_95 * Z_95
    middle = share + square / (2 * people)
    spread = Z_95 * math.sqrt(share * (1 - share) / people + square / (4 * people * people))
    below = 1 + square / people
    low, high = (middle - spread) / below, (middle + spread) / below
    return Rate(
        count=count,
        people=people,
        share=share,
        low=0.0 if count == 0 else low,  # exact at the ends, where floats leave a crumb
        high=1.0 if count == people else high,
    )

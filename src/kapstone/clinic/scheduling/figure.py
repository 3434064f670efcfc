"""The one picture of the public page: how open the window is thought to be after one dose."""

from collections.abc import Sequence
from functools import cache

from kapstone.core.ui.charts import marks
from kapstone.core.ui.charts.drawing import Drawing, table
from kapstone.core.ui.charts.svg import Frame, Scale, Svg, join, line, path, straight, words
from kapstone.science.bands import band
from kapstone.science.events import DoseEvent, Route
from kapstone.science.exposure import exposure
from kapstone.science.people import typical
from kapstone.science.phases import levels
from kapstone.science.window import window

# The dose most trials gave, 0.5 mg/kg over 40 minutes (APA17), for 70 kg: a picture of the
# shape, which no page ever turns into advice.
_STUDIED = DoseEvent(time_h=0, amount_mg=35, route=Route.INTRAVENOUS, duration_h=40 / 60)
_WEIGHT_KG = 70.0
_SEED, _DRAWS = 20_260_302, 400
_HOURS = tuple(float(hour) for hour in range(169))
_TOLD = ((6, "6 hours"), (24, "1 day"), (48, "2 days"), (72, "3 days"), (120, "5 days"))
_WIDTH, _HEIGHT, _FLOOR, _CROWN, _LEFT = 560.0, 196.0, 150.0, 118.0, 12.0


@cache
def typical_window() -> Drawing:
    """Draw the middle course and the range in which most people should lie."""
    jumps = exposure([_STUDIED], body=typical(weight_kg=_WEIGHT_KG))
    mid = [float(value) for value in window(jumps, _HOURS).openness]
    drawn = band([_STUDIED], _HOURS, seed=_SEED, draws=_DRAWS, weight_kg=_WEIGHT_KG)
    low, high = ([float(value) for value in drawn.at(level)] for level in (0.05, 0.95))
    frame = Frame(
        uid="window-shape",
        title="How open the window is thought to be",
        description="It opens in the hours after a dose, is widest from about one day to "
        "three, and closes over the days that follow. The pale shape is the likely range.",
        width=_WIDTH,
        height=_HEIGHT,
    )
    return Drawing(
        frame.title,
        frame.wrap(*_marks(mid, low, high), cls="sketch"),
        table(
            "How open the window is thought to be after one dose",
            ("After the dose", "In the middle", "For most people"),
            ((said, _word(mid[at]), _words(low[at], high[at])) for at, said in _TOLD),
        ),
        width=_WIDTH,
    )


def _marks(mid: Sequence[float], low: Sequence[float], high: Sequence[float]) -> list[Svg]:
    x = Scale(0, _HOURS[-1], _LEFT, _WIDTH - 4)
    y = Scale(0, max(1.0, *high), _FLOOR, _FLOOR - _CROWN)
    around = [(x(at), y(value)) for at, value in zip(_HOURS, high, strict=True)]
    around += [(x(at), y(value)) for at, value in zip(_HOURS, low, strict=True)][::-1]
    middle = [(x(at), y(value)) for at, value in zip(_HOURS, mid, strict=True)]
    days = [
        words(x(at), _FLOOR + 30, said, cls="f-ink2", size=19, anchor="middle")
        for at, said in ((24, "1 day"), (72, "3 days"), (120, "5 days"))
    ]
    return [
        path(straight(around, close=True), cls="f-window", opacity=0.35),
        path(straight(middle), cls="s-window-ink", fill="none", stroke_width=3),
        line(_LEFT, _FLOOR, _WIDTH, _FLOOR, cls="s-edge"),
        words(0, _FLOOR + 30, "dose", cls="f-ink2", size=19),
        join(days),
        marks.dose(_LEFT, _FLOOR, 9),
    ]


def _word(value: float) -> str:
    """Say how open, in words: by the levels that name the phases, never as a share."""
    known = levels()
    if value >= known.most_open:
        return "wide open"
    return "part open" if value >= known.closes else "closed"


def _words(low: float, high: float) -> str:
    least, most = _word(low), _word(high)
    return least if least == most else f"{least} to {most}"

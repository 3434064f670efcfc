"""The charts of the page of outcomes, from what was counted. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from kapstone.catalogue.change import change_rules
from kapstone.catalogue.course_review import Cohort
from kapstone.catalogue.instruments import Instrument
from kapstone.clinic.outcomes.cohort import (
    MOST_LINES,
    AtPoint,
    CohortOutcome,
    Counts,
    PersonNow,
)
from kapstone.clinic.outcomes.rates import wilson
from kapstone.core.ui.charts.dot_interval import (
    Benchmark,
    DotInterval,
    Rate,
    draw_dot_interval,
)
from kapstone.core.ui.charts.drawing import Drawing, TableTwin, table
from kapstone.core.ui.charts.trajectories import (
    Completeness,
    SeverityBand,
    SmallMultiple,
    Trajectories,
    Trajectory,
    draw_completeness,
    draw_small_multiple,
    draw_trajectories,
)

DRAWN_DAYS = 90.0
TICKS = (
    (0.0, "first dose"),
    (14.0, "day 14"),
    (28.0, "day 28"),
    (42.0, "day 42"),
    (60.0, "day 60"),
    (90.0, "day 90"),
)


def is_sample(found: CohortOutcome) -> bool:
    """Whether more people have scores than lines are drawn."""
    return len(found.lines) >= MOST_LINES


def draw_everybody(
    found: CohortOutcome, colours: Sequence[str], instrument: Instrument, least: int
) -> Drawing:
    """Draw everyone's line, and the median where enough people answered."""
    points = [one for one in found.points if one.people >= least and one.median is not None]
    drawn = draw_trajectories(
        Trajectories(
            uid="everybody",
            measure=instrument.name,
            high=float(instrument.scoring.highest),
            people=tuple(
                Trajectory(points=one.points, outcome=colour)
                for one, colour in zip(found.lines, colours, strict=True)
            ),
            bands=tuple(_bands(instrument)),
            median=tuple((one.day, one.median or 0.0) for one in points),
            lower=tuple((one.day, one.low or 0.0) for one in points),
            upper=tuple((one.day, one.high or 0.0) for one in points),
            dose_days=found.dose_days,
            ticks=TICKS,
            days=DRAWN_DAYS,
            empty="Nobody has a first and a later score yet.",
        )
    )
    return replace(drawn, table=by_day(found, least))


def _bands(instrument: Instrument) -> Iterator[SeverityBand]:
    below = change_rules(instrument).remission_below.value
    highest = instrument.scoring.highest
    for band in instrument.bands:
        is_remission = band.high < below
        yield SeverityBand(
            low=band.low,
            high=min(band.high + 1, highest),
            label="remission" if is_remission else band.name.replace("moderately", "mod."),
            remission=is_remission,
        )


def by_day(found: CohortOutcome, least: int) -> TableTwin:
    """List the median and the middle half by day; few people have none."""
    return table(
        "Scores by days after the first dose",
        ("Day", "People", "Median", "Middle half"),
        (_day(one, least) for one in found.points),
    )


def _day(one: AtPoint, least: int) -> tuple[str, ...]:
    day = f"{one.day:.0f}"
    if one.people < least or one.median is None:
        return (day, f"fewer than {least}", "not shown", "not shown")
    middle = f"{one.low:.1f} to {one.high:.1f}"
    return (day, str(one.people), f"{one.median:.1f}", middle)


def draw_rates(counts: Counts, cohorts: Sequence[Cohort], least: int) -> Drawing:
    """Draw how many did well and how many worse, of those for whom it can be said."""
    wanted = (
        ("Response", counts.responded, counts.comparable, "response_percent", False),
        ("Remission", counts.remitted, counts.comparable, "remission_percent", False),
        ("Worse", counts.worse, counts.both_scores, "worse_percent", True),
        (
            "More thoughts of death",
            counts.more_suicidal,
            counts.asked_suicide,
            "more_suicidal_percent",
            True,
        ),
    )
    return draw_dot_interval(
        DotInterval(
            uid="rates",
            title="After the series, with 95% intervals",
            rates=tuple(
                _rate(label, count, of, worse, _published(cohorts, published))
                for label, count, of, published, worse in wanted
                if of >= least
            ),
            empty=f"Fewer than {least} people have both scores: no rates are shown.",
        )
    )


def _rate(
    label: str, count: int, of: int, worse: bool, published: tuple[Benchmark, ...]
) -> Rate:
    rate = wilson(count, of)
    return Rate(
        label=label,
        count=count,
        of=of,
        low=rate.low,
        high=rate.high,
        worse=worse,
        benchmarks=published,
    )


def _published(cohorts: Sequence[Cohort], name: str) -> tuple[Benchmark, ...]:
    return tuple(
        Benchmark(letter=one.letter, share=getattr(one, name) / 100) for one in cohorts
    )


def draw_small(
    one: PersonNow, colour: str, instrument: Instrument, *, name: str, uid: str
) -> Drawing:
    """Draw one person in treatment."""
    return draw_small_multiple(
        SmallMultiple(
            uid=uid,
            name=name,
            measure=instrument.name,
            points=one.points,
            high=float(instrument.scoring.highest),
            remission_under=change_rules(instrument).remission_below.value,
            outcome=colour,
            dose_days=one.dose_days,
            days=DRAWN_DAYS,
        )
    )


def draw_complete(found: CohortOutcome, least: int, *, hides_few: bool) -> Drawing:
    """
    Draw how many answered at each point; the table says how many have got that far.

    Parameters
    ----------
    hides_few : for a reader of counts alone, leave out points that few people have reached,
        or at which few answered
    """
    fewest = least if hides_few else 0
    reached = [
        one for one in found.points if one.reached >= max(fewest, 1) and one.people >= fewest
    ]
    drawn = draw_completeness(
        Completeness(
            uid="complete",
            started=found.counts.started,
            points=tuple(
                ("First" if not one.day else f"D{one.day:.0f}", one.people) for one in reached
            ),
            due=tuple(one.reached for one in reached),
            empty="Nobody has started yet."
            if not found.counts.started
            else f"Fewer than {least} people: nothing is shown.",
        )
    )
    rows = (
        (
            "First score" if not one.day else f"Day {one.day:.0f}",
            str(one.people),
            str(one.reached),
        )
        for one in reached
    )
    twin = table(drawn.title, ("Time point", "Answered", "Have got that far"), rows)
    return replace(drawn, table=twin)

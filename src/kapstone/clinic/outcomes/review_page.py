"""What the review of one course shows: how it stands, what to discuss, what was decided."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from kapstone.catalogue.basis import Basis
from kapstone.catalogue.course_review import CourseReviewSheet, Pattern, course_review_sheet
from kapstone.catalogue.instruments import Instrument, load_instrument
from kapstone.clinic.course.models import Course
from kapstone.clinic.course.queries import indication_in_words
from kapstone.clinic.measures.charts import ScoreBand, ScoreMark, Scores, draw_scores
from kapstone.clinic.outcomes.models import CourseReview
from kapstone.clinic.outcomes.pages import WORDS
from kapstone.clinic.outcomes.queries import course_outcome, reviews_of
from kapstone.clinic.outcomes.rules import CourseOutcome, Point
from kapstone.core.ui.charts.drawing import Drawing
from kapstone.core.ui.parts import Figure, Tone
from kapstone.errors import Finding

NONE = "none"

TONES = {"remission": Tone.MOSS, "response": Tone.MOSS, "worse": Tone.RED, "none": Tone.PLAIN}


@dataclass(frozen=True, slots=True, kw_only=True)
class ToDiscuss:
    """One thing to talk about, and where it comes from. It never says what to give."""

    words: str
    basis: tuple[Basis, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPage:
    """Everything the page of a review shows."""

    instrument: Instrument
    indication: str
    outcome: CourseOutcome
    point: str
    word: str
    icon: str
    tone: Tone
    figures: tuple[Figure, ...]
    chart: Drawing
    discuss: tuple[ToDiscuss, ...]
    reviews: tuple[CourseReview, ...]


def review_page(course: Course, at: datetime, zone: ZoneInfo) -> ReviewPage:
    """Gather the page in a fixed number of queries."""
    sheet = course_review_sheet()
    outcome = course_outcome(course, at)
    instrument = load_instrument(outcome.instrument)
    colour, word, icon = WORDS[outcome.outcome]
    return ReviewPage(
        instrument=instrument,
        indication=indication_in_words(course.indication),
        outcome=outcome,
        point=CourseReview.Point(outcome.point).label,
        word=word,
        icon=icon,
        tone=TONES[colour],
        figures=_figures(outcome, zone),
        chart=_chart(instrument, outcome, zone),
        discuss=tuple(_discuss(finding, sheet) for finding in outcome.prompts),
        reviews=reviews_of(course),
    )


def _day(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%-d %b %Y}"


def _figures(outcome: CourseOutcome, zone: ZoneInfo) -> tuple[Figure, ...]:
    start, latest = outcome.baseline, outcome.latest
    return (
        Figure(
            name="First score",
            value=str(start.total) if start else NONE,
            note=_day(start.taken_at, zone) if start else "none before the first dose",
        ),
        Figure(
            name="Newest score",
            value=str(latest.total) if latest else NONE,
            note=_day(latest.taken_at, zone) if latest else "none since the first dose",
        ),
        _change(outcome),
        _end(outcome, zone),
        Figure(
            name="Doses given",
            value=f"{outcome.doses_given} of {outcome.planned_sessions}",
            note=f"last {_day(outcome.last_dose_at, zone)}" if outcome.last_dose_at else "",
        ),
        Figure(
            name="Answered",
            value=f"{outcome.completeness.valid} of {outcome.completeness.due}",
            note="asked for and due",
        ),
    )


def _change(outcome: CourseOutcome) -> Figure:
    change = outcome.change
    if change is None:
        return Figure(name="Change", value=NONE, note="cannot be stated")
    if not change.points:
        return Figure(name="Change", value="0", note="no change")
    size = "" if change.percent is None else f"{abs(change.percent):.0f}% "
    note = f"{size}{'better' if change.points > 0 else 'worse'}"
    return Figure(name="Change", value=f"{abs(change.points)} points", note=note)


def _end(outcome: CourseOutcome, zone: ZoneInfo) -> Figure:
    """Give the score after the series, or when it is due."""
    name = "After the series"
    if outcome.point is not Point.END:
        return Figure(name=name, value=NONE, note="the series goes on")
    if outcome.end is not None:
        return Figure(
            name=name, value=str(outcome.end.total), note=_day(outcome.end.taken_at, zone)
        )
    opens, closes = outcome.end_due_from, outcome.end_due_until
    due = f"due {_day(opens, zone)} to {_day(closes, zone)}" if opens and closes else "missing"
    return Figure(name=name, value=NONE, note=due)


def _chart(instrument: Instrument, outcome: CourseOutcome, zone: ZoneInfo) -> Drawing:
    names = {band.code: band.name for band in instrument.bands}
    below = instrument.change.remission_below.value if instrument.change else 0
    return draw_scores(
        Scores(
            uid="course-scores",
            measure=instrument.name,
            highest=instrument.scoring.highest,
            marks=tuple(
                ScoreMark(
                    on=one.taken_at.astimezone(zone).date(),
                    total=one.total,
                    band=names.get(one.band, ""),
                    interim=one.is_interim,
                )
                for one in outcome.scores
            ),
            bands=tuple(
                ScoreBand(
                    low=band.low,
                    high=band.high,
                    name=band.name,
                    is_remission=band.high < below,
                )
                for band in instrument.bands
            ),
            missed_on=tuple(
                one.due_at.astimezone(zone).date()
                for one in outcome.missing
                if not one.is_answered
            ),
            doses_on=tuple(given.astimezone(zone).date() for given in outcome.doses_at),
            half_of=outcome.baseline.total if outcome.baseline else None,
        )
    )


def _discuss(finding: Finding, sheet: CourseReviewSheet) -> ToDiscuss:
    """Set beside a finding where it comes from: a pattern, or a step of improvement."""
    if finding.code in list(Pattern):
        basis = sheet.prompt(Pattern(finding.code)).basis
    else:
        basis = next(step.basis for step in sheet.steps if step.code == finding.code)
    return ToDiscuss(words=finding.message, basis=basis)

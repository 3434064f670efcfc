"""Cautions of the modalities, and the lint of the sealed note. Plain facts in, findings out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from kapstone.catalogue.modalities import Applies, Caution, Menu, Modality, WindowPhase
from kapstone.errors import Finding, Weight

GENTLE = "slow"  # the type of breathwork that asks nothing of heart or mind


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFacts:
    """
    What must be known of a session of integration before it is booked or written up.

    ``against`` holds the screening rules that are not clear, with their words; ``screened`` is
    false where nothing is on file, and then no rule counts as clear. ``answers`` are the
    modality's own fields, empty while the session is only booked.
    """

    modality: Modality
    menu: Menu
    phase: WindowPhase = WindowPhase.BEFORE
    on_dosing_day: bool = False
    hours_since_dose: float | None = None
    hours_to_next_dose: float | None = None
    demanding_before: int = 0
    touch_agreed: bool = False
    screened: bool = True
    against: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, object] = field(default_factory=dict)

    @property
    def demanding(self) -> bool:
        """Whether this work asks much of the person."""
        return self.modality.demanding and self.answers.get("type") != GENTLE


def check_session(facts: SessionFacts) -> Iterator[Finding]:
    """Yield every caution against this work at this time: by its time, then by its kind."""
    yield from _by_time(facts)
    for caution in facts.modality.cautions:
        if _matches(caution, facts) and (sentence := _speaks(caution, facts)):
            yield Finding(caution.code, Weight.CAUTION, sentence)


def reminders(modality: Modality) -> tuple[str, ...]:
    """List what is always to be borne in mind, whatever the person and the time."""
    return tuple(
        caution.sentence for caution in modality.cautions if caution.applies is Applies.ALWAYS
    )


def _by_time(facts: SessionFacts) -> Iterator[Finding]:
    least, quiet = facts.menu.hours_before_next_dose.value, facts.menu.quiet_hours.value
    soon, since = facts.hours_to_next_dose, facts.hours_since_dose
    if soon is not None and 0 <= soon < least:
        yield Finding(
            "too-near-next-dose",
            Weight.CAUTION,
            f"The next dose is {soon:.0f} h away; leave at least {least:g} h.",
        )
    if facts.demanding and since is not None and 0 <= since < quiet:
        yield Finding(
            "demanding-too-soon",
            Weight.CAUTION,
            f"Only {since:.0f} h since the dose; demanding work waits for {quiet:g} h.",
        )
    if facts.demanding and facts.demanding_before >= facts.menu.demanding_most.value:
        yield Finding(
            "too-many-demanding",
            Weight.CAUTION,
            f"{facts.demanding_before} demanding sessions are already in this open time.",
        )


def _matches(caution: Caution, facts: SessionFacts) -> bool:
    """Whether the record holds the value that a caution is about."""
    return not caution.value or facts.answers.get(caution.field) == caution.value


def _speaks(caution: Caution, facts: SessionFacts) -> str:
    """Give a caution's sentence where it applies, and nothing where it does not."""
    standing = {
        Applies.DOSING_DAY: facts.on_dosing_day,
        Applies.PHASE: facts.phase in caution.phases,
        Applies.TOUCH: bool(facts.answers.get(caution.field)) and not facts.touch_agreed,
    }
    if caution.applies is Applies.SCREENING:
        return _by_screening(caution, facts)
    if caution.limit is not None:
        return caution.sentence if _past_limit(caution, caution.limit, facts) else ""
    return caution.sentence if standing.get(caution.applies, False) else ""


def _by_screening(caution: Caution, facts: SessionFacts) -> str:
    if not facts.screened:
        return f"{caution.sentence} No screening is on file: ask first."
    named = [facts.against[code] for code in caution.rules if code in facts.against]
    return f"{caution.sentence} On file: {', '.join(named)}." if named else ""


def _past_limit(caution: Caution, limit: float, facts: SessionFacts) -> bool:
    value = facts.answers.get(caution.field)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    if caution.unless and facts.answers.get(caution.unless):
        return False
    return value > limit if caution.applies is Applies.FIELD_ABOVE else value < limit


@dataclass(frozen=True, slots=True)
class Hit:
    """A word in the sealed note that others need for safety."""

    about: str  # dose, vital signs or risk
    word: str


_DOSE = r"\b\d+(?:[.,]\d+)?\s?(?:mg|milligrams?|micrograms?|mcg|µg)\b"
_VITALS = (
    r"\b(?:BP|blood pressure|heart rate|pulse|SpO2|saturation)\b"
    r"|\b\d{2,3}\s?/\s?\d{2,3}\b|\bmm\s?Hg\b"
)
_RISK = (
    r"\bsuicid\w*|\bself[- ]?harm\w*|\boverdos\w*|\bkill (?:myself|herself|himself|themsel\w+)"
    r"|\bend (?:my|her|his|their) li(?:fe|ves)\b|\bhurt (?:someone|others|a child)\b"
    r"|\babus(?:e|ed|ing)\b|\b(?:not|isn't|is not) safe\b|\brisk (?:is|level)\b"
)
_SAFETY_WORDS = {
    "dose": re.compile(_DOSE, re.IGNORECASE),
    "vital signs": re.compile(_VITALS, re.IGNORECASE),
    "risk": re.compile(_RISK, re.IGNORECASE),
}


def safety_words(text: str) -> tuple[Hit, ...]:
    """List what in a text others need for safety: a dose, vital signs, a risk."""
    return tuple(
        Hit(about, found.group(0))
        for about, pattern in _SAFETY_WORDS.items()
        if (found := pattern.search(text))
    )


def check_sealed_text(text: str, chart: str) -> Iterator[Finding]:
    """
    Yield a block for each safety matter that stands only in the sealed note.

    ``chart`` is the text of the progress notes of the same day. Source: security.md 1.2.
    """
    in_chart = {hit.about for hit in safety_words(chart)}
    for hit in safety_words(text):
        if hit.about not in in_chart:
            yield Finding(
                f"sealed-{hit.about.replace(' ', '-')}",
                Weight.BLOCK,
                f"“{hit.word}” speaks of {hit.about}. Nobody else can read this note: "
                "write it in the progress note first.",
            )

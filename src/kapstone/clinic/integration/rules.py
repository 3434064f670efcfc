"""Cautions of the modalities, and the lint of the sealed note. Plain facts in, findings out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from kapstone.errors import Finding, Weight

MANY_DEMANDING = 2  # clinical.md 6.2: at most two demanding sessions in the open time
SUD_HIGH = 7  # clinical.md 6.2: above this at the end, EMDR needs containment
HOURS_BEFORE_DOSE = 4  # clinical.md 6.3: no contact less than 4 h before the next dose
QUIET_HOURS = 18  # clinical.md 6.3: integration from 18 h after the dose


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFacts:
    """
    What must be known of a session of integration before it is booked or written up.

    ``excluded_by`` names the conditions in the person's screening that rule out intense
    breathwork; ``answers`` are the modality's own fields, empty while it is only booked.
    """

    modality: str
    on_dosing_day: bool = False
    hours_since_dose: float | None = None
    hours_to_next_dose: float | None = None
    demanding: bool = False
    demanding_before: int = 0
    touch: bool = False
    touch_agreed: bool = False
    excluded_by: tuple[str, ...] = ()
    screened: bool = True
    answers: Mapping[str, object] = field(default_factory=dict)


def check_session(facts: SessionFacts) -> Iterator[Finding]:
    """Yield every caution against this work at this time, the gravest first."""
    yield from _by_time(facts)
    if facts.modality == "emdr":
        yield from _emdr(facts)
    if facts.modality == "breathwork":
        yield from _breathwork(facts)
    if facts.touch and not facts.touch_agreed:
        yield _caution("touch-not-agreed", "The consent in force does not agree to touch.")


def _by_time(facts: SessionFacts) -> Iterator[Finding]:
    soon = facts.hours_to_next_dose
    if soon is not None and 0 <= soon < HOURS_BEFORE_DOSE:
        yield _caution(
            "too-near-next-dose",
            f"The next dose is {soon:.0f} h away; leave at least {HOURS_BEFORE_DOSE} h.",
        )
    since = facts.hours_since_dose
    if facts.demanding and since is not None and 0 <= since < QUIET_HOURS:
        yield _caution(
            "demanding-too-soon",
            f"Only {since:.0f} h since the dose; demanding work waits for {QUIET_HOURS} h.",
        )
    if facts.demanding and facts.demanding_before >= MANY_DEMANDING:
        yield _caution(
            "too-many-demanding",
            f"{facts.demanding_before} demanding sessions are already in this open time.",
        )


def _emdr(facts: SessionFacts) -> Iterator[Finding]:
    if facts.on_dosing_day:
        yield _caution("emdr-on-dosing-day", "EMDR is not done on the day of a dose.")
    distress = facts.answers.get("sud_end")
    contained = bool(facts.answers.get("containment"))
    if isinstance(distress, int | float) and distress > SUD_HIGH and not contained:
        yield _caution(
            "emdr-not-contained",
            f"Distress was {distress:g} at the end. Say how it was contained before leaving.",
        )


def _breathwork(facts: SessionFacts) -> Iterator[Finding]:
    if facts.answers.get("type", "intense") != "intense":
        return
    if facts.excluded_by:
        listed = ", ".join(facts.excluded_by)
        yield _caution("intense-breathwork-excluded", f"Intense breathwork is out: {listed}.")
    elif not facts.screened:
        yield _caution(
            "intense-breathwork-not-screened",
            "No screening answers rule out heart disease, pregnancy, seizures or glaucoma. "
            "Ask before intense breathwork, or breathe slowly.",
        )


def _caution(code: str, message: str) -> Finding:
    return Finding(code, Weight.CAUTION, message)


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

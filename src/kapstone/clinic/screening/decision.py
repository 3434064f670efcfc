"""The two signatures under a screening, and what they come to. No Django, no clock."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from kapstone.catalogue.baseline import Baseline
from kapstone.clinic.screening.rules import ScreeningFacts, given
from kapstone.errors import Finding, Weight


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """One signature, as it bears on eligibility."""

    capacity: str
    verdict: str
    signed_at: datetime


class Standing(StrEnum):
    """Where a screening stands."""

    NOT_STARTED = "not-started"
    OPEN = "open"
    ONE_SIGNATURE = "one-signature"
    ELIGIBLE = "eligible"
    NOT_NOW = "not-now"
    EXPIRED = "expired"
    SOMETHING_NEW = "something-new"


CAPACITIES = ("prescriber", "mental-health")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Where a screening stands, in a word and a sentence, and until when."""

    standing: Standing
    sentence: str
    signed_at: datetime | None = None
    until: datetime | None = None


def judge_signatures(
    signed: Sequence[Signed], findings: Sequence[Finding], *, at: datetime, valid_for: timedelta
) -> Judged:
    """
    Say whether two signatures make someone eligible now. No verdict means not eligible.

    Parameters
    ----------
    signed : every signature of the newest screening, in any order
    findings : what the rules say of the answers as they stand now
    at : the moment of judgement
    valid_for : how long two signatures hold
    """
    newest = {one.capacity: one for one in sorted(signed, key=lambda one: one.signed_at)}
    refused = [one for one in newest.values() if one.verdict != "eligible"]
    if refused:
        return Judged(
            standing=Standing.NOT_NOW,
            sentence="The decision is: not now, with help.",
            signed_at=max(one.signed_at for one in refused),
        )
    missing = [capacity for capacity in CAPACITIES if capacity not in newest]
    if missing:
        standing = Standing.ONE_SIGNATURE if newest else Standing.OPEN
        return Judged(standing=standing, sentence=_waits_for(missing))
    until = min(one.signed_at for one in newest.values()) + valid_for
    last = max(one.signed_at for one in newest.values())
    if at >= until:
        return Judged(
            standing=Standing.EXPIRED,
            sentence="The decision is too old. Screen again.",
            signed_at=last,
            until=until,
        )
    blocks = [finding for finding in findings if finding.weight is Weight.BLOCK]
    if blocks:
        return Judged(
            standing=Standing.SOMETHING_NEW,
            sentence=f"Something new since it was signed. {blocks[0].message}",
            signed_at=last,
            until=until,
        )
    return Judged(
        standing=Standing.ELIGIBLE,
        sentence="Eligible, signed by prescriber and mental-health professional.",
        signed_at=last,
        until=until,
    )


def _waits_for(missing: Sequence[str]) -> str:
    names = {
        "prescriber": "the prescriber",
        "mental-health": "a mental-health professional",
    }
    waits = " and ".join(names[capacity] for capacity in missing)
    return f"Not decided: waits for the signature of {waits}."


@dataclass(frozen=True, slots=True, kw_only=True)
class SignFacts:
    """What must be known before someone signs."""

    capacity: str
    says_eligible: bool
    is_prescriber: bool
    is_mental_health_professional: bool
    reason: str
    findings: Sequence[Finding]


def check_signature(facts: SignFacts, baseline: Baseline) -> Iterator[Finding]:
    """Yield every reason against this signature."""
    holds = {
        "prescriber": facts.is_prescriber,
        "mental-health": facts.is_mental_health_professional,
    }
    if not holds.get(facts.capacity, False):
        words = {
            "prescriber": "Only a prescriber signs as prescriber.",
            "mental-health": "Only a mental-health professional signs in that capacity.",
        }
        message = words.get(facts.capacity, "Say in which capacity you sign.")
        yield Finding("not-your-capacity", Weight.BLOCK, message)
    if facts.says_eligible:
        yield from (f for f in facts.findings if f.weight is Weight.BLOCK)
    elif len(facts.reason.strip()) < baseline.lift_min_characters.value:
        least = int(baseline.lift_min_characters.value)
        yield Finding(
            "reason-too-short",
            Weight.BLOCK,
            f"Say why not now, in at least {least} characters.",
        )


def snapshot(facts: ScreeningFacts, findings: Sequence[Finding]) -> dict[str, object]:
    """Give facts, findings and lifts as plain values, to keep with a signature."""
    return {
        "facts": {
            code: value.isoformat() if isinstance(value, date) else value
            for code, value in sorted(given(facts).items())
        },
        "medicines": list(facts.medicines or ()),
        "findings": [
            {"code": one.code, "weight": str(one.weight), "message": one.message}
            for one in findings
        ],
        "lifted": {code: at.isoformat() for code, at in sorted(facts.lifted_at.items())},
        "baseline": f"{facts.baseline.code}.v{facts.baseline.version}",
        "interactions": f"{facts.interactions.code}.v{facts.interactions.version}",
    }

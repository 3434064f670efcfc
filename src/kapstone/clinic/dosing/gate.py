"""
The gate before a dose: fifteen checks, judged from the values that were recorded.

A verdict is never stored: it is read from the newest answers each time, so a consent withdrawn
or a pressure that rises after the signatures closes the gate again. What was not answered is
not go.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import takewhile

from kapstone.clinic.dosing.check_lists import PARENTERAL, gate_checks
from kapstone.clinic.dosing.checks import Check
from kapstone.clinic.dosing.gate_facts import GateFacts, Given
from kapstone.clinic.dosing.gate_rules import RULES
from kapstone.clinic.dosing.verdicts import Ruling, Verdict
from kapstone.errors import Finding, Weight


class Outcome(StrEnum):
    """What the whole gate says."""

    GO = "go"
    CONDITIONS = "go-with-conditions"
    HOLD = "hold"
    NO_GO = "no-go"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One check with its ruling, and who said so when."""

    check: Check
    ruling: Ruling
    by: str = ""
    at: datetime | None = None
    lift: Given | None = None
    still_to_lift: tuple[str, ...] = ()  # roles that have not lifted it yet

    @property
    def verdict(self) -> Verdict:
        """Give the ruling's verdict."""
        return self.ruling.verdict

    @property
    def is_go(self) -> bool:
        """Whether nothing more is needed for this check."""
        return self.verdict in {Verdict.GO, Verdict.CONDITION}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Every check judged."""

    checks: tuple[Judged, ...]

    @property
    def outcome(self) -> Outcome:
        """Say go, go with conditions, hold or no-go."""
        verdicts = {judged.verdict for judged in self.checks}
        if Verdict.NO in verdicts:
            return Outcome.NO_GO
        if verdicts <= {Verdict.GO}:
            return Outcome.GO
        if verdicts <= {Verdict.GO, Verdict.CONDITION}:
            return Outcome.CONDITIONS
        return Outcome.HOLD

    @property
    def is_go(self) -> bool:
        """Whether the gate may be signed."""
        return self.outcome in {Outcome.GO, Outcome.CONDITIONS}

    @property
    def still_open(self) -> tuple[Judged, ...]:
        """List what is not go, the gravest first."""
        rank = (Verdict.NO, Verdict.HOLD, Verdict.WAIT, Verdict.ASK)
        left = [judged for judged in self.checks if not judged.is_go]
        return tuple(sorted(left, key=lambda judged: rank.index(judged.verdict)))

    @property
    def go(self) -> tuple[Judged, ...]:
        """List what is go, in the order of the checks."""
        return tuple(judged for judged in self.checks if judged.is_go)

    def of(self, code: str) -> Judged:
        """Give one check."""
        return next(judged for judged in self.checks if judged.check.code == code)


def judge_gate(facts: GateFacts) -> Gate:
    """Judge every check of the gate."""
    checks = gate_checks(parenteral=facts.order is None or facts.order.route in PARENTERAL)
    return Gate(checks=tuple(_judge(check, facts) for check in checks.values()))


def check_gate(gate: Gate) -> Iterator[Finding]:
    """Yield one finding for each check that is not go."""
    for judged in gate.still_open:
        yield Finding(
            f"gate-{judged.check.code.lower()}",
            Weight.BLOCK,
            f"{judged.check.code}, {judged.check.title.lower()}: {judged.ruling.words}",
        )


def _judge(check: Check, facts: GateFacts) -> Judged:
    rows = facts.answers.get(check.code, ())
    answers = [row for row in rows if not row.is_lift]
    ruling = RULES[check.code](facts, answers)
    newest = answers[-1] if answers else None
    judged = Judged(
        check=check,
        ruling=ruling,
        by=newest.by if newest else "",
        at=newest.at if newest else None,
    )
    if not ruling.may_be_lifted(check.lift_by):
        return judged
    lifts = tuple(reversed(tuple(takewhile(lambda row: row.is_lift, reversed(rows)))))
    missing = tuple(role for role in check.lifters if role not in {row.role for row in lifts})
    if not lifts:
        return replace(judged, still_to_lift=missing)
    said = "; ".join(f"{row.by}: {row.lift_reason}" for row in lifts)
    if missing:
        words = f"{ruling.words} {said}. Still to agree: {', '.join(missing)}."
        return replace(judged, ruling=replace(ruling, words=words), still_to_lift=missing)
    lifted = replace(
        ruling, verdict=Verdict.CONDITION, words=f"{ruling.words} Lifted by {said}"
    )
    return replace(judged, ruling=lifted, lift=lifts[-1])

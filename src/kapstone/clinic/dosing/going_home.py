"""
Going home: eleven criteria, some worked out from what was measured, some seen by a person.

"Stay" is always open. Leaving against advice is a record of its own, never a discharge.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

from kapstone.catalogue.discharge import DischargeLimits, load_discharge
from kapstone.catalogue.thresholds import Level
from kapstone.clinic.dosing.check_lists import going_home_checks
from kapstone.clinic.dosing.entries import Reply, Vitals
from kapstone.clinic.dosing.gate import Judged
from kapstone.clinic.dosing.gate_facts import Given
from kapstone.clinic.dosing.monitoring import Raised, Seen
from kapstone.clinic.dosing.plausible import plain
from kapstone.clinic.dosing.verdicts import Ruling, Verdict
from kapstone.errors import Finding, Weight


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """One signature."""

    by: str
    by_id: int
    role: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeFacts:
    """What must be known before someone goes home."""

    at: datetime
    last_dose_at: datetime | None
    stays_until: datetime | None
    baseline: Vitals | None
    seen: Sequence[Seen]
    answers: Mapping[str, Sequence[Given]]
    crossings: Sequence[Raised]
    next_call: str  # in words: what is booked and when; empty: nothing
    next_visit: str
    letter_at: datetime | None  # when the letter home was printed and sent
    signatures: Sequence[Signed]
    drug_left_mg: Decimal = Decimal(0)  # drawn up, and neither given nor wasted


@dataclass(frozen=True, slots=True, kw_only=True)
class GoingHome:
    """Every criterion judged."""

    checks: tuple[Judged, ...]

    @property
    def is_ready(self) -> bool:
        """Whether all but the signatures is met, so that people may sign."""
        return all(judged.is_go for judged in self.checks if judged.check.code != "D11")

    @property
    def is_signed(self) -> bool:
        """Whether all is met, the signatures too."""
        return self.is_ready and self.of("D11").is_go

    @property
    def ready(self) -> int:
        """Count what is met."""
        return sum(judged.is_go for judged in self.checks)

    def of(self, code: str) -> Judged:
        """Give one criterion."""
        return next(judged for judged in self.checks if judged.check.code == code)


def judge_going_home(facts: HomeFacts) -> GoingHome:
    """Judge every criterion."""
    limits = load_discharge().limits
    judged = []
    for code, check in going_home_checks().items():
        answers = facts.answers.get(code, ())
        newest = answers[-1] if answers else None
        judged.append(
            Judged(
                check=check,
                ruling=_RULES[code](facts, newest, limits),
                by=newest.by if newest else "",
                at=newest.at if newest else None,
            )
        )
    return GoingHome(checks=tuple(judged))


def check_discharge(home: GoingHome) -> Iterator[Finding]:
    """Yield one finding for each criterion, signatures aside, that is not met."""
    for judged in home.checks:
        if not judged.is_go and judged.check.code != "D11":
            yield Finding(
                f"home-{judged.check.code.lower()}",
                Weight.BLOCK,
                f"{judged.check.title}: {judged.ruling.words}",
            )


def signatures_needed(crossings: Sequence[Raised]) -> tuple[str, ...]:
    """Name the roles that sign: the prescriber too when an urgent line was crossed."""
    was_urgent = any(
        one.level is not Level.ALERT and one.reply is not Reply.ARTEFACT for one in crossings
    )
    return ("nurse", "therapist", "prescriber") if was_urgent else ("nurse", "therapist")


def _time(facts: HomeFacts, answer: Given | None, limits: DischargeLimits) -> Ruling:
    if facts.last_dose_at is None or facts.stays_until is None:
        return Ruling(verdict=Verdict.GO, words="No dose was given.")
    hours, minutes = divmod(int((facts.at - facts.last_dose_at).total_seconds() // 60), 60)
    since = f"{hours} h {minutes} min since the last dose."
    if facts.at >= facts.stays_until:
        return Ruling(verdict=Verdict.GO, words=since)
    left = int((facts.stays_until - facts.at).total_seconds() // 60) + 1
    words = f"{since} {left} min to go."
    return Ruling(verdict=Verdict.WAIT, words=words, look_again_at=facts.stays_until)


def _awake(facts: HomeFacts, answer: Given | None, limits: DischargeLimits) -> Ruling:
    sets = _since_dose(facts)
    alert = [one.vitals.alertness for one in sets if one.vitals.alertness is not None]
    if not alert:
        words = "Alertness was not entered since the dose."
        return Ruling(verdict=Verdict.ASK, words=words)
    said = f"Alertness {alert[-1]} of 5."
    if alert[-1] < limits.alertness.value:
        return Ruling(verdict=Verdict.WAIT, words=said)
    rass = _newest_rass(sets, answer)
    if rass is None:
        return Ruling(verdict=Verdict.ASK, words=f"{said} Enter RASS, and ask where they are.")
    said = f"{said} RASS {rass:+d}."
    if not limits.rass_from.value <= rass <= limits.rass_to.value:
        return Ruling(verdict=Verdict.WAIT, words=said)
    return _seen(answer, "oriented", f"{said} Knows person, place, day.", said)


def _newest_rass(sets: Sequence[Seen], answer: Given | None) -> int | None:
    """Give the newest RASS, from the room or from this very answer."""
    known = [(one.at, one.vitals.rass) for one in sets if one.vitals.rass is not None]
    if answer is not None and isinstance(answer.value.get("rass"), int):
        known.append((answer.at, answer.value["rass"]))
    return max(known)[1] if known else None


def _since_dose(facts: HomeFacts) -> Sequence[Seen]:
    """List the sets taken after the last dose: one from before it says nothing of now."""
    last = facts.last_dose_at
    return [one for one in facts.seen if last is None or one.at > last]


def _seen(answer: Given | None, name: str, yes: str, ask: str) -> Ruling:
    if answer is None:
        return Ruling(verdict=Verdict.ASK, words=ask)
    if answer.value.get(name) is True:
        return Ruling(verdict=Verdict.GO, words=yes)
    return Ruling(verdict=Verdict.WAIT, words="Not yet.")


def _near(value: float, start: float, limits: DischargeLimits) -> bool:
    """Within so many mmHg or so many per cent of baseline, whichever is wider."""
    return abs(value - start) <= max(
        limits.near_baseline_mmhg.value, start * limits.near_baseline_percent.value / 100
    )


def _vitals(facts: HomeFacts, answer: Given | None, limits: DischargeLimits) -> Ruling:
    full = [
        one
        for one in facts.seen
        if None
        not in (
            one.vitals.systolic_mmhg,
            one.vitals.diastolic_mmhg,
            one.vitals.heart_rate_per_min,
            one.vitals.spo2_percent,
        )
        and (facts.last_dose_at is None or one.at > facts.last_dose_at)
    ]
    if not full:
        return Ruling(verdict=Verdict.ASK, words="Measure a full set.")
    last = full[-1]
    apart = timedelta(minutes=limits.sets_apart_minutes.value)
    before = [one for one in full if last.at - one.at >= apart]
    pair = [*before[-1:], last]
    said = " and ".join(
        f"{one.vitals.systolic_mmhg}/{one.vitals.diastolic_mmhg}" for one in pair
    )
    base = facts.baseline
    near = f"Baseline {base.systolic_mmhg}/{base.diastolic_mmhg}." if base else "No baseline."
    wrong = [fault for one in pair for fault in _wrong(one.vitals, base, limits)]
    if wrong:
        faults = "; ".join(dict.fromkeys(wrong))
        words = f"{said}. {near} {faults[0].upper()}{faults[1:]}."
        return Ruling(verdict=Verdict.WAIT, words=words, look_again_at=last.at + apart)
    if not before:
        words = f"{said}. {near} A second set {limits.sets_apart_minutes.value:g} min later."
        return Ruling(verdict=Verdict.WAIT, words=words, look_again_at=last.at + apart)
    return Ruling(verdict=Verdict.GO, words=f"{said}. {near}")


def _wrong(vitals: Vitals, base: Vitals | None, limits: DischargeLimits) -> Iterator[str]:
    systolic, diastolic = vitals.systolic_mmhg or 0, vitals.diastolic_mmhg or 0
    below = limits.systolic_below.value, limits.diastolic_below.value
    if systolic >= below[0] or diastolic >= below[1]:
        yield f"must be under {below[0]:g}/{below[1]:g}"
    if base is not None and base.systolic_mmhg is not None and base.diastolic_mmhg is not None:
        near = _near(systolic, base.systolic_mmhg, limits)
        if not (near and _near(diastolic, base.diastolic_mmhg, limits)):
            yield "not near baseline"
    pulse = vitals.heart_rate_per_min
    if pulse is not None and not (
        limits.heart_rate_from.value <= pulse <= limits.heart_rate_to.value
    ):
        yield f"pulse {pulse}"
    oxygen = vitals.spo2_percent
    start = base.spo2_percent if base is not None else None
    least = min(limits.spo2_from.value, start if start is not None else limits.spo2_from.value)
    if oxygen is not None and oxygen < least:
        yield f"saturation {oxygen}"


def _walks(facts: HomeFacts, answer: Given | None, limits: DischargeLimits) -> Ruling:
    return _seen(answer, "walks", "Walks and turns unaided.", "With you beside.")


def _drinks(facts: HomeFacts, answer: Given | None, limits: DischargeLimits) -> Ruling:
    sets = _since_dose(facts)
    nausea = [one.vitals.nausea for one in sets if one.vitals.nausea is not None]
    if nausea and nausea[-1] > limits.nausea_to.value:
        return Ruling(verdict=Verdict.WAIT, words=f"Nausea {nausea[-1]} of 3 at the last set.")
    return _seen(answer, "sips", "Keeps sips down.", "Offer water.")


def _perception(facts: HomeFacts, answer: Given | None, limits: DischargeLimits) -> Ruling:
    if answer is None:
        return Ruling(verdict=Verdict.ASK, words="Ask how changed it still feels, 0 to 10.")
    felt = answer.value["perception"]
    most = limits.perception_to.value
    verdict = Verdict.GO if felt <= most else Verdict.WAIT
    return Ruling(
        verdict=verdict, words=f"{felt} of 10; at most {limits.perception_to.value:g}."
    )


def _safe(facts: HomeFacts, answer: Given | None, limits: DischargeLimits) -> Ruling:
    if answer is None:
        return Ruling(verdict=Verdict.ASK, words="Ask in person.")
    thoughts = answer.value.get("thoughts")
    if thoughts not in {"none", "not-acute"}:
        words = "Acute. Follow the crisis path; never alone."
        return Ruling(verdict=Verdict.NO, words=words)
    if answer.value.get("therapist_agrees") is not True:
        return Ruling(verdict=Verdict.WAIT, words="The therapist does not agree yet.")
    return Ruling(verdict=Verdict.GO, words="Asked; not acute. The therapist agrees.")


def _adult(facts: HomeFacts, answer: Given | None, limits: DischargeLimits) -> Ruling:
    if answer is None:
        return Ruling(verdict=Verdict.ASK, words="Check name and phone when they arrive.")
    who = str(answer.value.get("name"))
    return _seen(answer, "here", f"{who} is here and was told what to watch.", who)


def _instructions(facts: HomeFacts, answer: Given | None, limits: DischargeLimits) -> Ruling:
    if facts.letter_at is None:
        return Ruling(verdict=Verdict.ASK, words="Print and send the letter first.")
    ask = "Printed and sent. Hear it back."
    return _seen(answer, "given", "Printed, sent, and said back.", ask)


def _next(facts: HomeFacts, answer: Given | None, limits: DischargeLimits) -> Ruling:
    booked = [words for words in (facts.next_call, facts.next_visit) if words]
    if facts.next_call and facts.next_visit:
        return Ruling(verdict=Verdict.GO, words=f"{'; '.join(booked)}.")
    missing = "the call" if facts.next_visit else "the visit" if facts.next_call else "both"
    said = f"{'; '.join(booked)}. " if booked else ""
    words = f"{said}Still to book: {missing} (a call at about 24 h, a visit in the window)."
    return Ruling(verdict=Verdict.ASK, words=words)


def _signed(facts: HomeFacts, answer: Given | None, limits: DischargeLimits) -> Ruling:
    needed = signatures_needed(facts.crossings)
    have = {signature.role for signature in facts.signatures}
    missing = [role for role in needed if role not in have]
    signed = ", ".join(f"{one.by}, {one.role}" for one in facts.signatures)
    # It never keeps a patient here: whoever signs sees that the drug log is not closed.
    left = f" {left_words(facts.drug_left_mg)}" if facts.drug_left_mg else ""
    if missing:
        words = f"{f'Signed: {signed}. ' if signed else ''}Still to sign: {', '.join(missing)}."
        return Ruling(verdict=Verdict.ASK, words=f"{words}{left}")
    return Ruling(verdict=Verdict.GO, words=f"Signed: {signed}.{left}")


def left_words(left_mg: Decimal) -> str:
    """Say what is drawn up and not accounted for."""
    return f"{plain(left_mg)} mg is drawn up and not accounted for."


Rule = Callable[[HomeFacts, Given | None, DischargeLimits], Ruling]
_RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "D1": _time,
        "D2": _awake,
        "D3": _vitals,
        "D4": _walks,
        "D5": _drinks,
        "D6": _perception,
        "D7": _safe,
        "D8": _adult,
        "D9": _instructions,
        "D10": _next,
        "D11": _signed,
    }
)

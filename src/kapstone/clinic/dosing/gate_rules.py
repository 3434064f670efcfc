"""The rule of each check of the gate: the facts and its answers in, one ruling out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from kapstone.catalogue.gate import (
    GateState,
    GateVerdict,
    PressureReading,
    judge_fasting,
    judge_pressure,
    judge_sign,
    load_gate,
)
from kapstone.catalogue.plausibility import load_plausibility
from kapstone.catalogue.routes import route_for
from kapstone.clinic.dosing.check_lists import PARENTERAL, gate_checks
from kapstone.clinic.dosing.gate_facts import GateFacts, Given
from kapstone.clinic.dosing.verdicts import Ruling, Verdict

Answers = Sequence[Given]


def _ask() -> Ruling:
    return Ruling(verdict=Verdict.ASK, words="Not answered yet.")


def _identity(facts: GateFacts, answers: Answers) -> Ruling:
    if not answers:
        return _ask()
    if all(answers[-1].value.get(name) for name in ("says_name", "says_born_on")):
        return Ruling(verdict=Verdict.GO, words="Name and date of birth match.")
    return Ruling(verdict=Verdict.NO, words="Name or date of birth does not match. Stop here.")


def _eligibility(facts: GateFacts, answers: Answers) -> Ruling:
    verdict = Verdict.GO if facts.eligibility.holds else Verdict.HOLD
    return Ruling(verdict=verdict, words=facts.eligibility.words)


def _consent(facts: GateFacts, answers: Answers) -> Ruling:
    if not facts.consent.holds:
        return Ruling(verdict=Verdict.NO, words=facts.consent.words)
    if not answers:
        return Ruling(verdict=Verdict.ASK, words=f"{facts.consent.words} Ask again today.")
    if answers[-1].value.get("still_wants") is True:
        said = f"{facts.consent.words} Still wants to go ahead today."
        return Ruling(verdict=Verdict.GO, words=said)
    return Ruling(
        verdict=Verdict.NO, words="Does not want to go ahead today. Choose Not today."
    )


def _changes(facts: GateFacts, answers: Answers) -> Ruling:
    return _all_no(answers, "G4", "Nothing new since the last visit.")


def _all_no(answers: Answers, code: str, go: str) -> Ruling:
    """Hold for the named role when any question was answered yes."""
    if not answers:
        return _ask()
    said = [
        question.words.lower()
        for question in gate_checks()[code].questions
        if answers[-1].value.get(question.name) is not False
    ]
    if not said:
        return Ruling(verdict=Verdict.GO, words=go)
    words = f"Yes to: {'; '.join(said)}. The prescriber reviews it."
    return Ruling(verdict=Verdict.HOLD, words=words, liftable=True)


def _pregnancy(facts: GateFacts, answers: Answers) -> Ruling:
    if not answers:
        return _ask()
    match answers[-1].value.get("result"):
        case "negative":
            return Ruling(verdict=Verdict.GO, words="Test negative today.")
        case "not-applicable":
            return Ruling(verdict=Verdict.GO, words="Not applicable.")
        case _:
            return Ruling(verdict=Verdict.NO, words="Test positive. No dose.")


def _substances(facts: GateFacts, answers: Answers) -> Ruling:
    if not answers:
        return _ask()
    value = answers[-1].value
    if value.get("intoxicated") is not False:
        words = "Signs of intoxication or withdrawal. No dose today."
        return Ruling(verdict=Verdict.NO, words=words)
    if value.get("other_drug") is True:
        words = f"Took {value.get('what') or 'something'} today. No dose today."
        return Ruling(verdict=Verdict.NO, words=words)
    if value.get("sedative") is False:
        return Ruling(verdict=Verdict.GO, words="None today.")
    what = str(value.get("what") or "a sedative")
    if value.get("prescribed") is True:
        words = f"Took {what}, prescribed. The prescriber decides."
        return Ruling(verdict=Verdict.HOLD, words=words, liftable=True)
    return Ruling(verdict=Verdict.NO, words=f"Took {what}, not prescribed. No dose today.")


def _fasting(facts: GateFacts, answers: Answers) -> Ruling:
    if facts.order is None:
        return Ruling(verdict=Verdict.HOLD, words="The order names the route; sign it first.")
    value = answers[-1].value if answers else {}
    solid, clear = _moment(value.get("last_solid_at")), _moment(value.get("last_clear_at"))
    judged = judge_fasting(
        load_gate().fasting_for(facts.order.route),
        last_solid_at=solid,
        last_clear_fluid_at=clear,
        at=facts.at,
    )
    longest = timedelta(hours=load_plausibility().time.fasting_hours.value)
    if solid and clear and facts.at - min(solid, clear) > longest:
        days = (facts.at - min(solid, clear)) // timedelta(days=1)
        words = f"Nothing for {days} days: is the date right, and are they well?"
        return Ruling(verdict=Verdict.HOLD, words=words, liftable=True)
    return _ruling(judged, asked=bool(answers))


def _moment(raw: object) -> datetime | None:
    return datetime.fromisoformat(raw) if isinstance(raw, str) else None


def _ruling(judged: GateVerdict, *, asked: bool) -> Ruling:
    """Turn the catalogue's state into a verdict: open is wait once something was measured."""
    verdict = {
        GateState.GO: Verdict.GO,
        GateState.OPEN: Verdict.WAIT if asked else Verdict.ASK,
    }.get(judged.state, Verdict.HOLD)
    return Ruling(
        verdict=verdict,
        words=judged.sentence,
        liftable=judged.state.lifted_by_prescriber,
        look_again_at=judged.next_at,
    )


def _vitals(facts: GateFacts, answers: Answers) -> Ruling:
    gate = load_gate()
    readings = [
        PressureReading(
            systolic_mmhg=row.value["systolic_mmhg"],
            diastolic_mmhg=row.value["diastolic_mmhg"],
            taken_at=row.at,
        )
        for row in answers
    ]
    asked = bool(answers)
    pressure = _ruling(judge_pressure(gate.pressure, readings), asked=asked)
    if not asked:
        return pressure
    newest = answers[-1].value
    signs = [_ruling(judge_sign(sign, newest[sign.code]), asked=True) for sign in gate.signs]
    worst = max((pressure, *signs), key=lambda ruling: ruling.rank)
    said = [ruling.words for ruling in signs if ruling.verdict is not Verdict.GO]
    words = " ".join([pressure.words, *(said or ["Other signs within limits."])])
    liftable = all(one.liftable or one.verdict is Verdict.GO for one in (pressure, *signs))
    return replace(worst, words=words, liftable=liftable)


def _thoughts(facts: GateFacts, answers: Answers) -> Ruling:
    if facts.emergency_call:
        words = f"{facts.urgent_call} Follow the crisis path; no dose."
        return Ruling(verdict=Verdict.NO, words=words)
    if not answers:
        return _ask()
    thoughts = _screened(answers[-1].value)
    if thoughts == "none" and not facts.urgent_call:
        return Ruling(verdict=Verdict.GO, words="No thoughts of suicide. Asked in person.")
    if thoughts in {"none", "not-acute"}:
        words = facts.urgent_call or "Thoughts of suicide, not acute."
        said = f"{words} Prescriber and therapist decide together."
        return Ruling(verdict=Verdict.HOLD, words=said, liftable=True)
    words = "Acute. Follow the crisis path; never alone; no dose."
    return Ruling(verdict=Verdict.NO, words=words)


def _screened(value: Mapping[str, Any]) -> str:
    """Read the suicide screen as its toolkit does; older rows hold the outcome itself."""
    if "thoughts" in value:
        return str(value["thoughts"])
    said = [answer for name, answer in value.items() if name.startswith("asq_")]
    if value.get("asq_5") is True or not said:
        return "acute"
    return "not-acute" if True in said else "none"


def _mind(facts: GateFacts, answers: Answers) -> Ruling:
    if not answers:
        return _ask()
    value = answers[-1].value
    wrong = []
    if value.get("oriented") is not True:
        wrong.append("Not oriented.")
    if value.get("mania_or_psychosis") is not False:
        wrong.append("Signs of mania or psychosis.")
    if not wrong:
        return Ruling(verdict=Verdict.GO, words="Oriented; no mania or psychosis.")
    return Ruling(verdict=Verdict.HOLD, words=" ".join(wrong), liftable=True)


def _bladder(facts: GateFacts, answers: Answers) -> Ruling:
    return _all_no(answers, "G11", "No new bladder sign, no use outside the clinic.")


def _interval(facts: GateFacts, answers: Answers) -> Ruling:
    if facts.last_dose_at is None:
        return Ruling(verdict=Verdict.GO, words="No dose before this one.")
    if facts.order is None:
        return Ruling(verdict=Verdict.HOLD, words="The order names the route; sign it first.")
    floor = route_for(facts.order.route, facts.order.product).interval
    hard_h, soft_h = floor.hard_hours.value, floor.soft_hours.value
    if floor.deep_from_mg and facts.order.amount_mg >= floor.deep_from_mg.value:
        soft_h = floor.deep_soft_hours.value if floor.deep_soft_hours else soft_h
    since = (facts.at - facts.last_dose_at) / timedelta(hours=1)
    told = f"{since:.0f} h since the last dose"
    if since < hard_h:
        free = facts.last_dose_at + timedelta(hours=hard_h)
        words = f"{told}; at least {hard_h:g} h. Nobody lifts this."
        return Ruling(verdict=Verdict.NO, words=words, look_again_at=free)
    if since < soft_h:
        words = f"{told}; {soft_h:g} h advised."
        return Ruling(verdict=Verdict.HOLD, words=words, liftable=True)
    return Ruling(verdict=Verdict.GO, words=f"{told}.")


def _escort(facts: GateFacts, answers: Answers) -> Ruling:
    if not answers:
        return _ask()
    value = answers[-1].value
    comes = _moment(value.get("comes_at"))
    when = f", {comes:%H:%M}" if comes else ""
    who = f"{value.get('name')}, {value.get('phone')}{when}"
    if value.get("confirmed") is True:
        words = f"{who}. Said they will come. They must be here before going home."
        return Ruling(verdict=Verdict.GO, words=words)
    return Ruling(verdict=Verdict.HOLD, words=f"{who}: not confirmed yet.")


def _room(facts: GateFacts, answers: Answers) -> Ruling:
    if not answers:
        return _ask()
    value = answers[-1].value
    parenteral = facts.order is None or facts.order.route in PARENTERAL
    listed = gate_checks(parenteral=parenteral)["G14"].questions
    missing = [question.words for question in listed if value.get(question.name) is not True]
    if not missing:
        return Ruling(verdict=Verdict.GO, words="Everything on the list is here today.")
    return Ruling(verdict=Verdict.HOLD, words=f"Missing: {'; '.join(missing)}.")


def _order(facts: GateFacts, answers: Answers) -> Ruling:
    if facts.order is None:
        words = "No order is signed for this dose."
        return Ruling(verdict=Verdict.HOLD, words=words)
    key = facts.order.key
    names = [question.name for question in gate_checks()["G15"].questions]
    newest: dict[int, Given] = {}
    for row in answers:
        newest[row.by_id] = row
    current = [row for row in newest.values() if row.value.get("order") == key]
    against = [row for row in current if not all(row.value.get(n) is True for n in names)]
    if against:
        words = f"{against[-1].by} does not confirm {facts.order.words}."
        return Ruling(verdict=Verdict.HOLD, words=words)
    if not current:
        return Ruling(verdict=Verdict.ASK, words=f"{facts.order.words}. Two people check it.")
    if len(current) == 1:
        words = f"{facts.order.words}. Checked by {current[0].by}; a second person checks."
        return Ruling(verdict=Verdict.ASK, words=words)
    both = " and ".join(row.by for row in current[:2])
    return Ruling(verdict=Verdict.GO, words=f"{facts.order.words}. Checked by {both}.")


Rule = Callable[[GateFacts, Answers], Ruling]
RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "G1": _identity,
        "G2": _eligibility,
        "G3": _consent,
        "G4": _changes,
        "G5": _pregnancy,
        "G6": _substances,
        "G7": _fasting,
        "G8": _vitals,
        "G9": _thoughts,
        "G10": _mind,
        "G11": _bladder,
        "G12": _interval,
        "G13": _escort,
        "G14": _room,
        "G15": _order,
    }
)

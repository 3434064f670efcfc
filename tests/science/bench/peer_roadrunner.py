"""libRoadRunner: the eleven states as SBML, with an event at each dose and infusion's end."""

from __future__ import annotations

import numpy as np
import roadrunner
from tests.science.bench.workload import (
    A50,
    A_REF,
    CAP,
    COLUMNS,
    DAYS,
    DOSE_DAYS,
    INFUSION_D,
    JUMP,
    SPAN_D,
    Work,
    assembled,
)

ABSOLUTE = 0.1
STATES = ("a1", "a2", "a3", "n1", "n2", "occ", "x", "w", "iw", "eu", "e")
_RULES = {
    "a1": "R-(k10+k12+k13)*a1+k21*a2+k31*a3",
    "a2": "k12*a1-k21*a2",
    "a3": "k13*a1-k31*a3",
    "n1": "form*a1-(kn+kf)*n1+kb*n2",
    "n2": "kf*n1-kb*n2",
    "occ": "(drive_k*a1+drive_n*n1)/(1+drive_k*a1+drive_n*n1)",
    "x": "-rise*x",
    "w": "norm*rise*x-decay*w",
    "iw": "w",
    "eu": "-on_*eu",
    "e": "on_*eu-off*e",
}


def _mathml(text: str) -> str:
    return "".join(_expression(_tokens(text)))


def _tokens(text: str) -> list[str]:
    found, word = [], ""
    for letter in text:
        if letter.isalnum() or letter in "_.":
            word += letter
            continue
        if word:
            found.append(word)
            word = ""
        found.append(letter)
    return [*found, word] if word else found


def _expression(tokens: list[str]) -> list[str]:
    """Turn sums of products, with brackets and a leading minus, into MathML."""
    return _sum(tokens)


def _sum(tokens: list[str]) -> list[str]:
    negative = _eat(tokens, "-")
    out = _product(tokens)
    if negative:
        out = _apply("minus", ["".join(out)])
    while tokens and tokens[0] in "+-":
        sign = "plus" if tokens.pop(0) == "+" else "minus"
        out = _apply(sign, ["".join(out), "".join(_product(tokens))])
    return out


def _product(tokens: list[str]) -> list[str]:
    out = _atom(tokens)
    while tokens and tokens[0] in "*/":
        sign = "times" if tokens.pop(0) == "*" else "divide"
        out = _apply(sign, ["".join(out), "".join(_atom(tokens))])
    return out


def _atom(tokens: list[str]) -> list[str]:
    if _eat(tokens, "("):
        inner = _sum(tokens)
        tokens.pop(0)
        return inner
    word = tokens.pop(0)
    kind = "cn" if word.replace(".", "").isdigit() else "ci"
    return [f"<{kind}>{word}</{kind}>"]


def _eat(tokens: list[str], sign: str) -> bool:
    if tokens and tokens[0] == sign:
        tokens.pop(0)
        return True
    return False


def _apply(name: str, parts: list[str]) -> list[str]:
    return ["<apply>", f"<{name}/>", *parts, "</apply>"]


def _event(name: str, at: str, changes: dict[str, str]) -> str:
    assignments = "".join(
        f'<eventAssignment variable="{variable}"><math xmlns="{_MATH}">{_mathml(text)}</math>'
        "</eventAssignment>"
        for variable, text in changes.items()
    )
    when = (
        f'<math xmlns="{_MATH}"><apply><geq/><csymbol encoding="text" '
        f'definitionURL="http://www.sbml.org/sbml/symbols/time">t</csymbol>'
        f"<cn>{at}</cn></apply></math>"
    )
    return (
        f'<event id="{name}" useValuesFromTriggerTime="true"><trigger initialValue="false" '
        f'persistent="true">{when}</trigger>'
        f"<listOfEventAssignments>{assignments}</listOfEventAssignments></event>"
    )


_MATH = "http://www.w3.org/1998/Math/MathML"
_CONSTANTS = [
    {"on": "on_"}.get(name, name) for name in COLUMNS
]  # "on" is an operator of some readers
_FREE = ("R", "rate", "size", "cap", "jump")


def sbml() -> str:
    """Write the model: rate rules, and two events for each dose after the first."""
    names = [*STATES, *_CONSTANTS, *_FREE]
    parameters = "".join(
        f'<parameter id="{name}" value="0" constant="false"/>' for name in names
    )
    rules = "".join(
        f'<rateRule variable="{name}"><math xmlns="{_MATH}">{_mathml(text)}</math></rateRule>'
        for name, text in _RULES.items()
    )
    start = {"R": "rate", "x": "x+size*(1-w/cap)", "eu": "eu+jump*(1-e-eu)"}
    events = "".join(
        _event(f"dose{place}", repr(float(day)), start)
        for place, day in enumerate(DOSE_DAYS)
        if day > 0
    )
    events += "".join(
        _event(f"stop{place}", repr(float(day + INFUSION_D)), {"R": "0"})
        for place, day in enumerate(DOSE_DAYS)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1">'
        f'<model id="kapstone"><listOfParameters>{parameters}</listOfParameters>'
        f"<listOfRules>{rules}</listOfRules><listOfEvents>{events}</listOfEvents></model></sbml>"
    )


def solve(work: Work, relative: float) -> np.ndarray:
    """Solve everybody, one after the other: shape (n, days + 1, 6)."""
    model = roadrunner.RoadRunner(sbml())
    model.integrator.relative_tolerance = relative
    model.integrator.absolute_tolerance = ABSOLUTE * relative
    model.timeCourseSelections = ["time", *STATES]
    return np.array([_person(model, constants) for constants in work.constants])


def _person(model: roadrunner.RoadRunner, constants: np.ndarray) -> np.ndarray:
    values = dict(zip(_CONSTANTS, constants, strict=True))
    values |= {"rate": values["dose"] / INFUSION_D, "cap": CAP}
    _set(model, values, 0.0)
    hours = 24.0 * model.simulate(times=[0.0, INFUSION_D, SPAN_D])[-1, 6]
    size = hours / (hours + A50) * (A_REF + A50) / A_REF
    values |= {"size": size, "jump": min(JUMP * size, 0.98)}
    _set(model, values, size)
    days = model.simulate(times=np.arange(DAYS + 1.0)).T[1:]
    openness, relief = days[7], days[10]
    return assembled(openness, relief, np.diff(days[8], append=0.0), constants)


def _set(model: roadrunner.RoadRunner, values: dict[str, float], size: float) -> None:
    """Start anew; the first dose is the state that day 0 begins with."""
    model.resetToOrigin()
    for name, value in values.items():
        model[name] = float(value)
    model["R"] = float(values["rate"])
    model["x"] = float(size)
    model["eu"] = min(JUMP * size, 0.98)

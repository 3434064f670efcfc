"""
The same people and the same question for every engine.

Six infusions, ten sessions, 84 days. The model as differential equations has eleven states:
ketamine in three compartments, norketamine in two, the occupancy summed up, the two of the
window, the window summed up, and the two of relief. A solver is given each person's constants
and must come to W, E, n, o, q and MADRS on every day. As the jump of the window needs the
occupancy summed over the 6 h after the dose, each person is solved twice: 6 h, then 84 days.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from kapstone.science.cohort import BLOCK, Cast, block_days, cast
from kapstone.science.exposure import exposure
from kapstone.science.parameters import load_parameters
from kapstone.science.protocols import SIX, six_infusions

PROTOCOL = replace(six_infusions(84), setbacks_per_month=0.0)
DAYS = PROTOCOL.days
INFUSION_D = 40.0 / 60.0 / 24.0
SPAN_D = 6.0 / 24.0
DOSE_DAYS = np.array(SIX, dtype=np.float64)
SESSIONS = np.bincount(np.array(PROTOCOL.sessions), minlength=DAYS).astype(np.float64)
PARAMETERS = load_parameters()
COLUMNS = (
    "k10", "k12", "k21", "k13", "k31", "form", "kn", "kf", "kb", "drive_k", "drive_n", "dose",
    "rise", "decay", "norm", "learning", "on", "off", "eta", "eta_o", "rho", "delta",
    "start", "strength", "expectancy",
)  # fmt: skip
RESULTS = ("W", "E", "n", "o", "q", "madrs")


@dataclass(frozen=True)
class Work:
    """Constants of n people (rates in 1/d), and the reference each engine is held to."""

    constants: np.ndarray
    reference: np.ndarray
    exposure: np.ndarray


def people(count: int) -> Cast:
    """Draw the people of the workload, at most one block."""
    assert count <= BLOCK
    return cast(PROTOCOL, seed=1, block=0, count=count, parameters=PARAMETERS)


def work(count: int) -> Work:
    """Lay out each person's constants, and solve them in closed form."""
    group = people(count)
    body, number, masses = group.body, PARAMETERS.number, PARAMETERS.reference
    ratio = masses["mw_norketamine"] / masses["mw_ketamine"]
    to_nm = 1e6
    columns = {
        "k10": 24.0 * body.clearance / body.central_volume,
        "k12": 24.0 * body.shallow_flow / body.central_volume,
        "k21": 24.0 * body.shallow_flow / body.shallow_volume,
        "k13": 24.0 * body.deep_flow / body.central_volume,
        "k31": 24.0 * body.deep_flow / body.deep_volume,
        "form": 24.0 * body.metabolised * ratio * body.clearance / body.central_volume,
        "kn": 24.0 * body.metabolite_clearance / body.metabolite_volume,
        "kf": 24.0 * body.metabolite_flow / body.metabolite_volume,
        "kb": 24.0 * body.metabolite_flow / body.metabolite_deep_volume,
        "drive_k": number("pd.FU_K") * to_nm / masses["mw_ketamine"]
        / number("pd.IC50_K") / body.central_volume,
        "drive_n": number("pd.FU_N") * to_nm / masses["mw_norketamine"]
        / number("pd.IC50_N") / body.metabolite_volume,
        "dose": 0.5 * group.weight_kg,
        "rise": group.clock.rise,
        "decay": group.clock.decay,
        "norm": group.clock.norm,
        "learning": group.clock.learning,
        "on": group.mood.on,
        "off": group.mood.off,
        "eta": group.habit.strengthening,
        "eta_o": group.habit.retreading,
        "rho": group.habit.pruning,
        "delta": group.habit.forgetting,
        "start": group.mood.start,
        "strength": group.mood.strength,
        "expectancy": group.mood.expectancy,
    }  # fmt: skip
    constants = np.empty((count, len(COLUMNS)))
    for place, name in enumerate(COLUMNS):
        constants[:, place] = columns[name]
    scale = group.weight_kg / masses["weight_kg"]
    given = exposure(PROTOCOL.doses, body=body, scale=scale, parameters=PARAMETERS)
    return Work(constants, _reference(group), given[0].exposure_h)


def _reference(group: Cast) -> np.ndarray:
    """Give W, E, n, o, q and MADRS in closed form, shape (n, days + 1, 6)."""
    found = np.empty((group.count, DAYS + 1, len(RESULTS)))
    for day in block_days(PROTOCOL, group, PARAMETERS):
        values = (day.openness, day.relief, day.new, day.old, day.chosen, day.madrs)
        found[:, day.day, :] = np.stack(values, axis=1)
    return found


FIXED = {
    "cap": "window.WMAX", "a50": "window.A50", "a_ref": "window.A_REF", "jump": "symptom.EPS",
    "uses": "trail.U0", "kappa": "trail.KAPPA", "pull": "trail.R_MOOD",
    "slope": "symptom.LAMBDA", "n0": "trail.N0", "o0": "trail.O0",
    "floor": "symptom.Y_FLOOR", "fade": "symptom.T_PLC",
}  # fmt: skip
CAP, A50, A_REF, JUMP, USES, KAPPA, PULL, SLOPE, N0, O0, FLOOR, FADE_D = (
    PARAMETERS.number(symbol) for symbol in FIXED.values()
)


def worst_gap(found: np.ndarray, reference: np.ndarray) -> float:
    """Give the largest gap over people, days and results, each against its largest value."""
    size = np.abs(reference).max(axis=1, keepdims=True)
    return float(np.max(np.abs(found - reference) / np.maximum(size, 1e-12)))


def trails(
    relief: np.ndarray, summed: np.ndarray, constants: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """
    Step the trails of one person by the map, from E and the window's daily sum.

    The map is no differential equation: every engine ends with these few lines.
    """
    named = dict(zip(COLUMNS, constants, strict=True))
    new, old = N0, O0
    rows = np.empty((4, DAYS + 1))
    first = new**2 / (new**2 + old**2)
    for day in range(DAYS + 1):
        chosen = new**2 / (new**2 + old**2)
        gain = named["strength"] * relief[day] + SLOPE * (chosen - first)
        gain += named["expectancy"] * np.exp(-np.log(2.0) / FADE_D * day) if day else 0.0
        score = named["start"] * np.exp(-max(gain, FLOOR))
        rows[:, day] = new, old, chosen, score
        if day == DAYS:
            break
        share = chosen + PULL * relief[day] * (1.0 - chosen)
        learnt = 1.0 + (named["learning"] - 1.0) * summed[day]
        uses = USES * share + KAPPA * SESSIONS[day]
        new = 1.0 - (1.0 - new) * np.exp(-named["eta"] * uses * learnt)
        new = N0 + (new - N0) * np.exp(-named["delta"] * (1.0 - share))
        old = 1.0 - (1.0 - old) * np.exp(-named["eta_o"] * USES * (1.0 - share))
        uses = USES * share + KAPPA * SESSIONS[day] / 2.0
        old *= np.exp(-named["rho"] * uses * learnt)
    return rows[0], rows[1], rows[2], rows[3]


def assembled(
    openness: np.ndarray, relief: np.ndarray, summed: np.ndarray, constants: np.ndarray
) -> np.ndarray:
    """Put one person's results together, shape (days + 1, 6)."""
    return np.stack([openness, relief, *trails(relief, summed, constants)], axis=1)


Solver = Callable[[Work, float], np.ndarray]

"""The golden vectors, to one part in a million."""

import json
from itertools import groupby

import numpy as np
import pytest
from tests.science.golden_rows import golden_rows

from kapstone.science.daily import DailyMap, DayDose, Diary, typical_habit
from kapstone.science.events import DoseEvent
from kapstone.science.exposure import amplitude
from kapstone.science.people import typical
from kapstone.science.pharmacokinetics import Disposition, profile
from kapstone.science.symptoms import madrs, typical_mood
from kapstone.science.window import PlainJump, typical_clock, window

RELATIVE = 1e-6
NOTHING_NG_ML = 1e-12  # what rounding leaves at the moment a lag ends
PK = {
    case: list(rows)
    for case, rows in groupby(golden_rows("golden_pk.csv"), lambda r: r["case"])
}
WINDOW = {
    case: list(rows)
    for case, rows in groupby(golden_rows("golden_window.csv"), lambda r: r["case"])
}

TRAIL = {
    case: list(rows)
    for case, rows in groupby(golden_rows("golden_trail.csv"), lambda r: r["case"])
}


def given(cell: str) -> list[DoseEvent]:
    names = {"time": "time_h", "amt": "amount_mg", "dur": "duration_h"}
    return [
        DoseEvent(**{names.get(key, key): value for key, value in row.items()})
        for row in json.loads(cell)
    ]


def column(rows: list[dict[str, str]], name: str) -> list[float]:
    return [float(row[name]) for row in rows]


@pytest.mark.parametrize("case", PK)
def test_levels_are_the_golden_levels(case):
    rows = PK[case]
    events = given(rows[0]["events_json"])
    body = typical(float(rows[0]["weight_kg"]), interaction=rows[0]["ddi"])
    hours = column(rows, "time_h")
    levels = profile(events, hours, body=body, site=rows[0]["site"])
    np.testing.assert_allclose(
        levels.ketamine_ng_ml, column(rows, "K_ng_mL"), rtol=RELATIVE, atol=NOTHING_NG_ML
    )
    np.testing.assert_allclose(
        levels.norketamine_ng_ml, column(rows, "N_ng_mL"), rtol=RELATIVE, atol=NOTHING_NG_ML
    )
    chain = Disposition(body)
    hydroxy = sum(
        event.amount_mg * chain.hydroxy_curve(event, np.array(hours) - event.time_h)[0]
        for event in events
    )
    np.testing.assert_allclose(
        hydroxy, column(rows, "H_ng_mL"), rtol=RELATIVE, atol=NOTHING_NG_ML
    )


@pytest.mark.parametrize("case", WINDOW)
def test_the_window_is_the_golden_window(case):
    rows = WINDOW[case]
    days, amplitudes = (json.loads(rows[0][name]) for name in ("dose_days_json", "amps_json"))
    jumps = [
        PlainJump(24.0 * day, np.array([size]))
        for day, size in zip(days, amplitudes, strict=True)
    ]
    hours = 24.0 * np.array(column(rows, "time_d"))
    np.testing.assert_allclose(window(jumps, hours).openness, column(rows, "W"), rtol=RELATIVE)


@pytest.mark.parametrize("case", TRAIL)
def test_the_daily_map_is_the_golden_map(case):
    rows = TRAIL[case]
    inputs = json.loads(rows[0]["inputs_json"])
    sessions = np.bincount(np.array(inputs["sessions"], dtype=int), minlength=inputs["days"])
    doses = [DayDose(day, np.atleast_1d(amplitude(hours))) for day, hours in inputs["doses"]]
    diary = Diary(days=inputs["days"], doses=doses, sessions=sessions.astype(float))
    mood = typical_mood()
    states = list(DailyMap(diary, typical_clock(), typical_habit(), mood).states())
    for row in rows:
        day = int(row["day"])
        state = states[day]
        score = madrs(
            mood,
            day=day,
            relief=state.relief,
            chosen=state.chosen,
            chosen_first=states[0].chosen,
        )
        found = [state.openness, state.relief, state.new, state.old, state.chosen, score]
        expected = [float(row[name]) for name in ("W", "E", "n", "o", "q", "madrs")]
        np.testing.assert_allclose(np.concatenate(found), expected, rtol=RELATIVE)

import json

import pytest

from kapstone.science.cases import Case, case_days, read_case
from kapstone.science.quantities import ModelError, QuantityError


def written(folder, content):
    path = folder / "case.json"
    text = content if isinstance(content, str) else json.dumps(content)
    path.write_text(text, encoding="utf-8")
    return path


FULL = {
    "doses": [[0, 0.6], [2, 0.5]], "sessions": [1, 1, 3], "days": 10, "alpha": 0.9, "lam": 1.2,
    "S0": 30, "plc": 0.2, "eta_m": 1.5, "t_m": 0.8, "A_m": 1.1,
}  # fmt: skip


def test_a_case_is_read(tmp_path):
    assert read_case(written(tmp_path, FULL)) == Case(
        days=10, doses=((0, 0.6), (2, 0.5)), sessions=(1, 1, 3), alpha=0.9, lam=1.2, s0=30.0,
        plc=0.2, eta_m=1.5, t_m=0.8, a_m=1.1,
    )  # fmt: skip


def last(**personal):
    return list(case_days(Case(days=20, doses=((0, 0.6),), sessions=(1, 2, 3), **personal)))[-1]


def test_each_personal_value_moves_what_it_should():
    plain = last()
    assert last(s0=16.0).madrs == pytest.approx(plain.madrs / 2.0)
    assert last(alpha=2.0).madrs < plain.madrs
    assert last(lam=2.0).madrs < plain.madrs
    assert last(plc=0.3).madrs < plain.madrs
    assert last(eta_m=2.0).new > plain.new
    assert last(t_m=0.5).relief < plain.relief
    assert last(a_m=0.5).relief < plain.relief
    for name in ("openness", "new", "old"):
        assert getattr(last(alpha=2.0), name) == getattr(plain, name)


def test_a_case_of_no_days_is_its_start():
    (only,) = case_days(Case(days=0))
    assert (only.day, only.madrs) == (0, 32.0)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"colour": 1}, ModelError, "unknown key 'colour'"),
        ({"days": "ten"}, ModelError, "days must be a finite number"),
        ({"days": 1.5}, QuantityError, "whole day"),
        ({"days": -1}, QuantityError, "whole day"),
        ({"doses": 3}, ModelError, "doses must be a list"),
        ({"doses": [[0]]}, ModelError, r"\[day, exposure in h\]"),
        ({"doses": [[0, "much"]]}, ModelError, "exposure must be a finite"),
        ({"doses": [[0, 7.0]]}, QuantityError, "exposure must be from 0 to 6"),
        ({"doses": [[0.5, 0.6]]}, QuantityError, "day of a dose"),
        ({"sessions": [[1]]}, ModelError, "a session must be"),
        ({"alpha": True}, ModelError, "alpha must be a finite"),
        ({"S0": 99}, QuantityError, "starting MADRS"),
        ({"A_m": -1}, QuantityError, "multiplier on exposure"),
        ({"eta_m": -1}, QuantityError, "trail rates"),
        ({"sessions": [10]}, QuantityError, "beyond the 10 days"),
        ({"doses": [[10, 0.6]]}, QuantityError, "beyond the 10 days"),
    ],
)
def test_a_wrong_case_is_refused_by_name(tmp_path, change, error, words):
    with pytest.raises(error, match=words):
        list(case_days(read_case(written(tmp_path, {**FULL, **change}))))


@pytest.mark.parametrize(
    ("text", "words"),
    [("{", "not JSON"), ("[]", "one JSON object"), ("{}", "has no days")],
)
def test_what_is_no_case_is_refused(tmp_path, text, words):
    with pytest.raises(ModelError, match=words):
        read_case(written(tmp_path, text))

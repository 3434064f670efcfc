"""The compiled days against NumPy, which is the specification."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from kapstone.science import fast
from kapstone.science.cohort import block_map, cast
from kapstone.science.counting import HIGHEST, Task, empty_part
from kapstone.science.events import DoseEvent
from kapstone.science.parameters import load_parameters
from kapstone.science.protocols import six_infusions
from kapstone.science.quantities import ModelError
from kapstone.science.streaming import simulate

PROTOCOL = six_infusions(40)
SMALL = 1000
MIXED = tuple(
    DoseEvent(time_h=72.0 * place, amount_mg=amount, route=route)
    for place, (route, amount) in enumerate(
        [("IV", 35), ("IM", 35), ("SC", 35), ("SL", 100), ("PO", 150), ("IN", 50)]
    )
)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({}, id="as it is"),
        pytest.param({"setbacks_per_month": 0.0, "sessions": ()}, id="calm, no sessions"),
        pytest.param({"doses": (), "practice": (1, 2, 2)}, id="practice alone"),
        pytest.param({"doses": MIXED, "per_kg": False}, id="every way in"),
        pytest.param({"learning": 4.0, "expectancy": "none"}, id="shared numbers"),
    ],
)
def test_the_compiled_days_are_those_of_numpy(change):
    protocol = replace(PROTOCOL, **change)
    plain, quick = (
        simulate(protocol, count=5000, seed=2, fast=choice) for choice in (False, True)
    )
    np.testing.assert_allclose(quick.mean, plain.mean, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(quick.sd, plain.sd, rtol=1e-6, atol=1e-7)
    widths = np.array([HIGHEST[name] / 1024 for name in plain.quantities])
    assert np.all(np.abs(quick.quantiles - plain.quantiles) <= 0.05 * widths[:, None, None])
    np.testing.assert_allclose(quick.responded, plain.responded, atol=2.5 / 5000)
    np.testing.assert_allclose(quick.remitted, plain.remitted, atol=2.5 / 5000)


@pytest.mark.parametrize("partitions", [1, 2])
def test_the_split_does_not_show(partitions):
    whole = simulate(PROTOCOL, count=9000, seed=2, fast=True)
    split = simulate(PROTOCOL, count=9000, seed=2, fast=True, partitions=partitions)
    assert whole.quantiles.tobytes() == split.quantiles.tobytes()
    assert whole.mean.tobytes() == split.mean.tobytes()


def run(stepping, mood):
    part = empty_part(Task(PROTOCOL, 1, range(1), (SMALL,), fast=True))
    fast.compiled().days(
        stepping, mood, counts=part.counts, sums=part.sums[0],
        ends=(part.responded, part.remitted), highest=tuple(HIGHEST.values()), remission=10.0,
    )  # fmt: skip
    return part


def test_every_person_is_counted_once_a_day():
    people = cast(PROTOCOL, seed=1, block=0, count=SMALL, parameters=load_parameters())
    part = run(block_map(PROTOCOL, people, load_parameters()), people.mood)
    assert np.all(part.counts.sum(axis=2) == SMALL)


def test_what_the_c_does_not_hold_is_refused():
    people = cast(PROTOCOL, seed=1, block=0, count=SMALL, parameters=load_parameters())
    stepping = block_map(PROTOCOL, people, load_parameters())
    stepping.habit = replace(people.habit, sharpness=3.0)
    with pytest.raises(ModelError, match="sharpness of 2"):
        run(stepping, people.mood)


@pytest.fixture
def empty_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    fast.compiled.cache_clear()
    yield tmp_path
    fast.compiled.cache_clear()


def test_it_is_compiled_once_into_the_cache(empty_cache):
    fast.compiled()
    (library,) = empty_cache.glob("kapstone/science-*.so")
    made = library.stat().st_mtime_ns
    fast.compiled.cache_clear()
    fast.compiled()
    assert library.stat().st_mtime_ns == made
    assert [path.name for path in library.parent.iterdir()] == [library.name]


def test_without_a_compiler_it_says_so(empty_cache, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(ModelError, match="NumPy does the same without"):
        fast.compiled()


def test_a_compiler_that_fails_is_quoted(empty_cache, monkeypatch, tmp_path):
    broken = tmp_path / "broken.c"
    broken.write_text("this is no C")
    monkeypatch.setattr(fast, "SOURCE", broken)
    with pytest.raises(ModelError, match="the C compiler failed"):
        fast.compiled()
    assert not list(empty_cache.glob("kapstone/*.so"))


def test_without_a_home_for_caches_the_users_is_taken(monkeypatch, tmp_path):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(fast, "CPU", tmp_path / "absent")
    assert fast.library_path().parent == tmp_path / ".cache" / "kapstone"


def test_it_leaves_the_arithmetic_of_this_process_alone():
    fast.compiled()
    assert np.float64(5e-324) * 1.0 > 0.0

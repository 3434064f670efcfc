import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace

import numpy as np
import pytest

from kapstone.science.cohort import BLOCK, virtual_patients
from kapstone.science.engines import Engine, running
from kapstone.science.protocols import six_infusions
from kapstone.science.quantities import ModelError, QuantityError
from kapstone.science.streaming import HIGHEST, QUANTITIES, simulate

PROTOCOL = six_infusions(20)
COUNT = 6 * BLOCK + 100


def bytes_of(summary):
    return b"".join(
        value.tobytes()
        for one in fields(summary)
        if isinstance(value := getattr(summary, one.name), np.ndarray)
    )


@pytest.fixture(scope="module")
def alone():
    return simulate(PROTOCOL, count=COUNT, seed=3)


@pytest.mark.parametrize("partitions", [1, 2, 7, 100])
def test_the_split_does_not_show(alone, partitions):
    found = simulate(PROTOCOL, count=COUNT, seed=3, partitions=partitions)
    assert bytes_of(found) == bytes_of(alone)


def test_threads_do_not_show(alone):
    with ThreadPoolExecutor(2) as executor:
        found = simulate(PROTOCOL, count=COUNT, seed=3, executor=executor, partitions=5)
    assert bytes_of(found) == bytes_of(alone)


@pytest.mark.parametrize("engine", list(Engine))
def test_no_engine_shows(alone, engine):
    with running(engine, 2) as executor:
        found = simulate(PROTOCOL, count=COUNT, seed=3, executor=executor, partitions=4)
    assert bytes_of(found) == bytes_of(alone)


def test_another_seed_shows(alone):
    assert bytes_of(simulate(PROTOCOL, count=COUNT, seed=4)) != bytes_of(alone)


def test_a_missing_dask_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ModelError, match=r"kapstone\[cluster\]"), running(Engine.DASK, 1):
        pass


def test_the_summary_is_that_of_the_people_held(alone):
    held = virtual_patients(COUNT, 3, protocol=PROTOCOL)
    for row, name in enumerate(QUANTITIES):
        values = getattr(held, name)
        np.testing.assert_allclose(alone.mean[row], values.mean(axis=0), rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(alone.sd[row], values.std(axis=0), rtol=1e-6, atol=1e-7)
        exact = np.quantile(values, alone.levels, axis=0).T
        gap = np.abs(alone.quantiles[row] - exact).max()
        assert gap < 1.5 * HIGHEST[name] / 1024
    half = held.madrs <= 0.5 * held.madrs[:, :1]
    np.testing.assert_allclose(alone.responded, half.mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(alone.remitted, (held.madrs <= 10.0).mean(axis=0), atol=1e-12)


def test_progress_is_told_to_the_end():
    told = []
    simulate(PROTOCOL, count=COUNT, seed=1, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == COUNT


def test_the_summary_names_what_made_it(alone):
    assert (alone.people, alone.seed, alone.protocol) == (COUNT, 3, PROTOCOL)
    assert len(alone.sha256) == 64


@pytest.mark.parametrize(("count", "partitions"), [(0, None), (10, 0)])
def test_an_impossible_cohort_is_refused(count, partitions):
    with pytest.raises(QuantityError):
        simulate(PROTOCOL, count=count, seed=1, partitions=partitions)


def test_no_setbacks_means_no_draws_for_them():
    calm = replace(PROTOCOL, setbacks_per_month=0.0)
    assert simulate(calm, count=50, seed=1).mean[5, -1] < simulate(
        replace(PROTOCOL, setbacks_per_month=5.0), count=50, seed=1
    ).mean[5, -1]  # fmt: skip

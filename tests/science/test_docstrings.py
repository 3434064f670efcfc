"""Every public thing is described, and every number's function says where it comes from."""

import inspect
import pkgutil
from importlib import import_module

import pytest

import kapstone.science as science

MODULES = [
    import_module(f"kapstone.science.{one.name}")
    for one in pkgutil.iter_modules(science.__path__)
    if not one.ispkg and one.name not in ("__main__", "parquet")
]
OF_THE_MODEL = {
    "bands", "cohort", "daily", "effects", "exposure", "forecast", "modes", "people",
    "pharmacokinetics", "phases", "picture", "slots", "symptoms", "trails", "window",
}  # fmt: skip
BOOKKEEPING = {
    "block_days", "block_map", "block_sizes", "cast", "check_adult", "check_amounts",
    "check_draws", "counts_by_day", "day_doses", "joined", "one_of", "phase_at", "quantiles",
    "seeded", "what_if",
}  # fmt: skip
"""These arrange what others computed; no number of theirs needs a source."""


def public():
    for module in MODULES:
        for name, thing in vars(module).items():
            own = getattr(thing, "__module__", "") == module.__name__
            if own and not name.startswith("_"):
                yield module.__name__.rsplit(".", 1)[-1], name, thing


FUNCTIONS = [row for row in public() if inspect.isfunction(row[2])]


@pytest.mark.parametrize(("module", "name", "thing"), FUNCTIONS)
def test_a_function_is_described_and_typed(module, name, thing):
    assert len(inspect.getdoc(thing) or "") > 20
    hints = inspect.signature(thing)
    assert hints.return_annotation is not inspect.Signature.empty
    missing = [one.name for one in hints.parameters.values() if one.annotation is one.empty]
    assert missing == []


@pytest.mark.parametrize(
    ("module", "name", "thing"), [row for row in FUNCTIONS if row[0] in OF_THE_MODEL]
)
def test_a_function_of_the_model_names_its_source(module, name, thing):
    assert (name in BOOKKEEPING) != ("Source:" in inspect.getdoc(thing))


@pytest.mark.parametrize(
    ("module", "name", "thing"),
    [row for row in FUNCTIONS if "raise " in inspect.getsource(row[2])],
)
def test_what_a_function_raises_is_in_its_docstring(module, name, thing):
    text = inspect.getdoc(thing)
    for word in ("QuantityError", "ModelError"):
        if f"raise {word}" in inspect.getsource(thing):
            assert word in text


def test_every_result_carries_its_grade_and_the_hash_of_its_parameters():
    results = {
        "Band", "DoseExposure", "Effects", "Forecast", "OpenSpan", "Profile", "RankedTime",
        "Readiness", "Strengths", "VirtualPatients", "CohortSummary", "Window",
    }  # fmt: skip
    found = {name: thing for _, name, thing in public() if name in results}
    assert set(found) == results
    for thing in found.values():
        assert {"grade", "sha256"} <= set(thing.__dataclass_fields__)

"""The parameter file: every number with its unit, spread, evidence grade and source."""

from __future__ import annotations

import hashlib
import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from kapstone.science.quantities import Grade, ModelError

SCHEMA_VERSION = 1
SHIPPED = Path(__file__).with_name("data") / "parameters.toml"

_NAMES = {
    "pk": """QH CLINT V1 Q2 V2 Q3 V3 FM CLN VN1 QN VN2 FH CLH VH FA FG FMPRE KA_PO TLAG_PO F_IM
        KA_IM F_SC KA_SC F_MU K_MU KA_SL TLAG_SL F_IN IN_D50 KA_IN IN_SWALLOW F_IN_DEVICE
        KA_IN_DEVICE KAV""",
    "pd": """FU_K FU_N IC50_K IC50_N T_KE0 CADSS_MAX CADSS_C50 CADSS_G CADSS_SIG CADSS_TOL
        T_KEBP SBP_MAX DBP_MAX HR_MAX BP_C50 SBP_SD DBP_SD SED_B0 SED_B1 SED_C50 POT_S
        BP_OLDER""",
    "readiness": "CADSS SBP_RISE SEDATION WATCH_H",
    "window": """T_RISE T_DECAY WMAX A50 A_REF M_MAX EXPOSURE_H LEVEL_OPENS LEVEL_MOST
        LEVEL_CLOSES""",
    "trail": """ETA U0 KAPPA ETA_O RHO DELTA_N N0 O0 G R_MOOD R_REC SETBACK SETBACK_LOSS
        SETBACK_REGAIN""",
    "symptom": """ALPHA T_EOFF T_EON EPS LAMBDA P_ACTIVE P_SALINE W_P T_PLC MADRS_SD NOISE_SHARE
        NOISE_CARRY S0 S0_SD Y_FLOOR PHQ_SD""",
    "scenario": "OPTIMISTIC CENTRAL CAUTIOUS",
    "modulator": "EXERCISE SLEEP_LOSS STRESS LOW HIGH",
}
SYMBOLS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {section: tuple(names.split()) for section, names in _NAMES.items()}
)
"""Every symbol the models read, by section. A file must hold exactly these."""

REFERENCES = ("weight_kg", "mw_ketamine", "mw_norketamine", "mw_hnk")
_SCALED = ("CLINT", "QH", "Q2", "Q3", "CLN", "QN", "CLH", "V1", "V2", "V3", "VN1", "VN2", "VH")
_KEYS = frozenset({"value", "unit", "evidence", "source", "omega", "bounds", "note"})
_NEEDED = ("value", "unit", "evidence", "source")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One number: ``spread`` is the SD of its log between people, 0 where it has none."""

    symbol: str
    value: float
    unit: str
    grade: Grade
    source: str
    spread: float = 0.0
    bounds: tuple[float, float] | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Interaction:
    """What another medicine does: multipliers on liver and on gut availability."""

    name: str
    clearance: float
    gut: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parameters:
    """
    A parameter set: read-only, and named by the SHA-256 of the file it came from.

    Two sets are the same set when their hashes are.
    """

    model_id: str
    sha256: str
    reference: Mapping[str, float]
    allometry: Mapping[str, float]
    interactions: Mapping[str, Interaction]
    all: Mapping[str, Parameter]
    _numbers: Mapping[str, float] = field(repr=False)
    _content: bytes = field(repr=False)

    def __getitem__(self, symbol: str) -> Parameter:
        """Give the parameter ``section.NAME``, for example ``pk.CLINT``."""
        try:
            return self.all[symbol]
        except KeyError as error:
            raise ModelError(f"no parameter is called {symbol!r}") from error

    def number(self, symbol: str) -> float:
        """Give the value of ``section.NAME`` in its own unit."""
        return self._numbers[symbol]

    def interaction(self, name: str) -> Interaction:
        """
        Give an interaction by name.

        Raises
        ------
        ModelError : the model holds no published ratio for that medicine
        """
        try:
            return self.interactions[name]
        except KeyError as error:
            known = ", ".join(self.interactions)
            raise ModelError(
                f"unknown interaction {name!r}; the model knows {known}"
            ) from error

    def __reduce__(self) -> tuple[Callable[[bytes], Parameters], tuple[bytes]]:
        """Travel as the file itself, read again (once) in the other process."""
        return parse_parameters, (self._content,)

    def __hash__(self) -> int:
        return hash(self.sha256)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Parameters) and other.sha256 == self.sha256


@cache
def load_parameters(path: Path = SHIPPED) -> Parameters:
    """
    Read a parameter file, strictly. Read once for each path, then kept.

    Raises
    ------
    ModelError : naming the key that is unknown, missing, of the wrong kind or out of bounds
    """
    return parse_parameters(path.read_bytes())


@cache
def parse_parameters(content: bytes) -> Parameters:
    """
    Read the bytes of a parameter file, strictly.

    Raises
    ------
    ModelError : naming the key that is unknown, missing, of the wrong kind or out of bounds
    """
    try:
        table = tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ModelError(f"the parameter file is not TOML: {error}") from error
    head = {"schema_version", "model_id", "reference", "allometry", "ddi"}
    _exactly("the file", table, head | set(SYMBOLS))
    if table["schema_version"] != SCHEMA_VERSION:
        raise ModelError(f"schema_version must be {SCHEMA_VERSION}")
    if not isinstance(table["model_id"], str) or not table["model_id"]:
        raise ModelError("model_id must be a word")
    found = {
        parameter.symbol: parameter
        for section, names in SYMBOLS.items()
        for parameter in _section(section, table[section], names)
    }
    return Parameters(
        model_id=table["model_id"],
        sha256=hashlib.sha256(content).hexdigest(),
        reference=_plain("reference", table["reference"], REFERENCES),
        allometry=_plain("allometry", table["allometry"], _SCALED),
        interactions=_interactions(table["ddi"]),
        all=MappingProxyType(found),
        _content=content,
        _numbers=MappingProxyType({symbol: one.value for symbol, one in found.items()}),
    )


def _exactly(where: str, table: Any, names: set[str]) -> None:
    """Refuse a table with a key too many or too few."""
    if not isinstance(table, dict):
        raise ModelError(f"{where} must be a table")
    for name in sorted(set(table) - names):
        raise ModelError(f"unknown key {name!r} in {where}")
    for name in sorted(names - set(table)):
        raise ModelError(f"missing key {name!r} in {where}")


def _section(section: str, table: Any, names: tuple[str, ...]) -> list[Parameter]:
    _exactly(f"section {section}", table, set(names))
    return [_parameter(f"{section}.{name}", table[name]) for name in names]


def _parameter(symbol: str, table: Any) -> Parameter:
    """Read one parameter and hold it to its own bounds."""
    if not isinstance(table, dict):
        raise ModelError(f"{symbol} must be a table")
    for key in sorted(set(table) - _KEYS):
        raise ModelError(f"unknown key {key!r} in {symbol}")
    for key in _NEEDED:
        if key not in table or table[key] == "":
            raise ModelError(f"{symbol} has no {key}")
    try:
        grade = Grade(table["evidence"])
    except ValueError as error:
        letters = ", ".join(Grade)
        raise ModelError(f"{symbol}: evidence must be one of {letters}") from error
    value = _number(symbol, table["value"])
    bounds = _bounds(symbol, value, table["bounds"]) if "bounds" in table else None
    spread = _number(f"{symbol}.omega", table.get("omega", 0.0))
    if not 0.0 <= spread <= 2.0:
        raise ModelError(f"{symbol}: omega must be from 0 to 2, got {spread:g}")
    return Parameter(
        symbol=symbol, value=value, unit=_word(symbol, "unit", table["unit"]), grade=grade,
        source=_word(symbol, "source", table["source"]), spread=spread, bounds=bounds,
        note=_word(symbol, "note", table.get("note", "")),
    )  # fmt: skip


def _number(where: str, value: Any) -> float:
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not math.isfinite(value)
    ):
        raise ModelError(f"{where} must be a finite number, got {value!r}")
    return float(value)


def _word(symbol: str, key: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ModelError(f"{symbol}: {key} must be text, got {value!r}")
    return value


def _bounds(symbol: str, value: float, pair: Any) -> tuple[float, float]:
    if not isinstance(pair, list) or len(pair) != 2:
        raise ModelError(f"{symbol}: bounds must be two numbers, got {pair!r}")
    low, high = (_number(f"{symbol}.bounds", one) for one in pair)
    if not low <= value <= high:
        raise ModelError(
            f"{symbol} is out of bounds: {value:g} is not from {low:g} to {high:g}"
        )
    return low, high


def _plain(where: str, table: Any, names: tuple[str, ...]) -> Mapping[str, float]:
    _exactly(where, table, set(names))
    return MappingProxyType({name: _number(f"{where}.{name}", table[name]) for name in names})


def _interactions(table: Any) -> Mapping[str, Interaction]:
    if not isinstance(table, dict) or "none" not in table:
        raise ModelError("ddi must be a table that holds 'none'")
    found: dict[str, Interaction] = {}
    for name, row in table.items():
        _exactly(f"ddi.{name}", row, {"a", "g"})
        pair = [_number(f"ddi.{name}.{key}", row[key]) for key in ("a", "g")]
        if not all(multiplier > 0 for multiplier in pair):
            raise ModelError(f"ddi.{name}: multipliers must be above 0, got {pair}")
        found[name] = Interaction(name, *pair)
    return MappingProxyType(found)

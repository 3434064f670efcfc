"""Bodies: the typical person of a given weight, and drawn people around him."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kapstone.science.parameters import Parameters, load_parameters
from kapstone.science.quantities import FloatArray, ModelError, QuantityError, within

WEIGHT_LOW_KG = 30.0
WEIGHT_HIGH_KG = 250.0
ADULT_YEARS = 18.0
OLDEST_YEARS = 110.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Body:
    """
    What the drug meets: n people, each field an array of shape (n,) or (1,) where all share it.

    Flows and clearances in L/h, volumes in L, rates in 1/h, lags in h, fractions plain. The
    symbol of the parameter file follows each name.
    """

    count: int
    weight_kg: FloatArray
    liver_flow: FloatArray  # QH
    intrinsic_clearance: FloatArray  # CLINT, with the interaction
    central_volume: FloatArray  # V1
    shallow_flow: FloatArray  # Q2
    shallow_volume: FloatArray  # V2
    deep_flow: FloatArray  # Q3
    deep_volume: FloatArray  # V3
    metabolised: FloatArray  # FM
    metabolite_clearance: FloatArray  # CLN
    metabolite_volume: FloatArray  # VN1
    metabolite_flow: FloatArray  # QN
    metabolite_deep_volume: FloatArray  # VN2
    hydroxylated: FloatArray  # FH
    hydroxy_clearance: FloatArray  # CLH
    hydroxy_volume: FloatArray  # VH
    absorbed: FloatArray  # FA
    gut_availability: FloatArray  # FG, with the interaction
    first_pass_metabolite: FloatArray  # FMPRE
    oral_rate: FloatArray  # KA_PO
    oral_lag: FloatArray  # TLAG_PO
    muscle_fraction: FloatArray  # F_IM
    muscle_rate: FloatArray  # KA_IM
    skin_fraction: FloatArray  # F_SC
    skin_rate: FloatArray  # KA_SC
    mucosal_fraction: FloatArray  # F_MU, at a hold of 10 min
    mucosal_uptake: FloatArray  # K_MU
    sublingual_rate: FloatArray  # KA_SL
    sublingual_lag: FloatArray  # TLAG_SL
    nasal_fraction: FloatArray  # F_IN
    nasal_half_dose_mg: FloatArray  # IN_D50
    nasal_rate: FloatArray  # KA_IN
    nasal_swallowed: FloatArray  # IN_SWALLOW
    device_fraction: FloatArray  # F_IN_DEVICE
    device_rate: FloatArray  # KA_IN_DEVICE
    venous_rate: FloatArray  # KAV

    @property
    def clearance(self) -> FloatArray:
        """Systemic clearance in L/h, shape (n,): the well-stirred liver."""
        flow, intrinsic = self.liver_flow, self.intrinsic_clearance
        return flow * intrinsic / (flow + intrinsic)

    @property
    def extraction(self) -> FloatArray:
        """Share of the drug taken out in one pass through the liver, shape (n,)."""
        return self.clearance / self.liver_flow


_FIELDS = {
    "QH": "liver_flow", "CLINT": "intrinsic_clearance", "V1": "central_volume",
    "Q2": "shallow_flow", "V2": "shallow_volume", "Q3": "deep_flow", "V3": "deep_volume",
    "FM": "metabolised", "CLN": "metabolite_clearance", "VN1": "metabolite_volume",
    "QN": "metabolite_flow", "VN2": "metabolite_deep_volume", "FH": "hydroxylated",
    "CLH": "hydroxy_clearance", "VH": "hydroxy_volume", "FA": "absorbed",
    "FG": "gut_availability", "FMPRE": "first_pass_metabolite", "KA_PO": "oral_rate",
    "TLAG_PO": "oral_lag", "F_IM": "muscle_fraction", "KA_IM": "muscle_rate",
    "F_SC": "skin_fraction", "KA_SC": "skin_rate", "F_MU": "mucosal_fraction",
    "K_MU": "mucosal_uptake", "KA_SL": "sublingual_rate", "TLAG_SL": "sublingual_lag",
    "F_IN": "nasal_fraction", "IN_D50": "nasal_half_dose_mg", "KA_IN": "nasal_rate",
    "IN_SWALLOW": "nasal_swallowed", "F_IN_DEVICE": "device_fraction",
    "KA_IN_DEVICE": "device_rate", "KAV": "venous_rate",
}  # fmt: skip
_SHARES = ("F_MU", "IN_SWALLOW", "F_IN", "F_IN_DEVICE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Covariates:
    """What is known of a person that the model has evidence for."""

    weight_kg: float | None = None
    interaction: str = "none"
    age_years: float | None = None


def typical(
    weight_kg: float | None = None,
    *,
    interaction: str = "none",
    age_years: float | None = None,
    parameters: Parameters | None = None,
) -> Body:
    """
    Build the typical adult of a weight: every between-patient effect is zero.

    Raises
    ------
    QuantityError : a weight outside 30 to 250 kg, or an age under 18 or over 110 years
    ModelError : an interaction without a published ratio

    Notes
    -----
    Weight by allometry: no other covariate holds (Kamp 2020).
    Source: docs/science/pharmacokinetics.md.
    Not for: children, pregnancy, anaesthesia.
    """
    parameters = parameters or load_parameters()
    weight = parameters.reference["weight_kg"] if weight_kg is None else weight_kg
    check_adult(age_years)
    kilograms = np.array([within("body weight", weight, WEIGHT_LOW_KG, WEIGHT_HIGH_KG, "kg")])
    return _body(kilograms, interaction, parameters, effects=None)


def drawn(
    count: int,
    rng: np.random.Generator,
    *,
    weight_kg: float | FloatArray | None = None,
    interaction: str = "none",
    age_years: float | None = None,
    parameters: Parameters | None = None,
) -> Body:
    """
    Draw ``count`` adults: each spread parameter is its value times exp(spread x normal).

    Parameters
    ----------
    count : number of people, n
    rng : the stream to draw from; one row of n normals for each spread parameter, in file order
    weight_kg : one weight for all, or an array of shape (n,); the reference weight if none

    Raises
    ------
    QuantityError : no people, a weight outside 30 to 250 kg, or an age outside 18 to 110 years
    ModelError : an interaction without a published ratio

    Notes
    -----
    Source: docs/science/pharmacokinetics.md, section Between people.
    """
    parameters = parameters or load_parameters()
    if count < 1:
        raise QuantityError(f"at least 1 person must be drawn, got {count!r}")
    weight = parameters.reference["weight_kg"] if weight_kg is None else weight_kg
    kilograms = np.atleast_1d(np.asarray(weight, dtype=np.float64))
    if kilograms.shape not in ((1,), (count,)):
        raise QuantityError(f"one weight, or {count} of them; got shape {kilograms.shape}")
    for edge in (kilograms.min(), kilograms.max()):
        within("body weight", float(edge), WEIGHT_LOW_KG, WEIGHT_HIGH_KG, "kg")
    check_adult(age_years)
    spread = [name for name in _FIELDS if parameters[f"pk.{name}"].spread > 0]
    normals = rng.standard_normal((len(spread), count))
    effects = {
        name: np.exp(parameters[f"pk.{name}"].spread * row)
        for name, row in zip(spread, normals, strict=True)
    }
    return _body(kilograms, interaction, parameters, effects=effects)


def check_adult(age_years: float | None) -> None:
    """
    Refuse an age that no parameter was fitted to; an age not said is taken as adult.

    Raises
    ------
    QuantityError : under 18 or over 110 years
    """
    if age_years is None:
        return
    if not age_years >= ADULT_YEARS:
        raise QuantityError(
            f"the model was made for adults: age must be at least {ADULT_YEARS:g} years, "
            f"got {age_years!r}"
        )
    within("age", age_years, ADULT_YEARS, OLDEST_YEARS, "years")


def _body(
    kilograms: FloatArray,
    interaction: str,
    parameters: Parameters,
    *,
    effects: dict[str, FloatArray] | None,
) -> Body:
    """Put value, effect, weight and interaction together, field by field."""
    other = parameters.interaction(interaction)
    ratio = kilograms / parameters.reference["weight_kg"]
    powers = {power: ratio**power for power in set(parameters.allometry.values())}
    values: dict[str, FloatArray] = {}
    for name, field in _FIELDS.items():
        value = np.array([parameters.number(f"pk.{name}")])
        if effects and name in effects:
            value = value * effects[name]
        if name in parameters.allometry:
            value = value * powers[parameters.allometry[name]]
        values[field] = np.minimum(value, 1.0) if name in _SHARES else value
    values["intrinsic_clearance"] = values["intrinsic_clearance"] * other.clearance
    values["gut_availability"] = values["gut_availability"] * other.gut
    count = max(len(value) for value in values.values())
    return Body(count=count, weight_kg=kilograms, **values)


def one_of(body: Body, index: int) -> Body:
    """
    Take one person out of a drawn group, as a body of one.

    Raises
    ------
    ModelError : nobody stands at that place
    """
    if not 0 <= index < body.count:
        raise ModelError(f"nobody at {index}: the group holds {body.count}")
    fields = {"weight_kg", *_FIELDS.values()}
    picked = {
        field: value[index : index + 1] if len(value := getattr(body, field)) > 1 else value
        for field in fields
    }
    return Body(count=1, **picked)

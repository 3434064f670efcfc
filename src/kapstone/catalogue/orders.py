"""Programme presets, cross-checks on an order, and the reasons a dose may be chosen for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kapstone.catalogue.basis import Basis, Figure, deciding
from kapstone.catalogue.routes import Published
from kapstone.catalogue.rows import find, refuse_repeats
from kapstone.catalogue.shelf import Sheet, take
from kapstone.errors import CatalogueError


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A series that a clinic can start from; every number is then its own."""

    code: str
    name: str
    routes: tuple[str, ...]
    doses: int
    weeks_from: int
    weeks_to: int
    days_between: float
    basis: tuple[Basis, ...]

    def __post_init__(self) -> None:
        deciding(self.basis)


@dataclass(frozen=True, slots=True, kw_only=True)
class Programmes(Sheet):
    """Presets, and the schedules that were published."""

    KIND: ClassVar[str] = "programmes"

    presets: tuple[Preset, ...]
    published: tuple[Published, ...]

    def __post_init__(self) -> None:
        refuse_repeats((preset.code for preset in self.presets), "presets")

    def preset(self, code: str) -> Preset:
        """
        Find a preset.

        Raises
        ------
        CatalogueError : there is no such preset
        """
        return find(self.presets, code, "programme preset")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderWords:
    """A caution on an order, or a rationale for one."""

    code: str
    words: str
    basis: tuple[Basis, ...]

    def __post_init__(self) -> None:
        deciding(self.basis)


@dataclass(frozen=True, slots=True, kw_only=True)
class Absorbed:
    """The share of a dose that reaches the blood, to compare two ways in and for no more."""

    route: str
    product: str
    share: float
    basis: tuple[Basis, ...]

    def __post_init__(self) -> None:
        deciding(self.basis)


@dataclass(frozen=True, slots=True, kw_only=True)
class Giver:
    """Who may give what is ordered: the roles, and how the order says it."""

    code: str
    words: str
    roles: tuple[str, ...]
    basis: tuple[Basis, ...]

    def __post_init__(self) -> None:
        deciding(self.basis)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderChecks(Sheet):
    """Cross-checks on a dose order, whatever its route."""

    KIND: ClassVar[str] = "orders"

    jump_percent: Figure
    jump_mg: Figure
    age_years: Figure
    body_mass_index: Figure
    unit_tolerance_percent: Figure
    vial_mg_per_ml: tuple[float, ...]
    cautions: tuple[OrderWords, ...]
    rationales: tuple[OrderWords, ...]
    absorbed: tuple[Absorbed, ...] = ()
    givers: tuple[Giver, ...] = ()

    def __post_init__(self) -> None:
        refuse_repeats((giver.code for giver in self.givers), "givers")
        refuse_repeats((caution.code for caution in self.cautions), "cautions")
        refuse_repeats((rationale.code for rationale in self.rationales), "rationales")

    def caution(self, code: str) -> OrderWords:
        """Find a caution; CatalogueError where there is none."""
        return find(self.cautions, code, "caution")

    def giver(self, code: str) -> Giver:
        """Find who may give; CatalogueError where there is none."""
        return find(self.givers, code, "giver")

    def injected_mg(self, amount_mg: float, route: str, product: str) -> float:
        """
        Give an amount as it would weigh by the muscle, to compare two routes.

        Raises
        ------
        CatalogueError : no share is known for this way in
        """
        known = {(one.route, one.product): one.share for one in self.absorbed}
        if (route, product) not in known:
            raise CatalogueError(f"no share is known for {product} {route}")
        return amount_mg * known[route, product] / known["IM", "racemic"]

    def units_agree(self, *, amount_mg: float, volume_ml: float, mg_per_ml: float) -> bool:
        """Whether volume times strength gives the amount, within the tolerance."""
        worked_out = volume_ml * mg_per_ml
        return (
            abs(worked_out - amount_mg) <= amount_mg * self.unit_tolerance_percent.value / 100
        )


def load_programmes(version: int | None = None) -> Programmes:
    """Read the presets; without a version, the newest."""
    return take(Programmes, "presets", version)


def load_order_checks(version: int | None = None) -> OrderChecks:
    """Read the cross-checks; without a version, the newest."""
    return take(OrderChecks, "checks", version)

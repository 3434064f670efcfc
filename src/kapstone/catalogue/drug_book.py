"""The drug book: which products a clinic may keep, why drug is wasted, and by when."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from kapstone.catalogue.basis import Basis, Figure, deciding
from kapstone.catalogue.rows import find, refuse_repeats
from kapstone.catalogue.shelf import Sheet, take
from kapstone.errors import CatalogueError


@dataclass(frozen=True, slots=True, kw_only=True)
class DrugProduct:
    """
    One product as it stands in the cabinet.

    ``measure`` is what one can see and count: mL of a solution, a lozenge, a device.
    ``whole_only`` products are never taken out in part. ``dosed_as`` is the name that dose
    orders and models use.
    """

    code: str
    name: str
    substance: str
    dosed_as: str
    schedule: str
    measure: str
    whole_only: bool
    mg_per_measure: float
    usual_contents: float
    basis: tuple[Basis, ...]

    def __post_init__(self) -> None:
        deciding(self.basis)
        if self.mg_per_measure <= 0 or self.usual_contents <= 0:
            raise CatalogueError(f"{self.code}: a product holds more than nothing")

    @property
    def strength(self) -> Decimal:
        """Give the mg of one measure, exact."""
        return Decimal(str(self.mg_per_measure))


@dataclass(frozen=True, slots=True, kw_only=True)
class BookWords:
    """A reason for waste, or a way to make drug unusable."""

    code: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DrugBook(Sheet):
    """Products, reasons and deadlines of the drug book."""

    KIND: ClassVar[str] = "drug-book"

    settle_hours: Figure
    expiry_warning_days: Figure
    count_every_days: Figure
    inventory_every_days: Figure
    loss_notice_business_days: Figure
    keep_years: Figure
    products: tuple[DrugProduct, ...]
    waste_reasons: tuple[BookWords, ...]
    waste_methods: tuple[BookWords, ...]

    def __post_init__(self) -> None:
        refuse_repeats((product.code for product in self.products), "products")
        refuse_repeats((reason.code for reason in self.waste_reasons), "waste_reasons")
        refuse_repeats((method.code for method in self.waste_methods), "waste_methods")

    def product(self, code: str) -> DrugProduct:
        """
        Find a product.

        Raises
        ------
        CatalogueError : there is no such product
        """
        return find(self.products, code, "product of the drug book")


def load_drug_book(version: int | None = None) -> DrugBook:
    """Read the drug book; without a version, the newest."""
    return take(DrugBook, "standard", version)

"""Preparation: the intention's helps, and the checklist of set, setting, body, agreements."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from kapstone.catalogue.basis import Basis, deciding
from kapstone.catalogue.reader import PatientText
from kapstone.catalogue.rows import find, refuse_repeats
from kapstone.catalogue.shelf import Sheet, take
from kapstone.errors import CatalogueError


class Block(StrEnum):
    """The five blocks of preparation."""

    INTENTION = "intention"
    SET = "set"
    SETTING = "setting"
    BODY = "body"
    AGREEMENTS = "agreements"


class ItemKind(StrEnum):
    """What an item holds."""

    YES_NO = "yes-no"
    TEXT = "text"
    CHOICE = "choice"
    SCALE = "scale"
    NUMBER = "number"


class AskedOf(StrEnum):
    """Who fills it in."""

    PATIENT = "patient"
    STAFF = "staff"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemOption:
    """One answer of a choice."""

    code: str
    label: PatientText


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistItem:
    """One line. ``when`` is a route or a condition; blank means always."""

    code: str
    block: Block
    label: PatientText
    kind: ItemKind
    asked_of: AskedOf
    low: float = 0
    high: float = 0
    options: tuple[ItemOption, ...] = ()
    when: str = ""

    def __post_init__(self) -> None:
        if (self.kind in (ItemKind.SCALE, ItemKind.NUMBER)) != (self.high > self.low):
            raise CatalogueError(f"{self.code}: a range belongs to a scale or a number")
        if (self.kind is ItemKind.CHOICE) != bool(self.options):
            raise CatalogueError(f"{self.code}: options belong to a choice")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklist(Sheet):
    """One version of the preparation checklist."""

    KIND: ClassVar[str] = "checklists"

    intention_examples: tuple[PatientText, ...]
    intention_none: PatientText
    intention_reminder: PatientText
    intention_kinds: tuple[ItemOption, ...]
    basis: tuple[Basis, ...]
    items: tuple[ChecklistItem, ...]

    def __post_init__(self) -> None:
        deciding(self.basis)
        refuse_repeats((item.code for item in self.items), "items")

    def item(self, code: str) -> ChecklistItem:
        """Find an item; CatalogueError where there is none."""
        return find(self.items, code, "checklist item")

    def block(
        self, block: Block, *, conditions: frozenset[str] = frozenset()
    ) -> tuple[ChecklistItem, ...]:
        """Give the items of a block that apply: always, or under one of the conditions."""
        return tuple(
            item
            for item in self.items
            if item.block is block and (not item.when or item.when in conditions)
        )


def load_checklist(version: int | None = None) -> Checklist:
    """Read the checklist; without a version, the newest."""
    return take(Checklist, "preparation", version)

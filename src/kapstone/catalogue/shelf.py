"""The shelf: where catalogue files stand, and how one is found by code and version."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import ClassVar, TypeVar, cast

from kapstone.catalogue.reader import BlankText, build
from kapstone.errors import CatalogueError

DATA = files("kapstone.catalogue") / "data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What every catalogue file says of itself. One file is one version of one sheet."""

    KIND: ClassVar[str] = ""

    schema: str
    code: str
    version: int
    title: str
    source: str
    licence: str
    authored_by: str
    checked_by: BlankText  # blank means that no clinician has checked it yet
    reviewed_on: date
    review_by: date

    @property
    def is_checked(self) -> bool:
        """Whether a named clinician has checked this version."""
        return bool(self.checked_by.strip())

    @property
    def is_verbatim(self) -> bool:
        """Whether the words are someone else's and may not be changed."""
        return False

    def check_head(self) -> None:
        """Refuse a head that contradicts itself."""
        if self.schema != f"kapstone/{self.KIND}/1":
            raise CatalogueError(f"schema must be kapstone/{self.KIND}/1")
        if self.version < 1:
            raise CatalogueError("version counts from 1")
        if self.review_by <= self.reviewed_on:
            raise CatalogueError("review_by must come after reviewed_on")


AnySheet = TypeVar("AnySheet", bound=Sheet)


def parse(kind: type[AnySheet], text: str, name: str) -> AnySheet:
    """
    Read the text of one file.

    Raises
    ------
    CatalogueError : with the file's name and the key that is wrong
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise CatalogueError(f"{name}: not TOML: {fault}") from None
    sheet = build(kind, table, name)
    try:
        sheet.check_head()
    except CatalogueError as fault:
        raise CatalogueError(f"{name}: {fault}") from None
    if name != f"{sheet.code}.v{sheet.version}.toml":
        raise CatalogueError(f"{name}: must be named {sheet.code}.v{sheet.version}.toml")
    return sheet


def shelf(kind: type[AnySheet]) -> Mapping[tuple[str, int], AnySheet]:
    """Give every file of one kind, keyed by code and version; each is read once."""
    found = _read(kind)  # type: ignore[arg-type]  # a class is hashable; mypy doubts type[T]
    return cast("Mapping[tuple[str, int], AnySheet]", found)


@cache
def _read(kind: type[Sheet]) -> Mapping[tuple[str, int], Sheet]:
    found: dict[tuple[str, int], Sheet] = {}
    for file in sorted((DATA / kind.KIND).iterdir(), key=lambda entry: entry.name):
        sheet = parse(kind, file.read_text("utf-8"), file.name)
        found[sheet.code, sheet.version] = sheet
    return MappingProxyType(found)


def latest(kind: type[AnySheet]) -> Mapping[str, AnySheet]:
    """Give the newest version of each code."""
    newest: dict[str, AnySheet] = {}
    for (code, _), sheet in sorted(shelf(kind).items(), key=lambda entry: entry[0]):
        newest[code] = sheet
    return MappingProxyType(newest)


def take(kind: type[AnySheet], code: str, version: int | None = None) -> AnySheet:
    """
    Find one sheet; without a version, the newest.

    Raises
    ------
    CatalogueError : there is no such code or version
    """
    found = latest(kind).get(code) if version is None else shelf(kind).get((code, version))
    if found is None:
        asked = code if version is None else f"{code} version {version}"
        raise CatalogueError(f"no {asked} among {kind.KIND}")
    return found

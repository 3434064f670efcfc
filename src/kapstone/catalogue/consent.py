"""The consent form: its elements in plain words, the text as one person reads it, its hash."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from kapstone.catalogue.basis import Basis, Figure, deciding
from kapstone.catalogue.reader import PatientText
from kapstone.catalogue.rows import find, refuse_repeats, refuse_unknown
from kapstone.catalogue.shelf import Sheet, take
from kapstone.errors import CatalogueError, InvalidInput

_FILL_IN = re.compile(r"\{(\w+)\}")


class Signature(StrEnum):
    """How an element is agreed to."""

    CORE = "core"  # one signature for all of these; treatment needs them
    SEPARATE = "separate"  # its own yes or no; no is the start
    PREFERENCE = "preference"
    FINANCIAL = "financial"


class When(StrEnum):
    """For whom an element is shown."""

    ALWAYS = "always"
    IF_APPLICABLE = "if-applicable"
    OPTIONAL = "optional"
    GROUP = "group"
    COUPLE = "couple"
    TELEHEALTH = "telehealth"
    HOME = "home"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOption:
    """One answer to a check question."""

    code: str
    label: PatientText


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckQuestion:
    """A question that shows whether a page was understood. It never blocks for good."""

    code: str
    words: PatientText
    options: tuple[CheckOption, ...]
    right: str
    explain: PatientText

    def __post_init__(self) -> None:
        refuse_unknown([self.right], (option.code for option in self.options), self.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """One wish about the surroundings."""

    code: str
    label: PatientText
    options: tuple[PatientText, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """One use of a recording, and how long it is kept."""

    code: str
    label: PatientText
    kept: PatientText


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One topic, one page."""

    code: str
    heading: PatientText
    signature: Signature
    when: When
    text: tuple[PatientText, ...]
    basis: tuple[Basis, ...]
    initials: bool = False
    check: CheckQuestion | None = None
    preferences: tuple[Preference, ...] = ()
    purposes: tuple[Purpose, ...] = ()

    def __post_init__(self) -> None:
        deciding(self.basis)

    @property
    def is_needed(self) -> bool:
        """Whether treatment cannot go ahead without a yes, where the element is shown."""
        return self.signature in (Signature.CORE, Signature.FINANCIAL) or self.when in (
            When.GROUP,
            When.COUPLE,
            When.TELEHEALTH,
            When.HOME,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchLevel:
    """One level of touch; a later one allows more."""

    code: str
    label: PatientText
    words: PatientText


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """Something after which consent is asked for again."""

    code: str
    name: str
    words: str
    basis: tuple[Basis, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FillIn:
    """Something that the clinic fills in."""

    code: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentTemplate(Sheet):
    """One version of the form. Once published it never changes: new words, new version."""

    KIND: ClassVar[str] = "consent"

    language: str
    valid_days: Figure
    talk_valid_days: Figure
    hours_after_dose: Figure
    check_tries: Figure
    intro: tuple[PatientText, ...]
    after_three_wrong: PatientText
    sign_words: PatientText
    fill_ins: tuple[FillIn, ...]
    elements: tuple[Element, ...]
    touch_levels: tuple[TouchLevel, ...]
    triggers: tuple[Trigger, ...]

    def __post_init__(self) -> None:
        refuse_repeats((element.code for element in self.elements), "elements")
        refuse_repeats((level.code for level in self.touch_levels), "touch_levels")
        refuse_repeats((trigger.code for trigger in self.triggers), "triggers")
        if not self.touch_levels or self.touch_levels[0].code != "none":
            raise CatalogueError("touch_levels: no touch comes first")
        used = {
            found
            for element in self.elements
            for words in element.text
            for found in _FILL_IN.findall(words)
        }
        declared = {fill_in.code for fill_in in self.fill_ins}
        if odd := ", ".join(sorted(used ^ declared)):
            raise CatalogueError(f"fill_ins: used and declared differ: {odd}")

    def element(self, code: str) -> Element:
        """
        Find an element.

        Raises
        ------
        CatalogueError : there is no such element
        """
        return find(self.elements, code, "consent element")

    def allows_less_touch(self, *, agreed: str, wanted: str) -> bool:
        """Whether a change during a session narrows what was agreed, or leaves it."""
        order = [level.code for level in self.touch_levels]
        refuse_unknown((agreed, wanted), order, "touch")
        return order.index(wanted) <= order.index(agreed)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentPage:
    """One element as one person reads it, with the clinic's words filled in."""

    element: Element
    heading: str
    paragraphs: tuple[str, ...]

    @property
    def sha256(self) -> str:
        """Give the hash of this page's words alone: has this element changed since?"""
        return _sha256([self.heading, *self.paragraphs, *_choices(self.element)])


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentText:
    """The whole form as one person reads it."""

    template: ConsentTemplate
    pages: tuple[ConsentPage, ...]

    @property
    def sha256(self) -> str:
        """Give the hash stored with a signature: version, every page and every choice."""
        head = [self.template.code, str(self.template.version), self.template.language]
        touch = [f"{level.label} {level.words}" for level in self.template.touch_levels]
        pages = [f"{page.element.code} {page.sha256}" for page in self.pages]
        return _sha256([*head, *self.template.intro, *pages, *touch, self.template.sign_words])


def load_consent(version: int | None = None) -> ConsentTemplate:
    """Read the form; without a version, the newest."""
    return take(ConsentTemplate, "kap", version)


def consent_text(
    template: ConsentTemplate,
    fill_ins: Mapping[str, str],
    *,
    also: Collection[When] = (),
) -> ConsentText:
    """
    Give the form as one person reads it.

    Parameters
    ----------
    fill_ins : the clinic's own words, by the codes of the template
    also : what applies to this person beyond ``always`` and ``optional``

    Raises
    ------
    InvalidInput : a fill-in is missing or blank, by its code
    """
    blank = {
        fill_in.code: f"Fill in: {fill_in.meaning}"
        for fill_in in template.fill_ins
        if not fill_ins.get(fill_in.code, "").strip()
    }
    if blank:
        raise InvalidInput(blank)
    shown = {When.ALWAYS, When.OPTIONAL, *also}
    pages = tuple(
        ConsentPage(
            element=element,
            heading=element.heading,
            paragraphs=tuple(words.format(**fill_ins) for words in element.text),
        )
        for element in template.elements
        if element.when in shown
    )
    return ConsentText(template=template, pages=pages)


def _choices(element: Element) -> list[str]:
    wishes = [f"{wish.label}: {', '.join(wish.options)}" for wish in element.preferences]
    uses = [f"{use.label}: {use.kept}" for use in element.purposes]
    return wishes + uses


def _sha256(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()

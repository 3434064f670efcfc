"""
Reading grade and forbidden words, for every string that a patient or a visitor reads.

The grade is Flesch-Kincaid with counted syllables: close enough to hold a line, and no more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from kapstone.catalogue.reader import FOR_PATIENTS
from kapstone.catalogue.shelf import Sheet

GRADE_LIMIT = 8.0
"""The highest school grade that patient words may need (judgement, after Mathai 2022)."""

SHORTEST_GRADED = 12
"""Strings with fewer words are not graded alone: the formula means nothing for a label."""

FORBIDDEN: tuple[tuple[str, str], ...] = (
    (r"!", "an exclamation mark"),
    (r"\byour brain is\b", "a claim about this person's brain"),
    (r"\bguarantee\w*", "a promise"),
    (r"\brewir\w*", "a claim about the brain"),
    (r"\bmagic\w*", "a promise"),
    (r"\bbreakthroughs?\b", "a promise"),
    (r"\boptimal dose\b", "a dose suggestion"),
    (r"\bcur(?:e|es|ed|ing|able)\b", "a promise"),
    (r"\bsafe\b", "'safe' as a promise"),
    (r"\bclinically proven\b", "a promise"),
    (r"\bresets?\b", "a claim about the brain"),
    (r"\b(?:non-compliant|resistant|failed|failure)\b", "blame"),
    (r"\brelaps\w+", "a word for staff: say that it came back"),
    (r"\btrips?\b", "slang for the session"),
    (r"\bsubjects?\b", "a research word for a person"),
    (r"\bstop (?:taking )?(?:your )?benzodiazepines?\b", "a dangerous instruction"),
)

_WORD = re.compile(r"[A-Za-z]+(?:['\u2019][A-Za-z]+)?")
_SENTENCE_END = re.compile(r"[.?!:;](?=\s|$)|\n")
_VOWELS = re.compile(r"[aeiouy]+")
_TWO_SOUNDS = re.compile(
    r"i[ao](?!n|u)|iu|eing|ying|..ea$|uation|eate"
)  # one run, two syllables


@dataclass(frozen=True, slots=True)
class PatientString:
    """One string for patients, and the path to it in its sheet."""

    path: str
    text: str


def words_in(text: str) -> list[str]:
    """Give the words of a text, without numbers and fill-in marks."""
    return _WORD.findall(re.sub(r"\{\w+\}", "it", text))


def syllables(word: str) -> int:
    """Count the syllables of an English word, at least one."""
    plain = re.sub(r"['\u2019]", "", word.casefold())
    count = len(_VOWELS.findall(plain)) + len(_TWO_SOUNDS.findall(plain))
    silent = plain.endswith("e") and not plain.endswith(("le", "ee", "ye"))
    past = plain.endswith("ed") and not plain.endswith(("ted", "ded", "eed"))
    plural = plain.endswith("es") and not plain.endswith(
        ("ses", "zes", "xes", "ches", "shes", "ces", "ges", "ies", "ees", "les")
    )
    return max(1, count - (silent or past or plural))


def reading_grade(text: str) -> float:
    """
    Give the Flesch-Kincaid grade of a text.

    Returns
    -------
    0.39 words per sentence + 11.8 syllables per word - 15.59; zero for an empty text
    """
    words = words_in(text)
    if not words:
        return 0.0
    sentences = sum(bool(words_in(part)) for part in _SENTENCE_END.split(text))
    per_word = sum(syllables(word) for word in words) / len(words)
    return 0.39 * len(words) / sentences + 11.8 * per_word - 15.59


def forbidden_in(text: str) -> list[str]:
    """Give what a text says that it must not, with the reason."""
    return [
        f"{found.group(0)!r}: {why}"
        for pattern, why in FORBIDDEN
        if (found := re.search(pattern, text, re.IGNORECASE))
    ]


def faults(text: str) -> list[str]:
    """Give everything wrong with one patient string; the grade only of one long enough."""
    found = forbidden_in(text)
    if len(words_in(text)) >= SHORTEST_GRADED:
        grade = reading_grade(text)
        if grade > GRADE_LIMIT:
            found.append(f"reading grade {grade:.1f} is above {GRADE_LIMIT:g}")
    return found


def patient_strings(sheet: Sheet) -> Iterator[PatientString]:
    """Yield every string for patients in a sheet; verbatim words are not ours to mend."""
    if not sheet.is_verbatim:
        yield from _walk(sheet, f"{sheet.KIND}/{sheet.code}")


def _walk(value: Any, path: str) -> Iterator[PatientString]:
    hints = get_type_hints(type(value), include_extras=True)
    for field in fields(value):
        if field.init:
            yield from _look(
                hints[field.name], getattr(value, field.name), f"{path}.{field.name}"
            )


def _look(hint: Any, held: Any, path: str) -> Iterator[PatientString]:
    for_patients = get_origin(hint) is Annotated and FOR_PATIENTS in get_args(hint)
    if isinstance(held, tuple):
        (inner, *_) = get_args(hint)
        for place, entry in enumerate(held, start=1):
            yield from _look(inner, entry, f"{path}[{place}]")
    elif is_dataclass(held):
        yield from _walk(held, path)
    elif for_patients and held:
        yield PatientString(path, held)

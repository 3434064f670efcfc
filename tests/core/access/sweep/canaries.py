"""
Words planted in every record, each of which says whose record of which class it is from.

A canary is 31 characters long, so that it fits almost every field: a mark, two letters for the
class, one for whom it is about, and 128 random bits. Where a page shortens a text, the first
half of the bits is enough to know it by. Amounts and weights are numbers nobody else has.
"""

import base64
import re
import secrets
from collections import Counter
from dataclasses import dataclass

from kapstone.core.access.policy import matrix

# Parts of a class that more people may see than the whole, and what is of no class.
PARTS = ("identity_limited", "progress_note_plan", "measure_today")
OTHERS = ("screen_name", "notice", "dose_amount", "weight")
ABOUT = {
    "own": "o",
    "partner": "p",
    "other": "t",
    "far": "f",
    "joint": "j",  # own and partner together
    "new": "n",  # somebody who asked, and is no patient yet
    "newfar": "m",
}
AMOUNTS_MG = {"own": "53.7", "partner": "54.9", "other": "56.3", "far": "57.1"}
WEIGHTS_KG = {"own": "71.3", "partner": "72.9", "other": "74.3", "far": "76.1"}
_CLASSES = (*sorted(matrix()), *PARTS, *OTHERS)
_CODES = {name: chr(97 + i // 26) + chr(97 + i % 26) for i, name in enumerate(_CLASSES)}
_NAMES = {code: name for name, code in _CODES.items()}
_WHO = {letter: name for name, letter in ABOUT.items()}
_WORD = re.compile(r"kq([a-z]{2})([a-z])[a-z2-7]{12,26}")
_AMOUNT = re.compile(r"(\d\d\.\d)0?(?:\s|&nbsp;|&#160;|&#8239;)?(mg|kg)\b")
_NUMBERS = {
    **{(value, "mg"): ("dose_amount", who) for who, value in AMOUNTS_MG.items()},
    **{(value, "kg"): ("weight", who) for who, value in WEIGHTS_KG.items()},
}


@dataclass(frozen=True, slots=True)
class Canary:
    """Where a canary was planted."""

    record_class: str
    patient: str


def canary(record_class: str, patient: str) -> str:
    """Make a word that names the class and the patient it is planted in."""
    bits = base64.b32encode(secrets.token_bytes(16)).decode().lower().rstrip("=")
    return f"kq{_CODES[record_class]}{ABOUT[patient]}{bits}"


def found_in(text: str) -> Counter[Canary]:
    """Count the canaries in a text."""
    words = Counter(
        Canary(_NAMES[code], _WHO[who])
        for code, who in _WORD.findall(text)
        if code in _NAMES and who in _WHO
    )
    numbers = (_NUMBERS.get(match) for match in _AMOUNT.findall(text))
    return words + Counter(Canary(*number) for number in numbers if number)

"""Words planted in every record, each of which says whose record of which class it is from."""

import re
import uuid
from collections import Counter
from dataclasses import dataclass

PATTERN = re.compile(r"canary-([a-z_]+)-([a-z]+)-[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Canary:
    """Where a canary was planted."""

    record_class: str
    patient: str


def canary(record_class: str, patient: str) -> str:
    """Make a 128-bit word that names the class and the patient it is planted in."""
    return f"canary-{record_class}-{patient}-{uuid.uuid4().hex}"


def found_in(text: str) -> Counter[Canary]:
    """Count the canaries in a text."""
    return Counter(Canary(*match) for match in PATTERN.findall(text))

"""References that can be read aloud, and names and numbers for new patients."""

from collections.abc import Collection, Iterator
from uuid import UUID

# Letters and figures that cannot be taken for one another when read aloud.
_ALPHABET = "ACDEFGHJKLMNPQRTUVWXY34679"
_REFERENCE_LENGTHS = (6, 8, 10)
# Names fit for a wall: they say nothing about anybody.
TREES = (
    "Alder",
    "Ash",
    "Aspen",
    "Beech",
    "Birch",
    "Blackthorn",
    "Box",
    "Cedar",
    "Cherry",
    "Chestnut",
    "Cypress",
    "Dogwood",
    "Elder",
    "Elm",
    "Fir",
    "Hawthorn",
    "Hazel",
    "Hemlock",
    "Holly",
    "Hornbeam",
    "Ironwood",
    "Juniper",
    "Larch",
    "Laurel",
    "Lime",
    "Linden",
    "Locust",
    "Magnolia",
    "Maple",
    "Medlar",
    "Mulberry",
    "Oak",
    "Olive",
    "Pear",
    "Pine",
    "Plane",
    "Poplar",
    "Quince",
    "Redwood",
    "Rowan",
    "Sequoia",
    "Spindle",
    "Spruce",
    "Sycamore",
    "Tamarack",
    "Tulip",
    "Walnut",
    "Whitebeam",
    "Willow",
    "Yew",
)


def references(key: UUID) -> Iterator[str]:
    """Yield references that can be said over the telephone, each longer than the last."""
    number, letters = key.int, ""
    for length in _REFERENCE_LENGTHS:
        while len(letters) < length:
            number, place = divmod(number, len(_ALPHABET))
            letters += _ALPHABET[place]
        yield letters


def free_screen_name(taken: Collection[str]) -> str:
    """Suggest a tree that nobody is called yet, or nothing once all are taken."""
    return next((tree for tree in TREES if tree not in taken), "")


def next_number(taken: Collection[str]) -> str:
    """Suggest the number after the highest of the shape K-0001."""
    highest = [
        int(number[2:]) for number in taken if number[:2] == "K-" and number[2:].isdecimal()
    ]
    return f"K-{max(highest, default=0) + 1:04}"

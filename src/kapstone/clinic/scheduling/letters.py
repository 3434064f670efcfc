"""Letters in plain words, to be read over and changed by a person before they go."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """Where help is, as the clinic says it."""

    clinic: str
    phone: str
    crisis_line: str
    crisis_number: str
    emergency_number: str


def invitation(name: str, where: Help) -> str:
    """Write the letter of an invitation, to be read over and changed by a person."""
    return (
        f"Dear {name},\n\n"
        "Thank you for writing to us. We would like to meet you, and find out together whether "
        "this treatment could be right for you. Nothing is decided yet, by you or by us.\n\n"
        "The first visit takes about an hour. Please bring a list of your medicines. "
        f"We will reach you in the way you asked for. You can also call {where.phone}.\n\n"
        f"If it gets worse before then: call the {where.crisis_line}, {where.crisis_number}, "
        f"at any hour. In an emergency call {where.emergency_number}.\n\n"
        f"{where.clinic}"
    )


def not_now(name: str, where: Help) -> str:
    """Write the letter that says not now, to be read over and changed by a person."""
    return (
        f"Dear {name},\n\n"
        "Thank you for writing to us. We have read your words with care. We cannot offer you "
        "this treatment now. That is about the treatment and about us, not about you.\n\n"
        "Your own doctor can help you find what fits better. You can ask us again when things "
        f"change. You can also call {where.phone}, and we will help you find another place to "
        "turn to.\n\n"
        f"If it gets worse: call the {where.crisis_line}, {where.crisis_number}, at any hour. "
        f"In an emergency call {where.emergency_number}.\n\n"
        f"{where.clinic}"
    )

"""When a consent may be signed, and when it is in force. No Django, no clock."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from kapstone.catalogue.consent import ConsentTemplate, Element
from kapstone.errors import Finding, Weight

Choice = bool | str | list[str] | dict[str, str]
"""
What was chosen on one page: agreed or not; a level of touch; the purposes of a recording that
were agreed to; or a wish for each part of the surroundings.
"""

TOUCH = "K13"
"""The element in which a level of touch is chosen (clinical.md 2)."""
NO_TOUCH = "none"


def check_choice(template: ConsentTemplate, element: Element, choice: Choice) -> str:
    """Say what is wrong with a choice, or nothing when the page allows it."""
    if element.code == TOUCH:
        levels = [level.code for level in template.touch_levels]
        return "" if choice in levels else "Choose one of these."
    if element.purposes:
        known = {purpose.code for purpose in element.purposes}
        fits = isinstance(choice, list) and set(choice) <= known
        return "" if fits else "Choose from the uses on this page, or none."
    if element.preferences:
        wishes = {wish.code: wish.options for wish in element.preferences}
        fits = isinstance(choice, dict) and all(
            given in wishes.get(code, ()) for code, given in choice.items()
        )
        return "" if fits else "Choose from what is on this page."
    return "" if isinstance(choice, bool) else "Choose “I agree” or “I do not agree”."


def is_agreed(element: Element, choice: Choice | None) -> bool:
    """Whether a page was said yes to, in part or in whole."""
    if element.code == TOUCH:
        return choice is not None and choice != NO_TOUCH
    return bool(choice)


def withdrawn_choice(element: Element) -> Choice:
    """Give what a page comes to once it is taken back: the least of what it offers."""
    if element.code == TOUCH:
        return NO_TOUCH
    if element.purposes:
        return []
    return {} if element.preferences else False


@dataclass(frozen=True, slots=True, kw_only=True)
class InForceFacts:
    """
    What must be known to say whether a consent is in force.

    ``required`` are the elements that the current form cannot do without; ``changed`` those of
    them whose words are no longer the ones that were signed.
    """

    at: datetime
    signed_at: datetime | None
    valid_for: timedelta
    required: Collection[str] = ()
    agreed: Collection[str] = ()
    changed: Collection[str] = ()
    withdrawn: Collection[str] = ()
    all_withdrawn: bool = False
    asked_again: Collection[str] = ()  # reasons, in words


def check_in_force(facts: InForceFacts) -> Iterator[Finding]:
    """Yield every reason why no consent is in force; nothing means that one is."""
    if facts.signed_at is None:
        yield _block("no-consent", "No consent has been signed.")
        return
    if facts.all_withdrawn:
        yield _block("consent-withdrawn", "The patient has withdrawn consent.")
    if facts.at - facts.signed_at > facts.valid_for:
        days = facts.valid_for.days
        yield _block("consent-too-old", f"The consent was signed more than {days} days ago.")
    if lacking := sorted(set(facts.required) - set(facts.agreed) - set(facts.changed)):
        words = f"These parts were not agreed to: {', '.join(lacking)}."
        yield _block("consent-incomplete", words)
    if changed := sorted(set(facts.changed)):
        words = f"The words of {', '.join(changed)} have changed since they were signed."
        yield _block("consent-outdated", words)
    if taken_back := sorted(set(facts.required) & set(facts.withdrawn)):
        words = f"The patient has withdrawn {', '.join(taken_back)}."
        yield _block("element-withdrawn", words)
    for reason in facts.asked_again:
        words = f"Consent is needed again: {reason.lower()}."
        yield _block("consent-needed-again", words)


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningFacts:
    """
    What must be known before a signature is taken.

    ``last_dose_at`` comes from the caller: doses belong to a later stage of care.
    """

    at: datetime
    explained_at: datetime | None
    has_capacity: bool
    talk_counts_for: timedelta
    required: Collection[str]
    chosen: Mapping[str, Choice]
    to_choose: Collection[str]
    checks_open: Collection[str]
    hours_after_dose: float
    signed_name: str = ""
    witness: str = ""
    read_the_current_text: bool = False
    last_dose_at: datetime | None = None


def check_signing(facts: SigningFacts) -> Iterator[Finding]:
    """Yield every reason against taking a signature now, in words for the patient."""
    if too_soon := too_soon_after_dose(facts.at, facts.last_dose_at, facts.hours_after_dose):
        yield too_soon
    yield from _not_explained(facts)
    if not facts.read_the_current_text:
        words = "The text has changed since you opened it. Please read the new text first."
        yield _block("text-changed", words)
    refused = [code for code in facts.required if facts.chosen.get(code) is False]
    if refused:
        words = (
            "You did not agree to every part that treatment needs. Nothing was signed, and "
            "that is fine. Your therapist can talk it through with you."
        )
        yield _block("not-agreed", words)
    unread = [code for code in facts.to_choose if code not in facts.chosen]
    if unread:
        words = f"{len(unread)} pages still wait for your choice."
        yield _block("pages-open", words if len(unread) > 1 else "One page still waits.")
    if facts.checks_open:
        yield _block("checks-open", "Answer the check questions first.")
    if not facts.signed_name.strip():
        yield _block("no-name", "Type your name to sign.")
    elif facts.witness and facts.signed_name.strip().casefold() == facts.witness.casefold():
        words = "That is the name of who handed you the tablet. Type your own name to sign."
        yield _block("witness-name", words)


def too_soon_after_dose(
    at: datetime, last_dose_at: datetime | None, hours: float
) -> Finding | None:
    """Give the reason against choosing or signing now, if a dose was too recent."""
    if last_dose_at is None or at - last_dose_at >= timedelta(hours=hours):
        return None
    words = (
        f"You had a dose less than {hours:.0f} hours ago, so choosing and signing wait. "
        "You can read everything now."
    )
    return _block("too-soon-after-dose", words)


def _not_explained(facts: SigningFacts) -> Iterator[Finding]:
    too_old = (
        facts.explained_at is not None and facts.at - facts.explained_at > facts.talk_counts_for
    )
    if facts.explained_at is None or too_old:
        words = "Someone from your care team goes through this with you before you sign."
        yield _block("not-explained", words)
    elif not facts.has_capacity:
        words = "Your care team would like to talk with you again before you sign."
        yield _block("no-capacity", words)


def _block(code: str, message: str) -> Finding:
    return Finding(code, Weight.BLOCK, message)

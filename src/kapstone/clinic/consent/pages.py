"""What the pages of consent show: where the patient is, what they chose, what changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from kapstone.catalogue.consent import ConsentPage, ConsentTemplate, ConsentText
from kapstone.clinic.consent.models import ConsentSignature
from kapstone.clinic.consent.queries import (
    ConsentState,
    choices_kept,
    signatures_of,
)
from kapstone.clinic.consent.rules import TOUCH, Choice, is_agreed
from kapstone.clinic.consent.texts import text_for, text_signed
from kapstone.core.people.models import Patient


@dataclass(frozen=True, slots=True, kw_only=True)
class PageChosen:
    """One page of the form, and what the patient said to it in words."""

    code: str
    heading: str
    words: str
    is_yes: bool
    is_open: bool
    needs_answer: bool  # a check question after it waits for the right answer
    is_needed: bool
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A patient on the way through the form."""

    text: ConsentText
    chosen: Mapping[str, Choice]
    pages: tuple[PageChosen, ...]

    @property
    def next_page(self) -> str:
        """Give the code of the first page that waits for a choice; empty at the end."""
        waiting = (page.code for page in self.pages if page.is_open or page.needs_answer)
        return next(waiting, "")

    @property
    def has_begun(self) -> bool:
        """Whether anything has been chosen yet."""
        return bool(self.chosen)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionShown:
    """One signature, with what its version changed from the one signed before."""

    signature: ConsentSignature
    is_newest: bool
    changed: tuple[str, ...]
    withdrawals: tuple[tuple[str, datetime], ...]


def reading_of(patient: Patient, at: datetime) -> Reading:
    """Say where a patient stands in the form that is current for them."""
    text = text_for(patient, at)
    chosen = choices_kept(patient, text.template)
    pages = tuple(_chosen(text.template, page, chosen) for page in text.pages)
    return Reading(text=text, chosen=chosen, pages=pages)


def _chosen(
    template: ConsentTemplate, page: ConsentPage, chosen: Mapping[str, Choice]
) -> PageChosen:
    element = page.element
    check = element.check
    said = chosen.get(element.code)
    answered = check is None or chosen.get(check.code) == check.right
    return PageChosen(
        code=element.code,
        heading=page.heading,
        words=choice_in_words(template, page, said),
        is_yes=is_agreed(element, said),
        is_open=element.code not in chosen,
        needs_answer=element.code in chosen and not answered,
        is_needed=element.is_needed,
    )


def choice_in_words(template: ConsentTemplate, page: ConsentPage, said: Choice | None) -> str:
    """Say a choice as the patient would."""
    element = page.element
    if said is None:
        return "not chosen yet"
    if element.code == TOUCH:
        return next(one.label for one in template.touch_levels if one.code == said)
    if isinstance(said, list):
        labels = [use.label for use in element.purposes if use.code in said]
        return "; ".join(labels) or "nothing is recorded"
    if isinstance(said, dict):
        wishes = [one for one in element.preferences if one.code in said]
        labels = [f"{wish.label}: {said[wish.code]}" for wish in wishes]
        return "; ".join(labels) or "no wishes"
    return "I agree" if said else "I do not agree"


def pages_signed(state: ConsentState) -> tuple[PageChosen, ...]:
    """Give every page of the newest signature, with what was taken back."""
    if state.signature is None:
        return ()
    text = text_signed(state.signature)
    taken_back = {one.element: one.withdrawn_at for one in state.withdrawals}
    return tuple(
        PageChosen(
            code=page.element.code,
            heading=page.heading,
            words=choice_in_words(
                text.template, page, state.signature.elements.get(page.element.code)
            ),
            is_yes=is_agreed(page.element, state.signature.elements.get(page.element.code)),
            is_open=False,
            needs_answer=False,
            is_needed=page.element.is_needed,
            withdrawn_at=taken_back.get(page.element.code, taken_back.get("")),
        )
        for page in text.pages
    )


def versions_of(patient: Patient) -> tuple[VersionShown, ...]:
    """List the patient's signatures, the newest first, each with what its words changed."""
    signed = list(signatures_of(patient).prefetch_related("withdrawals"))
    before = [*signed[1:], None]  # of no use where nothing was signed
    return tuple(
        VersionShown(
            signature=signature,
            is_newest=place == 0,
            changed=what_changed(earlier, signature),
            withdrawals=tuple(
                (one.element, one.withdrawn_at) for one in signature.withdrawals.all()
            ),
        )
        for place, (signature, earlier) in enumerate(zip(signed, before, strict=False))
    )


def what_changed(earlier: ConsentSignature | None, later: ConsentSignature) -> tuple[str, ...]:
    """Say, page by page, how a signature differs from the one before it."""
    if earlier is None:
        return ()
    old, new = text_signed(earlier), text_signed(later)
    before = {page.element.code: page for page in old.pages}
    said: list[str] = []
    for page in new.pages:
        code = page.element.code
        one = before.pop(code, None)
        if one is None:
            said.append(f"{page.heading}: new")
            continue
        if one.sha256 != page.sha256:
            said.append(f"{page.heading}: other words")
        if earlier.elements.get(code) != later.elements.get(code):
            was = choice_in_words(old.template, one, earlier.elements.get(code))
            now = choice_in_words(new.template, page, later.elements.get(code))
            said.append(f"{page.heading}: from “{was}” to “{now}”")
    said += [f"{page.heading}: left out" for page in before.values()]
    return tuple(said)


def steps_of(pages: Sequence[PageChosen], code: str) -> tuple[int, int]:
    """Give the number of a page and how many there are."""
    codes = [page.code for page in pages]
    return codes.index(code) + 1, len(codes)


def standing_pages(state: ConsentState) -> list[tuple[str, str]]:
    """List the pages that may still be taken back; those no treatment needs come first."""
    standing = [page for page in pages_signed(state) if page.is_yes and not page.withdrawn_at]
    standing.sort(key=lambda page: page.is_needed)
    return [(page.code, page.heading) for page in standing]

"""Every word of the patient app, as it is rendered, held to the lint of the catalogue."""

import re
from html import unescape
from uuid import uuid4

import pytest
from tests.builders import NINE
from tests.clinic.days import sign_in
from tests.clinic.walk import DAY, HOUR

from kapstone.catalogue.lint import faults
from kapstone.clinic.practice.actions import JournalWords, agree_practice, write_journal
from kapstone.clinic.practice.words import WHO_SEES
from kapstone.science.wording import ALWAYS, HOW_WE_KNOW

_BLOCK = re.compile(
    r"</?(?:p|h1|h2|h3|b|small|span|li|a|button|label|legend|summary|dt|dd|text)\b[^>]*>"
)
_TAG = re.compile(r"<[^>]+>")
# Sentences that the science fixes word for word; its own tests read them.
FIXED = {one.sentence for one in HOW_WE_KNOW.values()} | {ALWAYS}
PAGES = (
    "/me/",
    "/me/who-sees/",
    "/me/trails/",
    "/me/trails/?view=list",
    "/me/log/",
    "/me/journal/",
    "/me/check-in/",
    "/me/check-in/kept/",
    "/me/practices/",
    "/me/practices/breathe/",
    "/me/plan/",
    "/me/help/",
    "/me/notes/",
    "/me/how-we-know/",
    "/help/",
    "/help/steady/",
)


def lines_on(page: str) -> set[str]:
    """Give each run of words that stands by itself on a page."""
    body = page[page.index("<body") :]
    parts = (_TAG.sub(" ", part) for part in _BLOCK.split(body))
    return {" ".join(unescape(part).split()) for part in parts} - {""}


@pytest.mark.parametrize("hours", [3, 30, 90, 200])
@pytest.mark.parametrize("address", PAGES)
def test_the_words_are_plain_and_promise_nothing(walk, at_clock, address, hours):
    walk.give(NINE)
    walk.fork(NINE - DAY)
    at = NINE + hours * HOUR
    agree_practice(
        by=walk.therapist, at=NINE, patient=walk.patient, practice="meditation", target="daily"
    )
    walk.book(at + 5 * HOUR)
    at_clock(at)
    page = sign_in(walk, walk.patient.user).get(address, follow=True).content.decode()
    wrong = {line: faults(line) for line in lines_on(page) - FIXED if faults(line)}
    assert wrong == {}


def test_the_words_after_a_tap_are_plain_too(walk, at_clock):
    fork = walk.fork(NINE)
    at_clock(NINE + HOUR)
    client = sign_in(walk, walk.patient.user)
    for which in ("new", "old", "noticed"):
        page = client.post(
            f"/me/log/{fork.key}/", {"which": which, "entry_id": uuid4()}, follow=True
        )
        assert not [line for line in lines_on(page.content.decode()) if faults(line)]
    walk.stand(walk.patient.user)
    entry = write_journal(
        by=walk.patient.user,
        at=NINE,
        patient=walk.patient,
        words=JournalWords(text="I want to die."),
    )
    page = client.get(f"/me/journal/{entry.key}/").content.decode()
    assert not [line for line in lines_on(page) if faults(line)]


def test_who_sees_what_is_plain():
    for one in WHO_SEES:
        assert faults(f"{one.what}. {one.read_by} {one.note}") == []

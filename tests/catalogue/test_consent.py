"""The consent form: every element, its text and hash, touch, what makes us ask again."""

import pytest

from kapstone.catalogue.consent import (
    ConsentTemplate,
    Signature,
    When,
    consent_text,
    load_consent,
)
from kapstone.catalogue.lint import GRADE_LIMIT, reading_grade
from kapstone.catalogue.shelf import DATA, parse
from kapstone.errors import CatalogueError, InvalidInput

FORM = load_consent()
FILL_INS = {
    "clinic": "Alder House",
    "product": "ketamine made by a pharmacy for you (compounded)",
    "route": "as a shot in the arm",
    "sessions": "Six",
    "visit_hours": "three",
    "day_phone": "555 0100",
    "night_phone": "555 0101",
    "crisis_line": "988",
    "emergency_number": "911",
    "cost": "A session costs 400 dollars.",
}


def test_all_twenty_three_elements_are_there_in_order():
    assert [element.code for element in FORM.elements] == [
        f"K{number:02}" for number in range(1, 24)
    ]


def test_which_elements_have_their_own_signature_and_initials():
    own = {e.code for e in FORM.elements if e.signature is Signature.SEPARATE}
    assert own == {"K13", "K15", "K17", "K18", "K19", "K22", "K23"}
    initials = {e.code for e in FORM.elements if e.initials}
    assert initials == {"K05", "K06", "K07", "K09", "K11"}
    assert FORM.element("K14").signature is Signature.PREFERENCE
    assert FORM.element("K21").signature is Signature.FINANCIAL


def test_touch_recording_wishes_and_research_are_never_needed():
    free = {e.code for e in FORM.elements if not e.is_needed}
    assert free == {"K13", "K14", "K15", "K19"}


def test_no_touch_comes_first_and_touch_can_only_be_narrowed():
    assert [level.code for level in FORM.touch_levels] == ["none", "hand", "hand-shoulder"]
    assert FORM.allows_less_touch(agreed="hand", wanted="none")
    assert FORM.allows_less_touch(agreed="hand", wanted="hand")
    assert not FORM.allows_less_touch(agreed="hand", wanted="hand-shoulder")
    with pytest.raises(CatalogueError, match="unknown hug"):
        FORM.allows_less_touch(agreed="hug", wanted="none")


def test_someone_alone_reads_the_pages_that_concern_them():
    codes = [page.element.code for page in consent_text(FORM, FILL_INS).pages]
    assert not {"K07", "K17", "K18", "K22", "K23"} & set(codes)
    couple = consent_text(FORM, FILL_INS, also=[When.COUPLE, When.IF_APPLICABLE])
    added = {page.element.code for page in couple.pages} - set(codes)
    assert added == {"K07", "K18"}


def test_the_clinics_words_are_filled_in_everywhere():
    text = consent_text(FORM, FILL_INS, also=list(When))
    words = " ".join(line for page in text.pages for line in page.paragraphs)
    assert "{" not in words
    assert "ketamine made by a pharmacy for you (compounded)" in words
    assert "call 988 at once" in words


def test_the_honest_figures_are_in_the_text():
    words = " ".join(FORM.element("K03").text)
    for figure in ("537", "9,016", "54", "29", "about 8 ", "about 6 ", "80", "60", "18 days"):
        assert figure.lower() in words.lower()


def test_a_missing_fill_in_is_asked_for_by_name():
    with pytest.raises(InvalidInput) as refused:
        consent_text(FORM, FILL_INS | {"route": " "})
    assert list(refused.value.fields) == ["route"]


def test_the_hash_holds_while_the_words_do_and_moves_when_one_changes():
    first = consent_text(FORM, FILL_INS)
    again = consent_text(FORM, dict(reversed(FILL_INS.items())))
    other = consent_text(FORM, FILL_INS | {"sessions": "Four"})
    assert len(first.sha256) == 64
    assert first.sha256 == again.sha256
    assert first.sha256 != other.sha256
    changed = [
        page.element.code
        for page, was in zip(other.pages, first.pages, strict=True)
        if page.sha256 != was.sha256
    ]
    assert changed == ["K02"]


def test_wishes_and_uses_are_part_of_what_is_signed():
    pages = {page.element.code: page for page in consent_text(FORM, FILL_INS).pages}
    assert pages["K14"].sha256 != pages["K15"].sha256
    assert FORM.element("K15").purposes[0].kept


def test_three_pages_ask_a_question_and_each_has_one_right_answer():
    checks = [element.check for element in FORM.elements if element.check]
    assert [check.code for check in checks] == ["K03.check", "K09.check", "K11.check"]
    assert FORM.check_tries.value == 3


def test_a_consent_holds_a_year_unless_something_changes():
    assert FORM.valid_days.value == 365
    assert {trigger.code for trigger in FORM.triggers} == {
        "version",
        "age",
        "route",
        "indication",
        "dose",
        "company",
        "recording",
        "pregnancy",
        "event",
    }


@pytest.mark.parametrize("element", FORM.elements, ids=lambda element: element.code)
def test_every_page_reads_at_grade_eight_or_lower(element):
    assert reading_grade("\n".join(element.text)) <= GRADE_LIMIT


TEXT = (DATA / "consent" / "kap.v1.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('code = "K02"', 'code = "K01"', "K01 stands twice"),
        ("{sessions} are planned", "{session} are planned", "differ: session, sessions"),
        ('right = "no"', 'right = "maybe"', "K03.check: unknown maybe"),
        ('code = "none"\nlabel', 'code = "nothing"\nlabel', "no touch comes first"),
        ('signature = "core"', 'signature = "verbal"', "not one of core"),
    ],
)
def test_a_faulty_form_is_refused(old, new, words):
    assert old in TEXT
    with pytest.raises(CatalogueError, match=words):
        parse(ConsentTemplate, TEXT.replace(old, new, 1), "kap.v1.toml")


def test_an_element_that_is_not_there_is_named():
    with pytest.raises(CatalogueError, match="no consent element K24"):
        FORM.element("K24")

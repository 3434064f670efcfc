"""The public site, as a stranger meets it."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from tests.clinic.scheduling.scene import make_scene

from kapstone.catalogue.claims import load_claims
from kapstone.catalogue.lint import faults, forbidden_in, reading_grade
from kapstone.catalogue.self_check import load_self_check
from kapstone.clinic.scheduling.figure import typical_window
from kapstone.clinic.scheduling.letters import Help, invitation, not_now
from kapstone.clinic.scheduling.models import AppointmentRequest
from kapstone.core.audit.models import AccessEntry, AuditEntry

PAGES = ["", "how-it-works/", "is-it-for-me/", "questions/", "request/"]
WISH = {
    "entry_id": "7e0f5c1e-0c2b-4e53-9d0d-1d9be7b2b0a1",
    "name": "Juniper",
    "contact": "555 0199",
    "safe_times": "after six",
    "brings": "I know every trail in there.",
    "for_whom": "alone",
    "access_needs": "",
    "website": "",
}


def text(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def main(response) -> str:
    """Give the words of the page itself, without its tags and its lists of sources."""
    body = text(response).partition("<main")[2].partition("</main>")[0]
    body = re.sub(r'<details class="sources">.*?</details>', " ", "<main" + body)
    body = re.sub(r"</(h1|h2|p|li|b|label|legend|a|button|td|th|div)>", ". ", body)
    return re.sub(r"[.\s]*\.[.\s]*", ". ", re.sub(r"<[^>]+>", " ", body))


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_without_signing_in_and_keeps_to_the_policy(scene, client, page):
    response = client.get(f"/{page}")
    assert response.status_code == 200
    assert "Oak house" in text(response)
    assert "script-src 'self'" in response.headers["Content-Security-Policy"]
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("page", ["", "is-it-for-me/", "questions/", "request/"])
def test_every_page_reads_at_grade_eight_and_promises_nothing(scene, client, page):
    words = main(client.get(f"/{page}"))
    assert not forbidden_in(words)
    assert reading_grade(words) <= 8


@pytest.mark.parametrize("letter", [invitation, not_now], ids=["invitation", "not now"])
def test_a_letter_reads_at_grade_eight_and_names_help(letter):
    where = Help(
        clinic="Oak House",
        phone="555 0100",
        crisis_line="Lifeline",
        crisis_number="988",
        emergency_number="911",
    )
    words = letter("Juniper", where)
    assert not faults(words)
    assert "988" in words


def test_each_claim_stands_with_dots_sources_and_a_review_date(scene, client):
    page = text(client.get("/how-it-works/"))
    sheet = load_claims()
    for claim in sheet.claims:
        level = sheet.words_of(claim.level)
        assert claim.title in page
        assert level.name in page
        assert claim.basis[0].source in page
    assert page.count("to be read again by") == len(sheet.claims)
    assert f"{sheet.review_by.day} {sheet.review_by:%B %Y}" in page


def test_the_picture_of_the_window_says_the_same_in_words():
    drawing = typical_window()
    rows = {row[0]: row[1] for row in drawing.table.rows}
    assert rows["1 day"] == rows["3 days"] == "wide open"
    assert rows["5 days"] != "wide open"
    assert not re.search(r"\d+ ?%", drawing.svg)


def test_an_unknown_clinic_is_not_found_and_several_are_offered(scene, client):
    assert client.get("/c/nowhere/").status_code == 404
    make_scene("elm-house")
    for end in PAGES:
        page = text(client.get(f"/{end}"))
        assert f"/c/oak-house/{end}" in page
        assert f"/c/elm-house/{end}" in page
    assert "Elm house" in text(client.get("/c/elm-house/questions/"))


def test_without_a_clinic_the_page_says_so(db, client):
    assert "No clinic here yet" in text(client.get("/"))


# --- The seven questions ---------------------------------------------------------------------


def answer_all(client, answers: dict[str, str]):
    """Go through the pages as a browser would, carrying what each page holds."""
    carried: dict[str, str] = {}
    response = client.get("/is-it-for-me/")
    seen = []
    while True:
        page = text(response)
        carried = dict(
            re.findall(r'<input type="hidden" name="([\w-]+)" value="(yes|no|unsure)">', page)
        )
        asked = re.search(r'name="asked" value="([\w-]+)"', page)
        if asked:
            code = asked[1]
            seen.append(code)
            carried |= {code: answers[code], "asked": code}
        elif "Before we go on" in page:
            seen.append("care")
        else:
            return seen, response
        response = client.post("/is-it-for-me/", carried)


ALL_NO = {question.code: "no" for question in load_self_check().questions} | {"adult": "yes"}


def test_seven_pages_lead_to_a_result(scene, client):
    seen, result = answer_all(client, ALL_NO)
    assert len(seen) == 7
    assert "It is fine to ask us" in text(result)


def test_thoughts_of_suicide_show_help_before_anything_else(scene, client):
    seen, result = answer_all(client, {**ALL_NO, "thoughts": "yes"})
    assert seen[seen.index("thoughts") + 1] == "care"
    assert "Call 988" in text(result)


def test_the_answers_are_kept_nowhere(scene, client):
    before = {
        model: model.objects.count() for model in (AuditEntry, AccessEntry, AppointmentRequest)
    }
    answer_all(client, {**ALL_NO, "thoughts": "yes"})
    assert before == {model: model.objects.count() for model in before}
    assert not client.session.keys()


def test_no_answer_stands_in_an_address(scene, client):
    page = text(client.get("/is-it-for-me/?thoughts=yes&adult=yes"))
    assert 'name="thoughts" value="yes"' not in page
    assert 'method="post"' in page


def test_leaving_a_question_open_says_what_to_do(scene, client):
    response = client.post("/is-it-for-me/", {"asked": "adult"})
    assert response.status_code == 422
    assert "Choose yes, no or not sure" in text(response)
    assert 'href="#answer-yes"' in text(response)


@pytest.mark.parametrize(
    "posted",
    [
        {"asked": "x" * 5000},
        {"back": "../../etc"},
        {"adult": "yes\x00", "asked": "adult"},
        {"adult": ["yes", "no"]},
    ],
)
def test_nonsense_never_breaks_the_page(scene, client, posted):
    assert client.post("/is-it-for-me/", posted).status_code in {200, 422}


# --- Asking ----------------------------------------------------------------------------------


def test_a_request_is_kept_and_the_stranger_told_what_comes_next(scene, client):
    response = client.post("/request/", WISH)
    assert response.status_code == 303
    page = text(client.get(response.headers["Location"]))
    scene.stand()
    request = AppointmentRequest.objects.get()
    assert request.reference in page
    assert "We answer by" in page
    assert "If it gets worse" in page
    assert "Call 988" in page
    assert "Juniper" not in page
    assert "555 0199" not in page
    assert timezone.now() - request.received_at < timedelta(minutes=1)


def test_a_double_press_asks_once(scene, client):
    one, two = client.post("/request/", WISH), client.post("/request/", WISH)
    assert one.headers["Location"] == two.headers["Location"]
    scene.stand()
    assert AppointmentRequest.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": " "}, "Tell us what to call you"),
        ({"contact": ""}, "Tell us how to reach you"),
        ({"for_whom": "cat"}, "Choose who it is for|not one of the available"),
        ({"brings": "x" * 3000}, "at most 2000"),
        ({"entry_id": "nonsense"}, "Open the page again"),
        ({"website": "https://spam.example"}, "A machine often fills in this field"),
    ],
)
def test_what_cannot_be_sent_is_said_and_what_was_typed_stays(scene, client, change, says):
    response = client.post("/request/", {**WISH, **change})
    assert response.status_code == 422
    page = text(response)
    assert re.search(says, page)
    assert 'role="alert"' in page
    if "brings" not in change:
        assert "I know every trail in there." in page
    scene.stand()
    assert not AppointmentRequest.objects.exists()


def test_there_is_a_quick_way_out_and_no_puzzle(scene, client):
    page = text(client.get("/request/"))
    assert "Leave this page" in page
    assert "captcha" not in page.casefold()


def test_the_trap_is_out_of_the_way_of_people(scene, client):
    page = text(client.get("/request/"))
    trap = page.partition('class="trap"')[2][:400]
    assert 'aria-hidden="true"' in trap
    assert 'tabindex="-1"' in trap


def test_a_request_made_under_one_clinic_lands_there(scene, client):
    elm = make_scene("elm-house")
    assert client.post("/c/elm-house/request/", WISH).status_code == 303
    elm.stand()
    assert AppointmentRequest.objects.get().clinic == elm.clinic
    scene.stand()
    assert not AppointmentRequest.objects.exists()


def test_somebody_signed_in_elsewhere_may_ask_too(scene, client):
    elm = make_scene("elm-house")
    client.force_login(scene.desk)
    assert client.post("/c/elm-house/request/", WISH).status_code == 303
    elm.stand()
    assert AppointmentRequest.objects.count() == 1


def test_a_form_without_its_token_is_refused_in_words(scene):
    response = Client(enforce_csrf_checks=True).post("/request/", WISH)
    assert response.status_code == 403
    scene.stand()
    assert not AppointmentRequest.objects.exists()


def test_the_page_of_an_unknown_request_is_not_found(scene, client):
    address = "/request/7e0f5c1e-0c2b-4e53-9d0d-1d9be7b2b0a2/received/"
    assert client.get(address).status_code == 404
    make_scene("elm-house")
    assert client.get(address).status_code == 404  # which clinic's is not said


def test_the_numbers_are_the_clinics_own(scene, client):
    page = text(client.get("/request/"))
    assert scene.clinic.crisis_line_number in page
    assert scene.clinic.emergency_number in page

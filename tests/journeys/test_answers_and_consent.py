"""A grave answer finds a person, and a consent is taken back: by hand in a browser."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from tests.serving import assert_accessible

pytestmark = pytest.mark.journey

ITEM_9 = "Thoughts that you would be better off dead or of hurting yourself in some way"
NEXT = {"name": "Next", "exact": True}


def test_item_9_is_met_with_kindness_and_a_person_must_call(sign_in, keys):
    chart = f"/patients/{keys.patients['Linden']}/measures/"
    page = sign_in("therapist")
    page.goto(f"{chart}ask/")
    page.get_by_label("Questionnaire").select_option(label="PHQ-9")
    page.get_by_label("By", exact=True).fill(f"{date.today() + timedelta(days=3):%Y-%m-%d}")  # noqa: DTZ011
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_text("It waits in the patient's app")).to_be_visible()

    page = sign_in("linden")
    page.goto("/me/measures/")
    page.get_by_role("link", name=re.compile("Low mood over two weeks")).last.click()
    assert_accessible(page)
    for number in range(1, 9):
        expect(page.get_by_text(f"Question {number} of")).to_be_visible()
        page.get_by_label("Several days").focus()
        page.keyboard.press("Space")  # by keyboard alone
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(ITEM_9)
    page.get_by_label("Several days").check()
    page.get_by_role("button", **NEXT).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you for telling us.")
    expect(page.get_by_text("When we watch.")).to_be_visible()
    expect(page.get_by_role("link", name="Help now")).to_be_visible()
    assert_accessible(page)

    page = sign_in("therapist")
    page.goto(chart)
    page.get_by_role("link", name="Open", exact=True).first.click()
    expect(page.get_by_text("Item 9 is 1").first).to_be_visible()
    page.get_by_label("Not reached").check()
    page.get_by_label("In a sentence or two").fill("No answer, rang twice.")
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_text("stays open until").first).to_be_visible()
    page.get_by_label("Reached, settled").check()
    page.get_by_label("In a sentence or two").fill("Spoke for half an hour. Plan looked at.")
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Call, closed")
    page.reload()  # without the word of thanks, which is still fading in
    assert_accessible(page)


def test_the_patient_stops_halfway_and_resumes_where_they_were(sign_in, keys):
    page = sign_in("linden")
    page.goto("/me/measures/")
    page.get_by_role("link", name=re.compile("Low mood over two weeks")).last.click()
    expect(page.get_by_text("Question 10 of 10")).to_be_visible()
    page.get_by_role("link", name="Back").click()
    expect(page.get_by_label("Several days")).to_be_checked()
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "phq" not in kept, "an answer is left on the device"


def test_a_consent_is_taken_back_and_the_clinic_sees_it_at_once(sign_in, keys):
    chart = f"/patients/{keys.patients['Linden']}/consent/"
    page = sign_in("prescriber")
    page.goto(chart)
    expect(page.get_by_text("In force")).to_be_visible()
    page = sign_in("linden")
    page.goto("/me/consent/")
    assert_accessible(page)
    page.get_by_role("link", name=re.compile("Take it back")).click()
    assert_accessible(page)
    page.get_by_role("button", name="Take all of it back").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("No consent holds now.")
    page = sign_in("prescriber")
    page.goto(chart)
    expect(page.get_by_text("The patient has withdrawn consent.")).to_be_visible()
    assert_accessible(page)


def test_yes_and_no_are_the_same_size(sign_in):
    page = sign_in("linden")
    page.goto("/me/consent/page/K01/")
    yes = page.get_by_role("button", name="I agree", exact=True).bounding_box()
    no = page.get_by_role("button", name="I do not agree").bounding_box()
    assert (yes["width"], yes["height"]) == (no["width"], no["height"])


def test_an_intention_keeps_its_words(sign_in, keys):
    page = sign_in("linden")
    page.goto("/me/intention/?change=1")
    page.get_by_label("In your own words").fill("to rest ,  and see…")
    page.get_by_label("Not sure", exact=True).check()
    page.get_by_role("button", name="Keep this").click()
    assert_accessible(page)
    sign_in("therapist").goto(f"/patients/{keys.patients['Linden']}/preparation/")
    expect(page.get_by_text("to rest , and see…")).to_be_visible()
    assert_accessible(page)

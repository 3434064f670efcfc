"""What people come to do, done by hand in a browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.serving import assert_accessible

pytestmark = pytest.mark.journey


def test_a_held_gate_says_why_and_not_today_is_open(sign_in, keys):
    page = sign_in("nurse")
    page.goto(f"/sessions/{keys.sessions['Larch']}/gate/")
    expect(page.get_by_text(re.compile(r"Mean 150/96"))).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Open the room"))).to_have_attribute(
        "aria-disabled", "true"
    )
    page.get_by_role("link", name="Not today").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert_accessible(page)


def test_the_board_names_the_call_first_and_the_gap(sign_in):
    page = sign_in("therapist")
    first = page.locator(".needs .need").first
    expect(first).to_contain_text("Birch")
    expect(first).to_contain_text("Item 9")
    expect(page.locator(".needs")).to_contain_text("Nothing booked in the open window")
    expect(page.get_by_role("link", name=re.compile("Book a session"))).to_be_visible()
    assert_accessible(page)


def test_a_therapist_books_inside_the_open_window(sign_in):
    page = sign_in("therapist")
    page.get_by_role("link", name=re.compile("Book a session")).first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert "/book/" in page.url
    assert "starts=" in page.url
    assert_accessible(page)


def test_a_patient_logs_a_fork_in_two_taps_and_sees_the_forest(sign_in, keys):
    page = sign_in("linden")
    page.get_by_role("link", name="Log", exact=True).click()  # the first tap
    expect(page.get_by_role("heading", level=1)).to_have_text("Voices get raised")
    page.get_by_role("button", name=re.compile("Say one true thing")).click()  # the second
    expect(page.get_by_role("heading", level=1)).to_have_text("Kept.")
    assert_accessible(page)
    page.get_by_role("link", name="See your forest").click()
    expect(page.locator("svg").first).to_be_visible()


def test_a_journal_entry_is_private_until_shared_and_again_after(sign_in, keys):
    words = "The wall had a door in it today."
    chart = f"/patients/{keys.patients['Linden']}/"

    def therapist_reads():
        page = sign_in("therapist")
        page.goto(chart)
        return words in page.content()

    page = sign_in("linden")
    page.goto("/me/journal/")
    page.get_by_label(re.compile("Keep to myself|Only me|myself", re.IGNORECASE)).first.check()
    page.locator("textarea").fill(words)
    page.get_by_role("button", name="Keep this").click()
    expect(page.get_by_text(words[:20]).first).to_be_visible()
    assert not therapist_reads()

    page = sign_in("linden")
    page.goto("/me/journal/")
    page.locator(".entries a").filter(has_text="The wall had a door").first.click()
    page.get_by_role("button", name=re.compile("Share")).first.click()
    assert therapist_reads()

    page = sign_in("linden")
    page.goto("/me/journal/")
    page.locator(".entries a").filter(has_text="The wall had a door").first.click()
    page.get_by_role(
        "button", name=re.compile("back|Stop sharing", re.IGNORECASE)
    ).first.click()
    assert not therapist_reads()


def test_breaking_the_glass_is_seen_by_auditor_and_patient(sign_in, keys):
    chart = f"/patients/{keys.patients['Beech']}/"
    page = sign_in("therapist-three")
    assert page.goto(chart).status == 404
    page.goto(f"{chart}break-glass/")
    page.get_by_label("No one of the care team can be reached").check()
    page.get_by_label("In your words").fill("Covering today; the patient has rung twice.")
    page.get_by_label("Your password, once more").fill("walk the new trail")
    assert_accessible(page)
    page.get_by_role("button", name="Open for 60 minutes").click()
    assert page.goto(f"{chart}measures/").status == 200
    page = sign_in("auditor")
    expect(page.get_by_text("Glass broken, to be reviewed")).to_be_visible()
    page = sign_in("beech")
    page.goto("/me/who-looked/")
    expect(page.get_by_text(re.compile("Therapist")).first).to_be_visible()
    assert_accessible(page)


def test_a_nurse_charts_vital_signs_without_script_and_a_doubtful_one_is_asked(
    browser, served_clinic, keys
):
    context = browser.new_context(base_url=served_clinic.base_url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/sign-in/")
    page.get_by_label("Name", exact=True).fill("nurse")
    page.get_by_label("Password", exact=True).fill("walk the new trail")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.goto(f"/sessions/{keys.sessions['Alder']}/room/")
    systolic, diastolic = page.get_by_label("Sys"), page.get_by_label("Dia")
    systolic.first.fill("90")
    diastolic.first.fill("146")
    page.get_by_role("button", name=re.compile("^Save")).first.click()
    expect(page.locator("[role=alert]").first).to_contain_text("146")
    context.close()


def test_a_stranger_asks_and_the_front_desk_finds_the_request(page, sign_in):
    page.goto("/request/")
    page.get_by_label(re.compile("What shall we call you")).first.fill("Larch Tree")
    page.get_by_label(re.compile("How can we reach you")).first.fill("555 0123")
    page.get_by_label(re.compile("For me$", re.IGNORECASE)).first.check()
    page.get_by_role("button", name=re.compile("Send|Ask|Request")).last.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert re.search(r"[A-Z0-9]{6}", page.locator("main").inner_text()), "no reference"
    assert_accessible(page)
    sign_in("front-desk").goto("/requests/")
    expect(page.get_by_text("Larch Tree").first).to_be_visible()

"""The day of the dose by hand in a browser: taps, keys, light, two screens, print."""

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.journeys.conftest import PASSWORD
from tests.serving import assert_accessible

pytestmark = pytest.mark.journey

SQUARE = 24  # CSS pixels: no square of this side may be wholly bright in a dark room
BRIGHT, BRIGHTEST = 0.05, 0.66
SIZES = {"desk": (1440, 1000), "tablet": (1180, 820), "phone": (390, 844)}


@pytest.fixture
def room(keys):
    return f"/sessions/{keys.sessions['Alder']}"


@pytest.fixture
def gate(keys):
    return f"/sessions/{keys.sessions['Larch']}"


def choose(page, theme):
    """Choose the light of the screen, as its switch does."""
    page.evaluate("(theme) => { document.cookie = `theme=${theme}; path=/` }", theme)


def feed(page):
    return page.get_by_role("list", name="What was written")


def test_a_full_set_of_vital_signs_is_eleven_taps(sign_in, room):
    page = sign_in("nurse")
    page.set_viewport_size({"width": 1180, "height": 820})
    page.goto(f"{room}/room/")
    taps = 0

    def tap(control):
        nonlocal taps
        control.click()
        taps += 1

    pad = page.locator("[data-keypad]")
    for digit in "146908897":
        tap(pad.get_by_role("button", name=digit, exact=True))
    tap(page.locator(".alertness label").filter(has_text="Slow"))
    tap(page.locator("[data-save]"))
    expect(feed(page)).to_contain_text("146/90, pulse 88, SpO2 97, alertness 4")
    assert taps == 11
    for tile in page.locator("[data-tile]").all():
        expect(tile).to_have_value("")


def test_the_keyboard_does_the_same(sign_in, room):
    page = sign_in("nurse")
    page.goto(f"{room}/room/")
    page.locator("[data-tile]").first.focus()
    page.keyboard.type("1447")
    page.keyboard.press(".")
    page.keyboard.type("886997")
    page.keyboard.press("Enter")
    expect(feed(page)).to_contain_text("144/88, pulse 69, SpO2 97")
    page.keyboard.press("Alt+3")
    expect(page.get_by_label("In their words")).to_be_visible()
    page.keyboard.press("F9")
    page.wait_for_url(re.compile(r"/room/help/"))


def test_what_is_typed_stays_while_something_else_is_written(sign_in, room):
    page = sign_in("nurse")
    page.goto(f"{room}/room/")
    page.locator("[data-tile]").nth(2).press_sequentially("7196")
    page.locator(".alertness label").filter(has_text="Slow").click()
    page.keyboard.press("Alt+2")
    page.get_by_role("button", name="Bathroom").click()
    expect(feed(page)).to_contain_text("Bathroom")
    page.wait_for_timeout(300)  # a hand is never as fast as the settling of a swap
    page.keyboard.press("Alt+1")
    pulse, oxygen = page.locator("[data-tile]").nth(2), page.locator("[data-tile]").nth(3)
    expect(pulse).to_have_value("71")
    page.locator("[data-no-value]").click()
    page.get_by_role("button", name="Cuff off").click()
    expect(feed(page)).to_contain_text("No value: cuff off")
    expect(oxygen).to_have_value("96")
    page.locator("[data-save]").click()
    expect(feed(page)).to_contain_text("Pulse 71, SpO2 96, alertness 4")
    expect(pulse).to_have_value("")


def test_a_grave_crossing_comes_into_sight(sign_in, room):
    page = sign_in("nurse")
    page.set_viewport_size({"width": 1180, "height": 700})
    page.goto(f"{room}/room/")
    page.locator("[data-tile]").first.press_sequentially("22490")
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    page.keyboard.press("Enter")
    crossing = page.locator(".crossing.act").first
    expect(crossing).to_be_in_viewport(ratio=1)
    while page.locator(".crossing").count():
        page.locator(".crossing").first.get_by_role("button", name="artefact").click()
        page.wait_for_timeout(500)


def test_a_slip_is_asked_about_on_the_same_pad(sign_in, room):
    page = sign_in("nurse")
    page.goto(f"{room}/room/")
    page.locator("[data-tile]").first.focus()
    page.keyboard.type("90146")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="Check 90/146")).to_be_visible()
    expect(page.locator("[data-tile]").first).to_have_value("90")
    assert_accessible(page)
    page.locator("[data-tile]").first.fill("")
    page.locator("[data-tile]").first.press_sequentially("140")
    page.locator("[data-tile]").nth(1).fill("86")
    page.locator("[data-save]").click()
    expect(feed(page)).to_contain_text("140/86")


def test_without_script_everything_can_be_written(browser, served_clinic, room):
    context = browser.new_context(
        base_url=served_clinic.base_url, java_script_enabled=False, locale="en-GB"
    )
    page = context.new_page()
    page.goto("/sign-in/")
    page.get_by_label("Name", exact=True).fill("nurse")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.goto(f"{room}/room/")
    page.get_by_label("Sys").fill("138")
    page.get_by_label("Dia").fill("84")
    page.locator(".alertness label").filter(has_text="Alert").click()
    page.get_by_role("button", name=re.compile("^Save")).click()
    expect(feed(page)).to_contain_text("138/84, alertness 5")
    page.locator("[data-absent] > summary").click()
    page.get_by_role("button", name="Cuff off").click()
    expect(feed(page)).to_contain_text("No value: cuff off")
    page.get_by_role("link", name="Event").click()
    page.get_by_role("button", name="Tearful").click()
    expect(feed(page)).to_contain_text("Tearful")
    context.close()


def test_another_screen_shows_it_by_itself(sign_in, browser, served_clinic, room):
    page = sign_in("nurse")
    page.goto(f"{room}/room/?tab=note")
    other = browser.new_context(
        base_url=served_clinic.base_url, storage_state=page.context.storage_state()
    )
    watching = other.new_page()
    watching.goto(f"{room}/room/")
    tile = watching.locator("[data-tile]").first
    tile.press_sequentially("13")
    words = "The light is very far away."
    page.get_by_text("Patient", exact=True).click()
    page.get_by_label("In their words").fill(words)
    page.get_by_role("button", name=re.compile("^Save")).click()
    expect(feed(watching)).to_contain_text(words, timeout=9_000)
    expect(tile).to_have_value("13")  # what was being typed is left alone
    expect(tile).to_be_focused()
    other.close()


def test_the_clock_counts_from_the_dose_after_a_reload_too(sign_in, room):
    page = sign_in("nurse")
    page.goto(f"{room}/room/")
    clock = page.locator(".clock b")
    dosed = clock.get_attribute("data-since")

    def seconds():
        parts = [int(part) for part in clock.inner_text().split(":")]
        return sum(part * 60**place for place, part in enumerate(reversed(parts)))

    apart = "(iso) => (Date.now() - Date.parse(iso)) / 1000"
    assert abs(seconds() - page.evaluate(apart, dosed)) < 3
    page.reload()
    expect(clock).to_have_attribute("data-since", dosed)
    assert abs(seconds() - page.evaluate(apart, dosed)) < 3


def light_of(shot):
    """Give the relative luminance of each pixel of a screenshot."""
    pixels = np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"), dtype=float) / 255
    linear = np.where(pixels <= 0.04045, pixels / 12.92, ((pixels + 0.055) / 1.055) ** 2.4)
    return linear @ np.array([0.2126, 0.7152, 0.0722])


def bright_squares(light, n=SQUARE):
    """Count the squares that are wholly brighter than a dark room bears."""
    sums = np.pad((light > BRIGHT).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    filled = sums[n:, n:] - sums[:-n, n:] - sums[n:, :-n] + sums[:-n, :-n]
    return int((filled == n * n).sum())


def test_the_light_check_can_fail():
    light = np.zeros((60, 60))
    assert bright_squares(light) == 0
    light[10:34, 10:34] = 0.06
    assert bright_squares(light) == 1


@pytest.mark.parametrize("theme", ["room", "deep"])
def test_the_room_has_no_bright_area(sign_in, room, theme):
    page = sign_in("nurse")
    choose(page, theme)
    for width, height in SIZES.values():
        page.set_viewport_size({"width": width, "height": height})
        for tab in ("vitals", "event", "note", "dose"):
            page.goto(f"{room}/room/?tab={tab}")
            expect(page.locator("html")).to_have_attribute("data-theme", theme)
            # A caret hidden by Playwright is an inline style, which a swap of htmx would copy.
            light = light_of(page.screenshot(animations="disabled", caret="initial"))
            assert bright_squares(light) == 0, (tab, width)
            assert light.max() <= BRIGHTEST, (tab, width)


def test_the_light_is_the_rooms_own_until_another_is_chosen(sign_in, room):
    page = sign_in("nurse")
    page.goto(f"{room}/room/")
    expect(page.locator("html")).to_have_attribute("data-theme", "room")
    page.locator("body").press("l")
    expect(page.locator("html")).to_have_attribute("data-theme", "deep")


PAGES = [
    "room/?tab=vitals",
    "room/?tab=event",
    "room/?tab=note",
    "room/?tab=dose",
    "room/help/",
    "discharge/",
    "discharge/against-advice/",
    "discharge/instructions/",
    "record/",
    "adverse-events/",
]


@pytest.mark.parametrize("theme", ["light", "room"])
def test_nobody_is_shut_out_of_the_day_of_the_dose(sign_in, room, theme):
    page = sign_in("nurse")
    choose(page, theme)
    for path in PAGES:
        page.goto(f"{room}/{path}")
        assert_accessible(page)


def test_nobody_is_shut_out_of_the_gate(sign_in, gate):
    page = sign_in("nurse")
    for path in ("gate/", "gate/?again=G4", "gate/not-today/"):
        page.goto(f"{gate}/{path}")
        page.evaluate(
            "() => document.querySelectorAll('details.answer').forEach((d) => (d.open = true))"
        )
        assert_accessible(page)


def test_nobody_is_shut_out_of_orders(sign_in, keys):
    page = sign_in("prescriber")
    for path in ("sessions/", "order/4/"):
        page.goto(f"/patients/{keys.patients['Alder']}/{path}")
        assert_accessible(page)


def test_a_narrow_screen_and_large_text_scroll_one_way_only(sign_in, room):
    page = sign_in("nurse")
    enlarge = "(size) => { document.documentElement.style.fontSize = size }"
    for path in PAGES:
        page.goto(f"{room}/{path}")
        for width, size in ((320, "100%"), (640, "200%")):
            page.set_viewport_size({"width": width, "height": 800})
            page.evaluate(enlarge, size)
            wide = page.evaluate("() => document.documentElement.scrollWidth")
            assert wide <= width, path


@pytest.mark.parametrize("size", ["tablet", "phone"])
def test_every_control_can_be_hit_with_a_thumb(sign_in, room, size):
    page = sign_in("nurse")
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    for path in ("room/?tab=vitals", "room/?tab=event", "discharge/"):
        page.goto(f"{room}/{path}")
        assert not small_controls(page), path


def small_controls(page):
    """List the controls that are lower than a thumb needs."""
    return page.evaluate(
        """() => [...document.querySelectorAll('button, a.btn, a.square, .entry-tabs a, '
            + '.alertness label, .tile')]
            .filter((one) => one.checkVisibility())
            .map((one) => [one.textContent.trim(), one.getBoundingClientRect().height])
            .filter(([, height]) => height < 47.5)"""
    )


def test_the_record_prints_on_one_landscape_sheet(sign_in, keys, served_clinic):
    page = sign_in("nurse")
    page.goto(f"/sessions/{keys.sessions['Alder']}/record/")
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", printed)) == 1
    box = re.search(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", printed)
    assert float(box[1]) > float(box[2])

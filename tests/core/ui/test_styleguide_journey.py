"""The style guide in a real browser: each component and chart, in four themes."""

from __future__ import annotations

import io
import threading
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings
from PIL import Image
from playwright.sync_api import expect

pytestmark = pytest.mark.journey

THEMES = ("light", "dark", "room", "deep")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SQUARE = 24  # CSS pixels: no square of this side may be wholly bright in a dark room
BRIGHT, BRIGHTEST = 0.05, 0.66
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "kapstone.core.ui.context.appearance",
            ]
        },
    }
]
MIDDLEWARE = [
    "csp.middleware.CSPMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "kapstone.core.ui.middleware.NoStore",
]


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        """Keep the test's output for the test."""


class _Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = True


@pytest.fixture(scope="module")
def address():
    """Serve the style guide alone, with the product's content policy and no database."""
    with override_settings(
        ROOT_URLCONF="tests.core.ui.addresses",
        MIDDLEWARE=MIDDLEWARE,
        TEMPLATES=TEMPLATES,
        ALLOWED_HOSTS=["localhost"],
    ):
        app = StaticFilesHandler(WSGIHandler())
        server = make_server("127.0.0.1", 0, app, _Threads, _Quiet)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def visit(browser, address):
    """Open a page that fails the test on a script error or a blocked resource."""
    opened, faults = [], []

    def go(path="/styleguide", *, width=1280, **options):
        context = browser.new_context(
            base_url=address, viewport={"width": width, "height": 900}, **options
        )
        opened.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "console",
            lambda said: faults.append(said.text) if said.type == "error" else None,
        )
        page.goto(path)
        return page

    yield go
    for context in opened:
        context.close()
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("theme", THEMES)
def test_nobody_is_shut_out_of_any_component(visit, theme):
    page = visit(f"/styleguide?theme={theme}")
    expect(page.locator("html")).to_have_attribute("data-theme", theme)
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    assert not found, [(one["id"], [node["target"] for node in one["nodes"]]) for one in found]


@pytest.mark.parametrize("width", [320, 390, 768])
def test_a_narrow_screen_scrolls_one_way_only(visit, width):
    page = visit(width=width)
    wide = page.evaluate("() => document.documentElement.scrollWidth")
    assert wide <= width


def test_a_theme_is_chosen_at_once_and_kept(visit):
    page = visit()
    switch = page.get_by_role("group", name="Light of this screen").first
    switch.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(switch.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    page.goto("/styleguide")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_theme_is_chosen_without_script(visit):
    page = visit(java_script_enabled=False)
    switch = page.get_by_role("group", name="Light of this screen").first
    switch.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.url.endswith("/styleguide")


def test_arrow_keys_read_a_chart_aloud(visit):
    page = visit()
    chart = page.locator("[data-cursor=plan-stops]")
    chart.focus()
    chart.press("ArrowRight")
    chart.press("ArrowRight")
    said = page.locator("#said")
    expect(said).to_contain_text("6 hours after the dose")
    assert page.locator(".chart-cursor").count() == 1
    chart.press("End")
    expect(said).to_contain_text("168 hours after the dose")
    chart.press("Escape")
    assert page.locator(".chart-cursor").count() == 0


def test_letters_move_along_the_rows_and_rest_in_a_field(visit):
    page = visit()
    page.locator("#main").focus()
    page.keyboard.press("j")
    expect(page.locator(".is-here")).to_contain_text("Birch")
    page.keyboard.press("j")
    expect(page.locator(".is-here")).to_contain_text("Larch")
    note = page.locator("#id_note")
    note.fill("")
    note.press("j")
    expect(note).to_have_value("j")
    expect(page.locator(".is-here")).to_contain_text("Larch")


def test_every_control_can_be_hit(visit):
    """The floors: 30 px in the clinic, 48 px for the patient and in the room."""
    page = visit()
    small = page.evaluate(
        """() => [...document.querySelectorAll('button, a.btn, a.big-row, .tabbar a')]
            .filter((one) => one.checkVisibility() && !one.closest('.panel-of'))
            .map((one) => [one.textContent.trim(), one.getBoundingClientRect().height,
                           one.closest('.patient, .room') ? 48 : 30])
            .filter(([, height, floor]) => height < floor - 0.5)"""
    )
    assert not small


@pytest.mark.parametrize("theme", ["room", "deep"])
def test_the_room_stays_dark(visit, theme):
    page = visit(f"/styleguide?theme={theme}")
    shot = page.locator("section.room").screenshot(animations="disabled")
    pixels = np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"), dtype=float) / 255
    linear = np.where(pixels <= 0.04045, pixels / 12.92, ((pixels + 0.055) / 1.055) ** 2.4)
    light = linear @ np.array([0.2126, 0.7152, 0.0722])
    bright = np.pad((light > BRIGHT).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    n = SQUARE
    filled = bright[n:, n:] - bright[:-n, n:] - bright[n:, :-n] + bright[:-n, :-n]
    assert int((filled == n * n).sum()) == 0
    assert light.max() <= BRIGHTEST


def test_every_key_is_listed_and_single_letters_can_be_switched_off(visit):
    page = visit()
    page.locator("#main").focus()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys on this page")
    expect(dialog).to_contain_text("next row")
    expect(dialog).to_contain_text("Book a session")
    dialog.get_by_label("Single letters work as keys").uncheck()
    dialog.get_by_role("button", name="Close").click()
    page.locator("#main").focus()
    page.keyboard.press("j")
    expect(page.locator(".is-here")).to_have_count(0)


def test_forced_colours_leave_every_word_readable(visit):
    page = visit(forced_colors="active")
    ink = page.evaluate("() => getComputedStyle(document.body).color")
    ground = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert ink != ground
    found = Axe().run(page, options={"runOnly": ["color-contrast"]}).response["violations"]
    assert not found, [node["target"] for one in found for node in one["nodes"]]

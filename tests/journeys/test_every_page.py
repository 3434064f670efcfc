"""Every main page, as each role: accessible, one heading, nothing off the side of a phone."""

import pytest

from tests.serving import assert_accessible

pytestmark = pytest.mark.journey

PUBLIC = ("/", "/is-it-for-me/", "/questions/", "/request/", "/help/", "/sign-in/")
CLINIC = ("/today/", "/patients/", "/schedule/", "/account/", "/account/calendar/")
CHART = (
    "",
    "plan/",
    "sessions/",
    "preparation/",
    "integration/",
    "measures/",
    "trails/",
    "consent/",
    "record/",
)
PATIENT = (
    "/me/",
    "/me/trails/",
    "/me/log/",
    "/me/journal/",
    "/me/plan/",
    "/me/check-in/",
    "/me/practices/",
    "/me/help/",
    "/me/safety-plan/",
    "/me/measures/",
    "/me/consent/",
    "/me/consent/page/K13/",
    "/me/consent/withdraw/",
    "/me/intention/",
    "/me/intention/?change=1",
    "/me/day/",
    "/me/how-we-know/",
    "/me/who-looked/",
    "/me/who-sees/",
    "/me/messages/",
)
SIDEWAYS = (
    "() => document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"
)

OUTLINE = "() => getComputedStyle(document.activeElement).outlineStyle"


def holds(page, path, *, width):
    page.set_viewport_size({"width": width, "height": 900})
    answer = page.goto(path)
    assert answer.status == 200, f"{path}: {answer.status}"
    assert page.locator("h1").count() == 1, f"{path}: one heading of the first order"
    assert_accessible(page)
    if width <= 320:
        assert not page.evaluate(SIDEWAYS), f"{path} runs off the side at {width} px"


@pytest.mark.parametrize("path", PUBLIC)
def test_public_pages(page, path):
    holds(page, path, width=1280)
    holds(page, path, width=320)


@pytest.mark.parametrize(
    ("username", "extra"),
    [
        ("therapist", ("/outcomes/",)),
        ("prescriber", ("/screening/", "/drugs/", "/drugs/reports/")),
        ("nurse", ("/drugs/", "/drugs/counts/", "/drugs/lots/", "/drugs/receive/")),
        ("front-desk", ("/requests/", "/post/")),
        (
            "administrator",
            ("/audit/", "/people/", "/people/add/", "/rooms/", "/account/password/"),
        ),
    ],
)
def test_pages_of_the_clinic(sign_in, username, extra):
    page = sign_in(username)
    wanted = [*CLINIC, *extra]
    if username == "administrator":
        wanted.remove("/patients/")
    if username == "nurse":
        wanted.remove("/patients/")
    for path in wanted:
        holds(page, path, width=1440)
        holds(page, path, width=320)


@pytest.mark.parametrize("end", CHART)
def test_pages_about_one_patient(sign_in, keys, end):
    page = sign_in("therapist")
    holds(page, f"/patients/{keys.patients['Linden']}/{end}", width=1440)
    holds(page, f"/patients/{keys.patients['Linden']}/{end}", width=320)


def test_pages_of_the_patient(sign_in):
    page = sign_in("linden")
    for path in PATIENT:
        holds(page, path, width=390)
        holds(page, path, width=320)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_main_pages_in_each_light(sign_in, page, keys, served_clinic, theme):
    for username, paths in (
        ("therapist", ("/today/", f"/patients/{keys.patients['Linden']}/")),
        ("linden", ("/me/", "/me/trails/")),
    ):
        sign_in(username)
        page.context.add_cookies(
            [{"name": "theme", "value": theme, "url": served_clinic.base_url}]
        )
        for path in paths:
            holds(page, path, width=1280)


@pytest.mark.parametrize("theme", ["room", "deep", "light"])
def test_the_room_in_each_light(sign_in, page, keys, served_clinic, theme):
    sign_in("nurse")
    page.context.add_cookies([{"name": "theme", "value": theme, "url": served_clinic.base_url}])
    for end in ("room/", "discharge/", "record/"):
        holds(page, f"/sessions/{keys.sessions['Alder']}/{end}", width=1180)
    holds(page, f"/sessions/{keys.sessions['Larch']}/gate/", width=1180)
    holds(page, f"/sessions/{keys.sessions['Alder']}/room/", width=390)
    holds(page, f"/sessions/{keys.sessions['Alder']}/held/", width=320)


def test_text_twice_as_large_stays_on_the_page(sign_in):
    page = sign_in("linden")
    # A window of 640 px at 200 % is 320 px wide to the page.
    page.set_viewport_size({"width": 320, "height": 450})
    page.goto("/me/")
    assert not page.evaluate(SIDEWAYS)
    page.get_by_role("link", name="Help now").first.focus()
    assert page.evaluate(OUTLINE) != "none"


def test_the_auditor_and_the_researcher_open_what_is_theirs(sign_in):
    page = sign_in("auditor")
    holds(page, "/audit/", width=1280)
    holds(page, "/audit/?show=looks", width=1280)
    page = sign_in("researcher")
    holds(page, "/outcomes/", width=1280)

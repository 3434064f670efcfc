"""The browser's half of the sync machine, in a real browser, against the same vectors."""

from pathlib import Path

import pytest
from tests.sync import playing

import kapstone.clinic.dosing

pytestmark = pytest.mark.journey

MODULES = Path(kapstone.clinic.dosing.__file__).parent / "static/dosing/sync"
PLAYER = Path(__file__).parent / "in_browser/play.js"
# The server's to decide: a tablet judges no batch, gives itself no lease, reads no whole room.
NOT_THE_TABLETS = {"judging batches", "lease takes", "room rooms"}


@pytest.fixture(scope="module")
def player(browser):
    """Open a page that has loaded the modules; localhost, since only there is WebCrypto."""
    context = browser.new_context()
    page = context.new_page()
    page.route(
        "http://localhost:1/**",
        lambda route: route.fulfill(
            content_type="text/html",
            body='<!doctype html><script type="module" src="/play.js"></script>',
        ),
    )
    page.route("**/play.js", lambda route: route.fulfill(path=PLAYER))
    page.route(
        "**/sync/*.js",
        lambda route: route.fulfill(path=MODULES / Path(route.request.url).name),
    )
    page.goto("http://localhost:1/")
    page.wait_for_function("() => window.play !== undefined")
    yield page
    context.close()


def parts():
    for path in sorted(playing.VECTORS.glob("*.json")):
        for part in playing.load(path.stem):
            if part != "about":
                yield f"{path.stem} {part}"


@pytest.mark.parametrize("part", [one for one in parts() if one not in NOT_THE_TABLETS])
def test_the_tablet_does_what_the_vectors_say(player, part):
    file, name = part.split(" ")
    cases = playing.load(file)[name]
    told = player.evaluate("([part, cases]) => window.play(part, cases)", [part, cases])
    for case, said in zip(cases, told, strict=True):
        assert said == case["expect"], case["name"]


def test_every_part_is_played(player):
    assert set(player.evaluate("() => window.plays")) == set(parts()) - NOT_THE_TABLETS


def test_a_vector_can_turn_red(player):
    case = playing.load("pace")["waits"][1]
    told = player.evaluate("(cases) => window.play('pace waits', cases)", [case])
    assert told != [{"wait_ms": case["expect"]["wait_ms"] + 1}]

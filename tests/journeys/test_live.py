"""Two screens and one server: what is written on one is seen on the other, whatever happens."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import psycopg
import pytest
from django.utils import timezone
from playwright.sync_api import expect

from kapstone.clinic.dosing.actions import record_entry
from kapstone.clinic.dosing.entries import Note, Speaker
from kapstone.clinic.dosing.models import DosingSession
from kapstone.core.access.fences import acting_in
from kapstone.core.people.models import Clinic, RoomDuty, User
from kapstone.site import postgres
from tests import databases, serving
from tests.journeys.conftest import PASSWORD, Keys

pytestmark = pytest.mark.journey

SOON_MS = 2_000  # the promise: on every open screen within two seconds
CHECK_MS = 15_000  # the door is asked again so often
# What the page's stream said, and from where each stream began: kept beside the page's own use.
LISTEN = """
window.heard = []; window.opened = [];
window.EventSource = class extends window.EventSource {
  constructor(address) {
    super(address);
    window.opened.push(address);
    for (const name of ["now", "entries", "change", "beat", "ended"]) {
      this.addEventListener(name, (e) => window.heard.push([name, e.lastEventId, e.data]));
    }
  }
};
"""


class Own:
    """A clinic of this test's own, whose server can be stopped and started."""

    def __init__(self, database, log):
        self.database, self.log = database, log
        self.port = serving.free_port()
        self.address = f"http://localhost:{self.port}"
        self.keys = Keys(database)
        self.room = f"/sessions/{self.keys.sessions['Alder']}/room/"
        self.process = None

    def start(self):
        """Serve with two workers, and wait until it answers."""
        with self.log.open("a") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "kapstone", "serve", "--port", str(self.port)],
                env=serving.environment(self.database) | {"KAPSTONE_WORKERS": "2"},
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        until = time.monotonic() + serving.START_SECONDS
        while not serving.answers(self.address):
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < until, self.log.read_text()
            time.sleep(0.1)

    def pull_the_plug(self):
        """End the server and its workers without a word."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=30)

    def as_owner(self, statement):
        """Change the database as its owner, behind everyone's back."""
        server = postgres.ensure()
        address = server.conninfo(user=postgres.OWNER, database=self.database)
        with psycopg.connect(address) as link:
            link.execute(statement)

    @contextmanager
    def inside(self):
        """Write as the app does, from this process."""
        with databases.connected_to(self.database):
            clinic = Clinic.objects.get(is_synthetic=True)
            with acting_in(clinic_id=clinic.pk):
                yield

    def note(self, words, by="nurse"):
        """Write a note into the room, as another worker would."""
        with self.inside():
            record_entry(
                by=User.objects.get(username=by),
                at=timezone.now(),
                session=DosingSession.objects.get(key=self.keys.sessions["Alder"]),
                payload=Note(speaker=Speaker.OBSERVER, text=words),
            )

    def take_the_nurse_off(self):
        """End the nurse's duty in the room."""
        with self.inside():
            nurse = User.objects.get(username="nurse")
            RoomDuty.objects.filter(user=nurse, ended_at=None).update(ended_at=timezone.now())


@pytest.fixture
def own(django_test_environment, django_db_blocker, tmp_path):
    with django_db_blocker.unblock():
        database = databases.copy(databases.seeded(serving.seed))
        clinic = Own(database, tmp_path / "log")
        clinic.start()
        yield clinic
        if clinic.process.poll() is None:
            clinic.pull_the_plug()
        databases.drop(database)


@pytest.fixture
def screen(browser, own):
    """Open screens, each with a session of its own."""
    contexts = []

    def opened(user, path):
        context = browser.new_context(base_url=own.address, locale="en-GB")
        contexts.append(context)
        context.add_init_script(LISTEN)
        page = context.new_page()
        page.goto("/sign-in/")
        page.get_by_label("Name", exact=True).fill(user)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url(lambda address: "/sign-in/" not in address)
        page.goto(path)
        follows(page, "live")
        return page

    yield opened
    for context in contexts:
        context.close()


def follows(page, state, timeout=15_000):
    """Wait until a screen says how it follows."""
    expect(page.locator("html")).to_have_attribute("data-follows", state, timeout=timeout)


def feed(page):
    return page.get_by_role("list", name="What was written")


def heard(page, name):
    """Give what a screen's streams said under one name: the numbers and the data."""
    said = page.evaluate("window.heard")
    return [(number, json.loads(data)) for kind, number, data in said if kind == name]


def write_pulse(page, digits):
    """Write a pulse and a saturation on the keypad."""
    page.locator("[data-tile]").nth(2).press_sequentially(digits)
    page.locator("[data-save]").click()


def test_what_is_written_on_one_screen_is_on_the_others_within_two_seconds(own, screen):
    first, second = screen("nurse", own.room), screen("therapist", own.room)
    board = screen("therapist", "/today/")
    card = board.locator(".room-card").filter(has_text="Alder")
    write_pulse(first, "8795")
    expect(feed(second)).to_contain_text("Pulse 87, SpO2 95", timeout=SOON_MS)
    expect(card).to_contain_text("87", timeout=SOON_MS)
    # What stands beside the keys follows too, and what is typed there stays.
    second.locator("[data-tile]").first.press_sequentially("14")
    write_pulse(first, "8894")
    expect(second.locator("[data-hears=heart_rate_per_min]")).to_have_text(
        "last 88", timeout=SOON_MS
    )
    expect(second.locator("[data-tile]").first).to_have_value("14")
    for page in (first, second, board):
        expect(page.locator(".live-state")).to_have_text("Live")


def test_nothing_of_what_is_written_is_in_the_stream(own, screen):
    page = screen("nurse", own.room)
    own.note("a secret of the heart")
    expect(feed(page)).to_contain_text("a secret of the heart", timeout=SOON_MS)
    assert heard(page, "entries")
    assert "secret" not in json.dumps(page.evaluate("window.heard"))


def test_without_the_announcement_two_seconds_are_missed(own, screen):
    """The control: it is the announcement that is fast, and asking again that is sure."""
    own.as_owner("DROP TRIGGER kapstone_announce ON dosing_sessionentry")
    page = screen("nurse", own.room)
    own.note("nobody told of this")
    with pytest.raises(AssertionError):
        expect(feed(page)).to_contain_text("nobody told of this", timeout=SOON_MS)
    expect(feed(page)).to_contain_text("nobody told of this", timeout=CHECK_MS + SOON_MS)


def test_a_server_that_dies_is_said_and_nothing_is_missed(own, screen):
    room, board = screen("nurse", own.room), screen("therapist", "/today/")
    tag = board.locator(".room-card .tag").first
    green = tag.evaluate("(tag) => getComputedStyle(tag).color")
    own.note("before")
    expect(feed(room)).to_contain_text("before", timeout=SOON_MS)
    known = heard(room, "entries")[-1][1]["to"]
    own.pull_the_plug()
    for page in (room, board):
        follows(page, "stale")
        expect(page.locator(".live-state")).to_contain_text(re.compile("Out of date since"))
    assert tag.evaluate("(tag) => getComputedStyle(tag).color") != green
    for words in ("the first", "the second", "the third"):
        own.note(words)
    own.start()
    for page in (room, board):
        follows(page, "live", timeout=45_000)
    for words in ("the first", "the second", "the third"):
        expect(feed(room)).to_contain_text(words, timeout=SOON_MS)
    # The stream itself said that there were three, from where this screen stood.
    assert {"after": known, "to": known + 3} in [data for _, data in heard(room, "entries")]
    own.note("afterwards")
    expect(feed(room)).to_contain_text("afterwards", timeout=SOON_MS)
    assert tag.evaluate("(tag) => getComputedStyle(tag).color") == green


def test_rights_that_end_close_the_stream(own, screen):
    nurse, therapist = screen("nurse", own.room), screen("therapist", own.room)
    own.take_the_nurse_off()
    expect(nurse.locator("html")).to_have_attribute(
        "data-follows", "stale", timeout=CHECK_MS + 15_000
    )
    assert heard(nurse, "ended")[0][1] == {"status": 404}
    own.note("not for the nurse any more", by="therapist")
    expect(feed(therapist)).to_contain_text("not for the nurse", timeout=SOON_MS)
    expect(feed(nurse)).not_to_contain_text("not for the nurse", timeout=SOON_MS)
    # The control: whose rights did not end still follows, and was asked again meanwhile.
    assert not heard(therapist, "ended")
    assert heard(therapist, "beat")
    follows(therapist, "live")


def test_signing_out_closes_the_streams_of_that_sign_in(own, screen):
    board = screen("therapist", "/today/")
    other = board.context.new_page()
    other.goto("/patients/")
    other.get_by_role("button", name="Sign out").first.click()
    other.wait_for_url(lambda address: "/patients/" not in address)
    board.wait_for_url(lambda address: "/sign-in/" in address, timeout=CHECK_MS + 15_000)


def test_without_event_streams_the_screen_asks(own, browser, screen):
    page = screen("nurse", own.room)
    page.context.add_init_script("delete window.EventSource")
    page.reload()
    follows(page, "asks")
    expect(page.locator(".live-state")).to_have_text("Not live: asks every 5 s")
    own.note("found by asking")
    expect(feed(page)).to_contain_text("found by asking", timeout=7_000)

"""A tablet in a browser of its own: the room on it, its network, and what the record holds."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from playwright.sync_api import expect

from kapstone.site import postgres
from tests.journeys.conftest import PASSWORD

BATCH = re.compile(r".*/entries/batch/$")
# What a browser says by itself of a network that is gone; anything else is a fault.
_OF_THE_NETWORK = ("Failed to load resource", "htmx:sendError", "htmx:afterRequest")


class Tablet:
    """One browser with a memory of its own, signed in, with the room of one session."""

    def __init__(self, browser, served_clinic, session, **options):
        self.session = session
        self.room = f"/sessions/{session}/room/"
        self.context = browser.new_context(
            base_url=served_clinic.base_url, locale="en-GB", **options
        )
        self.faults = []
        self.page = self.new_page()

    def new_page(self):
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self._heard)
        return page

    def _heard(self, said):
        if said.type == "error" and not said.text.startswith(_OF_THE_NETWORK):
            self.faults.append(said.text)

    def sign_in(self, username="nurse", page=None):
        page = page or self.page
        page.goto("/sign-in/")
        page.get_by_label("Name", exact=True).fill(username)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url(lambda address: "/sign-in/" not in address)
        return self

    def open(self, tab="vitals", *, is_ready=True):
        self.page.goto(f"{self.room}?tab={tab}", wait_until="domcontentloaded")
        if is_ready:
            expect(self.page.locator("html")).to_have_attribute("data-ready", "offline")
        return self

    def away(self, is_away=True):
        self.context.set_offline(is_away)

    @contextmanager
    def answers_cut(self):
        """Let the server take every batch, and lose its answer on the way back."""

        def cut(route):
            route.fetch()
            route.abort()

        self.context.route(BATCH, cut)
        yield
        self.context.unroute(BATCH, cut)

    def kill(self):
        """Close the tab without a word, and open an empty one."""
        self.page.close(run_before_unload=False)
        self.page = self.new_page()

    def write_note(self, words, page=None):
        page = page or self.page
        if not page.get_by_label("In their words").is_visible():
            page.get_by_role("link", name="Note", exact=True).click()
        page.get_by_text("Observer", exact=True).click()
        page.get_by_label("In their words").fill(words)
        page.get_by_role("button", name=re.compile("^Save")).click()

    def line(self, words, page=None):
        feed = (page or self.page).get_by_role("list", name="What was written")
        return feed.get_by_role("listitem").filter(has_text=words)

    def bar(self, page=None):
        return (page or self.page).locator("#away")

    def close(self):
        self.context.close()
        assert not self.faults, "\n".join(self.faults)


class Written:
    """What the record of one session holds, read from the database beside the app."""

    def __init__(self, served_clinic, session):
        self.served, self.session = served_clinic, session

    @contextmanager
    def link(self):
        server = postgres.ensure()
        conninfo = server.conninfo(user=postgres.OWNER, database=self.served.database)
        with psycopg.connect(conninfo) as link:
            link.execute(
                "SELECT set_config('kapstone.clinic', (SELECT min(id)::text"
                " FROM people_clinic), false)"
            )
            yield link

    def rows(self):
        with self.link() as link:
            return link.execute(
                "SELECT e.kind, e.payload, e.device_id, e.device_seq"
                " FROM dosing_sessionentry e JOIN dosing_dosingsession s"
                " ON s.id = e.session_id WHERE s.key = %s ORDER BY e.id",
                [self.session],
            ).fetchall()

    def doses(self):
        """List the milligrams of each dose that the drug's own table holds."""
        with self.link() as link:
            found = link.execute(
                "SELECT d.amount_mg FROM dosing_dosegiven d JOIN dosing_dosingsession s"
                " ON s.id = d.session_id WHERE s.key = %s",
                [self.session],
            ).fetchall()
        return sorted(float(amount) for (amount,) in found)

    def order_at_most(self, most_mg):
        """Let the order of this dose be signed anew, with another maximum."""
        with self.link() as link:
            link.execute(
                "INSERT INTO dosing_doseorder SELECT (jsonb_populate_record(o,"
                " jsonb_build_object('id', nextval("
                " pg_get_serial_sequence('dosing_doseorder', 'id')),"
                "'key', gen_random_uuid(), 'entry_id', gen_random_uuid(),"
                "'max_session_mg', %s::numeric, 'signed_at', o.signed_at + interval '1 second'"
                "))).* FROM dosing_doseorder o JOIN dosing_dosingsession s"
                " ON s.course_id = o.course_id AND s.number = o.number WHERE s.key = %s"
                " ORDER BY o.signed_at DESC LIMIT 1",
                [most_mg, self.session],
            )

    def notes(self):
        return [payload["text"] for kind, payload, *_ in self.rows() if kind == "note"]

    def times(self, words):
        return sum(words == said for said in self.notes())


@contextmanager
def opened(browser, served_clinic, session, **options) -> Iterator[Tablet]:
    """Give a tablet on which the nurse has opened the room."""
    tablet = Tablet(browser, served_clinic, session, **options)
    tablet.sign_in().open()
    yield tablet
    tablet.close()

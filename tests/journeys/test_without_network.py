"""The room with the network gone, in a real browser: nothing lost, nothing doubled."""

import os
import random
import re
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import expect

import kapstone.clinic.dosing
from tests.journeys.tablets import BATCH, Tablet, Written, opened
from tests.serving import assert_accessible

pytestmark = pytest.mark.journey

RUNS = int(os.environ.get("KAPSTONE_DRILL_RUNS", "10"))
SEED = int(os.environ.get("KAPSTONE_DRILL_SEED", "4"))
MODULES = Path(kapstone.clinic.dosing.__file__).parent / "static/dosing/sync"

# Everything in the room's database, as somebody who copied it would read it.
WHAT_LIES_HERE = """async () => {
  const ask = (request) => new Promise((done) => {
    request.onsuccess = () => done(request.result);
  });
  const database = await ask(indexedDB.open("kapstone-room"));
  const all = {};
  for (const name of database.objectStoreNames) {
    all[name] = await ask(database.transaction(name).objectStore(name).getAll());
  }
  const isSealed = (value) => value instanceof ArrayBuffer || ArrayBuffer.isView(value);
  const readable = JSON.stringify(all, (name, value) => (isSealed(value) ? "sealed" : value));
  const exported = all.keys.length
    ? await crypto.subtle.exportKey("raw", all.keys[0]).catch((why) => why.name) : "no key";
  const [events, pages, keys] = [all.events, all.kept, all.keys].map((rows) => rows.length);
  return { readable, exported, events, pages, keys };
}"""


@pytest.fixture
def session(keys):
    return keys.sessions["Alder"]


@pytest.fixture
def tablet(browser, served_clinic, session):
    with opened(browser, served_clinic, session) as found:
        yield found


@pytest.fixture
def written(served_clinic, session):
    return Written(served_clinic, session)


# --- The drill: away, three entries, the tab killed at any moment, back -----------------------


def run_once(tablet, chance, name):
    """Play one run; give the entries that wore tick 1, and those that were only typed."""
    ticked, typed = [], []
    tablet.open("note")
    gone_after = chance.randrange(3)
    for number in range(3):
        if number == gone_after:
            tablet.away()
        words = f"{name}, entry {number}"
        typed.append(words)
        tablet.write_note(words)
        if number < 2 or chance.random() < 0.6:
            expect(tablet.line(words).locator(".ticks")).to_be_visible()
            ticked.append(words)
    tablet.kill()
    if chance.random() < 0.7:
        tablet.open("note", is_ready=False)
        for words in ticked[gone_after:]:
            expect(tablet.line(words)).to_contain_text("on this tablet")
        if chance.random() < 0.3:
            tablet.kill()
    tablet.away(False)
    tablet.open("note")
    return ticked, typed


def settle(tablet):
    """Wait until nothing waits on the tablet."""
    standing = tablet.page.locator('.feed .ticks[data-standing="kept"]')
    expect(standing).to_have_count(0)


def lost_or_doubled(written, ticked, typed):
    """List what the record lacks although it was ticked, and what it holds more than once."""
    notes = written.notes()
    lost = [words for words in ticked if words not in notes]
    return lost + [words for words in typed if notes.count(words) > 1]


def test_nothing_is_lost_or_doubled_whenever_the_tab_dies(tablet, written):
    for run in range(RUNS):
        chance = random.Random(f"{SEED}.{run}")  # noqa: S311  a drill, replayed by its seed
        name = f"Run {SEED}.{run} of {uuid4().hex[:8]}"
        ticked, typed = run_once(tablet, chance, name)
        settle(tablet)
        assert lost_or_doubled(written, ticked, typed) == [], f"run {run} of seed {SEED}"


def test_an_answer_that_is_lost_doubles_nothing(tablet, written):
    tablet.open("note")
    with tablet.answers_cut():
        tablet.write_note("The answer to this one is lost.")
        line = tablet.line("The answer to this one is lost.")
        expect(line).to_contain_text("on this tablet")
        tablet.page.wait_for_timeout(2_500)  # several tries
        assert written.times("The answer to this one is lost.") == 1
        expect(line.first).to_be_visible()
        tablet.kill()
    tablet.open("note")
    settle(tablet)
    assert written.times("The answer to this one is lost.") == 1


def hotel(route):
    """Answer as the network of a hotel does, to whatever is asked."""
    route.fulfill(status=200, content_type="text/html", body="<h1>Welcome, please pay</h1>")


def test_a_page_of_somebody_elses_network_saves_nothing(tablet, written):
    tablet.open("note")
    tablet.context.route(BATCH, hotel)
    tablet.write_note("Behind a hotel's page.")
    line = tablet.line("Behind a hotel's page.")
    expect(line).to_contain_text("on this tablet")
    tablet.page.wait_for_timeout(2_000)
    expect(line).not_to_contain_text("saved")
    assert written.times("Behind a hotel's page.") == 0
    tablet.context.unroute(BATCH, hotel)
    expect(line).to_contain_text("saved")
    assert written.times("Behind a hotel's page.") == 1


def test_two_tabs_of_one_tablet_number_without_a_gap(tablet, written):
    other = tablet.new_page()
    other.goto(f"{tablet.room}?tab=note")
    expect(other.locator("html")).to_have_attribute("data-ready", "offline")
    tablet.open("note")
    tablet.away()
    for number in range(3):
        tablet.write_note(f"First tab {number}")
        tablet.write_note(f"Second tab {number}", page=other)
        expect(tablet.line(f"Second tab {number}", page=other)).to_contain_text("tablet")
    expect(tablet.line("Second tab 2")).to_be_visible()  # each shows what the other wrote
    tablet.away(False)
    settle(tablet)
    rows = [
        (payload["text"], device, seq)
        for kind, payload, device, seq in written.rows()
        if kind == "note" and " tab " in payload["text"]
    ]
    assert sorted(text for text, *_ in rows) == sorted(
        f"{which} tab {number}" for which in ("First", "Second") for number in range(3)
    )
    assert len({device for _, device, _ in rows}) == 1
    numbers = sorted(seq for *_, seq in rows)
    assert numbers == list(range(numbers[0], numbers[0] + 6))


def test_the_drill_turns_red_when_entries_are_purged_on_sending(
    browser, served_clinic, session
):
    """The control: a tablet that forgets an entry once it is sent loses it with the answer."""
    source = (MODULES / "sending.js").read_text()
    line = "  const body = await ask("
    assert source.count(line) == 1
    forgetting = (
        "  await disk.writeAnswer({ ...now, mark: 1e9, items: now.items.map("
        '(one) => ({ ...one, standing: "saved" })) });\n'
    )
    tablet = Tablet(browser, served_clinic, session, service_workers="block")
    tablet.context.route(
        re.compile(r".*/sync/sending(\.[0-9a-f]+)?\.js$"),
        lambda route: route.fulfill(
            content_type="text/javascript", body=source.replace(line, forgetting + line)
        ),
    )
    tablet.sign_in()
    tablet.page.goto(f"{tablet.room}?tab=note")
    expect(tablet.page.locator("#tablet")).to_be_attached()
    tablet.page.wait_for_timeout(1_500)
    tablet.context.route(BATCH, lambda route: route.abort())
    tablet.write_note("Forgotten on sending.")
    tablet.page.wait_for_timeout(1_500)
    tablet.kill()
    tablet.context.unroute(BATCH)
    tablet.page.goto(f"{tablet.room}?tab=note")
    tablet.page.wait_for_timeout(1_500)
    found = lost_or_doubled(
        Written(served_clinic, session), ["Forgotten on sending."], ["Forgotten on sending."]
    )
    assert found == ["Forgotten on sending."]
    tablet.context.close()


# --- What the room says and does --------------------------------------------------------------


def test_the_bar_counts_and_says_whom_to_call(browser, served_clinic, session):
    tablet = Tablet(browser, served_clinic, session)
    tablet.sign_in()
    tablet.page.clock.install()
    tablet.open("note")
    expect(tablet.bar()).to_be_hidden()
    tablet.away()
    tablet.write_note("While nobody hears.")
    said = re.compile(r"Working on this tablet · 1 not yet saved.*oldest 00:\d\d")
    expect(tablet.bar()).to_have_text(said, timeout=10_000)
    tablet.page.clock.fast_forward("02:05")
    expect(tablet.bar()).to_contain_text("Somebody calls")
    expect(tablet.bar()).to_contain_text("writes on paper")
    tablet.away(False)
    settle(tablet)
    # The stream beats and the server answers; only what is posted comes back as another's page.
    tablet.context.route(BATCH, hotel)
    tablet.write_note("The stream goes on beating.")
    expect(tablet.line("The stream goes on beating.")).to_contain_text("on this tablet")
    tablet.page.clock.fast_forward("00:11")
    stuck = re.compile(r"1 not yet saved. The server is there, but takes no entries.")
    expect(tablet.bar()).to_have_text(stuck, timeout=10_000)
    expect(tablet.bar()).not_to_have_class(re.compile("well"))
    expect(tablet.line("The stream goes on beating.")).not_to_contain_text("saved")
    tablet.context.unroute(BATCH, hotel)
    expect(tablet.bar()).to_contain_text("The entry is saved.", timeout=20_000)
    tablet.close()


def test_a_server_that_is_silent_is_noticed_within_ten_seconds(tablet):
    streams = re.compile(r"/room/live/(\?after=.*)?$")
    tablet.context.route(streams, lambda route: route.abort())  # a stream would go on speaking
    tablet.open()
    silent = re.compile(r"/sessions/.*/(live|clock|batch|kept)/")
    tablet.context.route(silent, lambda route: None)  # taken, and never answered
    expect(tablet.bar()).to_contain_text("Working on this tablet", timeout=10_000)
    tablet.context.unroute(silent)
    expect(tablet.bar()).to_be_hidden()


def test_the_room_opens_again_without_the_network(tablet):
    policy = tablet.page.goto(tablet.room).headers["content-security-policy"]
    expect(tablet.page.locator("html")).to_have_attribute("data-ready", "offline")
    words = "Nobody who finds this tablet reads this."
    tablet.open("note").write_note(words)
    expect(tablet.line(words)).to_contain_text("saved")
    tablet.away()
    answer = tablet.page.goto(tablet.room)
    assert answer.from_service_worker
    rules = set(map(str.strip, policy.split(";")))
    assert set(map(str.strip, answer.headers["content-security-policy"].split(";"))) == rules
    expect(tablet.page.get_by_role("heading", name="Alder")).to_be_visible()
    assert words not in tablet.page.content()
    for tab, field in (("Event", "In words"), ("Note", "In their words"), ("Vitals", "Sys")):
        tablet.page.get_by_role("link", name=tab, exact=True).click()
        expect(tablet.page.get_by_label(field).first).to_be_visible()
    tablet.page.get_by_role("link", name="Call medic").click()
    expect(tablet.page.get_by_role("heading", name=re.compile("^Call "))).to_be_visible()
    tablet.page.locator(".steps-help button").first.click()
    expect(tablet.page.locator(".steps-help .done").first).to_be_visible()


KEEPS = re.compile(r".*/room/keeps/.*")
PURGE = """async () => {
  const used = performance.getEntriesByType("resource").map((one) => one.name);
  const { purge } = await import(used.find((name) => name.includes("sync/purging.")));
  await purge();
}"""


def purge(tablet, **change):
    """Let the tablet ask what it may keep, and the server say that this room goes."""

    def goes(route):
        said = route.fetch().json()
        route.fulfill(json={**said, "keep": False, **change})

    tablet.away(False)
    tablet.context.route(KEEPS, goes)
    tablet.page.evaluate(PURGE)
    tablet.context.unroute(KEEPS)


def test_what_lies_on_the_tablet_is_sealed_and_goes_when_it_may_not_be_kept(tablet):
    tablet.context.route(BATCH, lambda route: route.abort())
    tablet.away()
    tablet.page.locator("[data-tile]").first.press_sequentially("1339167")
    tablet.page.keyboard.press("Enter")
    expect(tablet.line("133/91")).to_contain_text("on this tablet")
    kept = tablet.page.evaluate(WHAT_LIES_HERE)
    assert kept["events"] == 1
    for told in ("Alder", "133", "K-0"):
        assert told not in kept["readable"]
    assert kept["exported"] == "InvalidAccessError"
    # A forged answer lets nothing go; a believed one the pages, and never what waits.
    assert kept["pages"] >= 2
    purge(tablet, device_id=str(uuid4()))
    assert tablet.page.evaluate(WHAT_LIES_HERE)["pages"] == kept["pages"]
    purge(tablet)
    left = tablet.page.evaluate(WHAT_LIES_HERE)
    assert (left["pages"], left["events"], left["keys"]) == (0, 1, 1)
    tablet.context.unroute(BATCH)
    tablet.away(False)
    settle(tablet)
    purge(tablet)
    left = tablet.page.evaluate(WHAT_LIES_HERE)
    assert (left["pages"], left["events"], left["keys"]) == (0, 0, 0)


def test_crossings_and_clocks_go_on_alone(tablet, written):
    tablet.away()
    tablet.page.locator("[data-tile]").first.press_sequentially("2279088")
    tablet.page.keyboard.press("Enter")
    crossing = tablet.page.locator("#crossings-here .crossing.act")
    expect(crossing).to_contain_text("Systolic 227 is 220 or more.")
    crossing.get_by_role("button", name="Told").click()
    expect(crossing).to_have_count(0)
    clock = tablet.page.locator(".clock b")
    before = clock.inner_text()
    expect(clock).not_to_have_text(before)
    tablet.away(False)
    settle(tablet)
    expect(tablet.page.locator("#crossings .crossing")).to_have_count(0)
    answers = [payload for kind, payload, *_ in written.rows() if kind == "answer"]
    assert answers[-1]["parameter"] == "systolic_mmhg"


def test_a_slip_is_asked_about_without_the_network(tablet):
    tablet.away()
    tablet.page.locator("[data-tile]").first.focus()
    tablet.page.keyboard.type("90146")
    tablet.page.keyboard.press("Enter")
    expect(tablet.page.get_by_role("alert").filter(has_text="Check 90/146")).to_be_visible()
    expect(tablet.page.locator("[data-tile]").first).to_have_value("90")
    tablet.page.get_by_role("button", name="It is true: save as it is").click()
    expect(tablet.line("90/146")).to_contain_text("on this tablet")
    tablet.away(False)
    settle(tablet)


def test_a_correction_goes_the_same_way(tablet, written):
    tablet.open("note").write_note("It was not so.")
    line = tablet.line("It was not so.")
    expect(line).to_contain_text("saved")
    line.get_by_role("link", name="Correct").click()
    tablet.page.get_by_text("Wrong key").click()
    tablet.page.get_by_role("button", name="Nothing took place").click()
    tablet.page.wait_for_url(re.compile(r"/room/$"))
    expect(tablet.line("It was not so.").locator("s")).to_be_visible()
    assert [kind for kind, *_ in written.rows()][-1] == "correction"


def test_an_ended_sign_in_keeps_the_room_and_the_queue(tablet, written):
    tablet.open("note")
    tablet.context.clear_cookies()
    tablet.write_note("After the sign-in ended.")
    expect(tablet.bar()).to_contain_text("Your sign-in has ended")
    expect(tablet.line("After the sign-in ended.")).to_contain_text("on this tablet")
    assert written.times("After the sign-in ended.") == 0
    with tablet.context.expect_page() as found:
        tablet.bar().get_by_role("link", name="Sign in again").click()
    again = found.value
    again.get_by_label("Name", exact=True).fill("nurse")
    again.get_by_label("Password", exact=True).fill("walk the new trail")
    again.get_by_role("button", name="Sign in", exact=True).click()
    again.wait_for_url(re.compile(r"/room/"))
    again.close()
    expect(tablet.line("After the sign-in ended.")).to_contain_text("saved")
    assert written.times("After the sign-in ended.") == 1


def test_who_signs_out_leaves_what_waits_to_the_next(tablet, written):
    tablet.open("note")
    tablet.context.route(BATCH, hotel)
    tablet.write_note("Written just before the shift ended.")
    expect(tablet.line("Written just before the shift ended.")).to_contain_text(
        "on this tablet"
    )
    leaving = tablet.new_page()
    leaving.goto("/sign-out/")
    leaving.get_by_role("button", name="Sign out", exact=True).click()
    leaving.wait_for_url(re.compile("/sign-in/"))
    leaving.close()
    tablet.kill()
    tablet.context.unroute(BATCH, hotel)
    tablet.sign_in().open("note")
    settle(tablet)
    assert written.times("Written just before the shift ended.") == 1


def hold_the_lease(tablet):
    """Open the dose, and take its lease over where another tablet has it."""
    tablet.open("dose")
    said = tablet.page.locator("[data-lease-said]")
    expect(said).to_contain_text("dose lease")
    if "Another tablet" in said.inner_text():
        tablet.page.get_by_text("Take the dose over to this tablet").click()
        tablet.page.get_by_label("Why this tablet takes over").fill("no")
        tablet.page.get_by_role("button", name="Take over", exact=True).click()
        expect(said).to_contain_text("at least 10 characters")
        tablet.page.get_by_label("Why this tablet takes over").fill(
            "The other one has no power"
        )
        tablet.page.get_by_role("button", name="Take over", exact=True).click()
    expect(said).to_contain_text("This tablet holds the dose lease")


def test_a_dose_is_refused_above_the_order_and_given_below_it_without_the_network(
    browser, served_clinic, session, written
):
    written.order_at_most(80)
    with opened(browser, served_clinic, session) as tablet:
        hold_the_lease(tablet)
        before = written.doses()
        tablet.away()
        amount = tablet.page.get_by_label("Amount in mg")
        amount.fill("500")
        give = tablet.page.get_by_role("button", name=re.compile("dose given now"))
        give.click()
        alert = tablet.page.get_by_role("alert").filter(has_text="is the most of the order")
        expect(alert).to_be_visible()
        expect(alert).to_contain_text("full name and date of birth")
        amount.fill("20")
        tablet.page.get_by_text("They said their full name").click()
        give.click()
        expect(line_of(tablet)).to_contain_text("on this tablet")
        tablet.kill()  # the network is gone, and now the tab too: it is on the disk
        tablet.open("dose", is_ready=False)
        expect(line_of(tablet)).to_contain_text("on this tablet")
        assert written.doses() == before  # nothing of it can be at the server yet
        tablet.away(False)
        settle(tablet)
        expect(line_of(tablet)).to_contain_text("saved")
        assert written.doses() == sorted([*before, 20.0])
        answer = tablet.page.request.get(f"/sessions/{session}/lease/").json()
        assert float(answer["total_mg"]) == sum(before) + 20
        assert answer["in_question"] == []
        assert [kind for kind, *_ in written.rows()].count("dose") == len(before) + 1


def line_of(tablet):
    return tablet.line("ketamine 20 mg IM")


@pytest.mark.parametrize("theme", ["light", "room", "deep"])
def test_nobody_is_shut_out_of_the_bar(tablet, theme):
    page = tablet.page
    page.evaluate("(theme) => { document.cookie = `theme=${theme}; path=/` }", theme)
    tablet.open("note")
    tablet.away()
    tablet.write_note(f"In the {theme} light.")
    expect(tablet.bar()).to_be_visible(timeout=10_000)
    assert_accessible(page)
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320
    tablet.away(False)
    settle(tablet)

import re
from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.builders import NINE, make_user
from tests.clinic.days import acts_in, main_of, sign_in, words_on
from tests.clinic.walk import DAY, HOUR, join_walk

from kapstone.clinic.practice.actions import JournalWords, agree_practice, write_journal
from kapstone.clinic.practice.forms import moment_of
from kapstone.clinic.practice.models import CheckIn, ForkWalk, JournalEntry, PracticeLog
from kapstone.clinic.scheduling.models import Appointment, Room
from kapstone.core.access.models import SharingGrant
from kapstone.core.audit.models import AccessEntry
from kapstone.core.people.models import Role

AT = NINE + 2 * DAY  # Wednesday 09:00, 48 hours after the dose
CANARY = "CANARY-heron-by-the-weir"


@pytest.fixture
def opened(walk, at_clock):
    """Give a walk two days after a dose, with a fork."""
    walk.give(NINE)
    walk.first_fork = walk.fork(NINE - 9 * DAY)
    at_clock(AT)
    return walk


@pytest.fixture
def own(opened) -> Client:
    return sign_in(opened, opened.patient.user)


def entry_of(walk, *, share: bool) -> JournalEntry:
    walk.stand(walk.patient.user)
    return write_journal(
        by=walk.patient.user,
        at=AT,
        patient=walk.patient,
        words=JournalWords(text=CANARY),
        share=share,
    )


# --- Your window -----------------------------------------------------------------------------


def test_home_says_the_phase_then_until_when_then_the_next_thing(opened, own):
    room = Room.objects.create(clinic=opened.clinic, name="Video line", is_video=True)
    opened.book(AT + 5 * HOUR, room=room)
    said = words_on(own.get("/me/"))
    order = [
        said.index(words) for words in ("Your window is open.", "until about", "14:00 with")
    ]
    assert order == sorted(order)
    assert "By video." in said


def test_home_never_has_more_than_three_rows(opened, own):
    opened.book(AT + 5 * HOUR)
    for practice in ("movement", "meditation", "gratitude"):
        agree_practice(
            by=opened.therapist, at=NINE, patient=opened.patient, practice=practice, target="x"
        )
    page = main_of(own.get("/me/"))
    assert page.count('class="big-row') == 3
    assert page.count("big-row pri") == 1


def test_a_practice_done_today_is_no_longer_asked_for(opened, own):
    agree_practice(
        by=opened.therapist,
        at=NINE,
        patient=opened.patient,
        practice="gratitude",
        target="3 lines",
    )
    assert "Three good things" in words_on(own.get("/me/"))
    own.post("/me/practices/gratitude/", {"entry_id": uuid4(), "minutes": 3})
    assert "Three good things" not in words_on(own.get("/me/"))


@pytest.mark.parametrize("hours", [0.5, 6, 21])
def test_rest_mode_holds_at_most_four_actions_and_no_tabs(walk, at_clock, hours):
    walk.give(NINE)
    at_clock(NINE + hours * HOUR)
    response = sign_in(walk, walk.patient.user).get("/me/")
    page = response.content.decode()
    assert "Rest now." in words_on(response)
    assert len(acts_in(main_of(response))) <= 3
    assert 'class="tabbar"' not in page
    assert "<form" not in main_of(response)
    assert "Help now" in page
    assert f"tel:{walk.clinic.phone.replace(' ', '')}" in page


def test_rest_mode_ends_on_the_next_morning(walk, at_clock):
    walk.give(NINE)
    at_clock(NINE + 22 * HOUR)
    page = sign_in(walk, walk.patient.user).get("/me/").content.decode()
    assert 'class="tabbar"' in page


def test_the_weather_is_not_asked_for_at_rest(walk, at_clock):
    walk.give(NINE)
    at_clock(NINE + 10 * HOUR)
    response = sign_in(walk, walk.patient.user).get("/me/check-in/")
    assert (response.status_code, response.headers["Location"]) == (303, "/me/")


def test_before_the_first_dose_the_land_is_flat_and_the_day_is_named(walk, at_clock):
    walk.book(NINE + 9 * DAY, kind=Appointment.Kind.DOSING, number=1)
    at_clock(NINE)
    said = words_on(sign_in(walk, walk.patient.user).get("/me/"))
    assert "Your first window opens on 11 March." in said
    assert "Worked out from your dose" not in said


def test_without_a_computed_window_the_words_go_by_the_clock(walk, at_clock):
    walk.give(NINE, amount_mg="1900")
    at_clock(AT)
    response = sign_in(walk, walk.patient.user).get("/me/")
    assert "Your window is open." in words_on(response)
    assert "These words go by the clock." in words_on(response)
    assert 'class="hill"' not in response.content.decode()


@pytest.mark.parametrize(
    ("hour", "theme"), [(12, ""), (17, ""), (18, "dark"), (23, "dark"), (5, "dark")]
)
def test_the_app_is_dark_in_the_evening(opened, at_clock, hour, theme):
    at_clock(AT.replace(hour=hour))
    page = sign_in(opened, opened.patient.user).get("/me/").content.decode()
    assert ('data-theme="dark"' in page) is bool(theme)


def test_a_chosen_light_is_kept_in_the_evening(opened, at_clock):
    at_clock(AT.replace(hour=22))
    own = sign_in(opened, opened.patient.user)
    own.cookies["theme"] = "light"
    assert 'data-theme="light"' in own.get("/me/").content.decode()


# --- Forest and fork -------------------------------------------------------------------------


def test_the_same_strengths_give_the_same_forest_byte_for_byte(opened, own):
    first, second = (main_of(own.get("/me/trails/")) for _ in range(2))
    assert first == second


def test_a_walk_in_the_open_phase_widens_the_trail_by_a_pixel(opened, own):
    def width() -> float:
        page = own.get("/me/trails/").content.decode()
        return max(map(float, re.findall(r'class="s-new" stroke-width="([\d.]+)"', page)))

    before = width()
    for _ in range(3):
        own.post(f"/me/log/{opened.first_fork.key}/", {"which": "new", "entry_id": uuid4()})
    assert width() - before >= 1


def test_the_list_holds_what_the_map_holds(opened, own):
    said = words_on(own.get("/me/trails/?view=list"))
    assert "Say one true thing , the new trail: faint." in said
    assert "Shut down , the old trail: very wide." in said
    assert "I am at this fork now" in said


@pytest.mark.parametrize("query", ["when=before", "when=dose-1", "when=nonsense", "fork=x"])
def test_any_position_of_the_switch_shows_a_forest(opened, own, query):
    response = own.get(f"/me/trails/?{query}")
    assert response.status_code == 200
    assert "trail-map" in response.content.decode()


def test_without_a_fork_the_page_says_how_to_name_one(walk, at_clock):
    at_clock(AT)
    client = sign_in(walk, walk.patient.user)
    assert "No fork yet." in words_on(client.get("/me/trails/"))
    assert "No fork yet" in words_on(client.get("/me/log/"))


def test_a_log_is_two_taps_from_the_window(opened, own):
    first = own.get("/me/log/")  # the tab
    assert "Voices get raised" in words_on(first)
    key = opened.first_fork.key
    assert f'action="/me/log/{key}/"' in first.content.decode()
    second = own.post(f"/me/log/{key}/", {"which": "noticed", "entry_id": uuid4()}, follow=True)
    assert "That counts." in words_on(second)
    assert ForkWalk.objects.get().which == "noticed"


def test_the_log_opens_the_fork_walked_last(opened, own):
    opened.stand()
    other = opened.fork(NINE, cue="Sunday night")
    own.post(f"/me/log/{other.key}/", {"which": "old", "entry_id": uuid4()})
    assert '<h1 class="voice">Sunday night</h1>' in own.get("/me/log/").content.decode()


def test_a_double_press_logs_once(opened, own):
    key, entry_id = opened.first_fork.key, uuid4()
    for _ in range(3):
        response = own.post(f"/me/log/{key}/", {"which": "new", "entry_id": entry_id})
        assert response.status_code == 303
    opened.stand()
    assert ForkWalk.objects.count() == 1


def test_earlier_today_is_one_more_tap(opened, own):
    sent = {"which": "new", "entry_id": uuid4(), "when": "night"}
    own.post(f"/me/log/{opened.first_fork.key}/", sent)
    opened.stand()
    assert ForkWalk.objects.get().walked_at == datetime(2026, 3, 3, 21, tzinfo=NINE.tzinfo)


@pytest.mark.parametrize(
    "sent", [{}, {"which": "sideways"}, {"which": "new", "entry_id": "x"}, {"when": "x"}]
)
def test_a_bad_log_is_answered_in_words_and_nothing_is_written(opened, own, sent):
    response = own.post(f"/me/log/{opened.first_fork.key}/", {"entry_id": uuid4(), **sent})
    assert response.status_code == 422
    assert 'role="alert"' in response.content.decode()
    opened.stand()
    assert not ForkWalk.objects.exists()


def test_undo_is_offered_for_ten_seconds_and_works(opened, own, at_clock):
    entry_id = uuid4()
    own.post(f"/me/log/{opened.first_fork.key}/", {"which": "new", "entry_id": entry_id})
    kept = f"/me/logged/{entry_id}/"
    assert "Undo" in words_on(own.get(kept))
    at_clock(AT + timedelta(seconds=9))
    assert "Taken back." in words_on(own.post(f"{kept}undo/", follow=True))
    at_clock(AT + timedelta(seconds=30))
    assert "Undo" not in words_on(own.get(kept))


def test_a_late_undo_is_refused_in_words(opened, own, at_clock):
    entry_id = uuid4()
    own.post(f"/me/log/{opened.first_fork.key}/", {"which": "new", "entry_id": entry_id})
    at_clock(AT + HOUR)
    response = own.post(f"/me/logged/{entry_id}/undo/")
    assert response.status_code == 422
    assert "too late to undo" in words_on(response)


@pytest.mark.parametrize(
    ("code", "hours"), [("now", 0), ("hour", 1), ("morning", 0), ("night", 12), ("?", 0)]
)
def test_a_time_in_words_is_never_ahead_of_now(code, hours):
    assert moment_of(code, NINE, ZoneInfo("UTC")) == NINE - hours * HOUR


# --- Journal ---------------------------------------------------------------------------------


def write(client, text=CANARY, share="private", **more):
    sent = {"entry_id": uuid4(), "text": text, "share": share, "prompt": "What felt new?"}
    return client.post("/me/journal/", {**sent, **more}, follow=True)


def test_the_choice_stands_before_the_words_and_is_private(own):
    page = main_of(own.get("/me/journal/"))
    assert page.index('name="share"') < page.index('name="text"')
    assert re.search(r'value="private"[^>]*checked', page)


def test_an_entry_is_kept_private_shared_and_taken_back(opened, own):
    page = write(own)
    assert "Only you can read this" in words_on(page)
    opened.stand(opened.patient.user)
    key = JournalEntry.objects.get().key
    assert "may read this" in words_on(
        own.post(f"/me/journal/{key}/share/", {"share": "yes"}, follow=True)
    )
    assert "Only you can read this" in words_on(
        own.post(f"/me/journal/{key}/share/", {"share": "no"}, follow=True)
    )


def test_rewording_leads_to_the_newest_version(opened, own):
    write(own, share="team")
    opened.stand(opened.patient.user)
    first = JournalEntry.objects.get()
    sent = {"entry_id": uuid4(), "text": "Other words", "share": "private"}
    assert "Other words" in words_on(own.post(f"/me/journal/{first.key}/", sent, follow=True))
    assert "You changed this later." in words_on(own.get(f"/me/journal/{first.key}/"))
    again = own.post(f"/me/journal/{first.key}/", {**sent, "entry_id": uuid4()})
    assert again.status_code == 422
    opened.stand(opened.patient.user)
    assert not SharingGrant.objects.filter(withdrawn_at__isnull=True).exists()


def test_crisis_words_bring_help_nearer_and_block_nothing(opened, own):
    page = write(own, "I want to die some nights.")
    assert page.status_code == 200
    assert "You do not have to carry them alone." in words_on(page)
    assert "You do not have to carry" not in words_on(write(own, "I walked first."))


def test_an_empty_entry_keeps_nothing_and_says_so(opened, own):
    response = write(own, " ")
    assert response.status_code == 422
    assert "There is nothing to keep yet." in words_on(response)


def test_the_whole_journal_can_be_taken_along(opened, own):
    write(own, "First")
    write(own, "Second")
    text = own.get("/me/journal/export/").content.decode()
    assert "First" in text
    assert "Second" in text


def test_a_private_entry_reaches_no_clinician_by_any_page(opened):
    entry = entry_of(opened, share=False)
    root = f"/patients/{opened.patient.key}/"
    ends = ("", "plan/", "window/", "trails/", "practices/", "integration/", "record/")
    pages = [root + end for end in ends]
    pages += ["/today/", "/patients/", f"/me/journal/{entry.key}/", "/me/journal/export/"]
    nurse = make_user(opened.clinic, Role.NURSE)
    for reader in (opened.therapist, opened.prescriber, nurse):
        client = sign_in(opened, reader)
        for page in pages:
            assert CANARY not in client.get(page).content.decode(), page
        assert (
            client.post(f"/me/journal/{entry.key}/share/", {"share": "yes"}).status_code == 404
        )


def test_a_shared_entry_is_read_logged_and_gone_once_taken_back(opened, own):
    entry = entry_of(opened, share=True)
    client = sign_in(opened, opened.therapist)
    address = f"/patients/{opened.patient.key}/practices/"
    assert CANARY in words_on(client.get(address))
    opened.stand()
    (look,) = AccessEntry.objects.filter(record_class="journal_shared")
    assert look.by == opened.therapist.username
    own.post(f"/me/journal/{entry.key}/share/", {"share": "no"})
    assert CANARY not in client.get(address).content.decode()


# --- Check-in, practices, plan, help ---------------------------------------------------------


def test_one_tap_keeps_the_weather_and_more_may_follow(opened, own):
    first = own.post("/me/check-in/", {"entry_id": uuid4(), "weather": "fog"}, follow=True)
    assert "Fog today." in words_on(first)
    more = {"entry_id": uuid4(), "weather": "fog", "stress": "4", "sleep_hours": "7.5"}
    own.post("/me/check-in/", more)
    opened.stand()
    assert CheckIn.objects.order_by("pk").last().stress == 4


@pytest.mark.parametrize(
    "sent",
    [{}, {"weather": "hail"}, {"weather": "fog", "stress": "11"}, {"sleep_hours": "25"}],
)
def test_a_bad_check_in_is_answered_in_words(opened, own, sent):
    response = own.post("/me/check-in/", {"entry_id": uuid4(), **sent})
    assert response.status_code == 422
    assert "There is a problem" in words_on(response)
    opened.stand()
    assert not CheckIn.objects.exists()


def test_a_practice_is_logged_once_at_its_end(opened, own):
    entry_id = uuid4()
    for _ in range(2):
        own.post("/me/practices/breathe/", {"entry_id": entry_id, "minutes": "5"})
    opened.stand()
    assert PracticeLog.objects.get().minutes == 5
    assert "1 of 7 days" in words_on(own.get("/me/practices/"))


def test_a_practice_that_is_not_there_is_not_found(own):
    assert own.get("/me/practices/flying/").status_code == 404


def test_the_plan_lists_visits_and_leads_to_ones_own_pages(opened, own):
    opened.book(AT + 3 * DAY)
    said = words_on(own.get("/me/plan/"))
    assert "Saturday 7 March, 09:00" in said
    assert "Who sees what" in said


def test_help_works_signed_in_and_signed_out(opened, own):
    for page in (own.get("/me/help/"), Client().get("/help/")):
        body = page.content.decode()
        assert f"tel:{opened.clinic.emergency_number}" in body
        assert f"tel:{opened.clinic.crisis_line_number}" in body
        assert f"tel:{opened.clinic.phone.replace(' ', '')}" in body
    assert Client().get("/help/steady/").status_code == 200


def test_opening_help_is_told_to_nobody(opened, own):
    opened.stand()
    before = AccessEntry.objects.count()
    own.get("/me/help/")
    opened.stand()
    assert AccessEntry.objects.count() == before


def test_every_page_of_the_app_leads_to_help_in_one_tap(opened, own):
    for address in ("/me/", "/me/trails/", "/me/log/", "/me/journal/", "/me/plan/"):
        assert 'href="/me/help/"' in own.get(address).content.decode()


@pytest.mark.parametrize("end", ["", "trails/", "log/", "journal/", "plan/", "check-in/"])
def test_staff_have_no_patient_app(opened, end):
    client = sign_in(opened, opened.therapist)
    assert client.get(f"/me/{end}").status_code == 404


def test_another_patient_finds_neither_fork_nor_walk_nor_entry(opened, own):
    entry, walk_id = entry_of(opened, share=True), uuid4()
    own.post(f"/me/log/{opened.first_fork.key}/", {"which": "new", "entry_id": walk_id})
    client = sign_in(opened, join_walk(opened.clinic).patient.user)
    for address in (
        f"/me/log/{opened.first_fork.key}/",
        f"/me/logged/{walk_id}/",
        f"/me/journal/{entry.key}/",
    ):
        assert client.get(address).status_code == 404


# --- The team's pages ------------------------------------------------------------------------


def test_the_planner_names_the_gap_and_offers_times(opened):
    said = words_on(
        sign_in(opened, opened.therapist).get(f"/patients/{opened.patient.key}/plan/")
    )
    assert "Nothing is booked in the open time." in said
    assert "24 h are left of it, until Thursday" in said
    assert "in the open time" in said
    assert "First contact 18 to 40 h after the dose" in said


def test_a_booked_session_closes_the_gap_and_stands_on_the_curve(opened):
    opened.book(AT + 3 * HOUR, modality="emdr")
    response = sign_in(opened, opened.therapist).get(f"/patients/{opened.patient.key}/plan/")
    said = words_on(response)
    assert "Nothing is booked in the open time." not in said
    assert "EMDR" in response.content.decode()


def test_the_planner_shows_a_way_of_working_with_its_cautions(opened):
    client = sign_in(opened, opened.therapist)
    said = words_on(client.get(f"/patients/{opened.patient.key}/plan/?modality=breathwork"))
    assert "Ask about recent surgery" in said
    assert client.get(f"/patients/{opened.patient.key}/plan/?modality=x").status_code == 200


@pytest.mark.parametrize(("modality", "minutes"), [("", 50), ("emdr", 90)])
def test_a_time_is_booked_as_long_as_it_is_offered(opened, modality, minutes):
    client = sign_in(opened, opened.therapist)
    page = client.get(f"/patients/{opened.patient.key}/plan/?modality={modality}")
    links = re.findall(r'href="(/patients/[^"]*/book/[^"]*)"', page.content.decode())
    assert links
    for link in links:
        form = client.get(link.replace("&amp;", "&")).content.decode()
        assert re.findall(r'<option value="(\d+)" selected', form)[-1] == str(minutes)


def test_times_offered_are_free_for_both_and_after_rest(walk, at_clock):
    walk.give(NINE)
    at_clock(NINE + HOUR)
    walk.book(NINE + 24 * HOUR, minutes=480)  # Tuesday 09:00 to 17:00
    client = sign_in(walk, walk.therapist)
    page = client.get(f"/patients/{walk.patient.key}/plan/").content.decode()
    starts = re.findall(r"starts=2026-03-(\d\d)T(\d\d):(\d\d)", page)
    assert starts
    assert all(not (day == "03" and hour < "17") and day != "02" for day, hour, _ in starts)


def test_a_practice_is_agreed_and_stopped_by_the_team(opened):
    client = sign_in(opened, opened.therapist)
    address = f"/patients/{opened.patient.key}/practices/"
    sent = {"entry_id": uuid4(), "practice": "meditation", "target": "5 min a day"}
    assert "5 min a day" in words_on(client.post(address, sent, follow=True))
    opened.stand()
    page = client.get(address).content.decode()
    (plan,) = re.findall(r'name="stop" value="([^"]+)"', page)
    assert "not agreed" not in words_on(client.post(address, {"stop": plan}, follow=True))
    assert 'name="stop"' not in client.get(address).content.decode()


@pytest.mark.parametrize("sent", [{}, {"practice": "flying", "target": "x"}, {"stop": "x"}])
def test_bad_input_to_the_teams_practices_is_no_fault(opened, sent):
    client = sign_in(opened, opened.therapist)
    response = client.post(f"/patients/{opened.patient.key}/practices/", sent)
    assert response.status_code in {303, 422}


def test_the_team_sees_the_forest_in_words_and_as_a_table(opened, own):
    own.post(f"/me/log/{opened.first_fork.key}/", {"which": "new", "entry_id": uuid4()})
    client = sign_in(opened, opened.therapist)
    said = words_on(client.get(f"/patients/{opened.patient.key}/trails/"))
    assert "Say one true thing , faint" in said
    assert "1, 0, 0" in said


@pytest.mark.parametrize(
    ("address", "most"),
    [("/me/", 26), ("/me/trails/", 24), ("/me/plan/", 26), ("/me/journal/", 20)],
)
def test_queries_of_the_app_do_not_grow_with_a_life(opened, own, address, most):
    agree_practice(
        by=opened.therapist, at=NINE, patient=opened.patient, practice="play", target="daily"
    )
    opened.book(AT + 4 * HOUR)
    entry_of(opened, share=False)
    own.get(address)
    with CaptureQueriesContext(connection) as few:
        own.get(address)
    opened.stand()
    for number in range(1, 4):
        opened.fork(NINE - number * HOUR, cue=f"Fork {number}")
        opened.give(NINE - 7 * number * DAY)
        opened.book(AT + number * DAY)
        entry_of(opened, share=bool(number % 2))
    for practice in ("movement", "meditation", "food"):
        agree_practice(
            by=opened.therapist, at=NINE, patient=opened.patient, practice=practice, target="x"
        )
    with CaptureQueriesContext(connection) as many:
        own.get(address)
    assert len(many) <= len(few) <= most


def test_queries_of_the_planner_do_not_grow(opened):
    client = sign_in(opened, opened.therapist)
    address = f"/patients/{opened.patient.key}/plan/"
    opened.book(AT + 4 * HOUR)
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    opened.stand()
    for number in range(1, 4):
        opened.book(AT + number * DAY + HOUR)
        opened.give(NINE - 7 * number * DAY)
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    assert len(many) <= len(few) <= 40

"""What a tablet sends: taken once, in the record or held beside it, whatever is sent."""

import random
import re
from collections import Counter
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.builders import make_user
from tests.clinic.dosing.scene import BASELINE, MINUTE, PLANNED, make_scene
from tests.clinic.dosing.tablet import DOSE, NOTE, VITALS, Tablet

from kapstone.clinic.dosing.actions import syncing
from kapstone.clinic.dosing.models import DoseGiven, EventReceipt, SessionEntry
from kapstone.clinic.dosing.queries import record_of
from kapstone.clinic.dosing.replica import room_of
from kapstone.clinic.dosing.sync.envelope import instant, unix_ms
from kapstone.core.audit.models import AuditEntry
from kapstone.core.people.models import Role, RoomDuty


@pytest.fixture
def tablet(scene, client, monkeypatch):
    made = Tablet(scene, client, monkeypatch).at(30)
    assert made.open().status_code == 200
    return made


@pytest.fixture
def dosing(tablet):
    """A tablet in a session that is at the moment of the dose."""
    tablet.scene.to_the_dose()
    return tablet


def other(tablet, user=None):
    """Give a second tablet in the same room."""
    made = Tablet(tablet.scene, Client(), tablet.monkeypatch, user).at(tablet.minute)
    assert made.open().status_code == 200
    return made


# --- Taken once


def test_a_batch_is_written_in_its_order_with_commit_numbers_and_an_audit_row_each(tablet):
    events = [tablet.event("vitals", VITALS), tablet.event(), tablet.event()]
    said = tablet.send(*events)
    assert [one["status"] for one in said["results"]] == ["saved"] * 3
    assert [one["commit_no"] for one in said["results"]] == [1, 2, 3]
    assert said["mark"] == 3
    rows = SessionEntry.objects.order_by("commit_no")
    assert [str(row.entry_id) for row in rows] == [one["event_id"] for one in events]
    assert {row.recorded_by for row in rows} == {tablet.scene.nurse}
    noted = AuditEntry.objects.filter(deed="entry-written").values_list("record", flat=True)
    assert sorted(noted) == sorted(f"dosing.SessionEntry:{row.pk}" for row in rows)


def test_the_same_again_gets_the_first_result_and_writes_nothing(tablet):
    events = [tablet.event(), tablet.event("vitals", VITALS | {"spo2_percent": 70})]
    first = tablet.send(*events)
    before = (
        SessionEntry.objects.count(),
        EventReceipt.objects.count(),
        AuditEntry.objects.count(),
    )
    again = tablet.send(*reversed(events))
    assert [one["is_again"] for one in again["results"]] == [True, True]
    strip = [{**one, "is_again": False} for one in reversed(again["results"])]
    assert strip == first["results"]
    assert again["mark"] == first["mark"] == 2
    assert before == (
        SessionEntry.objects.count(),
        EventReceipt.objects.count(),
        AuditEntry.objects.count(),
    )


def test_one_twice_in_a_batch_is_written_once(tablet):
    event = tablet.event()
    said = tablet.send(event, event)
    assert [one["commit_no"] for one in said["results"]] == [1, 1]
    assert SessionEntry.objects.count() == 1


def test_a_gap_holds_the_mark_until_it_is_filled(tablet):
    first, second, third = tablet.event(), tablet.event(), tablet.event()
    assert tablet.send(third)["mark"] == 0
    assert tablet.send(first)["mark"] == 1
    assert tablet.send(second)["mark"] == 3


def test_a_form_and_a_batch_with_the_same_id_write_once(tablet):
    event = tablet.event()
    form = {"kind": "note", "entry_id": event["event_id"], **NOTE}
    sent = tablet.client.post(tablet.address("entries"), form)
    tablet.scene.stand()
    assert sent.status_code == 303
    said = tablet.send(event)
    assert said["results"][0]["status"] == "saved"
    assert (said["results"][0]["commit_no"], said["mark"]) == (1, 1)
    assert SessionEntry.objects.count() == 1


def test_forms_and_batches_share_one_numbering(tablet):
    tablet.send(tablet.event())
    tablet.scene.write(BASELINE, minute=31)
    assert tablet.send(tablet.event())["results"][0]["commit_no"] == 3


def test_200_entries_ask_no_more_of_the_database_than_one(tablet):
    tablet.send(tablet.event())
    with CaptureQueriesContext(
        connection,
    ) as few:
        tablet.send(tablet.event())
    many = [tablet.event("vitals", VITALS) for _ in range(200)]
    with CaptureQueriesContext(connection) as lots:
        tablet.send(*many)
    assert len(lots) <= len(few) + 2
    assert len(few) <= 22


# --- Wrong, event by event


def ahead(tablet, **change):
    ms = unix_ms(PLANNED + tablet.minute * MINUTE) + change.pop("by")
    return tablet.event(observed_at=instant(ms))


@pytest.mark.parametrize(
    ("make", "status", "code", "words"),
    [
        (lambda t: t.event("horoscope"), "held", "unknown-kind", "not a kind of entry"),
        (
            lambda t: t.event("vitals", {"spo2_percent": "lots"}),
            "held",
            "unreadable",
            "SpO2: enter a whole number",
        ),
        (
            lambda t: t.event("note", NOTE | {"mood": "blue"}),
            "held",
            "unreadable",
            "mood is not part",
        ),
        (lambda t: ahead(t, by=120_001), "held", "future-time", "lies ahead"),
        (lambda t: ahead(t, by=-86_400_001), "held", "too-old", "more than a day"),
        (lambda t: t.event(actor=str(uuid4())), "held", "unknown-actor", "never opened"),
        (
            lambda t: t.event("state", {"change": "room", "item": "went-home"}),
            "held",
            "needs-signing",
            "signed on its own page",
        ),
        (
            lambda t: t.event(
                "state", {"change": "reconcile", "item": str(uuid4()), "value": "Both given."}
            ),
            "held",
            "prescriber-only",
            "Only a prescriber",
        ),
        (
            lambda t: t.event(
                "correction",
                {"of": "note", "mistake": "wrong-key"},
                supersedes=str(uuid4()),
            ),
            "held",
            "unknown-entry",
            "no such entry",
        ),
        (
            lambda t: t.event("dose", DOSE | {"amount_mg": "0"}),
            "held",
            "unreadable",
            "more than 0",
        ),
        (
            lambda t: t.event("dose", DOSE | {"hold_min": "5000"}),
            "held",
            "unreadable",
            "larger than the record",
        ),
        (
            lambda t: t.event(device_id=str(uuid4())),
            "refused",
            "wrong-device",
            "another device",
        ),
        (
            lambda t: t.event(session=str(uuid4())),
            "refused",
            "other-session",
            "another session",
        ),
    ],
)
def test_a_wrong_event_is_told_so_and_spoils_no_other(tablet, make, status, code, words):
    wrong = make(tablet)
    good = tablet.event()
    said = tablet.send(wrong, good)
    one, two = said["results"]
    assert (one["status"], one["code"]) == (status, code)
    assert words in one["words"]
    assert two["status"] == "saved"
    assert SessionEntry.objects.count() == 1
    if status == "held":  # nothing is lost: it is kept whole, and the mark moves on
        receipt = EventReceipt.objects.get(status="held")
        assert receipt.sent == wrong
        assert said["mark"] == 2
    else:
        assert said["mark"] == 0


def test_a_replay_with_other_content_changes_nothing_and_loses_nothing(tablet):
    event = tablet.event()
    tablet.send(event)
    forged = {**event, "payload": NOTE | {"text": "Falling."}}
    one = tablet.result(forged)
    assert (one["status"], one["code"]) == ("held", "id-reused")
    assert tablet.result(forged)["is_again"]
    assert SessionEntry.objects.get().payload["text"] == "Floating."
    assert EventReceipt.objects.get(code="id-reused").sent == forged
    assert tablet.result(event)["status"] == "saved"


def test_a_part_that_is_no_event_is_refused_and_spoils_no_other(tablet):
    good = tablet.event()
    broken = [{**good, "device_seq": "1"}, "x", None, {"event_id": "\ud800"}, {}]
    said = tablet.send(*broken, good)
    assert [one["code"] for one in said["results"]] == ["not-an-event"] * 5 + [""]
    assert all(len(one["words"]) > 20 for one in said["results"][:5])


def test_a_tablet_that_nobody_opened_the_room_on_is_refused(scene, client, monkeypatch):
    tablet = Tablet(scene, client, monkeypatch).at(30)
    one = tablet.result(tablet.event())
    assert (one["status"], one["code"]) == ("refused", "not-enrolled")
    assert not SessionEntry.objects.exists()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (b"null", 422),
        (b"[]", 422),
        (b'{"events": []}', 422),
        (b'{"a": "' + b"x" * 10_000_000 + b'"}', 413),
    ],
)
def test_what_is_no_batch_is_answered_in_words(tablet, body, status):
    answer = tablet.post("batch", body)
    assert answer.status_code == status
    assert len(answer.json()["words"].split()) >= 5


@pytest.mark.parametrize(
    "change",
    [
        {"protocol": "room-sync/0"},
        {"session": str(uuid4())},
        {"device_id": "x"},
        {"waiting": -1},
        {"events": []},
        {"events": {}},
        {"extra": 1},
    ],
)
def test_a_batch_of_the_wrong_shape_is_answered_in_words(tablet, change):
    answer = tablet.post("batch", tablet.body(tablet.event(), **change))
    assert answer.status_code == 422
    assert len(answer.json()["words"].split()) >= 5
    assert not SessionEntry.objects.exists()


def test_more_than_200_are_not_taken(tablet):
    answer = tablet.post("batch", tablet.body(*[tablet.event() for _ in range(201)]))
    assert answer.status_code == 422
    assert "200" in answer.json()["words"]


def test_without_the_token_of_the_page_nothing_is_taken(tablet):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(tablet.user)
    tablet.client = strict
    assert tablet.post("batch", tablet.body(tablet.event())).status_code == 403
    page = strict.get(tablet.address("room"))
    tablet.scene.stand()
    token = re.search(r'"x-csrftoken": "(\w+)"', page.content.decode())[1]
    answer = strict.post(
        tablet.address("batch"),
        tablet.body(tablet.event()),
        content_type="application/json",
        headers={"X-CSRFToken": token},
    )
    tablet.scene.stand()
    assert answer.status_code == 200


def test_an_id_that_another_clinic_has_used_is_held(tablet):
    event = tablet.event()
    far = make_scene("elm-house")
    row = far.write(BASELINE, minute=5, entry_id=event["event_id"])
    tablet.scene.stand()
    said = tablet.send(event, tablet.event())
    assert [one["code"] for one in said["results"]] == ["id-reused", ""]
    assert said["results"][1]["commit_no"] == 1
    far.stand()
    assert SessionEntry.objects.get(pk=row.pk).payload == row.payload


def test_a_fault_half_way_leaves_nothing(tablet, monkeypatch):
    def fails(*args, **more):
        raise RuntimeError("plug pulled")

    monkeypatch.setattr(syncing, "note_all", fails)
    with pytest.raises(RuntimeError), transaction.atomic():
        tablet.post("batch", tablet.body(tablet.event()))
    tablet.scene.stand()
    assert not SessionEntry.objects.exists()
    assert not EventReceipt.objects.exists()


# --- Who


def test_a_colleague_sends_what_another_wrote_and_it_keeps_its_author(tablet):
    event = tablet.event()
    tablet.open(tablet.scene.therapist)
    assert tablet.result(event)["status"] == "saved"
    assert SessionEntry.objects.get().recorded_by == tablet.scene.nurse
    assert EventReceipt.objects.get().recorded_by == tablet.scene.therapist


@pytest.mark.parametrize("how", ["disabled", "off the session"])
def test_entries_by_somebody_whose_rights_ended_land_flagged(tablet, how):
    event = tablet.event()
    nurse = tablet.scene.nurse
    if how == "disabled":
        nurse.is_active = False
        nurse.save(update_fields=["is_active"])
    else:
        RoomDuty.objects.filter(user=nurse).update(ended_at=PLANNED)
    tablet.open(tablet.scene.therapist)
    one = tablet.result(event)
    assert (one["status"], one["flags"]) == ("saved", ["rights-ended"])
    assert SessionEntry.objects.get().recorded_by == nurse


def test_somebody_without_rights_sends_nothing(tablet):
    event = tablet.event()
    tablet.client.force_login(make_user(tablet.scene.clinic, Role.FRONT_DESK))
    assert tablet.post("batch", tablet.body(event)).status_code == 404


def test_whoever_may_write_but_not_correct_is_held(tablet):
    tablet.open(tablet.scene.therapist)
    note = tablet.event()
    tablet.send(note)
    mended = tablet.event(
        "correction", {"of": "note", "mistake": "wrong-key"}, supersedes=note["event_id"]
    )
    one = tablet.result(mended)
    assert (one["status"], one["code"]) == ("held", "not-allowed")


# --- Doses


def test_a_dose_under_the_lease_is_in_the_record_and_in_no_question(dosing):
    lease = dosing.lease().json()["lease"]
    assert (lease["number"], lease["most_mg"]) == (1, "80.00")
    one = dosing.result(dosing.event("dose", DOSE, lease=1))
    assert (one["status"], one["flags"]) == ("saved", ["not-drawn"])
    assert DoseGiven.objects.get().amount_mg == Decimal("53.00")
    assert AuditEntry.objects.filter(deed="dose-given").count() == 1
    assert not room_of(dosing.scene.session).is_in_conflict


def test_a_dose_that_rules_speak_against_was_given_and_stands_flagged(tablet):
    one = tablet.result(tablet.event("dose", DOSE))
    assert one["status"] == "saved"
    assert {"no-lease", "no-order", "gate-not-complete"} <= set(one["flags"])
    assert DoseGiven.objects.get().amount_mg == Decimal("53.00")
    assert room_of(tablet.scene.session).is_in_conflict


def test_two_doses_from_two_tablets_both_stand_and_stop_the_next(dosing):
    second = other(dosing)
    dosing.lease()
    second.lease(takes_over=True, reason="Tablet 1 has no power")
    dosing.send(dosing.event("dose", DOSE | {"amount_mg": "40"}, lease=1))
    one = second.result(second.event("dose", DOSE | {"amount_mg": "40.00"}, lease=2))
    assert one["status"] == "saved"
    room = room_of(dosing.scene.session)
    assert room.total_mg == 80
    assert len(room.in_question) == 2
    assert second.lease().json()["code"] == "dose-conflict"
    form = dosing.client.post(
        dosing.address("dose"),
        DOSE | {"kind": "dose", "entry_id": str(uuid4()), "is_identity_checked": "on"},
    )
    dosing.scene.stand()
    assert form.status_code == 422
    assert "Doses are in question" in form.content.decode()

    prescriber = other(dosing, dosing.scene.prescriber)
    for dose in sorted(map(str, room.in_question)):
        payload = {"change": "reconcile", "item": dose, "value": "Both were given."}
        assert prescriber.result(prescriber.event("state", payload))["status"] == "saved"
    room = room_of(dosing.scene.session)
    assert not room.is_in_conflict
    assert room.total_mg == 80


def test_a_late_dose_of_the_old_holder_is_kept_and_flagged(dosing):
    second = other(dosing)
    dosing.lease()
    second.lease(takes_over=True, reason="Tablet 1 has no power")
    one = dosing.result(dosing.event("dose", DOSE, lease=1))
    assert "lease-fenced" in one["flags"]
    assert DoseGiven.objects.count() == 1


def test_the_form_gives_nothing_while_another_tablet_holds_the_lease(dosing):
    dosing.lease()
    form = {"kind": "dose", "entry_id": str(uuid4()), **DOSE, "is_identity_checked": "on"}
    sent = dosing.client.post(dosing.address("dose"), form)
    dosing.scene.stand()
    assert sent.status_code == 422
    assert "holds the dose lease" in sent.content.decode()


def test_a_corrected_dose_is_counted_as_corrected(dosing):
    dosing.lease()
    dose = dosing.event("dose", DOSE, lease=1)
    mended = dosing.event(
        "correction",
        {
            "of": "dose",
            "mistake": "wrong-key",
            "instead": DOSE | {"amount_mg": "35", "volume_ml": "0.7"},
        },
        supersedes=dose["event_id"],
    )
    again = dosing.event(
        "correction", {"of": "dose", "mistake": "wrong-key"}, supersedes=dose["event_id"]
    )
    said = dosing.send(dose, mended, again)
    assert [one["code"] for one in said["results"]] == ["", "", "already-corrected"]
    assert record_of(dosing.scene.session).given_mg == 35
    assert room_of(dosing.scene.session).total_mg == 35


def test_an_unproven_witness_is_not_written_as_one(dosing):
    dosing.lease()
    one = dosing.result(
        dosing.event("dose", DOSE | {"witness_id": dosing.scene.therapist.pk}, lease=1)
    )
    assert "witness-unproven" in one["flags"]
    assert "witness_id" not in SessionEntry.objects.get(kind="dose").payload


# --- The lease


def test_one_tablet_holds_the_lease(dosing):
    second = other(dosing)
    assert dosing.lease().status_code == 200
    refused = second.lease()
    assert refused.status_code == 409
    assert refused.json()["code"] == "lease-elsewhere"
    assert refused.json()["lease"]["device_id"] == str(dosing.device_id)
    assert (
        second.lease(takes_over=True, reason="broken").json()["code"]
        == "takeover-without-reason"
    )
    taken = second.lease(takes_over=True, reason="Tablet 1 has no power").json()["lease"]
    assert taken["number"] == 2
    standing = dosing.get("lease").json()
    assert standing["lease"]["number"] == 2
    assert standing["in_question"] == []
    assert AuditEntry.objects.filter(deed="dose-lease-taken").count() == 2


@pytest.mark.parametrize(
    ("prepare", "code"),
    [
        (lambda t: None, "no-order"),
        (lambda t: (t.scene.order(), setattr(t, "device_id", uuid4())), "not-enrolled"),
    ],
)
def test_no_lease_without_an_order_or_an_open_room(tablet, prepare, code):
    prepare(tablet)
    assert tablet.lease().json()["code"] == code


@pytest.mark.parametrize(
    "change", [{"device_id": "x"}, {"takes_over": 1}, {"reason": "\x00"}, {"more": 1}]
)
def test_a_lease_asked_for_wrongly_is_answered_in_words(dosing, change):
    answer = dosing.lease(**change)
    assert answer.status_code == 422
    assert answer.json()["words"]


# --- Flags, clock, what is held


def test_extreme_values_are_written_and_flagged_where_nobody_confirmed_them(tablet):
    one = tablet.result(tablet.event("vitals", VITALS | {"systolic_mmhg": 300}))
    assert (one["status"], one["flags"]) == ("saved", ["unconfirmed"])
    sure = VITALS | {"systolic_mmhg": 300, "is_confirmed": True}
    assert tablet.result(tablet.event("vitals", sure))["flags"] == []


def test_two_days_late_is_still_in_the_record(tablet):
    tablet.open(tablet.scene.therapist)
    event = tablet.event()
    tablet.at(48 * 60).client.force_login(tablet.user)
    assert tablet.result(event)["flags"] == ["late"]


def test_an_answer_to_no_crossing_is_written_and_flagged(tablet):
    payload = {"entry": str(uuid4()), "parameter": "spo2_percent", "reply": "told"}
    assert tablet.result(tablet.event("answer", payload))["flags"] == ["no-such-crossing"]


def test_paper_is_verified_by_a_second_person(tablet):
    paper = tablet.event("vitals", VITALS, source="paper", is_hand_timed=True)
    assert tablet.result(paper)["flags"] == ["from-paper"]
    verify = {"change": "verify", "item": paper["event_id"]}
    assert tablet.result(tablet.event("state", verify))["code"] == "second-person"
    tablet.open(tablet.scene.therapist)
    assert tablet.result(tablet.event("state", verify))["status"] == "saved"
    assert {str(one) for one in room_of(tablet.scene.session).verified} == {paper["event_id"]}


def test_watching_is_handed_over_when_the_second_accepts(tablet):
    begin = tablet.event("state", {"change": "handover", "item": "begin"})
    to = tablet.scene.therapist
    offer = tablet.event(
        "state",
        {"change": "handover", "item": "offer", "value": f"{to.key} {begin['event_id']}"},
    )
    tablet.send(begin, offer)
    assert room_of(tablet.scene.session).responsible == {tablet.scene.nurse.key}
    tablet.open(to)
    payload = {"change": "handover", "item": "accept", "value": offer["event_id"]}
    assert tablet.result(tablet.event("state", payload))["status"] == "saved"
    assert room_of(tablet.scene.session).responsible == {to.key}


def test_the_clock_says_when_the_question_came_and_the_answer_left(tablet):
    said = tablet.get("clock").json()
    assert said["received_ms"] == said["answered_ms"] == unix_ms(PLANNED + 30 * MINUTE)


def test_opening_the_room_twice_is_one_opening_and_gives_the_mark(tablet):
    tablet.send(tablet.event())
    said = tablet.open().json()
    assert (said["mark"], said["commit_no"]) == (1, 1)
    assert said["actor"] == str(tablet.user.key)
    assert tablet.scene.session.devices.count() == 1


@pytest.mark.parametrize(
    "change", [{"storage": "cloud"}, {"device_id": "A"}, {"name": "\ud800"}]
)
def test_a_tablet_opened_wrongly_is_answered_in_words(tablet, change):
    body = {"device_id": str(uuid4()), "name": "", "storage": "persistent", **change}
    answer = tablet.post("devices", body)
    assert answer.status_code == 422
    assert len(answer.json()["words"].split()) >= 4


# --- Whatever is sent

ODD = (
    *(None, True, -1, 0, 2**31, 2**53, 2**70, 1e300, float("nan"), "", " ", "x" * 5000),
    *("\x00", "\ud800", "\U0001f48a", "1e309", "NaN", "0001-01-01T00:00:00.000Z"),
    *("9999-12-31T23:59:59.999Z", [], {}, [[]], {"a": {"b": {"c": {}}}}, {"": ""}),
    *("00000000-0000-0000-0000-000000000000", "%s%d{}", "'; --", "-0.0000001"),
)
SHAPES = (
    ("note", NOTE),
    ("vitals", VITALS),
    ("dose", DOSE),
    ("event", {"event": "medicine", "medicine": "ondansetron", "degree": 1}),
    ("answer", {"entry": str(uuid4()), "parameter": "spo2_percent", "reply": "told"}),
    ("state", {"change": "handover", "item": "begin", "value": ""}),
    ("correction", {"of": "note", "mistake": "wrong-key", "instead": NOTE}),
    ("no-value", {"reason": "asleep"}),
)


def spoilt(tablet, rng):
    """Give an event of which one member, of it or of its payload, is odd."""
    kind, payload = rng.choice(SHAPES)
    event = tablet.event(kind, dict(payload))
    where = event["payload"] if rng.random() < 0.6 else event
    where[rng.choice([*where, "more"])] = rng.choice(ODD)
    return event


def test_nothing_that_is_sent_is_a_fault_and_what_is_known_is_kept(tablet):
    rng, told = random.Random(11), Counter()  # noqa: S311  not a secret
    for _ in range(40):
        tablet.seq = 0
        events = [spoilt(tablet, rng) for _ in range(15)]
        for one in tablet.send(*events)["results"]:
            told[one["status"]] += 1
            assert one["status"] == "saved" or len(one["words"].split()) >= 3, one
        assert EventReceipt.objects.count() == told["saved"] + told["held"]
    assert min(told["saved"], told["held"], told["refused"]) > 30

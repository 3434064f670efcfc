"""What is held beside the record: who sees it, who decides, and what becomes of it."""

import re
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.builders import make_user
from tests.clinic.dosing.scene import BASELINE, DAY, MINUTE, PLANNED
from tests.clinic.dosing.tablet import DOSE, NOTE, VITALS, Tablet

from kapstone.clinic.dosing.actions import Decided, decide_held
from kapstone.clinic.dosing.held import held_counts, held_in
from kapstone.clinic.dosing.models import (
    DoseGiven,
    EventReceipt,
    HeldDecision,
    SessionEntry,
)
from kapstone.clinic.dosing.queries import chart_of
from kapstone.clinic.dosing.room_page import revision_of
from kapstone.clinic.dosing.sync.envelope import instant, unix_ms
from kapstone.core.audit.models import AuditEntry
from kapstone.core.people.models import Role
from kapstone.errors import InvalidInput, NotAllowed, Refused

Decision = HeldDecision.Decision
AT = PLANNED + 40 * MINUTE
LONG_AGO = instant(unix_ms(PLANNED - 2 * DAY))
WHY = "Charted on the old tablet by mistake."


@pytest.fixture
def tablet(scene, client, monkeypatch):
    made = Tablet(scene, client, monkeypatch).at(30)
    made.open()
    return made


def hold(tablet, kind="note", payload=None, **change):
    """Send an event that is held, and give its receipt."""
    change = change or {"actor": str(uuid4())}
    assert tablet.result(tablet.event(kind, payload, **change))["status"] == "held"
    return EventReceipt.objects.filter(status="held").order_by("-pk").first()


def decide(receipt, by, decision=Decision.SET_ASIDE, at=AT, **more):
    reason = {"reason": WHY} if decision is Decision.SET_ASIDE else {}
    decided = Decided(decision=decision, **{**reason, **more})
    return decide_held(by=by, at=at, receipt=receipt, decided=decided)


class TestDeciding:
    def test_only_who_may_write_here_decides_and_the_first_decision_stands(self, tablet):
        receipt, scene = hold(tablet), tablet.scene
        with pytest.raises(NotAllowed):
            decide(receipt, make_user(scene.clinic, Role.NURSE))
        assert list(held_in(scene.session)) == [receipt]
        first = decide(receipt, scene.nurse)
        assert not held_in(scene.session)
        again = decide(receipt, scene.therapist, Decision.ACCEPTED, at=AT + MINUTE)
        assert again == first
        receipt.refresh_from_db()
        assert (receipt.looked_at, receipt.looked_by) == (AT, scene.nurse)
        assert receipt.sent  # it stays as it was sent
        assert not SessionEntry.objects.exists()
        assert AuditEntry.objects.filter(deed="held-entry-decided").count() == 1

    @pytest.mark.parametrize(
        ("kind", "payload", "change"),
        [
            ("note", NOTE, {"actor": str(uuid4())}),
            ("vitals", VITALS, {"observed_at": LONG_AGO}),
            ("vitals", VITALS | {"spo2_percent": 70}, {"actor": str(uuid4())}),
        ],
    )
    def test_accepted_it_is_an_entry_of_whoever_decided(self, tablet, kind, payload, change):
        receipt = hold(tablet, kind, payload, **change)
        done = decide(receipt, tablet.scene.therapist, Decision.ACCEPTED)
        row = SessionEntry.objects.get()
        assert done.became == row
        assert (row.kind, row.recorded_by) == (kind, tablet.scene.therapist)
        assert row.payload.items() >= payload.items()
        assert instant(unix_ms(row.observed_at)) == receipt.sent["observed_at"]
        assert (row.entry_id, row.device_id) == (receipt.event_id, str(tablet.device_id))
        assert row.commit_no == 1
        noted = AuditEntry.objects.get(deed="entry-written")
        assert noted.by == tablet.scene.therapist.username

    def test_an_id_that_stands_for_something_else_gets_another(self, tablet):
        first = tablet.event()
        tablet.send(first)
        other = hold(tablet, payload={**NOTE, "text": "Not so."}, event_id=first["event_id"])
        assert other.code == "id-reused"
        done = decide(other, tablet.scene.nurse, Decision.ACCEPTED)
        assert done.became.entry_id != other.event_id
        assert SessionEntry.objects.count() == 2

    def test_what_cannot_stand_is_refused_and_waits_on(self, tablet):
        ahead = instant(unix_ms(PLANNED + DAY))
        cases = [
            (hold(tablet, observed_at=ahead), Refused, "lies ahead"),
            (hold(tablet, "horoscope", NOTE), Refused, "not a kind of entry"),
            (
                hold(
                    tablet,
                    "correction",
                    {"of": "note", "mistake": "wrong-key"},
                    supersedes=str(uuid4()),
                ),
                Refused,
                "no such entry",
            ),
            (
                hold(tablet, "state", {"change": "room", "item": "went-home", "value": ""}),
                Refused,
                "signed on its own page",
            ),
        ]
        for receipt, fault, words in cases:
            with pytest.raises(fault, match=words):
                decide(receipt, tablet.scene.prescriber, Decision.ACCEPTED)
        assert held_in(tablet.scene.session).count() == len(cases)
        assert not SessionEntry.objects.exists()

    @pytest.mark.parametrize("reason", ["", "   too few  "])
    def test_setting_aside_says_why(self, tablet, reason):
        with pytest.raises(InvalidInput, match="Say why"):
            decide(hold(tablet), tablet.scene.nurse, reason=reason)

    def test_entered_anew_names_an_entry_of_this_session(self, tablet):
        receipt = hold(tablet)
        with pytest.raises(InvalidInput, match="Choose the entry"):
            decide(receipt, tablet.scene.nurse, Decision.ENTERED)
        row = tablet.scene.write(BASELINE, minute=35)
        done = decide(receipt, tablet.scene.nurse, Decision.ENTERED, entry=row)
        assert done.became == row

    def test_a_dose_is_decided_by_a_prescriber_and_counts_once_accepted(self, tablet):
        scene = tablet.scene
        scene.to_the_dose()
        receipt = hold(tablet, "dose", DOSE)
        for decision in Decision:
            with pytest.raises(NotAllowed, match="prescriber"):
                decide(receipt, scene.nurse, decision)
        assert not DoseGiven.objects.exists()
        decide(receipt, scene.prescriber, Decision.ACCEPTED)
        assert DoseGiven.objects.get().recorded_by == scene.prescriber
        assert chart_of(scene.session, AT).record.given_mg == 53

    def test_the_database_keeps_a_decision_whole(self, tablet):
        receipt, scene = hold(tablet), tablet.scene
        with pytest.raises(IntegrityError, match="became_an_entry_or_was_set_aside"):
            HeldDecision.objects.create(
                clinic=scene.clinic,
                subjects=scene.patient.alone,
                recorded_at=AT,
                recorded_by=scene.nurse,
                session=scene.session,
                receipt=receipt,
                decision=Decision.ACCEPTED,
            )


class TestPage:
    @pytest.fixture
    def ask(self, tablet):
        def asked(name="held", data=None, user=None):
            address = tablet.address(name)
            tablet.client.force_login(user or tablet.scene.nurse)
            tablet.at(tablet.minute)
            answer = (
                tablet.client.get(address)
                if data is None
                else tablet.client.post(address, data)
            )
            tablet.scene.stand()
            return answer

        return asked

    def test_it_says_what_by_which_tablet_both_clocks_and_why(self, tablet, ask):
        clocks = {"wall_ms": unix_ms(PLANNED), "offset_ms": 61_000, "unc_ms": 1500}
        hold(tablet, "vitals", VITALS, actor=str(uuid4()), **clocks)
        said = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", ask().content.decode()))
        for words in (
            "128/78, pulse 72",
            f"Tablet 1 {str(tablet.device_id)[:4]}",
            "never opened the room on this tablet",
            f"{PLANNED:%H:%M:%S}",
            f"{PLANNED + 61 * MINUTE / 60:%H:%M:%S} ± 1.5 s",
            f"sent by {tablet.scene.nurse}",
        ):
            assert words in said, words

    def test_what_cannot_be_read_is_shown_as_it_was_sent_and_cannot_be_accepted(
        self, tablet, ask
    ):
        hold(tablet, "horoscope", {"sign": "<Leo>"}, actor=str(tablet.user.key))
        body = ask().content.decode()
        assert "horoscope: sign: &lt;Leo&gt;" in body
        assert 'value="accepted"' not in body
        assert 'value="set-aside"' in body

    def test_the_room_the_record_and_the_list_of_today_count_it(self, tablet, ask):
        tablet.scene.dosed()
        chart = chart_of(tablet.scene.session, AT)
        before = revision_of(chart)
        pages = {name: ask(name).content.decode() for name in ("room", "record")}
        assert not any("could not be placed" in body for body in pages.values())
        hold(tablet)
        assert revision_of(chart_of(tablet.scene.session, AT)) != before
        link = reverse("dosing:held", kwargs={"session_key": tablet.scene.session.key})
        for name in ("room", "record"):
            body = ask(name).content.decode()
            assert "could not be placed" in body, name
            assert f'href="{link}"' in body, name
        assert held_counts([tablet.scene.session]) == {tablet.scene.session.pk: 1}
        tablet.client.force_login(tablet.scene.nurse)
        body = tablet.client.get("/today/").content.decode()
        assert "could not be placed" in body
        assert link in body

    def test_a_decision_is_kept_once_and_shown_on_the_record(self, tablet, ask):
        receipt = hold(tablet)
        data = {
            "entry_id": str(uuid4()),
            "held": receipt.fingerprint,
            "decision": "set-aside",
            "reason": "no",
        }
        refused = ask(data=data)
        assert refused.status_code == 422
        body = refused.content.decode()
        assert "in at least 10 characters" in body
        assert 'value="no"' in body  # what was typed stays
        data["reason"] = WHY
        assert ask(data=data).status_code == 303
        assert ask(data=data).status_code == 303  # pressed twice
        assert HeldDecision.objects.count() == 1
        for name in ("held", "record"):
            assert WHY in ask(name).content.decode()

    def test_a_dose_of_a_nurse_is_refused_in_words(self, tablet, ask):
        receipt = hold(tablet, "dose", DOSE)
        data = {"entry_id": str(uuid4()), "held": receipt.fingerprint, "decision": "accepted"}
        answer = ask(data=data)
        assert answer.status_code == 422
        assert "a prescriber decides" in answer.content.decode()

    @pytest.mark.parametrize("named", ["", "0" * 64, "\x00"])
    def test_what_is_not_held_here_is_refused(self, tablet, ask, named):
        data = {"entry_id": str(uuid4()), "held": named, "decision": "accepted"}
        assert ask(data=data).status_code == 422

    def test_the_page_asks_as_often_for_many(self, tablet, ask, django_assert_max_num_queries):
        hold(tablet)
        with django_assert_max_num_queries(25):
            ask()
        with CaptureQueriesContext(connection) as few:
            ask()
        asked = len(few)
        for _ in range(4):
            hold(tablet)
        with django_assert_max_num_queries(asked):
            ask()

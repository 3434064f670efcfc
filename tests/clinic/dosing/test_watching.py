"""What happens when nobody answers, who looks at an adverse event, and the summary."""

from datetime import timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from tests.clinic.dosing.scene import BASELINE, HOUR, MINUTE, PLANNED

from kapstone.clinic.dosing.actions import (
    AdverseEventSeen,
    EventJudged,
    record_adverse_event,
    review_adverse_event,
)
from kapstone.clinic.dosing.entries import Answer, Reply, Vitals
from kapstone.clinic.dosing.escalation import KIND, escalate_crossings
from kapstone.clinic.dosing.events import events_waiting
from kapstone.clinic.dosing.jobs import tick
from kapstone.clinic.dosing.models import AdverseEvent, AdverseEventReview
from kapstone.clinic.dosing.queries import chart_of
from kapstone.clinic.dosing.room_page import live_of, revision_of
from kapstone.clinic.dosing.summary import summary_of
from kapstone.core.access.glass import BY_THE_CLOCK
from kapstone.core.audit.models import AuditEntry
from kapstone.core.people.models import Notice, Patient
from kapstone.errors import InvalidInput, NotAllowed, Refused

HIGH = Vitals(systolic_mmhg=170, diastolic_mmhg=90, heart_rate_per_min=80, spo2_percent=97)
JUDGED = EventJudged(
    relatedness="probable",
    is_expected=True,
    outcome="resolved",
    words="Seen with the nurse; passed within minutes.",
    is_closed=True,
)


def open_lines(scene, at):
    return live_of(chart_of(scene.session, at), ZoneInfo("UTC")).crossings


class TestNobodyAnswers:
    @pytest.fixture
    def crossed(self, scene):
        scene.dosed()
        scene.write(HIGH, minute=40)
        return PLANNED + 40 * MINUTE

    def test_for_a_minute_the_bar_waits_and_then_it_says_whom_to_ring(self, scene, crossed):
        (early,) = open_lines(scene, crossed + timedelta(seconds=59))
        assert not early.late
        assert not early.is_grave
        (late,) = open_lines(scene, crossed + 3 * MINUTE)
        assert late.late == f"Nobody has answered for 3 min: ring {scene.prescriber}."
        assert late.is_grave

    def test_a_screen_that_watches_is_told_at_once(self, scene, crossed):
        moments = [crossed + timedelta(seconds=s) for s in (30, 59.9, 60.1)]
        seen = [revision_of(chart_of(scene.session, at)).split("-")[-1] for at in moments]
        assert seen == ["0", "0", "1"]

    def test_the_prescribers_are_told_once(self, scene, crossed):
        def tell(at):
            return escalate_crossings(by=BY_THE_CLOCK, at=at, clinic=scene.clinic)

        assert tell(crossed + timedelta(seconds=30)) == 0
        assert tell(crossed + MINUTE) == 1
        assert tell(crossed + 2 * MINUTE) == 0
        notice = Notice.objects.get(kind=KIND)
        assert notice.to == scene.prescriber
        assert "170" not in notice.text  # no clinical content
        assert AuditEntry.objects.filter(deed="crossing-escalated").count() == 1

    def test_answered_in_time_nobody_is_told(self, scene, crossed):
        (one,) = chart_of(scene.session, crossed).record.crossings
        scene.write(
            Answer(entry=one.entry, parameter=one.parameter, reply=Reply.TOLD), minute=40.5
        )
        tick(clinic=scene.clinic, at=crossed + 5 * MINUTE)
        assert not Notice.objects.filter(kind=KIND).exists()
        (answered,) = chart_of(scene.session, crossed + HOUR).record.crossings
        assert answered.answered_by == str(scene.nurse)
        assert answered.waited(crossed + HOUR) == timedelta(seconds=30)

    def test_a_later_normal_value_does_not_take_it_away(self, scene, crossed):
        scene.write(BASELINE, minute=41)
        tick(clinic=scene.clinic, at=crossed + 2 * MINUTE)
        assert Notice.objects.filter(kind=KIND).count() == 1


class TestAdverseEvents:
    def event(self, scene, **change):
        given = {"term": "desaturation", "grade": 3, "began_at": PLANNED + 30 * MINUTE}
        return record_adverse_event(
            by=scene.nurse,
            at=PLANNED + HOUR,
            patient=scene.patient,
            session=scene.session,
            event=AdverseEventSeen(**(given | change)),
        )

    def waiting(self, at=PLANNED + 2 * HOUR):
        return events_waiting(Patient.objects.all(), at)

    @pytest.mark.parametrize(
        ("change", "waits"),
        [
            ({"grade": 2}, False),
            ({"grade": 3}, True),
            ({"grade": 1, "serious_by": ("hospital",)}, True),
            ({"grade": 1, "term": "loss-of-consciousness"}, True),
            ({"grade": 2, "term": "nausea"}, False),
        ],
    )
    def test_a_grave_one_waits_and_the_prescribers_are_told(self, scene, change, waits):
        self.event(scene, **change)
        assert bool(self.waiting()) is waits
        assert (
            Notice.objects.filter(kind="adverse-event", to=scene.prescriber).exists() is waits
        )

    def test_it_is_late_after_a_day_unless_somebody_looked(self, scene):
        event = self.event(scene)
        assert not self.waiting(PLANNED + 24 * HOUR)[0].is_late
        assert self.waiting(PLANNED + 26 * HOUR)[0].is_late
        self.review(scene, event, is_closed=False)
        assert not self.waiting(PLANNED + 26 * HOUR)[0].is_late

    def review(self, scene, event, *, by=None, entry_id=None, **change):
        judged = {name: getattr(JUDGED, name) for name in JUDGED.__slots__} | change
        return review_adverse_event(
            by=by or scene.prescriber,
            at=PLANNED + 3 * HOUR,
            event=event,
            judged=EventJudged(**judged),
            entry_id=entry_id,
        )

    def test_closed_it_leaves_the_queue_for_good(self, scene):
        event, press = self.event(scene), uuid4()
        self.review(scene, event, entry_id=press)
        self.review(scene, event, entry_id=press)  # a double press
        assert AdverseEventReview.objects.count() == 1
        assert self.waiting() == ()
        with pytest.raises(Refused, match="closed already"):
            self.review(scene, event)

    def test_only_a_prescriber_signs(self, scene):
        event = self.event(scene)
        for by in (scene.nurse, scene.therapist):
            with pytest.raises(NotAllowed):
                self.review(scene, event, by=by)

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"relatedness": "surely"}, "relatedness"),
            ({"outcome": ""}, "outcome"),
            ({"words": "fine"}, "words"),
            ({"outcome": "unknown"}, "is_closed"),
        ],
    )
    def test_what_cannot_be_kept_is_named(self, scene, change, field):
        event = self.event(scene)
        with pytest.raises(InvalidInput) as refusal:
            self.review(scene, event, **change)
        assert field in refusal.value.fields
        assert not AdverseEventReview.objects.exists()

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"ended_at": PLANNED + 5 * HOUR}, "ended_at"),
            ({"began_at": PLANNED - timedelta(days=400)}, "began_at"),
            ({"relatedness": "surely"}, "relatedness"),
            ({"serious_by": ("bad",)}, "serious_by"),
        ],
    )
    def test_an_event_that_makes_no_sense_is_asked_back(self, scene, change, field):
        with pytest.raises(InvalidInput) as refusal:
            self.event(scene, **change)
        assert field in refusal.value.fields

    def test_the_queue_and_the_look_on_screen(self, scene, client, monkeypatch):
        event = self.event(scene)
        monkeypatch.setattr("django.utils.timezone.now", lambda: PLANNED + 2 * HOUR)
        client.force_login(scene.prescriber)
        page = client.get("/adverse-events/").content.decode()
        assert "Desaturation" in page
        where = f"/adverse-events/{event.entry_id}/"
        assert "Nobody has looked at it yet" in client.get(where).content.decode()
        press = {
            "entry_id": uuid4(),
            "relatedness": "probable",
            "is_expected": "yes",
            "outcome": "resolved",
            "words": JUDGED.words,
            "is_closed": "on",
        }
        assert client.post(where, {**press, "words": "ok"}).status_code == 422
        assert client.post(where, press).status_code == 303
        assert "No adverse event waits" in client.get("/adverse-events/").content.decode()
        client.force_login(scene.nurse)
        assert client.get(where).status_code == 404

    def test_the_fields_of_the_paper_are_kept(self, scene):
        self.event(
            scene,
            serious_by=("life-threatening",),
            is_expected=False,
            relatedness="possible",
            action="stopped",
            outcome="resolved",
        )
        row = AdverseEvent.objects.get()
        assert row.is_serious
        assert (row.is_expected, row.relatedness, row.action, row.outcome) == (
            False,
            "possible",
            "stopped",
            "resolved",
        )


class TestTheSummary:
    def test_it_is_worked_out_from_the_record(self, scene):
        scene.dosed()
        scene.write(
            Vitals(systolic_mmhg=150, diastolic_mmhg=92, alertness=3, perception=8), minute=58
        )
        scene.write(Vitals(breaths_per_min=9, is_confirmed=True), minute=60)
        scene.write(
            Vitals(systolic_mmhg=130, diastolic_mmhg=80, alertness=5, perception=0), minute=110
        )
        found = summary_of(chart_of(scene.session, PLANNED + 120 * MINUTE))
        assert found.is_first
        assert found.lots == ("A12",)
        assert (found.before.systolic, found.before.diastolic) == (128, 78)
        assert (found.at_peak.systolic, found.last.systolic) == (150, 130)
        assert found.sedation.since == PLANNED + 58 * MINUTE
        assert found.sedation.until == PLANNED + 110 * MINUTE
        assert found.dissociation.until == PLANNED + 110 * MINUTE
        assert found.slow_breathing
        assert found.minutes is None
        assert found.submit_by == PLANNED + 20 * MINUTE + timedelta(days=7)

    def test_what_nobody_saw_end_did_not_end(self, scene):
        scene.dosed()
        scene.write(Vitals(alertness=4), minute=40)
        found = summary_of(chart_of(scene.session, PLANNED + HOUR))
        assert found.sedation.was
        assert found.sedation.until is None
        assert not found.dissociation.was

    def test_ready_is_when_the_last_criterion_but_time_was_met(self, scene):
        at = scene.to_going_home()
        assert summary_of(chart_of(scene.session, at)).ready_at == PLANNED + 143 * MINUTE

    def test_its_page(self, scene, client, monkeypatch):
        scene.dosed()
        monkeypatch.setattr("django.utils.timezone.now", lambda: PLANNED + HOUR)
        client.force_login(scene.nurse)
        page = client.get(f"/sessions/{scene.session.key}/summary/").content.decode()
        assert "53 mg IM" in page
        assert "not kept here" in page

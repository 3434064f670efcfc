"""What each act writes, refuses and leaves behind."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from tests.builders import NINE, make_user
from tests.clinic.dosing.scene import BASELINE, DAY, HOUR, MINUTE, PLANNED

from kapstone.clinic.consent.models import ConsentWithdrawal
from kapstone.clinic.dosing.actions import (
    AdverseEventSeen,
    Stamp,
    correct_entry,
    discharge,
    lift_check,
    order_dose,
    plan_session,
    record_adverse_event,
    record_entry,
    revoke_order,
    sign_session,
)
from kapstone.clinic.dosing.entries import (
    Answer,
    Change,
    Correction,
    Event,
    Happening,
    Kind,
    Mistake,
    Note,
    Reply,
    Speaker,
    State,
    Vitals,
)
from kapstone.clinic.dosing.facts import earlier_answers
from kapstone.clinic.dosing.models import (
    AdverseEvent,
    CheckAnswer,
    DoseGiven,
    DoseOrder,
    SessionEntry,
    SessionSignature,
)
from kapstone.clinic.dosing.order_facts import last_tolerated
from kapstone.clinic.dosing.queries import (
    chart_of,
    doses_standing,
    gate_of,
    going_home_of,
    order_in_force,
    record_of,
    session_state,
    session_states,
    sessions_of,
)
from kapstone.clinic.dosing.record import Stage
from kapstone.clinic.dosing.verdicts import Verdict
from kapstone.clinic.measures.models import SafetyCall
from kapstone.core.audit.models import AuditEntry
from kapstone.core.people.models import Role
from kapstone.errors import InvalidInput, NotAllowed, Refused

REASON = "Settles in the room every time; seen and agreed."


def codes(refusal):
    return {finding.code for finding in refusal.value.findings}


class TestOrders:
    def test_a_prescriber_of_the_team_orders(self, scene):
        order = scene.order()
        assert order_in_force(scene.course, 1) == order
        assert AuditEntry.objects.filter(deed="dose-ordered").count() == 1

    @pytest.mark.parametrize("who", ["nurse", "therapist"])
    def test_nobody_else_does(self, scene, who):
        with pytest.raises(NotAllowed):
            order_dose(
                by=getattr(scene, who),
                at=PLANNED,
                course=scene.course,
                wanted=scene.wanted(),
            )
        assert not DoseOrder.objects.exists()

    def test_a_prescriber_outside_the_team_does_not(self, scene):
        with pytest.raises(NotAllowed):
            order_dose(
                by=make_user(scene.clinic, Role.PRESCRIBER),
                at=PLANNED,
                course=scene.course,
                wanted=scene.wanted(),
            )

    def test_a_soft_limit_asks_for_a_reason(self, scene):
        with pytest.raises(Refused) as refusal:
            scene.order(reason="because")
        assert "im-first-session" in codes(refusal)
        assert scene.order(reason="A reason of more than twenty letters.").reason

    def test_a_hard_limit_stops_whatever_the_reason(self, scene):
        with pytest.raises(Refused) as refusal:
            scene.order(amount_mg=Decimal(163), max_session_mg=Decimal(163))
        assert codes(refusal) == {"im-mg-per-kg"}
        assert not DoseOrder.objects.exists()

    def test_without_cautions_no_reason_is_kept(self, scene):
        assert scene.order(max_session_mg=Decimal(53), reason="chatter " * 5).reason == ""

    def test_an_order_keeps_what_it_passed_and_who_may_give(self, scene):
        order = scene.order(amount_mg=Decimal(85), max_session_mg=Decimal(85))
        assert set(order.passed) == {"im-mg", "im-mg-per-kg", "im-first-session"}
        assert order.may_give == "nurse-or-prescriber"

    def test_nobody_gives_what_another_role_is_to_give(self, scene):
        scene.order(may_give="prescriber")
        scene.fill_gate()
        scene.sign_gate()
        scene.write(BASELINE, minute=15)
        with pytest.raises(Refused, match="A prescriber only may give this"):
            scene.give(by=scene.nurse)
        assert scene.give(by=scene.prescriber).amount_mg == Decimal(53)

    def test_a_weight_is_held_against_the_one_on_record(self, scene):
        scene.order()
        with pytest.raises(Refused, match="were these pounds"):
            scene.order(weight_kg=Decimal("178.6"), reason="")

    def test_the_last_tolerated_session_is_the_one_without_a_grave_event(self, scene):
        given = scene.dosed()
        doses = list(doses_standing([scene.patient]))
        assert [dose.pk for dose in last_tolerated(scene.patient, doses)] == [given.pk]
        record_adverse_event(
            by=scene.nurse,
            at=PLANNED + HOUR,
            patient=scene.patient,
            session=scene.session,
            event=AdverseEventSeen(term="desaturation", grade=3, began_at=PLANNED + HOUR / 2),
        )
        assert last_tolerated(scene.patient, doses) == ()

    def test_a_new_order_takes_the_place_of_the_old(self, scene):
        old = scene.order()
        new = scene.order(amount_mg=Decimal(40))
        old.refresh_from_db()
        assert old.revoked_at is not None
        assert order_in_force(scene.course, 1) == new

    def test_a_double_press_orders_once(self, scene):
        entry_id = uuid4()
        orders = {
            order_dose(
                by=scene.prescriber,
                at=PLANNED,
                course=scene.course,
                wanted=scene.wanted(),
                entry_id=entry_id,
            ).pk
            for _ in range(2)
        }
        assert len(orders) == 1

    @pytest.mark.parametrize(
        "change", [{"rationale": "habit"}, {"amount_mg": Decimal(0)}, {"number": 0}]
    )
    def test_what_makes_no_sense_is_named(self, scene, change):
        with pytest.raises(InvalidInput):
            scene.order(**change)

    def test_an_order_can_be_taken_back_once(self, scene):
        order = scene.order()
        for minutes in (0, 5):
            revoke_order(by=scene.prescriber, at=PLANNED + minutes * MINUTE, order=order)
        assert order.revoked_at == PLANNED
        assert order_in_force(scene.course, 1) is None

    def test_the_jump_counts_from_the_whole_last_session(self, scene):
        scene.to_the_dose()
        scene.give(minute=20)
        with pytest.raises(Refused) as refusal:
            scene.order(
                at=PLANNED + DAY,
                number=2,
                amount_mg=Decimal(80),
                max_session_mg=Decimal(80),
                reason="",
            )
        assert codes(refusal) == {"dose-jump"}


class TestPlanning:
    def test_one_session_for_one_dose(self, scene):
        with pytest.raises(Refused) as refusal:
            plan_session(
                by=scene.therapist, at=NINE, course=scene.course, number=1, planned_at=PLANNED
            )
        assert codes(refusal) == {"session-exists"}

    def test_not_today_frees_the_number(self, scene):
        sign_session(
            by=scene.nurse,
            at=PLANNED,
            session=scene.session,
            meaning="not-today",
            reason="unwell",
        )
        again = plan_session(
            by=scene.therapist,
            at=PLANNED,
            course=scene.course,
            number=1,
            planned_at=PLANNED + 7 * DAY,
        )
        assert [session.pk for session in sessions_of(scene.course)] == [
            scene.session.pk,
            again.pk,
        ]

    def test_a_double_press_plans_once(self, scene):
        entry_id = uuid4()
        planned = {
            plan_session(
                by=scene.therapist,
                at=NINE,
                course=scene.course,
                number=2,
                planned_at=PLANNED + DAY,
                entry_id=entry_id,
            ).pk
            for _ in range(2)
        }
        assert len(planned) == 1

    @pytest.mark.parametrize("number", [0, 7])
    def test_a_number_outside_the_course_is_refused(self, scene, number):
        with pytest.raises(InvalidInput):
            plan_session(
                by=scene.therapist,
                at=NINE,
                course=scene.course,
                number=number,
                planned_at=PLANNED,
            )


class TestTheGate:
    def test_it_can_be_brought_to_go(self, screened_scene):
        scene = screened_scene
        scene.order()
        scene.fill_gate()
        assert gate_of(scene.session, PLANNED + 10 * MINUTE).outcome == "go"
        assert session_state(scene.session) is Stage.GATE
        scene.sign_gate()
        assert session_state(scene.session) is Stage.READY

    def test_without_a_screening_nothing_makes_it_go(self, unscreened_scene):
        scene = unscreened_scene
        scene.order()
        scene.fill_gate()
        gate = gate_of(scene.session, PLANNED + 10 * MINUTE)
        assert [judged.check.code for judged in gate.still_open] == ["G2"]

    def test_every_answer_can_be_given_by_the_act(self, scene):
        scene.order()
        for code, value in scene.answers().items():
            scene.answer(code, value)
        scene.pressure(128, 78, minute=0)
        scene.pressure(126, 76, minute=6)
        for by in (scene.nurse, scene.therapist):
            seen = {"patient": True, "drug": True, "dose": True, "route": True}
            scene.answer("G15", seen, by=by, minute=7)
        assert gate_of(scene.session, PLANNED + 8 * MINUTE).outcome == "go"

    def test_no_verdict_means_no(self, scene):
        gate = gate_of(scene.session, PLANNED)
        assert not gate.is_go
        assert not gate.go[0].by
        with pytest.raises(Refused) as refusal:
            sign_session(by=scene.nurse, at=PLANNED, session=scene.session, meaning="gate")
        assert len(refusal.value.findings) == len(gate.still_open)
        assert not SessionSignature.objects.exists()

    @pytest.mark.parametrize(
        ("code", "value"),
        [
            ("G1", {"says_name": True}),
            ("G1", {"says_name": True, "says_born_on": "maybe"}),
            ("G1", {"says_name": True, "says_born_on": True, "extra": True}),
            ("G2", {"ok": True}),
            ("G12", {}),
            ("G16", {}),
            ("G5", {"result": ""}),
            ("G7", {"last_solid_at": "breakfast", "last_clear_at": PLANNED.isoformat()}),
            ("G7", {"last_solid_at": "2026-03-02T08:00", "last_clear_at": ""}),
            ("G8", {"systolic_mmhg": 120}),
            ("G8", {"systolic_mmhg": "x", "diastolic_mmhg": 70}),
            ("G13", {"name": " ", "phone": "1", "confirmed": True}),
            ("G14", {"oxygen": True}),
        ],
    )
    def test_an_answer_is_whole_or_not_written(self, scene, code, value):
        with pytest.raises(InvalidInput):
            scene.answer(code, value)
        assert not CheckAnswer.objects.exists()

    def test_a_double_press_answers_once(self, scene):
        entry_id = uuid4()
        for _ in range(2):
            scene.answer("G3", {"still_wants": True}, entry_id=entry_id)
        assert CheckAnswer.objects.count() == 1

    def test_after_the_dose_the_gate_only_reads(self, scene):
        scene.dosed()
        with pytest.raises(Refused) as refusal:
            scene.answer("G3", {"still_wants": True}, minute=30)
        assert codes(refusal) == {"gate-is-over"}

    def test_words_have_an_end(self, scene):
        with pytest.raises(InvalidInput):
            scene.answer("G13", {"name": "S" * 201, "phone": "1", "confirmed": True})

    def test_the_drug_is_checked_against_a_signed_order(self, scene):
        with pytest.raises(Refused) as refusal:
            scene.answer("G15", {"patient": True, "drug": True, "dose": True, "route": True})
        assert codes(refusal) == {"no-order"}

    def test_a_new_order_needs_two_new_checks(self, scene):
        scene.order()
        scene.fill_gate()
        scene.order(at=PLANNED + 9 * MINUTE, amount_mg=Decimal(40))
        gate = gate_of(scene.session, PLANNED + 10 * MINUTE)
        assert [judged.check.code for judged in gate.still_open] == ["G15"]

    def test_consent_taken_back_closes_it_at_once(self, scene):
        scene.to_the_dose()
        signature = scene.patient.alone.pk
        consent = ConsentWithdrawal(
            clinic=scene.clinic,
            subjects_id=signature,
            recorded_at=PLANNED + 16 * MINUTE,
            recorded_by=scene.therapist,
            signature=gate_consent(scene),
            withdrawn_at=PLANNED + 16 * MINUTE,
        )
        consent.save()
        assert gate_of(scene.session, PLANNED + 17 * MINUTE).outcome == "no-go"
        with pytest.raises(Refused) as refusal:
            scene.give(minute=20)
        assert {"no-consent", "gate-not-complete"} <= codes(refusal)
        assert not DoseGiven.objects.exists()

    def test_an_open_emergency_call_ends_it(self, scene):
        SafetyCall.objects.create(
            clinic=scene.clinic,
            subjects=scene.patient.alone,
            recorded_at=PLANNED,
            recorded_by=scene.therapist,
            trigger="asq-acute",
            sentence="ASQ acute.",
            priority="emergency",
            raised_at=PLANNED,
            due_at=PLANNED + 5 * MINUTE,
        )
        scene.order()
        scene.fill_gate()
        assert gate_of(scene.session, PLANNED + 10 * MINUTE).outcome == "no-go"


def gate_consent(scene):
    return scene.patient.alone.pk and _consent(scene)


def _consent(scene):
    from kapstone.clinic.consent.queries import consent_in_force

    return consent_in_force(scene.patient, PLANNED).signature


class TestLifts:
    def amber(self, scene):
        scene.order()
        scene.fill_gate()
        for minute, systolic in ((12, 152), (17, 150), (22, 150)):
            scene.pressure(systolic, 92, minute=minute)
        return PLANNED + 23 * MINUTE

    def lift(self, scene, at, *, by=None, code="G8", reason=REASON, entry_id=None):
        return lift_check(
            by=by or scene.prescriber,
            at=at,
            session=scene.session,
            check_code=code,
            reason=reason,
            entry_id=entry_id,
        )

    def test_the_prescriber_lifts_with_a_reason(self, scene):
        at = self.amber(scene)
        self.lift(scene, at)
        gate = gate_of(scene.session, at + MINUTE)
        assert gate.outcome == "go-with-conditions"
        assert gate.of("G8").lift.lift_reason == REASON

    def test_the_value_lifted_is_kept(self, scene):
        row = self.lift(scene, self.amber(scene))
        assert row.value["systolic_mmhg"] == 150

    def test_the_nurse_does_not_lift(self, scene):
        at = self.amber(scene)
        with pytest.raises(NotAllowed):
            self.lift(scene, at, by=scene.nurse)

    def test_a_reason_says_something(self, scene):
        at = self.amber(scene)
        with pytest.raises(InvalidInput):
            self.lift(scene, at, reason="fine")

    @pytest.mark.parametrize("code", ["G1", "G2", "G8", "G14"])
    def test_what_holds_hard_or_is_open_is_not_lifted(self, scene, code):
        scene.order()
        for minute in (0, 6):
            scene.pressure(185, 92, minute=minute)
        with pytest.raises(Refused) as refusal:
            self.lift(scene, PLANNED + 7 * MINUTE, code=code)
        assert codes(refusal) == {"not-liftable"}

    def test_a_new_reading_needs_a_new_lift(self, scene):
        at = self.amber(scene)
        self.lift(scene, at)
        scene.pressure(166, 92, minute=28)
        assert not gate_of(scene.session, PLANNED + 29 * MINUTE).is_go

    def test_a_double_press_lifts_once(self, scene):
        at, entry_id = self.amber(scene), uuid4()
        rows = {self.lift(scene, at, entry_id=entry_id).pk for _ in range(2)}
        assert len(rows) == 1


class TestNotToday:
    def say(self, scene, reason="unwell", **change):
        given = {"by": scene.nurse, "at": PLANNED, "session": scene.session, **change}
        return sign_session(meaning="not-today", reason=reason, **given)

    def test_it_is_open_from_the_first_moment(self, scene):
        self.say(scene)
        assert session_state(scene.session) is Stage.NOT_TODAY

    @pytest.mark.parametrize("reason", ["", "bored", "other", "other:  "])
    def test_it_asks_for_one_reason(self, scene, reason):
        with pytest.raises(InvalidInput):
            self.say(scene, reason)
        assert not SessionSignature.objects.exists()

    def test_other_says_which(self, scene):
        assert self.say(scene, "other: the heating failed").reason.endswith("failed")

    def test_it_closes_the_session(self, scene):
        self.say(scene)
        with pytest.raises(Refused) as refusal:
            scene.answer("G3", {"still_wants": True})
        assert codes(refusal) == {"session-closed"}

    def test_not_after_a_dose(self, scene):
        scene.to_the_dose()
        scene.give()
        with pytest.raises(Refused) as refusal:
            self.say(scene, at=PLANNED + 30 * MINUTE)
        assert codes(refusal) == {"dose-was-given"}


class TestTheDayOfTheAnswers:
    """Yesterday's answers are context: they are shown, and count for nothing."""

    def test_an_answer_of_yesterday_does_not_count_today(self, scene):
        scene.order()
        scene.fill_gate()
        assert gate_of(scene.session, PLANNED + 10 * MINUTE).is_go
        tomorrow = gate_of(scene.session, PLANNED + DAY)
        assert not tomorrow.is_go
        asked = {one.check.code for one in tomorrow.still_open}
        assert {"G1", "G3", "G5", "G8", "G14", "G15"} <= asked

    def test_it_is_shown_as_context_on_the_next_day(self, scene):
        scene.order()
        scene.fill_gate()
        assert earlier_answers(chart_of(scene.session, PLANNED + 10 * MINUTE)) == {}
        before = earlier_answers(chart_of(scene.session, PLANNED + DAY))
        assert before["G13"].value["name"] == "Sam"

    def test_once_dosed_the_answers_of_that_day_go_on_counting(self, scene):
        scene.dosed()
        later = gate_of(scene.session, PLANNED + 3 * DAY)
        assert later.of("G1").verdict is Verdict.GO
        assert later.of("G14").verdict is Verdict.GO

    def test_what_was_worked_out_is_kept_with_its_values(self, scene):
        scene.order()
        scene.fill_gate()
        scene.sign_gate()
        rows = CheckAnswer.objects.filter(session=scene.session, check_code="G2")
        assert rows.first().value["standing"] == "eligible"
        rows = CheckAnswer.objects.filter(session=scene.session, check_code="G12")
        assert rows.first().value["hours_since"] is None

    def test_the_consent_that_was_in_force_is_kept(self, scene):
        row = scene.answer("G3", {"still_wants": True})
        assert row.value["consent_in_force"] is True
        assert row.value["version"] == "1"
        assert row.value["signed_at"]


class TestAValueThatMayBeASlip:
    SET = {
        "systolic_mmhg": 128,
        "diastolic_mmhg": 78,
        "heart_rate_per_min": 24,
        "spo2_percent": 98,
        "breaths_per_min": 14,
        "temperature_c": 36.6,
    }

    def test_it_is_asked_back_and_then_kept_when_true(self, scene):
        with pytest.raises(InvalidInput, match="Pulse 24 /min: is this right"):
            scene.answer("G8", self.SET)
        row = scene.answer("G8", self.SET | {"is_confirmed": True})
        assert row.value["heart_rate_per_min"] == 24
        assert row.value["is_confirmed"] is True

    @pytest.mark.parametrize(
        ("hours", "words"), [(25, "that is not today"), (-25, "that is not today")]
    )
    def test_an_escort_comes_today(self, scene, hours, words):
        value = scene.answers()["G13"] | {
            "comes_at": (PLANNED + hours * HOUR).isoformat(),
        }
        with pytest.raises(InvalidInput, match=words):
            scene.answer("G13", value)

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"sedative": True}, "prescribed"),
            ({"sedative": True}, "what"),
            ({"other_drug": True}, "what"),
        ],
    )
    def test_a_yes_asks_what_follows_from_it(self, scene, change, field):
        with pytest.raises(InvalidInput) as refusal:
            scene.answer("G6", scene.answers()["G6"] | change)
        assert field in refusal.value.fields

    def test_a_positive_screen_asks_the_last_question(self, scene):
        value = scene.answers()["G9"] | {"asq_2": True}
        with pytest.raises(InvalidInput, match="right now"):
            scene.answer("G9", value)
        assert scene.answer("G9", value | {"asq_5": False}).value["asq_5"] is False

    def test_both_roles_lift_and_no_other(self, scene):
        scene.answer("G9", scene.answers()["G9"] | {"asq_2": True, "asq_5": False})
        at = PLANNED + 5 * MINUTE
        given = {"at": at, "session": scene.session, "check_code": "G9", "reason": REASON}
        with pytest.raises(NotAllowed):
            lift_check(by=scene.nurse, **given)
        lift_check(by=scene.prescriber, **given)
        assert gate_of(scene.session, at).of("G9").still_to_lift == ("therapist",)
        lift_check(by=scene.therapist, **given)
        assert gate_of(scene.session, at).of("G9").verdict is Verdict.CONDITION


class TestSigningTheGate:
    def test_a_value_lifted_is_kept_by_its_lift(self, scene):
        scene.to_going_home()
        scene.session = plan_session(
            by=scene.therapist,
            at=PLANNED,
            course=scene.course,
            number=2,
            planned_at=PLANNED + 2.5 * DAY,
        )
        at = PLANNED + 2.5 * DAY
        order_dose(
            by=scene.prescriber, at=at, course=scene.course, wanted=scene.wanted(number=2)
        )
        lift_check(
            by=scene.prescriber, at=at, session=scene.session, check_code="G12", reason=REASON
        )
        gate = gate_of(scene.session, at)
        assert gate.of("G12").lift.lift_reason == REASON
        assert (
            "60 h since the last dose"
            in CheckAnswer.objects.get(check_code="G12", session=scene.session).value["words"]
        )
        scene.fill_gate()
        sign_session(by=scene.prescriber, at=at + MINUTE, session=scene.session, meaning="gate")
        kept = CheckAnswer.objects.filter(session=scene.session, check_code="G12")
        assert [row.lift_reason for row in kept] == [REASON]

    def test_the_values_worked_out_are_kept(self, scene):
        scene.order()
        scene.fill_gate()
        scene.sign_gate()
        kept = CheckAnswer.objects.filter(check_code__in=["G2", "G12"])
        assert kept.count() == 4
        assert all(row.value["words"] for row in kept)

    def test_signing_twice_is_one_signature(self, scene):
        scene.order()
        scene.fill_gate()
        scene.sign_gate()
        scene.sign_gate()
        assert SessionSignature.objects.count() == 2

    def test_discharge_is_not_signed_here(self, scene):
        with pytest.raises(InvalidInput):
            sign_session(by=scene.nurse, at=PLANNED, session=scene.session, meaning="discharge")


class TestEntries:
    def test_both_times_are_kept(self, scene):
        made = PLANNED + timedelta(minutes=4, seconds=58)
        row = scene.write(BASELINE, minute=5, device_at=made, device_id="t1", device_seq=7)
        assert (row.device_at, row.observed_at) == (made, PLANNED + 5 * MINUTE)
        assert (row.device_id, row.device_seq) == ("t1", 7)

    def test_a_retry_writes_once(self, scene):
        entry_id = uuid4()
        rows = {scene.write(BASELINE, minute=5, entry_id=entry_id).pk for _ in range(3)}
        assert len(rows) == 1
        assert SessionEntry.objects.count() == 1

    @pytest.mark.parametrize(
        "other", [replace(BASELINE, alertness=4), Note(speaker=Speaker.PATIENT, text="Oh")]
    )
    def test_the_same_id_with_other_content_is_refused(self, scene, other):
        entry_id = uuid4()
        scene.write(BASELINE, minute=5, entry_id=entry_id)
        with pytest.raises(Refused) as refusal:
            scene.write(other, minute=5, entry_id=entry_id)
        assert codes(refusal) == {"entry-id-reused"}

    def test_the_same_id_at_another_time_is_refused(self, scene):
        entry_id = uuid4()
        scene.write(BASELINE, minute=5, entry_id=entry_id)
        with pytest.raises(Refused):
            scene.write(BASELINE, minute=6, entry_id=entry_id)

    def test_the_same_id_in_another_session_is_refused(self, scene):
        entry_id = uuid4()
        scene.write(BASELINE, minute=5, entry_id=entry_id)
        scene.session = plan_session(
            by=scene.therapist,
            at=PLANNED,
            course=scene.course,
            number=2,
            planned_at=PLANNED + DAY,
        )
        with pytest.raises(Refused):
            scene.write(BASELINE, minute=5, entry_id=entry_id)

    def test_a_doubtful_value_is_asked_about_and_then_written(self, scene):
        slip = Vitals(systolic_mmhg=90, diastolic_mmhg=146)
        with pytest.raises(Refused) as refusal:
            scene.write(slip, minute=5)
        assert codes(refusal) == {"check-diastolic-mmhg"}
        assert not SessionEntry.objects.exists()
        scene.write(replace(slip, is_confirmed=True), minute=5)
        assert SessionEntry.objects.count() == 1

    @pytest.mark.parametrize("minutes", [-3, 24 * 60 + 1])
    def test_a_time_ahead_or_long_past_is_named(self, scene, minutes):
        with pytest.raises(InvalidInput) as fault:
            record_entry(
                by=scene.nurse,
                at=PLANNED,
                session=scene.session,
                payload=BASELINE,
                stamp=Stamp(observed_at=PLANNED - minutes * MINUTE),
            )
        assert "observed_at" in fault.value.fields

    def test_an_answer_needs_its_crossing(self, scene):
        row = scene.write(replace(BASELINE, systolic_mmhg=170), minute=5)
        reply = Answer(entry=row.entry_id, parameter="systolic_mmhg", reply=Reply.TOLD)
        with pytest.raises(InvalidInput):
            scene.write(replace(reply, parameter="spo2_percent"), minute=6)
        scene.write(reply, minute=6)
        assert record_of(scene.session).open_crossings == ()

    def test_a_dose_is_not_written_as_an_entry(self, scene):
        with pytest.raises(InvalidInput):
            scene.write(scene.dose(), minute=5)

    def test_two_nurses_both_stand(self, scene):
        other = make_user(scene.clinic, Role.PRESCRIBER)
        with pytest.raises(NotAllowed):
            scene.write(BASELINE, minute=5, by=other)
        scene.write(BASELINE, minute=5, by=scene.nurse, device_id="t1")
        scene.write(
            replace(BASELINE, alertness=4), minute=5, by=scene.therapist, device_id="t2"
        )
        assert [one.vitals.alertness for one in record_of(scene.session).seen] == [5, 4]

    def test_a_nurse_of_another_room_writes_nothing(self, scene):
        with pytest.raises(NotAllowed):
            scene.write(BASELINE, minute=5, by=make_user(scene.clinic, Role.NURSE))

    def test_help_is_recorded_after_closing_too(self, scene):
        sign_session(
            by=scene.nurse,
            at=PLANNED,
            session=scene.session,
            meaning="not-today",
            reason="unwell",
        )
        scene.write(State(change=Change.EMERGENCY, item="oxygen"), minute=1)
        assert len(record_of(scene.session).emergency) == 1


class TestDoses:
    def test_a_dose_and_its_entry_are_written_together(self, scene):
        scene.to_the_dose()
        dose = scene.give()
        assert dose.entry.kind == Kind.DOSE
        assert dose.given_at == PLANNED + 20 * MINUTE
        assert dose.weight_kg == Decimal("81.0")
        assert list(doses_standing([scene.patient])) == [dose]
        assert session_state(scene.session) is Stage.DOSED

    def test_a_double_press_is_one_dose(self, scene):
        scene.to_the_dose()
        entry_id = uuid4()
        doses = {scene.give(entry_id=entry_id).pk for _ in range(2)}
        assert len(doses) == 1
        assert DoseGiven.objects.count() == 1

    def test_two_presses_with_two_ids_are_not_two_doses(self, scene):
        scene.to_the_dose()
        scene.give()
        with pytest.raises(Refused) as refusal:
            scene.give(minute=21)
        assert "above-order-maximum" in codes(refusal)
        assert DoseGiven.objects.count() == 1
        assert SessionEntry.objects.filter(kind=Kind.DOSE).count() == 1

    def test_before_the_gate_nothing_is_given(self, scene):
        scene.order()
        scene.write(BASELINE, minute=15)
        with pytest.raises(Refused) as refusal:
            scene.give()
        assert codes(refusal) == {"gate-not-complete"}

    def test_one_signature_is_not_two(self, scene):
        scene.order()
        scene.fill_gate()
        sign_session(
            by=scene.nurse, at=PLANNED + 10 * MINUTE, session=scene.session, meaning="gate"
        )
        scene.write(BASELINE, minute=15)
        with pytest.raises(Refused) as refusal:
            scene.give()
        assert codes(refusal) == {"gate-not-signed"}

    def test_a_baseline_comes_first(self, scene):
        scene.order()
        scene.fill_gate()
        scene.sign_gate()
        scene.write(Vitals(systolic_mmhg=128, diastolic_mmhg=78), minute=15)
        with pytest.raises(Refused) as refusal:
            scene.give()
        assert codes(refusal) == {"no-baseline-vitals"}

    def test_identity_is_asked_at_each_dose(self, scene):
        scene.to_the_dose()
        with pytest.raises(Refused) as refusal:
            scene.give(is_identity_checked=False)
        assert codes(refusal) == {"identity"}

    def test_a_second_dose_within_the_order(self, scene):
        scene.to_the_dose()
        scene.give(minute=20)
        scene.write(BASELINE, minute=30)
        second = {"amount_mg": Decimal("27.00"), "volume_ml": Decimal("0.540")}
        with pytest.raises(Refused) as refusal:
            scene.give(minute=35, **second)
        assert codes(refusal) == {"no-witness"}
        with pytest.raises(Refused):
            scene.give(minute=35, witness=scene.nurse, **second)
        scene.give(minute=35, witness=scene.prescriber, **second)
        assert record_of(scene.session).given_mg == 80

    def test_a_witness_is_of_the_room_or_the_team(self, scene):
        scene.to_the_dose()
        with pytest.raises(NotAllowed):
            scene.give(witness=make_user(scene.clinic, Role.NURSE))

    def test_a_prescriber_may_pass_an_open_gate_with_a_reason(self, scene):
        scene.order()
        scene.write(BASELINE, minute=15)
        with pytest.raises(NotAllowed):
            scene.give(override_reason=REASON)
        with pytest.raises(InvalidInput):
            scene.give(by=scene.prescriber, override_reason="hm")
        dose = scene.give(by=scene.prescriber, override_reason=REASON)
        assert dose.entry.payload["override_reason"] == REASON
        detail = AuditEntry.objects.get(deed="dose-given").detail
        assert detail["passed_over"] == ["gate-not-complete"]

    def test_nobody_passes_the_order(self, scene):
        scene.to_the_dose()
        with pytest.raises(Refused) as refusal:
            scene.give(
                by=scene.prescriber,
                override_reason=REASON,
                amount_mg=Decimal("81.00"),
                volume_ml=Decimal("1.620"),
            )
        assert codes(refusal) == {"above-order-maximum"}

    @pytest.mark.parametrize("amount", ["0.00", "-1.00"])
    def test_a_dose_is_above_zero(self, scene, amount):
        scene.to_the_dose()
        with pytest.raises(InvalidInput):
            scene.give(amount_mg=Decimal(amount))


class TestCorrections:
    def correct(self, scene, entry, instead, *, minute=40, by=None, **change):
        return correct_entry(
            by=by or scene.nurse,
            at=PLANNED + minute * MINUTE,
            entry=entry,
            mistake=change.pop("mistake", Mistake.WRONG_KEY),
            instead=instead,
            **change,
        )

    def test_the_chain_of_a_value(self, scene):
        first = scene.write(replace(BASELINE, systolic_mmhg=182), minute=5)
        second = self.correct(scene, first, replace(BASELINE, systolic_mmhg=128))
        self.correct(scene, second, replace(BASELINE, systolic_mmhg=129), minute=41)
        record = record_of(scene.session)
        assert [one.vitals.systolic_mmhg for one in record.seen] == [129]
        assert [line.is_struck for line in record.lines] == [True, True, False]
        assert record.seen[0].at == PLANNED + 5 * MINUTE

    def test_nothing_is_corrected_twice(self, scene):
        first = scene.write(BASELINE, minute=5)
        self.correct(scene, first, None)
        with pytest.raises(Refused) as refusal:
            self.correct(scene, first, None, minute=42)
        assert codes(refusal) == {"already-corrected"}

    def test_a_retry_corrects_once(self, scene):
        first = scene.write(BASELINE, minute=5)
        stamp = Stamp(entry_id=uuid4())
        rows = {self.correct(scene, first, None, stamp=stamp).pk for _ in range(2)}
        assert len(rows) == 1

    def test_only_by_its_own_kind(self, scene):
        first = scene.write(BASELINE, minute=5)
        with pytest.raises(InvalidInput):
            self.correct(scene, first, Note(speaker=Speaker.PATIENT, text="Oh"))

    def test_other_says_what(self, scene):
        first = scene.write(BASELINE, minute=5)
        with pytest.raises(InvalidInput):
            self.correct(scene, first, None, mistake=Mistake.OTHER)

    def test_a_state_is_not_corrected(self, scene):
        step = scene.write(State(change=Change.EMERGENCY, item="oxygen"), minute=5)
        with pytest.raises(InvalidInput):
            self.correct(scene, step, None)

    def test_a_doubtful_correction_is_asked_about(self, scene):
        first = scene.write(BASELINE, minute=5)
        with pytest.raises(Refused):
            self.correct(scene, first, replace(BASELINE, diastolic_mmhg=140))

    def test_a_dose_corrected_is_what_every_sum_reads(self, scene):
        scene.to_the_dose()
        dose = scene.give()
        at = PLANNED + 18 * MINUTE
        self.correct(
            scene,
            dose.entry,
            scene.dose(amount_mg=Decimal("50.00"), volume_ml=Decimal("1.000")),
            stamp=Stamp(observed_at=at),
        )
        (standing,) = doses_standing([scene.patient])
        assert (standing.amount_mg, standing.given_at) == (Decimal("50.00"), at)
        assert standing.corrects == dose
        assert DoseGiven.objects.count() == 2

    def test_a_dose_not_given_at_all(self, scene):
        scene.to_the_dose()
        dose = scene.give()
        row = self.correct(scene, dose.entry, None, mistake=Mistake.WRONG_PATIENT)
        assert not doses_standing([scene.patient]).exists()
        assert row.dose.amount_mg == 0
        assert session_state(scene.session) is Stage.READY

    def test_a_dose_not_given_can_turn_out_to_have_been(self, scene):
        scene.to_the_dose()
        dose = scene.give()
        row = self.correct(scene, dose.entry, None)
        self.correct(scene, row, scene.dose(), minute=41)
        (standing,) = doses_standing([scene.patient])
        assert standing.amount_mg == Decimal("53.00")

    def test_a_dose_not_given_is_not_struck_again(self, scene):
        row = self.correct(scene, scene.dosed().entry, None)
        with pytest.raises(InvalidInput):
            self.correct(scene, row, None, minute=41)
        assert DoseGiven.objects.count() == 2

    def test_a_therapist_does_not_amend(self, scene):
        first = scene.write(BASELINE, minute=5)
        with pytest.raises(NotAllowed):
            self.correct(scene, first, None, by=scene.therapist)

    def test_a_correction_is_stored_with_its_reason(self, scene):
        first = scene.write(Happening(event=Event.NAUSEA, degree=3), minute=5)
        row = self.correct(scene, first, Happening(event=Event.NAUSEA, degree=1))
        assert row.supersedes == first
        assert row.payload["mistake"] == "wrong-key"
        assert isinstance(record_of(scene.session).lines[-1].written.payload, Correction)


class TestGoingHome:
    def go(self, scene, by, at, **change):
        return discharge(by=by, at=at, session=scene.session, **change)

    def test_two_signatures_close_the_session(self, scene):
        at = scene.to_going_home()
        assert going_home_of(scene.session, at).is_ready
        self.go(scene, scene.nurse, at)
        assert session_state(scene.session) is Stage.DOSED
        self.go(scene, scene.therapist, at)
        assert session_state(scene.session) is Stage.HOME

    def test_signing_twice_is_one_signature(self, scene):
        at = scene.to_going_home()
        first = self.go(scene, scene.nurse, at)
        assert self.go(scene, scene.nurse, at + MINUTE) == first

    def test_what_is_not_met_is_named_and_nothing_written(self, scene):
        scene.to_the_dose()
        scene.give(minute=20)
        with pytest.raises(Refused) as refusal:
            self.go(scene, scene.nurse, PLANNED + 60 * MINUTE)
        assert {"home-d1", "home-d3", "home-d8"} <= codes(refusal)
        assert not SessionSignature.objects.filter(meaning="discharge").exists()

    def test_the_prescriber_too_after_a_limit_to_act(self, scene):
        at = scene.to_going_home()
        row = scene.write(replace(BASELINE, heart_rate_per_min=125), minute=60)
        scene.write(
            Answer(entry=row.entry_id, parameter="heart_rate_per_min", reply=Reply.TOLD),
            minute=61,
        )
        for by in (scene.nurse, scene.therapist):
            self.go(scene, by, at)
        assert session_state(scene.session) is Stage.DOSED
        self.go(scene, scene.prescriber, at)
        assert session_state(scene.session) is Stage.HOME

    def test_a_person_who_was_not_dosed_is_not_discharged(self, scene):
        with pytest.raises(Refused) as refusal:
            self.go(scene, scene.nurse, PLANNED)
        assert codes(refusal) == {"no-dose"}

    def test_leaving_against_advice_is_a_record_of_its_own(self, scene):
        scene.to_the_dose()
        scene.give(minute=20)
        at = PLANNED + 60 * MINUTE
        with pytest.raises(InvalidInput):
            self.go(scene, scene.nurse, at, against_advice=True, reason="left")
        self.go(
            scene,
            scene.nurse,
            at,
            against_advice=True,
            reason="Wants to leave; offered a quiet room; brother drives; call at 9.",
        )
        assert session_state(scene.session) is Stage.LEFT
        with pytest.raises(Refused):
            self.go(scene, scene.therapist, at)

    def test_a_closed_session_takes_no_dose(self, scene):
        at = scene.to_going_home()
        for by in (scene.nurse, scene.therapist):
            self.go(scene, by, at)
        with pytest.raises(Refused) as refusal:
            scene.give(minute=150, witness=scene.prescriber, amount_mg=Decimal("1.00"))
        assert "session-closed" in codes(refusal)


class TestAdverseEvents:
    def seen(self, **change):
        given = {"term": "nausea", "grade": 2, "began_at": PLANNED}
        return AdverseEventSeen(**(given | change))

    def record(self, scene, event, **change):
        return record_adverse_event(
            by=scene.nurse,
            at=PLANNED + HOUR,
            patient=scene.patient,
            session=scene.session,
            event=event,
            **change,
        )

    def test_it_is_recorded_once(self, scene):
        entry_id = uuid4()
        rows = {self.record(scene, self.seen(), entry_id=entry_id).pk for _ in range(2)}
        assert len(rows) == 1

    @pytest.mark.parametrize(
        "change",
        [
            {"grade": 0},
            {"grade": 6},
            {"term": " "},
            {"began_at": PLANNED + 2 * HOUR},
            {"ended_at": PLANNED - HOUR},
        ],
    )
    def test_what_makes_no_sense_is_named(self, scene, change):
        with pytest.raises(InvalidInput):
            self.record(scene, self.seen(**change))
        assert not AdverseEvent.objects.exists()


def test_a_chart_and_a_list_say_the_same_stage(scene):
    seen = []

    def look(minute):
        stage = chart_of(scene.session, PLANNED + minute * MINUTE).stage
        assert session_state(scene.session) is stage
        seen.append(stage)

    look(0)
    scene.order()
    scene.answer("G3", {"still_wants": True})
    look(1)
    scene.fill_gate()
    scene.sign_gate()
    look(10)
    scene.write(BASELINE, minute=15)
    dose = scene.give(minute=20)
    look(21)
    correct_entry(
        by=scene.nurse,
        at=PLANNED + 22 * MINUTE,
        entry=dose.entry,
        mistake=Mistake.WRONG_PATIENT,
        instead=None,
    )
    look(23)
    assert seen == [Stage.PLANNED, Stage.GATE, Stage.READY, Stage.DOSED, Stage.READY]


@pytest.mark.parametrize("against_advice", [True, False])
def test_a_chart_and_a_list_agree_how_it_ended(scene, against_advice):
    at = scene.to_going_home()
    reason = "Wants to leave; brother drives; call at nine." if against_advice else ""
    for by in (scene.nurse,) if against_advice else (scene.nurse, scene.therapist):
        discharge(
            by=by, at=at, session=scene.session, against_advice=against_advice, reason=reason
        )
    assert session_state(scene.session) is chart_of(scene.session, at).stage


def test_many_sessions_are_judged_in_one_query(scene, django_assert_num_queries):
    sessions = [scene.session]
    for number in range(2, 6):
        sessions.append(
            plan_session(
                by=scene.therapist,
                at=NINE,
                course=scene.course,
                number=number,
                planned_at=PLANNED + number * DAY,
            )
        )
    with django_assert_num_queries(1):
        states = session_states(sessions)
    assert set(states.values()) == {Stage.PLANNED}

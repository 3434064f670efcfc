from datetime import date, timedelta
from uuid import uuid4

import pytest
from tests.builders import NINE, make_patient, make_user
from tests.clinic.screening.scene import DAY, LETTER, MINUTE

from kapstone.catalogue.contraindications import load_rules
from kapstone.clinic.measures.models import SafetyCall
from kapstone.clinic.scheduling.actions import STRANGER, answer_request, request_appointment
from kapstone.clinic.scheduling.rules import Newcomer, Wish
from kapstone.clinic.screening.actions import (
    answer_data,
    ask_for_more,
    lift_rule,
    start_screening,
    take_up_screening,
)
from kapstone.clinic.screening.answers import Answer
from kapstone.clinic.screening.decision import Standing
from kapstone.clinic.screening.models import (
    EligibilitySignature,
    MoreAsked,
    RuleLift,
    Screening,
    ScreeningAnswer,
)
from kapstone.clinic.screening.queries import (
    eligibility,
    invited_not_taken_up,
    newest_screening,
    rules_of,
    screening_facts,
    screenings_open,
    suicide_risk,
)
from kapstone.core.audit.models import AuditEntry
from kapstone.core.people.models import CareTeamMember, Patient, Role
from kapstone.errors import CatalogueError, InvalidInput, NotAllowed, NotFound, Refused

TEN_PAST = NINE + 10 * MINUTE
REASON = "Lithium since 2019, level in range in March."


def codes(refusal) -> list[str]:
    return [finding.code for finding in refusal.value.findings]


# --- Start -----------------------------------------------------------------------------------


def test_a_screening_keeps_the_version_of_the_rules_it_began_with(scene):
    rules = load_rules()
    assert scene.screening.rules_version == f"{rules.code}.v{rules.version}"
    assert newest_screening(scene.patient) == scene.screening


def test_the_same_entry_starts_one_screening(scene):
    key = uuid4()
    given = {"by": scene.prescriber, "at": NINE, "patient": scene.patient}
    first = start_screening(**given, indication="ptsd", entry_id=key)
    assert start_screening(**given, indication="ptsd", entry_id=key) == first


@pytest.mark.parametrize(
    "role", [Role.PRESCRIBER, Role.THERAPIST, Role.NURSE, Role.FRONT_DESK, Role.ADMINISTRATOR]
)
def test_someone_outside_the_care_team_cannot_start_one(scene, role):
    with pytest.raises(NotAllowed):
        start_screening(
            by=make_user(scene.clinic, role),
            at=NINE,
            patient=scene.patient,
            indication="depression",
        )


def invited(scene):
    request = request_appointment(
        by=STRANGER,
        at=NINE - 2 * DAY,
        clinic=scene.clinic,
        wish=Wish(name="Juniper", contact="555 0101"),
    )
    answer_request(
        by=make_user(scene.clinic, Role.FRONT_DESK),
        at=NINE - DAY,
        request=request,
        answer="screening",
        letter=LETTER,
        newcomer=Newcomer(
            number="K-7001",
            screen_name="Juniper",
            legal_name="Ann Example",
            born_on=date(1979, 5, 4),
        ),
    )
    request.refresh_from_db()
    return request


def test_taking_up_an_invited_person_begins_team_and_screening(scene):
    request = invited(scene)
    assert list(invited_not_taken_up(scene.clinic.pk)) == [request]
    doctor = make_user(scene.clinic, Role.PRESCRIBER)
    screening = take_up_screening(
        by=doctor, at=NINE, request=request, indication="depression", others=[scene.therapist]
    )
    team = CareTeamMember.objects.filter(patient=request.patient)
    assert {(place.user, place.is_lead) for place in team} == {
        (doctor, True),
        (scene.therapist, False),
    }
    assert screening.request == request
    assert list(invited_not_taken_up(scene.clinic.pk)) == []


def test_a_member_who_takes_up_again_joins_once(scene):
    request = invited(scene)
    given = {"by": scene.prescriber, "at": NINE, "request": request, "indication": "ptsd"}
    first = take_up_screening(**given, others=[scene.therapist])
    second = take_up_screening(**given, others=[scene.therapist])
    assert first != second
    assert CareTeamMember.objects.filter(patient=request.patient).count() == 2


def test_rules_that_are_not_on_the_shelf_are_an_error_never_a_yes(scene):
    scene.screening.rules_version = "core.vx"
    with pytest.raises(CatalogueError):
        rules_of(scene.screening)


def test_a_screen_entered_after_the_questionnaire_counts(scene):
    scene.measure("asq", 1, at=NINE)
    scene.answer("C28.screen", "negative", at=NINE + MINUTE)
    facts = screening_facts(scene.screening, NINE + 2 * MINUTE, ages_count=True)
    assert suicide_risk(facts) == "negative"


def test_a_second_clinician_does_not_take_up_what_is_taken(scene):
    request = invited(scene)
    take_up_screening(by=scene.prescriber, at=NINE, request=request, indication="depression")
    with pytest.raises(NotAllowed):
        take_up_screening(
            by=make_user(scene.clinic, Role.PRESCRIBER),
            at=NINE,
            request=request,
            indication="depression",
        )


def test_the_desk_does_not_take_up_a_screening(scene):
    with pytest.raises(NotAllowed):
        take_up_screening(
            by=make_user(scene.clinic, Role.FRONT_DESK),
            at=NINE,
            request=invited(scene),
            indication="depression",
        )


def test_a_request_without_an_invitation_cannot_be_taken_up(scene):
    request = request_appointment(
        by=STRANGER, at=NINE, clinic=scene.clinic, wish=Wish(name="x", contact="y")
    )
    with pytest.raises(InvalidInput):
        take_up_screening(by=scene.prescriber, at=NINE, request=request, indication="ptsd")


# --- Answers ---------------------------------------------------------------------------------


def test_the_newest_answer_counts_and_the_old_one_stays(scene):
    scene.answer("C09.bipolar", "yes", at=NINE)
    scene.answer("C09.bipolar", "no", at=NINE + MINUTE)
    scene.fill()
    assert ScreeningAnswer.objects.filter(datum="C09.bipolar").count() == 3


def test_the_same_entry_answers_once(scene):
    key = uuid4()
    first = scene.answer("C09.bipolar", "yes", entry_id=key)
    assert scene.answer("C09.bipolar", "yes", entry_id=key) == first


def test_an_entry_of_another_patient_is_not_found(scene):
    key = uuid4()
    scene.answer("C09.bipolar", "yes", entry_id=key)
    other = make_patient(scene.clinic, team=(scene.therapist,), screen_name="Birch")
    screening = start_screening(
        by=scene.therapist, at=NINE, patient=other, indication="depression"
    )
    scene.screening = screening
    with pytest.raises(NotFound):
        scene.answer("C09.bipolar", "yes", entry_id=key)


@pytest.mark.parametrize(
    ("datum", "value", "says"),
    [
        ("C99.nothing", "yes", "does not ask"),
        ("C09.bipolar", "maybe", "Choose one"),
        ("C09.bipolar", None, "Choose one"),
        ("C19.stop-bang", 9, "from 0 to 8"),
        ("C19.stop-bang", "3", "from 0 to 8"),
        ("C04.date", "2026-01-01", "Enter a date"),
        ("C04.date", NINE.date() + 2 * DAY, "lies ahead"),
        ("B01", NINE.date() + 2 * DAY, "lies ahead"),
        ("B01", "yes", "Enter a date"),
        ("C06.systolic", 128, "does not ask"),
        ("C26.age", 40, "does not ask"),
        ("C06.reading", {"systolic_mmhg": 80, "diastolic_mmhg": 120}, "upper number"),
        ("C06.reading", {"systolic_mmhg": 900, "diastolic_mmhg": 80}, "from 40 to 300"),
        ("C06.reading", {"systolic_mmhg": 120}, "both numbers"),
        ("C06.reading", 120, "both numbers"),
        ("C20.body", {"height_cm": 0, "weight_kg": 70}, "do not fit"),
        ("C20.body", {"height_cm": 70, "weight_kg": 172}, "do not fit"),
        ("medicines", "lithium", "on each line"),
        ("medicines", ["x" * 200], "at most"),
    ],
)
def test_what_cannot_be_kept_is_named_and_nothing_is_written(scene, datum, value, says):
    with pytest.raises(InvalidInput) as wrong:
        scene.answer(datum, value)
    assert says in wrong.value.fields[datum]
    assert not ScreeningAnswer.objects.exists()


def test_all_answers_are_kept_or_none(scene):
    answers = [
        Answer(datum="C09.bipolar", value="no"),
        Answer(datum="C01.allergy", value="perhaps"),
        Answer(datum="C04.date", value=NINE.date() + 5 * DAY),
    ]
    with pytest.raises(InvalidInput) as wrong:
        answer_data(by=scene.therapist, at=NINE, screening=scene.screening, answers=answers)
    assert set(wrong.value.fields) == {"C01.allergy", "C04.date"}
    assert not ScreeningAnswer.objects.exists()


def test_a_reading_cannot_have_been_taken_later_than_now(scene):
    answers = [Answer(datum="C09.bipolar", value="no", answered_at=NINE + MINUTE)]
    with pytest.raises(InvalidInput, match="lies ahead"):
        answer_data(by=scene.therapist, at=NINE, screening=scene.screening, answers=answers)


@pytest.mark.parametrize("role", [Role.PRESCRIBER, Role.THERAPIST, Role.NURSE, Role.FRONT_DESK])
def test_someone_outside_the_care_team_cannot_answer(scene, role):
    scene.therapist = make_user(scene.clinic, role)
    with pytest.raises(NotAllowed):
        scene.answer("C09.bipolar", "yes")


# --- The crisis path (C28) -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("screen", "priority", "minutes"),
    [("acute", "emergency", 5), ("non-acute", "urgent", 240)],
)
def test_a_positive_suicide_screen_raises_a_call_at_once(scene, screen, priority, minutes):
    scene.answer("C28.screen", screen)
    call = SafetyCall.objects.get()
    assert (call.priority, call.due_at - call.raised_at) == (
        priority,
        timedelta(minutes=minutes),
    )
    with pytest.raises(Refused) as refusal:
        scene.sign(scene.prescriber, "prescriber")
    assert codes(refusal)[0] == "safety-call-open"


def test_a_negative_suicide_screen_raises_none(scene):
    scene.answer("C28.screen", "negative")
    assert not SafetyCall.objects.exists()


def test_the_questionnaire_counts_where_it_is_newer_than_what_was_entered(scene):
    scene.fill()
    scene.sign_both()
    scene.measure("asq", 1, at=NINE + DAY)
    found = eligibility(scene.patient, NINE + DAY)
    assert found.standing is Standing.SOMETHING_NEW
    assert [f.code for f in found.findings if f.weight == "block"] == ["C28"]


# --- Lifting ---------------------------------------------------------------------------------


def lift(scene, rule="C09", *, by=None, reason=REASON, **more):
    return lift_rule(
        by=by or scene.prescriber,
        at=TEN_PAST,
        screening=scene.screening,
        rule=rule,
        reason=reason,
        **more,
    )


def test_a_prescriber_lifts_a_row_to_weigh(scene):
    scene.fill()
    scene.answer("C09.bipolar", "yes", at=NINE + 8 * MINUTE)
    with pytest.raises(Refused) as refusal:
        scene.sign(scene.prescriber, "prescriber")
    assert codes(refusal) == ["C09"]
    lift(scene)
    scene.sign(scene.prescriber, "prescriber")
    signature = EligibilitySignature.objects.get()
    assert "C09" in signature.findings["lifted"]


def test_a_therapist_does_not_lift(scene):
    scene.answer("C09.bipolar", "yes")
    with pytest.raises(NotAllowed):
        lift(scene, by=scene.therapist)


@pytest.mark.parametrize(
    ("datum", "value", "code"),
    [("C01.allergy", "yes", "C01"), ("C08.now", "yes", "C08"), ("C07.history", "yes", "C07")],
)
def test_what_stops_or_holds_is_not_lifted(scene, datum, value, code):
    scene.answer(datum, value)
    with pytest.raises(Refused) as refusal:
        lift(scene, code)
    assert codes(refusal) == ["cannot-be-lifted"]
    assert not RuleLift.objects.exists()


def test_a_short_reason_does_not_lift(scene):
    scene.answer("C09.bipolar", "yes")
    with pytest.raises(Refused) as refusal:
        lift(scene, reason="fine")
    assert codes(refusal) == ["reason-too-short"]


def test_a_medicine_is_lifted_by_its_own_row(scene):
    scene.answer("medicines", ["Lorazepam 1 mg"])
    assert lift(scene, "M-benzodiazepines").rule == "M-benzodiazepines"


def test_the_same_lift_twice_is_one(scene):
    scene.answer("C09.bipolar", "yes")
    key = uuid4()
    assert lift(scene, entry_id=key) == lift(scene, entry_id=key)


def test_a_later_answer_undoes_the_lift_and_the_decision(scene):
    scene.fill()
    scene.answer("C09.bipolar", "yes", at=NINE + 8 * MINUTE)
    lift(scene)
    scene.sign_both()
    assert eligibility(scene.patient, NINE + DAY).is_eligible
    scene.answer("C09.bipolar", "yes", at=NINE + DAY, detail="Stopped lithium.")
    assert eligibility(scene.patient, NINE + DAY).standing is Standing.SOMETHING_NEW


# --- Signing ---------------------------------------------------------------------------------


def test_nobody_is_eligible_without_a_screening(scene):
    other = make_patient(scene.clinic, screen_name="Birch")
    assert eligibility(other, NINE).standing is Standing.NOT_STARTED


def test_an_empty_screening_is_not_eligible_and_cannot_be_signed(scene):
    assert eligibility(scene.patient, NINE).standing is Standing.OPEN
    with pytest.raises(Refused) as refusal:
        scene.sign(scene.prescriber, "prescriber")
    assert len(codes(refusal)) > 30


def test_two_signatures_make_eligible_for_ninety_days(scene):
    scene.fill()
    scene.sign(scene.prescriber, "prescriber")
    assert eligibility(scene.patient, TEN_PAST).standing is Standing.ONE_SIGNATURE
    scene.sign(scene.therapist, "mental-health")
    found = eligibility(scene.patient, TEN_PAST)
    assert found.is_eligible
    assert found.until == TEN_PAST + 90 * DAY
    assert eligibility(scene.patient, TEN_PAST + 89 * DAY).is_eligible
    assert eligibility(scene.patient, TEN_PAST + 90 * DAY).standing is Standing.EXPIRED


def test_a_therapist_cannot_sign_as_prescriber_nor_without_training(scene):
    scene.fill()
    with pytest.raises(Refused) as refusal:
        scene.sign(scene.therapist, "prescriber")
    assert codes(refusal) == ["not-your-capacity"]
    scene.therapist.is_mental_health_professional = False
    with pytest.raises(Refused) as refusal:
        scene.sign(scene.therapist, "mental-health")
    assert codes(refusal) == ["not-your-capacity"]


def test_one_person_signs_both_only_with_both_capacities(scene):
    scene.fill()
    scene.sign(scene.prescriber, "prescriber")
    with pytest.raises(Refused):
        scene.sign(scene.prescriber, "mental-health")
    scene.prescriber.is_mental_health_professional = True
    scene.sign(scene.prescriber, "mental-health")
    assert eligibility(scene.patient, TEN_PAST).is_eligible


def test_a_signature_keeps_facts_findings_and_versions(scene):
    scene.fill()
    signature = scene.sign(scene.prescriber, "prescriber")
    assert signature.rules_version == scene.screening.rules_version
    assert signature.findings["facts"]["C06.systolic"] == 125
    assert signature.findings["facts"]["C20.bmi"] == 23.7
    assert signature.findings["medicines"] == ["sertraline 50 mg"]
    assert signature.findings["baseline"] == "core.v1"
    assert {one["code"] for one in signature.findings["findings"]} == {"M-ssri", "Q-pc-ptsd-5"}


def test_not_now_sends_help_and_ends_the_matter(scene):
    with pytest.raises(Refused) as refusal:
        scene.sign(scene.prescriber, "prescriber", verdict="not-now", reason="Mania first.")
    assert codes(refusal) == ["reason-too-short", "letter-too-short", "letter-without-help"]
    scene.sign(
        scene.prescriber,
        "prescriber",
        verdict="not-now",
        reason="Mania first; ask again when settled.",
        letter=LETTER,
    )
    assert eligibility(scene.patient, TEN_PAST).standing is Standing.NOT_NOW


def test_the_same_signature_twice_is_one(scene):
    scene.fill()
    key = uuid4()
    first = scene.sign(scene.prescriber, "prescriber", entry_id=key)
    assert scene.sign(scene.prescriber, "prescriber", entry_id=key) == first


def test_a_verdict_that_does_not_exist_is_named(scene):
    with pytest.raises(InvalidInput):
        scene.sign(scene.prescriber, "prescriber", verdict="perhaps")


@pytest.mark.parametrize("role", [Role.PRESCRIBER, Role.THERAPIST, Role.NURSE])
def test_someone_outside_the_care_team_cannot_sign(scene, role):
    user = make_user(scene.clinic, role, is_mental_health_professional=True)
    with pytest.raises(NotAllowed):
        scene.sign(user, "mental-health")


def test_a_new_screening_takes_the_place_of_the_old(scene):
    scene.fill()
    scene.sign_both()
    start_screening(
        by=scene.prescriber, at=NINE + DAY, patient=scene.patient, indication="depression"
    )
    assert eligibility(scene.patient, NINE + DAY).standing is Standing.OPEN


def test_a_hold_in_the_answers_undoes_a_signed_decision_and_clearing_it_restores_it(scene):
    scene.fill()
    scene.sign_both()
    scene.answer("C08.now", "yes", at=NINE + DAY)
    assert not eligibility(scene.patient, NINE + DAY).is_eligible
    scene.answer("C08.now", "no", at=NINE + 2 * DAY)
    assert eligibility(scene.patient, NINE + 2 * DAY).is_eligible


# --- More, lists, audit ----------------------------------------------------------------------


def test_asking_for_more_is_on_record(scene):
    ask_for_more(
        by=scene.prescriber, at=NINE, screening=scene.screening, words="Three readings at home."
    )
    assert MoreAsked.objects.get().words == "Three readings at home."
    with pytest.raises(InvalidInput):
        ask_for_more(by=scene.prescriber, at=NINE, screening=scene.screening, words=" ")


def test_open_screenings_are_those_that_lack_a_signature(scene):
    patients = Patient.objects.all()
    assert list(screenings_open(patients)) == [scene.screening]
    scene.fill()
    scene.sign(scene.prescriber, "prescriber")
    assert list(screenings_open(patients)) == [scene.screening]
    scene.sign(scene.therapist, "mental-health")
    assert list(screenings_open(patients)) == []
    again = start_screening(
        by=scene.prescriber, at=NINE + DAY, patient=scene.patient, indication="depression"
    )
    assert list(screenings_open(patients)) == [again]


def test_every_deed_is_in_the_trail(scene):
    scene.fill()
    scene.answer("C09.bipolar", "yes", at=NINE + 8 * MINUTE)
    lift(scene)
    ask_for_more(by=scene.prescriber, at=NINE, screening=scene.screening, words="ECG, please.")
    scene.sign_both()
    deeds = set(AuditEntry.objects.values_list("deed", flat=True))
    assert {
        "screening-started",
        "screening-answered",
        "rule-lifted",
        "more-asked",
        "eligibility-signed",
    } <= deeds
    assert Screening.objects.count() == 1

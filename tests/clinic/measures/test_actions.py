"""Asking, answering, and the calls that answers raise."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from tests.builders import NINE, make_patient, make_user
from tests.clinic.measures.scene import DAY, reply

from kapstone.clinic.measures.actions import (
    ask_measure,
    keep_draft,
    keep_safety_plan,
    raise_safety_call,
    record_safety_call_try,
)
from kapstone.clinic.measures.models import Answers, MeasureRequest, SafetyCall, SafetyCallDone
from kapstone.clinic.measures.queries import (
    answers_of,
    draft_of,
    points_of,
    requests_open,
    safety_calls_open,
    safety_plan_of,
)
from kapstone.core.audit.models import AuditEntry
from kapstone.core.people.models import Notice, Patient
from kapstone.errors import InvalidInput, NotAllowed, NotFound, Refused

HOUR = timedelta(hours=1)


def test_a_full_reply_is_kept_item_by_item_and_scored(scene):
    answers = scene.answer(reply("phq-9", 1, _9=0))
    assert (answers.total, answers.band, answers.scoring_rule) == (8, "mild", "phq-9.sum.1")
    assert answers.items["phq-9.9"] == 0
    assert not answers.is_interim


@pytest.mark.parametrize(
    ("item_9", "priority", "hours"),
    [
        pytest.param(1, "same-day", 24, id="several days: the therapist within a day"),
        pytest.param(2, "urgent", 4, id="more than half: a clinician within four hours"),
        pytest.param(3, "urgent", 4, id="nearly every day"),
    ],
)
def test_item_9_above_zero_raises_a_call_with_its_deadline(scene, item_9, priority, hours):
    answers = scene.answer(reply("phq-9", 0, _9=item_9))
    call = answers.safety_calls.get()
    assert (call.priority, call.due_at) == (priority, NINE + timedelta(hours=hours))


def test_an_acute_screen_raises_an_emergency_within_minutes(scene):
    scene.answer(reply("asq", 0, _1=1, _5=1), instrument="asq", by=scene.therapist)
    call = SafetyCall.objects.get()
    assert (call.priority, call.due_at) == ("emergency", NINE + timedelta(minutes=5))


def test_no_thoughts_raise_no_call(scene):
    scene.answer(reply("phq-9", 3, _9=0))
    assert not SafetyCall.objects.exists()


def test_a_critical_answer_raises_a_call_even_when_no_total_can_be_given(scene):
    answers = scene.answer({"phq-9.1": 3, "phq-9.9": 3})
    assert answers.total is None
    assert answers.safety_calls.get().priority == "urgent"


def test_answers_and_their_call_are_written_together_or_not_at_all(scene, monkeypatch):
    def fails(**given):
        raise RuntimeError("the trail is full")

    monkeypatch.setattr("kapstone.clinic.measures.safety.note", fails)
    with pytest.raises(RuntimeError), transaction.atomic():
        scene.answer(reply("phq-9", 0, _9=2))
    assert not Answers.objects.exists()
    assert not SafetyCall.objects.exists()


def test_the_care_team_is_told_without_a_word_of_why(scene):
    scene.answer(reply("phq-9", 0, _9=1))
    notices = Notice.objects.all()
    assert {notice.to for notice in notices} == {scene.therapist, scene.prescriber}
    assert all(
        "death" not in notice.text and "9" not in notice.text.split(": ")[1]
        for notice in notices
    )


def test_without_a_care_team_every_prescriber_and_therapist_is_told(scene):
    alone = make_patient(scene.clinic, signs_in=True, screen_name="Rowan")
    scene.answer(reply("phq-9", 0, _9=1), patient=alone, by=alone.user)
    told = {notice.to for notice in Notice.objects.filter(about=alone)}
    assert told == {scene.therapist, scene.prescriber, scene.stranger}


def test_a_second_press_writes_once(scene):
    entry_id = uuid4()
    first = scene.answer(reply("phq-9", 0, _9=1), entry_id=entry_id)
    again = scene.answer(reply("phq-9", 0, _9=1), entry_id=entry_id)
    assert first == again
    assert SafetyCall.objects.count() == 1


def test_a_request_is_answered_once_whatever_the_form_carried(scene):
    request = scene.ask()
    first = scene.answer(reply("phq-9"), request=request, entry_id=uuid4())
    again = scene.answer(reply("phq-9", 3), request=request, entry_id=uuid4())
    assert first == again


def test_an_entry_id_of_someone_else_opens_nothing(scene):
    other = make_patient(scene.clinic, team=(scene.therapist,), screen_name="Rowan")
    first = scene.answer(reply("phq-9"))
    with pytest.raises(NotFound):
        scene.answer(reply("phq-9"), by=scene.therapist, patient=other, entry_id=first.entry_id)


def test_a_reply_within_a_week_of_the_last_is_interim(scene):
    scene.answer(reply("phq-9", 2, _9=0))
    early = scene.answer(reply("phq-9", 1, _9=0), at=NINE + 6 * DAY)
    late = scene.answer(reply("phq-9", 1, _9=0), at=NINE + 13 * DAY)
    assert (early.is_interim, late.is_interim) == (True, False)


def test_an_answer_that_the_item_does_not_allow_writes_nothing(scene):
    with pytest.raises(InvalidInput) as wrong:
        scene.answer(reply("phq-9", 0, _2=7))
    assert wrong.value.fields == {"phq-9.2": "Choose one of the answers."}
    assert not Answers.objects.exists()


def test_answers_cannot_be_given_tomorrow(scene):
    with pytest.raises(InvalidInput):
        scene.answer(reply("phq-9"), answered_at=NINE + DAY)


@pytest.mark.parametrize(
    "role", ["front-desk", "administrator", "researcher", "auditor", "nurse"]
)
def test_a_role_without_the_right_answers_nothing(scene, role):
    with pytest.raises(NotAllowed):
        scene.answer(reply("phq-9"), by=make_user(scene.clinic, role))


def test_a_therapist_outside_the_team_answers_nothing(scene):
    with pytest.raises(NotAllowed):
        scene.answer(reply("phq-9"), by=scene.stranger)


def test_nobody_asks_for_a_questionnaire_that_does_not_exist(scene):
    with pytest.raises(InvalidInput):
        scene.ask("phq-99")


# --- Drafts ----------------------------------------------------------------------------------


def test_a_draft_keeps_the_newest_answer_of_each_item(scene):
    request = scene.ask()
    for value in (3, 1):
        keep_draft(by=scene.person, at=NINE, request=request, item="phq-9.1", value=value)
    assert draft_of(request) == {"phq-9.1": 1}


def test_a_grave_answer_is_acted_on_before_anything_is_sent(scene):
    request = scene.ask()
    calls = keep_draft(by=scene.person, at=NINE, request=request, item="phq-9.9", value=1)
    assert [call.priority for call in calls] == ["same-day"]
    assert SafetyCall.objects.get().request == request


def test_sending_the_same_grave_answer_raises_no_second_call(scene):
    request = scene.ask()
    keep_draft(by=scene.person, at=NINE, request=request, item="phq-9.9", value=1)
    scene.answer(reply("phq-9", 0, _9=1), request=request)
    assert SafetyCall.objects.count() == 1


def test_a_graver_answer_on_second_thought_raises_a_second_call(scene):
    request = scene.ask()
    for value in (1, 3, 0):
        keep_draft(by=scene.person, at=NINE, request=request, item="phq-9.9", value=value)
    assert set(SafetyCall.objects.values_list("priority", flat=True)) == {"same-day", "urgent"}


def test_a_sent_questionnaire_takes_no_more_drafts(scene):
    request = scene.ask()
    scene.answer(reply("phq-9"), request=request)
    with pytest.raises(Refused):
        keep_draft(by=scene.person, at=NINE, request=request, item="phq-9.1", value=1)


@pytest.mark.parametrize(
    ("item", "value"), [("phq-9.1", 4), ("phq-9.77", 1)], ids=["no such answer", "no such item"]
)
def test_a_draft_refuses_what_the_questionnaire_does_not_know(scene, item, value):
    with pytest.raises(InvalidInput):
        keep_draft(by=scene.person, at=NINE, request=scene.ask(), item=item, value=value)


# --- Calls -----------------------------------------------------------------------------------


@pytest.fixture
def call(scene) -> SafetyCall:
    return scene.answer(reply("phq-9", 0, _9=2)).safety_calls.get()


def try_call(scene, call, outcome, **change):
    given = {
        "by": scene.therapist,
        "at": NINE + HOUR,
        "call": call,
        "outcome": outcome,
        "summary": "Rang twice, left no message.",
    }
    return record_safety_call_try(**{**given, **change})


def open_calls():
    return list(safety_calls_open(Patient.objects.all(), NINE + DAY))


def test_a_call_stays_open_until_the_patient_is_reached(scene, call):
    try_call(scene, call, "not-reached")
    try_call(scene, call, "not-reached", at=NINE + 2 * HOUR)
    assert open_calls() == [call]
    try_call(scene, call, "reached", at=NINE + 3 * HOUR)
    assert open_calls() == []


def test_a_closed_call_takes_no_more_tries(scene, call):
    try_call(scene, call, "reached-urgent")
    with pytest.raises(Refused) as refused:
        try_call(scene, call, "reached")
    assert "already reached" in str(refused.value)


def test_a_second_press_records_one_try(scene, call):
    entry_id = uuid4()
    first = try_call(scene, call, "not-reached", entry_id=entry_id)
    assert try_call(scene, call, "not-reached", entry_id=entry_id) == first


@pytest.mark.parametrize(
    ("change", "field"),
    [
        pytest.param({"summary": "ok"}, "summary", id="says too little"),
        pytest.param({"outcome": "texted"}, "outcome", id="no such outcome"),
        pytest.param({"tried_at": NINE + 2 * HOUR}, "tried_at", id="lies ahead"),
        pytest.param({"tried_at": NINE - HOUR}, "tried_at", id="before it was raised"),
    ],
)
def test_a_try_says_what_was_done_and_when(scene, call, change, field):
    with pytest.raises(InvalidInput) as wrong:
        try_call(scene, call, **{"outcome": "reached", **change})
    assert list(wrong.value.fields) == [field]


def test_a_patient_cannot_close_their_own_call(scene, call):
    with pytest.raises(NotAllowed):
        try_call(scene, call, "reached", by=scene.person)


def test_the_database_closes_a_call_once(scene, call):
    try_call(scene, call, "reached")
    with (
        pytest.raises(IntegrityError, match="a_safety_call_is_closed_once"),
        transaction.atomic(),
    ):
        SafetyCallDone.objects.create(
            clinic=scene.clinic,
            subjects=call.subjects,
            recorded_at=NINE,
            recorded_by=scene.therapist,
            call=call,
            outcome="reached",
            summary="again",
            at=NINE,
        )


def test_answers_are_never_changed_in_place(scene):
    answers = scene.answer(reply("phq-9", 3))
    answers.total = 0
    with pytest.raises(ProgrammingError), transaction.atomic():
        answers.save(update_fields=["total"])


def test_what_was_said_in_words_raises_a_call_too(scene):
    raise_safety_call(
        by=scene.therapist,
        at=NINE,
        patient=scene.patient,
        trigger="intent-said",
        sentence="Said on the telephone that they mean to end their life.",
        priority="emergency",
        within_minutes=5,
    )
    assert SafetyCall.objects.get().due_at == NINE + timedelta(minutes=5)


# --- The plan --------------------------------------------------------------------------------


def test_the_newest_safety_plan_stands_and_the_old_one_is_kept(scene):
    for words, at in (("I stop sleeping.", NINE), ("I stop eating.", NINE + DAY)):
        keep_safety_plan(
            by=scene.person, at=at, patient=scene.patient, sections={"signs": words}
        )
    assert safety_plan_of(scene.patient).sections == {"signs": "I stop eating."}


@pytest.mark.parametrize("words", ["", "   ", "x" * 2001], ids=["none", "blank", "too long"])
def test_a_safety_plan_says_something_and_not_a_book(scene, words):
    with pytest.raises(InvalidInput):
        keep_safety_plan(
            by=scene.person, at=NINE, patient=scene.patient, sections={"signs": words}
        )


# --- What is open ----------------------------------------------------------------------------


def test_a_request_is_open_until_answered_or_one_look_back_after_it_was_due(scene):
    request = scene.ask()
    everyone = Patient.objects.all()
    assert list(requests_open(everyone, NINE)) == [request]
    assert list(requests_open(everyone, request.due_at + timedelta(days=13))) == [request]
    assert list(requests_open(everyone, request.due_at + timedelta(days=14))) == []
    scene.answer(reply("phq-9"), request=request)
    assert list(requests_open(everyone, NINE)) == []


def test_a_point_without_a_valid_reply_is_missing(scene):
    answered, invalid, missing = scene.ask(), scene.ask("gad-7"), scene.ask("asq")
    scene.answer(reply("phq-9"), request=answered)
    scene.answer({"gad-7.1": 1}, request=invalid, instrument="gad-7")
    found = {
        point.request: (point.is_answered, point.is_valid) for point in points_of(scene.patient)
    }
    assert found == {answered: (True, True), invalid: (True, False), missing: (False, False)}


def test_answers_stand_in_the_order_they_were_given(scene):
    late = scene.answer(reply("phq-9", 1, _9=0), at=NINE + 9 * DAY)
    early = scene.answer(reply("phq-9", 2, _9=0), at=NINE + 10 * DAY, answered_at=NINE)
    assert answers_of(scene.patient, "phq-9") == (early, late)


def test_every_write_is_in_the_audit_trail_without_an_answer_in_it(scene, call):
    try_call(scene, call, "reached")
    deeds = AuditEntry.objects.filter(deed__startswith="safety-call").values_list(
        "deed", flat=True
    )
    assert set(deeds) == {"safety-call-raised", "safety-call-tried"}
    answered = AuditEntry.objects.get(deed="measure-answered")
    assert "items" not in answered.detail


def test_asking_twice_with_one_entry_id_asks_once(scene):
    entry_id = uuid4()
    for _ in range(2):
        ask_measure(
            by=scene.therapist,
            at=NINE,
            patient=scene.patient,
            instrument="phq-9",
            point="baseline",
            due_at=NINE,
            entry_id=entry_id,
        )
    assert MeasureRequest.objects.count() == 1

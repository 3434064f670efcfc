"""The pages of measures: what they show, to whom, and what a bad entry comes back with."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from tests.builders import make_clinic, make_patient, make_user
from tests.clinic.measures.scene import DAY, reply

from kapstone.clinic.measures.actions import keep_safety_plan
from kapstone.clinic.measures.models import Answers, MeasureRequest, SafetyCall, SafetyCallDone
from kapstone.clinic.measures.queries import draft_of, safety_plan_of
from kapstone.clinic.measures.rest import LastDose, _tellers, tell_last_dose
from kapstone.core.people.models import Role

NOW = timezone.now()
ITEM_9 = "Thoughts that you would be better off dead or of hurting yourself in some way"


@pytest.fixture
def asked(scene) -> MeasureRequest:
    return scene.ask(at=NOW - timedelta(hours=1))


@pytest.fixture
def own(client, scene):
    client.force_login(scene.person)
    return client


@pytest.fixture
def staff(client, scene):
    client.force_login(scene.therapist)
    return client


def page(name, **given):
    return reverse(f"measures:{name}", kwargs=given)


def said(response) -> str:
    return response.content.decode()


def walk(client, asked, answers):
    """Answer items one page after another; give the last response."""
    response = None
    for item, value in answers.items():
        sent = {"item": item} | ({"leave": "open"} if value is None else {"answer": value})
        response = client.post(page("question", request_key=asked.key), sent)
        assert response.status_code in {302, 303}, said(response)
    return response


# --- The patient -----------------------------------------------------------------------------


def test_the_patient_sees_what_waits_and_nothing_else(own, asked):
    listed = said(own.get(page("own_measures")))
    assert str(asked.key) in listed
    assert "10 questions" in listed


def test_one_item_a_page_in_the_authors_own_words(own, asked):
    first = said(own.get(page("question", request_key=asked.key)))
    assert "Little interest or pleasure in doing things" in first
    assert "Over the last 2 weeks, how often have you been bothered" in first
    assert "Feeling down, depressed, or hopeless" not in first
    assert "More than half the days" in first
    assert 'value="1"' in first


def test_each_step_is_kept_and_leads_to_the_next(own, asked):
    response = walk(own, asked, {"phq-9.1": 2})
    assert response["Location"].endswith("?item=phq-9.2")
    assert draft_of(asked) == {"phq-9.1": 2}


def test_the_patient_resumes_where_they_stopped(own, asked):
    walk(own, asked, {"phq-9.1": 2, "phq-9.2": 0})
    assert "Question 3 of" in said(own.get(page("question", request_key=asked.key)))


def test_back_shows_the_answer_given_before(own, asked):
    walk(own, asked, {"phq-9.1": 2})
    back = said(own.get(page("question", request_key=asked.key) + "?item=phq-9.1"))
    assert "checked" in back


def test_no_browser_stops_an_item_from_being_left_open(own, asked):
    shown = said(own.get(page("question", request_key=asked.key)))
    assert 'name="leave"' in shown
    assert re.search(r"<form[^>]*question[^>]*\bnovalidate\b", shown)


def test_an_item_may_be_left_open(own, asked):
    walk(own, asked, {"phq-9.1": None})
    assert draft_of(asked) == {"phq-9.1": None}


@pytest.mark.parametrize("answer", ["", "7", "-1", "x", "1e400", "nan"])
def test_a_bad_answer_comes_back_with_a_sentence_and_keeps_nothing(own, asked, answer):
    sent = {"item": "phq-9.1", "answer": answer}
    response = own.post(page("question", request_key=asked.key), sent)
    assert response.status_code == 422
    assert "There is a problem" in said(response)
    assert draft_of(asked) == {}


def test_an_item_that_does_not_exist_leads_to_the_end_and_keeps_nothing(own, asked):
    response = own.post(
        page("question", request_key=asked.key), {"item": "phq-9.99", "answer": 1}
    )
    assert response.status_code == 302
    assert draft_of(asked) == {}


def test_item_9_above_zero_is_met_at_once_with_kindness_and_facts(own, asked, scene):
    response = walk(own, asked, {"phq-9.9": 1})
    assert response["Location"] == page("care", request_key=asked.key)
    kind = said(own.get(response["Location"]))
    assert "Thank you for telling us" in kind
    assert "Help now" in kind
    assert "Your care team at Oak house" in kind
    assert scene.clinic.watched_hours in kind
    assert f"tel:{scene.clinic.crisis_line_number}" in kind
    assert SafetyCall.objects.get().request == asked


def test_an_emergency_puts_the_emergency_number_first(own, scene):
    asked = scene.ask("asq", at=NOW - timedelta(hours=1))
    walk(own, asked, {"asq.1": 1})
    response = walk(own, asked, {"asq.5": 1})
    kind = said(own.get(response["Location"]))
    assert "Please get help now" in kind
    assert kind.index("tel:911") < kind.index("tel:988")


def test_sending_keeps_the_reply_and_shows_no_grade(own, asked):
    walk(own, asked, dict(reply("phq-9", 1, _9=0)))
    ready = said(own.get(page("send", request_key=asked.key)))
    assert "1 left open" in ready  # the one about difficulty
    response = own.post(page("send", request_key=asked.key), follow=True)
    assert Answers.objects.get().total == 8
    thanks = said(response)
    assert "Thank you" in thanks
    assert "8" not in thanks.split("<main")[1].split("</main")[0]


def test_item_9_left_open_is_told_when_the_reply_is_sent(own, asked):
    walk(own, asked, dict(reply("phq-9", 0, _9=None)))
    assert not SafetyCall.objects.exists()
    own.post(page("send", request_key=asked.key))
    assert SafetyCall.objects.get().trigger == "phq-9.item-9.blank"


def test_sending_twice_keeps_one_reply(own, asked):
    walk(own, asked, dict(reply("phq-9", 1, _9=0)))
    for _ in range(2):
        assert own.post(page("send", request_key=asked.key)).status_code == 302
    assert Answers.objects.count() == 1


def test_a_request_that_is_over_says_so_kindly(own, scene):
    old = scene.ask(at=NOW - 30 * DAY)
    assert "closed" in said(own.get(page("question", request_key=old.key)))


def test_nothing_is_asked_of_a_patient_at_rest(own, asked):
    tell_last_dose(lambda patient, at: LastDose(given_at=at - DAY / 4, rest_until=at + DAY / 2))
    try:
        for address in (page("own_measures"), page("question", request_key=asked.key)):
            response = own.get(address)
            assert "You are resting" in said(response)
            assert "<form" not in said(response).split("<main")[1]
    finally:
        _tellers.pop()


@pytest.mark.parametrize("name", ["question", "send", "thanks", "care"])
def test_nobody_else_opens_a_patients_questions(client, scene, asked, name):
    other = make_patient(scene.clinic, signs_in=True, screen_name="Rowan")
    for user in (other.user, scene.therapist, make_user(scene.clinic, Role.NURSE)):
        client.force_login(user)
        assert client.get(page(name, request_key=asked.key)).status_code == 404


def test_a_patient_writes_and_changes_their_safety_plan(own, scene):
    sent = {"entry_id": uuid4(), "signs": "I stop sleeping."}
    assert own.post(page("own_safety_plan"), sent).status_code == 302
    shown = said(own.get(page("own_safety_plan")))
    assert "I stop sleeping." in shown
    assert "My warning signs" in shown
    assert safety_plan_of(scene.patient).recorded_by == scene.person


def test_an_empty_safety_plan_comes_back_with_a_sentence(own):
    response = own.post(page("own_safety_plan"), {"entry_id": uuid4()})
    assert response.status_code == 422
    assert "Write at least one line" in said(response)


# --- The clinic ------------------------------------------------------------------------------


@pytest.fixture
def two_replies(scene):
    scene.answer(reply("phq-9", 2, _9=1), at=NOW - 20 * DAY)
    scene.answer(reply("phq-9", 1, _9=0), at=NOW - 5 * DAY)


def test_the_page_shows_scores_changes_and_every_answer_to_item_9(staff, scene, two_replies):
    shown = said(staff.get(page("measures", patient_key=scene.patient.key)))
    assert "From 17" not in shown
    assert "<svg" in shown
    assert "Item 9, every answer" in shown
    assert "1, Several days" in shown
    assert "Show as a table" in shown
    assert "Call Alder by" in shown


def test_what_is_missing_is_said_to_be_missing(staff, scene):
    scene.ask(at=NOW - 10 * DAY)
    shown = said(staff.get(page("measures", patient_key=scene.patient.key)))
    assert "0 of 1" in shown
    assert "not answered" in shown


def test_an_empty_page_says_what_will_be_here(staff, scene):
    shown = said(staff.get(page("measures", patient_key=scene.patient.key)))
    assert "No answers yet." in shown


def test_the_page_does_not_grow_in_queries_with_the_replies(staff, scene):
    sizes = []
    for count in (2, 10):
        for number in range(count):
            scene.stand(scene.therapist)
            scene.answer(
                reply("phq-9", 1, _9=0), at=NOW - (number + 1) * DAY, by=scene.therapist
            )
        with CaptureQueriesContext(connection) as queries:
            staff.get(page("measures", patient_key=scene.patient.key))
        sizes.append(len(queries))
    assert sizes[0] == sizes[1] <= 40


@pytest.mark.parametrize("role", ["front-desk", "administrator", "researcher", "auditor"])
def test_roles_without_the_right_see_no_measures(client, scene, role, two_replies):
    client.force_login(make_user(scene.clinic, role))
    response = client.get(page("measures", patient_key=scene.patient.key))
    assert response.status_code == 404
    assert "PHQ" not in said(response)


def test_another_clinic_sees_nothing(client, scene, two_replies):
    other = make_clinic("rowan-yard")
    client.force_login(make_user(other, Role.PRESCRIBER))
    assert client.get(page("measures", patient_key=scene.patient.key)).status_code == 404


def test_the_nurse_in_the_room_sees_todays_answers_only(client, scene, two_replies):
    from kapstone.core.access.actions import assign_to_room

    scene.answer(reply("gad-7", 1), instrument="gad-7", at=NOW)
    nurse = make_user(scene.clinic, Role.NURSE)
    assign_to_room(
        by=scene.prescriber,
        at=NOW,
        patient=scene.patient,
        member=nurse,
        session_key=uuid4(),
        session_at=NOW,
    )
    client.force_login(nurse)
    response = client.get(page("measures", patient_key=scene.patient.key))
    assert response.status_code == 200
    shown = said(response)
    assert "answers only" in shown
    assert ">7<" in shown
    assert "PHQ-9 over time" not in shown
    assert "Ask for one" not in shown


def test_a_reply_given_on_paper_is_entered_and_raises_its_call(staff, scene):
    sent = {"entry_id": uuid4(), "answered_at": f"{NOW - DAY:%Y-%m-%dT%H:%M}"}
    sent |= reply("phq-9", 1)
    address = page("enter", patient_key=scene.patient.key, instrument="phq-9")
    response = staff.post(address, sent, follow=True)
    assert "A call is now due" in said(response)
    assert Answers.objects.get().total == 9


def test_a_reply_from_tomorrow_comes_back_with_what_was_typed(staff, scene):
    sent = {"entry_id": uuid4(), "answered_at": f"{NOW + 2 * DAY:%Y-%m-%dT%H:%M}", "phq-9.1": 3}
    address = page("enter", patient_key=scene.patient.key, instrument="phq-9")
    response = staff.post(address, sent)
    assert response.status_code == 422
    assert "lies ahead" in said(response)
    assert "checked" in said(response)
    assert not Answers.objects.exists()


def test_a_questionnaire_nobody_knows_is_not_found(staff, scene):
    address = page("enter", patient_key=scene.patient.key, instrument="phq-99")
    assert staff.get(address).status_code == 404


def test_a_link_that_names_the_questionnaire_opens_the_form_with_it(staff, scene):
    address = page("ask", patient_key=scene.patient.key)
    assert '<option value="gad-7" selected>' in said(staff.get(f"{address}?instrument=gad-7"))
    assert "selected>GAD-7" not in said(staff.get(f"{address}?instrument=no-such"))


def test_asking_puts_it_in_the_patients_app(staff, scene):
    sent = {
        "entry_id": uuid4(),
        "instrument": "gad-7",
        "point": "series",
        "due_on": f"{NOW + 3 * DAY:%Y-%m-%d}",
    }
    address = page("ask", patient_key=scene.patient.key)
    assert staff.post(address, sent).status_code == 302
    assert MeasureRequest.objects.get().instrument == "gad-7"
    assert staff.post(address, sent | {"due_on": "soon"}).status_code == 422


def test_a_call_shows_its_steps_and_closes_when_reached(staff, scene):
    scene.answer(reply("phq-9", 0, _9=2), at=NOW)
    call = SafetyCall.objects.get()
    address = page("safety_call", call_key=call.key)
    shown = said(staff.get(address))
    assert "A clinician speaks with the patient within 4 hours." in shown
    for outcome in ("not-reached", "reached"):
        sent = {"entry_id": uuid4(), "outcome": outcome, "summary": "Rang them at home."}
        staff.post(address, sent)
    assert SafetyCallDone.objects.count() == 2
    assert "Call, closed" in said(staff.get(address))
    late = staff.post(address, sent | {"entry_id": uuid4()})
    assert late.status_code == 422
    assert "already reached" in said(late)


def test_a_try_without_words_comes_back_with_a_sentence(staff, scene):
    scene.answer(reply("phq-9", 0, _9=2), at=NOW)
    address = page("safety_call", call_key=SafetyCall.objects.get().key)
    response = staff.post(address, {"entry_id": uuid4(), "outcome": "reached", "summary": ""})
    assert response.status_code == 422
    assert "at least 10 characters" in said(response)


@pytest.mark.parametrize("role", ["front-desk", "administrator", "auditor", "therapist"])
def test_a_call_is_open_to_the_care_team_alone(client, scene, role):
    scene.answer(reply("phq-9", 0, _9=2), at=NOW)
    client.force_login(make_user(scene.clinic, role))
    address = page("safety_call", call_key=SafetyCall.objects.get().key)
    assert client.get(address).status_code == 404


def test_staff_keep_a_safety_plan_together_with_the_patient(staff, scene):
    keep_safety_plan(
        by=scene.person, at=NOW - DAY, patient=scene.patient, sections={"signs": "Quiet."}
    )
    address = page("safety_plan", patient_key=scene.patient.key)
    assert "Quiet." in said(staff.get(address))
    staff.post(address, {"entry_id": uuid4(), "signs": "Too quiet.", "alone": "Walk."})
    assert safety_plan_of(scene.patient).sections["alone"] == "Walk."

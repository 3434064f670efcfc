"""The pages of screening: who sees what, what is refused, what it costs."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.builders import make_patient, make_user
from tests.clinic.screening.scene import DAY, LETTER, MINUTE, make_scene
from tests.clinic.screening.test_actions import invited

from kapstone.clinic.measures.models import SafetyCall
from kapstone.clinic.screening.actions import start_screening
from kapstone.clinic.screening.models import (
    EligibilitySignature,
    MoreAsked,
    RuleLift,
    ScreeningAnswer,
)
from kapstone.core.access.actions import assign_to_room
from kapstone.core.people.models import Role

NOW = timezone.now().replace(microsecond=0) - timedelta(hours=1)
CANARY = "the canary sings at night"


def text(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


@pytest.fixture
def scene(db):
    scene = make_scene()
    scene.screening = start_screening(
        by=scene.prescriber, at=NOW - DAY, patient=scene.patient, indication="depression"
    )
    return scene


def address(scene, end: str = "") -> str:
    return f"/screening/{scene.screening.key}/{end}"


# --- Reading ---------------------------------------------------------------------------------


def test_an_empty_screening_asks_for_everything_and_keeps_the_decision_shut(scene, client):
    client.force_login(scene.prescriber)
    page = text(client.get(address(scene)))
    assert "to settle before a decision" in page
    assert re.search(r'<span class="btn closed">Accept.*to go', page)
    assert "Rules: Contraindications" in page
    assert "Not yet checked by a named clinician" in page


def test_a_rule_that_is_answered_in_part_says_what_is_missing(scene, client):
    client.force_login(scene.prescriber)
    missing = "Not answered: STOP-BANG score"
    assert missing not in text(client.get(address(scene)))
    scene.answer("C19.untreated", "no", at=NOW)
    assert missing in text(client.get(address(scene)))


def test_what_was_said_stands_in_the_persons_own_words(scene, client):
    scene.answer("C09.bipolar", "yes", at=NOW, source="patient", detail=CANARY)
    client.force_login(scene.therapist)
    page = text(client.get(address(scene)))
    assert f'<q class="voice">{CANARY}</q>' in page
    assert "Waits for the prescriber" in page


def test_scores_and_item_nine_stand_at_the_head(scene, client):
    scene.measure("phq-9", 2, at=NOW)
    client.force_login(scene.prescriber)
    page = text(client.get(address(scene)))
    assert "18" in page
    assert "Item 9" in page


def test_a_row_says_from_where_it_is(scene, client):
    scene.answer("C09.bipolar", "yes", at=NOW)
    client.force_login(scene.prescriber)
    page = text(client.get(address(scene)))
    assert "sourced: American Psychiatric Nurses Association" in page
    assert "Mount Sinai KAP trial excludes" in page


def test_an_acute_screen_opens_the_crisis_path_above_everything(scene, client):
    client.force_login(scene.therapist)
    posted = {"C28--screen": "acute", "source": "clinician", "words": ""}
    assert client.post(address(scene, "rules/C28/"), posted).status_code == 303
    page = text(client.get(address(scene)))
    assert "Acute risk of suicide" in page
    assert "Do not leave the patient alone." in page
    assert page.index("Do not leave the patient alone.") < page.index("to settle before")
    scene.stand()
    assert SafetyCall.objects.get().priority == "emergency"


def test_the_desk_sees_no_more_than_that_it_exists(scene, client):
    scene.answer("C09.bipolar", "yes", at=NOW, source="patient", detail=CANARY)
    client.force_login(make_user(scene.clinic, Role.FRONT_DESK))
    page = text(client.get(address(scene)))
    assert "You can see that it exists" in page
    assert CANARY not in page
    assert "Bipolar" not in page
    assert "Alder" in text(client.get("/screening/"))
    assert client.get(f"/patients/{scene.patient.key}/screening/").status_code == 200


@pytest.mark.parametrize(
    "role",
    [Role.THERAPIST, Role.PRESCRIBER, Role.NURSE, Role.RESEARCHER, Role.AUDITOR, Role.PATIENT],
)
@pytest.mark.parametrize("end", ["", "answers/", "rules/C09/", "more/", "accept/", "not-now/"])
def test_to_others_it_is_not_there(scene, client, role, end):
    client.force_login(make_user(scene.clinic, role))
    assert client.get(address(scene, end)).status_code == 404
    assert client.post(address(scene, end)).status_code in {404, 405}


def test_a_clinician_without_this_patient_sees_them_in_no_list(scene, client):
    client.force_login(make_user(scene.clinic, Role.THERAPIST))
    page = text(client.get("/screening/"))
    assert "Alder" not in page
    assert "Nobody is waiting." in page


@pytest.mark.parametrize("role", [Role.RESEARCHER, Role.AUDITOR, Role.PATIENT])
def test_some_do_not_open_the_queue(scene, client, role):
    client.force_login(make_user(scene.clinic, role))
    assert client.get("/screening/").status_code in {302, 403}


def test_a_patient_without_a_screening_has_a_way_to_begin_one(scene, client):
    other = make_patient(scene.clinic, team=(scene.therapist,), at=NOW, screen_name="Birch")
    client.force_login(scene.therapist)
    root = f"/patients/{other.key}/screening/"
    assert "No screening has been started" in text(client.get(root))
    given = {"entry_id": str(uuid4()), "indication": "ptsd"}
    page = text(client.post(f"{root}start/", given, follow=True))
    assert "asks for help with PTSD" in page


def test_the_patients_address_leads_to_the_newest_screening(scene, client):
    client.force_login(scene.therapist)
    response = client.get(f"/patients/{scene.patient.key}/screening/")
    assert response.headers["Location"] == address(scene)


def test_a_new_screening_says_what_it_takes_the_place_of(scene, client):
    client.force_login(scene.therapist)
    page = text(client.get(f"/patients/{scene.patient.key}/screening/start/"))
    assert "takes its place" in page


def test_what_does_not_exist_is_not_found(scene, client):
    client.force_login(scene.therapist)
    assert client.get(f"/screening/{uuid4()}/").status_code == 404
    assert client.get(f"/requests/{uuid4()}/take-up/").status_code == 404


def test_dates_and_the_suicide_questionnaire_are_said_in_words(scene, client):
    scene.answer("C04.event", "yes", at=NOW)
    scene.answer("C04.date", NOW.date().replace(day=4, month=5, year=2020), at=NOW)
    scene.measure("asq", 0, at=NOW)
    client.force_login(scene.prescriber)
    page = text(client.get(address(scene)))
    assert "4 May 2020" in page
    assert "negative screen" in page


def test_a_nurse_in_the_room_reads_and_writes_nothing(scene, client):
    nurse = make_user(scene.clinic, Role.NURSE)
    assign_to_room(
        by=make_user(scene.clinic, Role.FRONT_DESK),
        at=NOW,
        patient=scene.patient,
        member=nurse,
        session_key=uuid4(),
        session_at=NOW,
    )
    client.force_login(nurse)
    page = text(client.get(address(scene)))
    assert "Go through the questions" not in page
    assert "Ask for more" not in page
    assert client.get(address(scene, "answers/")).status_code == 404


# --- Taking up -------------------------------------------------------------------------------


def test_a_prescriber_takes_up_an_invited_person_with_a_therapist(scene, client):
    wish = invited(scene)
    client.force_login(scene.prescriber)
    assert "nobody has taken them up" in text(client.get("/screening/"))
    given = {
        "entry_id": str(uuid4()),
        "indication": "anxiety",
        "colleague": scene.therapist.pk,
    }
    response = client.post(f"/requests/{wish.key}/take-up/", given, follow=True)
    assert "asks for help with anxiety" in text(response)
    client.force_login(scene.therapist)
    assert "Juniper" in text(client.get("/screening/"))


def test_a_therapist_takes_up_with_a_prescriber_who_can_then_sign(scene, client):
    wish = invited(scene)
    client.force_login(scene.therapist)
    page = text(client.get(f"/requests/{wish.key}/take-up/"))
    assert "Prescriber on the care team" in page
    given = {"entry_id": str(uuid4()), "indication": "anxiety"}
    wrong = {**given, "colleague": scene.therapist.pk}
    assert client.post(f"/requests/{wish.key}/take-up/", wrong).status_code == 422
    right = {**given, "colleague": scene.prescriber.pk}
    client.post(f"/requests/{wish.key}/take-up/", right)
    client.force_login(scene.prescriber)
    assert "Juniper" in text(client.get("/screening/"))


def test_who_takes_up_reads_the_request_from_then_on_and_not_before(scene, client):
    wish = invited(scene)
    client.force_login(scene.prescriber)
    for page in ("/screening/", f"/requests/{wish.key}/take-up/"):
        assert "Juniper" not in text(client.get(page))
    given = {"entry_id": str(uuid4()), "indication": "anxiety", "colleague": ""}
    assert "Juniper" in text(client.post(f"/requests/{wish.key}/take-up/", given, follow=True))


@pytest.mark.parametrize(
    "role", [Role.FRONT_DESK, Role.NURSE, Role.ADMINISTRATOR, Role.RESEARCHER, Role.PATIENT]
)
def test_others_do_not_take_up(scene, client, role):
    wish = invited(scene)
    client.force_login(make_user(scene.clinic, role))
    assert client.get(f"/requests/{wish.key}/take-up/").status_code in {403, 404}


@pytest.mark.parametrize(
    "change", [{"indication": "boredom"}, {"colleague": "999"}, {"entry_id": "x"}]
)
def test_a_bad_take_up_says_why(scene, client, change):
    wish = invited(scene)
    client.force_login(scene.prescriber)
    given = {"entry_id": str(uuid4()), "indication": "anxiety", **change}
    response = client.post(f"/requests/{wish.key}/take-up/", given)
    assert response.status_code == 422
    assert 'role="alert"' in text(response)


# --- Answering -------------------------------------------------------------------------------


def test_one_rule_is_answered_on_its_own_page(scene, client):
    client.force_login(scene.therapist)
    given = {"C09--bipolar": "yes", "source": "patient", "words": CANARY}
    response = client.post(address(scene, "rules/C09/"), given, follow=True)
    assert "Kept: 1 answer." in text(response)
    assert CANARY in text(response)
    history = text(client.get(address(scene, "rules/C09/")))
    assert "What was said before" in history
    assert CANARY in history


def test_a_blood_pressure_is_entered_as_a_reading(scene, client):
    client.force_login(scene.therapist)
    for minutes in (20, 10):
        taken = timezone.localtime(NOW - minutes * MINUTE)
        given = {
            "systolic": "128",
            "diastolic": "80",
            "taken_at": f"{taken:%Y-%m-%dT%H:%M}",
            "source": "clinician",
            "words": "",
        }
        client.post(address(scene, "rules/C06/"), given)
    scene.stand()
    assert ScreeningAnswer.objects.filter(datum="C06.reading").count() == 2
    assert "128/80" in text(client.get(address(scene, "rules/C06/")))


def test_medicines_are_a_list_or_a_word_that_there_are_none(scene, client):
    client.force_login(scene.therapist)
    page = address(scene, "rules/M-list/")
    both = {"medicines": "Lithium", "no_medicines": "on", "source": "patient", "words": ""}
    assert client.post(page, both).status_code == 422
    none = {"medicines": "", "no_medicines": "on", "source": "patient", "words": ""}
    assert client.post(page, none).status_code == 303
    listed = {"medicines": "Lorazepam 1 mg\n\n lithium ", "source": "patient", "words": ""}
    assert client.post(page, listed).status_code == 303
    scene.stand()
    newest = ScreeningAnswer.objects.order_by("-pk").first()
    assert newest.value == ["Lorazepam 1 mg", "lithium"]
    assert "Benzodiazepines" in text(client.get(address(scene)))


def test_the_sheet_writes_only_what_is_new(scene, client):
    scene.fill(at=NOW)
    client.force_login(scene.therapist)
    before = ScreeningAnswer.objects.count()
    page = text(client.get(address(scene, "answers/")))
    assert re.search(r'value="no"[^>]*checked', page)
    same = {"source": "patient", "C09--bipolar": "no", "medicines": "sertraline 50 mg"}
    response = client.post(address(scene, "answers/"), same, follow=True)
    assert "Nothing new was entered." in text(response)
    response = client.post(
        address(scene, "answers/"), {**same, "C09--bipolar": "yes"}, follow=True
    )
    assert "Kept: 1 answer." in text(response)
    scene.stand()
    assert ScreeningAnswer.objects.count() == before + 1


def test_what_is_too_old_is_not_carried_over_by_a_press(scene, client):
    scene.answer("C09.bipolar", "no", at=NOW - 100 * DAY)
    client.force_login(scene.therapist)
    page = text(client.get(address(scene, "answers/")))
    field = page.partition('name="C09--bipolar"')[2][:300]
    assert "checked" not in field


@pytest.mark.parametrize(
    ("rule", "given", "says"),
    [
        ("C09", {"C09--bipolar": "maybe"}, "Choose one of the answers"),
        ("C19", {"C19--stop-bang": "40"}, "from 0 to 8"),
        ("C04", {"C04--date": "2999-01-01"}, "lies ahead"),
        ("C04", {"C04--date": "May"}, "Enter a date"),
        ("C06", {"systolic": "80", "diastolic": "120"}, "upper number"),
        ("C06", {"systolic": "120"}, "both numbers"),
        ("C06", {"systolic": "x", "diastolic": "80"}, "Enter a number"),
        ("C06", {"systolic": "nan", "diastolic": "80"}, "Enter a number"),
        ("C20", {"height": "1", "weight": "70"}, "do not fit"),
        ("B01", {"B01": "2999-01-01"}, "lies ahead"),
        ("C09", {"C09--bipolar": "yes", "source": "gossip"}, "how you know"),
    ],
)
def test_a_bad_answer_is_said_and_nothing_is_written(scene, client, rule, given, says):
    client.force_login(scene.therapist)
    posted = {"source": "clinician", "words": "", **given}
    response = client.post(address(scene, f"rules/{rule}/"), posted)
    assert response.status_code == 422
    assert says in text(response)
    scene.stand()
    assert not ScreeningAnswer.objects.exists()


@pytest.mark.parametrize("rule", ["C99", "nonsense", "M-nothing", "Q-nothing"])
def test_a_rule_that_does_not_exist_is_not_found(scene, client, rule):
    client.force_login(scene.therapist)
    assert client.get(address(scene, f"rules/{rule}/")).status_code == 404


@pytest.mark.parametrize("rule", ["C01", "C06", "C20", "C26", "B01", "M-list", "Q-phq-9"])
def test_every_kind_of_row_has_its_page(scene, client, rule):
    client.force_login(scene.therapist)
    assert client.get(address(scene, f"rules/{rule}/")).status_code == 200


# --- Weighing --------------------------------------------------------------------------------


def test_a_prescriber_weighs_and_the_reason_stands_in_the_table(scene, client):
    scene.answer("C09.bipolar", "yes", at=NOW)
    client.force_login(scene.prescriber)
    given = {"entry_id": str(uuid4()), "reason": "Lithium since 2019, level in range."}
    response = client.post(address(scene, "rules/C09/lift/"), given, follow=True)
    assert "Weighed" in text(response)
    assert "Lithium since 2019" in text(response)


@pytest.mark.parametrize(
    ("rule", "reason", "says"),
    [
        ("C09", "ok", "at least 20 characters"),
        ("C09", "", "Write your reason"),
        ("C01", "A reason that is long enough.", "Nobody in the session"),
        ("C02", "A reason that is long enough.", "Clears when the question is answered"),
        ("C26", "A reason that is long enough.", "finds nothing to weigh"),
    ],
)
def test_what_cannot_be_lifted_says_why(scene, client, rule, reason, says):
    scene.answer("C09.bipolar", "yes", at=NOW)
    scene.answer("C01.allergy", "yes", at=NOW)
    client.force_login(scene.prescriber)
    given = {"entry_id": str(uuid4()), "reason": reason}
    response = client.post(address(scene, f"rules/{rule}/lift/"), given)
    assert response.status_code == 422
    assert says in text(response)
    scene.stand()
    assert not RuleLift.objects.exists()


def test_a_therapist_has_no_form_to_weigh_with(scene, client):
    scene.answer("C09.bipolar", "yes", at=NOW)
    client.force_login(scene.therapist)
    assert "Sign the reason" not in text(client.get(address(scene, "rules/C09/")))
    given = {"entry_id": str(uuid4()), "reason": "A reason that is long enough."}
    assert client.post(address(scene, "rules/C09/lift/"), given).status_code == 404


# --- Deciding --------------------------------------------------------------------------------


def sign(client, scene, user, capacity):
    client.force_login(user)
    given = {"entry_id": str(uuid4()), "capacity": capacity}
    return client.post(address(scene, "accept/"), given, follow=True)


def test_two_people_sign_and_the_page_says_until_when(scene, client):
    scene.fill(at=NOW)
    assert "One signature of two" in text(sign(client, scene, scene.prescriber, "prescriber"))
    page = text(sign(client, scene, scene.therapist, "mental-health"))
    assert "Eligible" in page
    assert "Until" in page
    assert "as mental-health" in page.casefold()


def test_what_still_stands_keeps_the_signature_out(scene, client):
    response = sign(client, scene, scene.prescriber, "prescriber")
    assert response.status_code == 422
    assert "Not answered" in text(response)
    scene.stand()
    assert not EligibilitySignature.objects.exists()


def test_nobody_signs_in_a_capacity_they_do_not_hold(scene, client):
    scene.fill(at=NOW)
    response = sign(client, scene, scene.prescriber, "mental-health")
    assert response.status_code == 422
    assert "Only a mental-health professional" in text(response)


def test_conditions_are_named_before_signing(scene, client):
    scene.fill(at=NOW)
    scene.answer("medicines", ["lamotrigine"], at=NOW + 8 * MINUTE)
    client.force_login(scene.prescriber)
    page = text(client.get(address(scene, "accept/")))
    assert "Accept with conditions" in page
    assert "May weaken the effect" in page


def test_not_now_shows_its_letter(scene, client):
    client.force_login(scene.prescriber)
    given = {
        "entry_id": str(uuid4()),
        "capacity": "prescriber",
        "reason": "Mania first; ask again when settled.",
        "letter": LETTER,
    }
    assert "988" in text(client.get(address(scene, "not-now/")))
    page = text(client.post(address(scene, "not-now/"), given, follow=True))
    assert "Not now, with help" in page
    assert "The letter" in page


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"reason": ""}, "Say why not now"),
        ({"letter": LETTER.replace("988", "us")}, "must name where help is"),
        ({"capacity": ""}, "in which capacity"),
    ],
)
def test_a_bad_not_now_says_why(scene, client, change, says):
    client.force_login(scene.prescriber)
    given = {
        "entry_id": str(uuid4()),
        "capacity": "prescriber",
        "reason": "Mania first; ask again when settled.",
        "letter": LETTER,
        **change,
    }
    response = client.post(address(scene, "not-now/"), given)
    assert response.status_code == 422
    assert says in text(response)


def test_asking_for_more_stands_on_the_page(scene, client):
    client.force_login(scene.prescriber)
    given = {"entry_id": str(uuid4()), "words": "Three readings at home, please."}
    page = text(client.post(address(scene, "more/"), given, follow=True))
    assert "Three readings at home" in page
    assert client.post(address(scene, "more/"), {**given, "words": " "}).status_code == 422
    client.post(address(scene, "more/"), given)
    scene.stand()
    assert MoreAsked.objects.count() == 1


# --- Cost ------------------------------------------------------------------------------------


def test_the_cost_of_the_table_does_not_grow_with_answers_or_waiting_people(scene, client):
    client.force_login(scene.prescriber)
    scene.answer("C09.bipolar", "yes", at=NOW)
    with CaptureQueriesContext(connection) as few:
        client.get(address(scene))
    scene.stand(scene.prescriber)
    scene.fill(at=NOW)
    for number in range(5):
        other = make_patient(
            scene.clinic, team=(scene.prescriber,), at=NOW - DAY, screen_name=f"Tree {number}"
        )
        start_screening(by=scene.prescriber, at=NOW, patient=other, indication="ptsd")
    with CaptureQueriesContext(connection) as many:
        client.get(address(scene))
    assert len(many) <= len(few)
    assert len(many) < 45


def test_the_cost_of_the_queue_does_not_grow_with_it(scene, client):
    client.force_login(scene.prescriber)
    with CaptureQueriesContext(connection) as few:
        client.get("/screening/")
    scene.stand()
    for number in range(5):
        other = make_patient(
            scene.clinic, team=(scene.prescriber,), at=NOW - DAY, screen_name=f"Tree {number}"
        )
        start_screening(by=scene.prescriber, at=NOW, patient=other, indication="ptsd")
    with CaptureQueriesContext(connection) as many:
        client.get("/screening/")
    assert len(many) == len(few)

"""The clinic's pages of scheduling: who sees what, what is refused, what it costs."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.builders import make_patient, make_user
from tests.clinic.scheduling.scene import HOUR, LETTER

from kapstone.clinic.scheduling.actions import STRANGER, cancel_appointment, request_appointment
from kapstone.clinic.scheduling.models import Appointment, RequestAnswer
from kapstone.clinic.scheduling.rules import Wish
from kapstone.core.access.actions import assign_to_room
from kapstone.core.people.models import Role

NOW = timezone.now().replace(minute=0, second=0, microsecond=0)
TOMORROW = (NOW + timedelta(days=1)).replace(hour=10)
CANARY = "the canary sings at night"


def text(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def ask(scene, name="Juniper", days=1):
    return request_appointment(
        by=STRANGER,
        at=NOW - timedelta(days=days),
        clinic=scene.clinic,
        wish=Wish(name=name, contact="555 0199", brings=CANARY),
    )


def booked(scene, **change) -> Appointment:
    given = {"at": NOW, "starts_at": TOMORROW, "ends_at": TOMORROW + HOUR}
    return scene.book(**{**given, **change})


# --- The queue -------------------------------------------------------------------------------


def test_the_desk_reads_requests_and_their_age(scene, client):
    ask(scene, days=9)
    client.force_login(scene.desk)
    page = text(client.get("/requests/"))
    assert CANARY in page
    assert "Late" in page
    assert "1 waiting" in page


def test_an_empty_queue_says_so(scene, client):
    client.force_login(scene.desk)
    assert "Nobody is waiting." in text(client.get("/requests/"))


@pytest.mark.parametrize("role", [Role.THERAPIST, Role.ADMINISTRATOR, Role.AUDITOR])
def test_some_see_no_more_than_that_a_request_exists(scene, client, role):
    request = ask(scene)
    client.force_login(make_user(scene.clinic, role))
    for address in ("/requests/", f"/requests/{request.key}/"):
        page = text(client.get(address))
        assert "A request" in page
        assert CANARY not in page
        assert "Juniper" not in page
        assert "555 0199" not in page


@pytest.mark.parametrize("role", [Role.NURSE, Role.RESEARCHER, Role.PATIENT])
def test_some_do_not_open_the_queue(scene, client, role):
    request = ask(scene)
    client.force_login(make_user(scene.clinic, role))
    assert client.get("/requests/").status_code == 403
    assert client.get(f"/requests/{request.key}/").status_code in {403, 404}


def test_a_stranger_is_sent_to_sign_in(scene, client):
    assert client.get("/requests/").status_code == 302
    assert client.get("/schedule/").status_code == 302


@pytest.mark.parametrize("role", [Role.THERAPIST, Role.PRESCRIBER, Role.ADMINISTRATOR])
def test_only_the_desk_opens_the_answer(scene, client, role):
    request = ask(scene)
    client.force_login(make_user(scene.clinic, role))
    for end in ("invite", "not-now"):
        address = f"/requests/{request.key}/{end}/"
        assert client.get(address).status_code in {403, 404}
        assert client.post(address, {"letter": LETTER}).status_code in {403, 404}
    scene.stand()
    assert not RequestAnswer.objects.exists()


INVITE = {
    "legal_name": "Ann Example",
    "born_on": "1979-05-04",
    "screen_name": "Juniper",
    "number": "K-7001",
    "letter": LETTER,
}


def test_inviting_registers_and_leads_to_the_letter(scene, client):
    request = ask(scene)
    client.force_login(scene.desk)
    form = text(client.get(f"/requests/{request.key}/invite/"))
    assert 'value="K-' in form
    assert "Dear Juniper" in form
    response = client.post(f"/requests/{request.key}/invite/", INVITE, follow=True)
    page = text(response)
    assert response.request["PATH_INFO"].endswith("/request/")
    assert "Invite to screening" in page
    assert "K-7001" in page


def test_not_now_keeps_its_letter(scene, client):
    request = ask(scene)
    client.force_login(scene.desk)
    assert "988" in text(client.get(f"/requests/{request.key}/not-now/"))
    response = client.post(f"/requests/{request.key}/not-now/", {"letter": LETTER}, follow=True)
    assert "Not now, with help" in text(response)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"legal_name": ""}, "name as on their papers"),
        ({"born_on": "4 May"}, "Enter a date"),
        ({"born_on": "2999-01-01"}, "lies ahead"),
        ({"letter": "No."}, "Write the letter"),
        ({"number": ""}, "Enter a patient number"),
        ({"letter": "x" * 5000}, "at most 4000"),
    ],
)
def test_a_bad_invitation_says_why_and_writes_nothing(scene, client, change, says):
    request = ask(scene)
    client.force_login(scene.desk)
    response = client.post(f"/requests/{request.key}/invite/", {**INVITE, **change})
    assert response.status_code == 422
    assert says in text(response)
    scene.stand()
    assert not RequestAnswer.objects.exists()


def test_a_not_now_without_help_says_what_is_missing(scene, client):
    request = ask(scene)
    client.force_login(scene.desk)
    letter = LETTER.replace("988", "somebody")
    response = client.post(f"/requests/{request.key}/not-now/", {"letter": letter})
    assert response.status_code == 422
    assert "must name where help is: 988" in text(response)


def test_what_does_not_exist_is_not_found(scene, client):
    client.force_login(scene.desk)
    assert client.get(f"/requests/{uuid4()}/").status_code == 404
    assert client.get(f"/appointments/{uuid4()}/").status_code == 404
    assert client.get(f"/patients/{scene.patient.key}/request/").status_code == 404
    assert client.get(f"/patients/{uuid4()}/book/").status_code == 404


def test_a_taken_number_is_said_beside_its_field(scene, client):
    request = ask(scene)
    client.force_login(scene.desk)
    number = scene.patient.number
    response = client.post(f"/requests/{request.key}/invite/", {**INVITE, "number": number})
    assert response.status_code == 422
    assert f"{number} is already taken" in text(response)


def test_no_two_patients_have_one_name_on_a_wall(scene, client):
    request = ask(scene)
    client.force_login(scene.desk)
    name = scene.patient.screen_name.upper()
    response = client.post(f"/requests/{request.key}/invite/", {**INVITE, "screen_name": name})
    assert response.status_code == 422
    assert f"Another patient is called {name} on screens." in text(response)
    assert INVITE["legal_name"] in text(response)


def test_for_whom_care_is_asked_is_said_as_the_clinic_says_it(scene, client):
    request = ask(scene)
    client.force_login(scene.desk)
    page = text(client.get(f"/requests/{request.key}/"))
    assert "Individual sessions." in page
    assert "For me" not in page


def test_a_request_that_was_taken_up_is_read_as_the_patients_own(scene, client):
    request = ask(scene)
    client.force_login(scene.desk)
    client.post(f"/requests/{request.key}/invite/", INVITE)
    client.force_login(make_user(scene.clinic, Role.THERAPIST))
    response = client.get(f"/requests/{request.key}/", follow=True)
    assert CANARY not in text(response)
    assert "not what it says" in text(response)


def test_the_cost_of_the_queue_does_not_grow_with_it(scene, client):
    client.force_login(scene.desk)
    ask(scene)
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get("/requests/")
    scene.stand()
    for number in range(12):
        ask(scene, name=f"Name {number}")
    with CaptureQueriesContext(connection) as many:
        client.get("/requests/")
    assert len(many) == len(few)


# --- Booking ---------------------------------------------------------------------------------


def form(scene, **change) -> dict[str, object]:
    given = {
        "entry_id": str(uuid4()),
        "kind": "integration",
        "modality": "ifs",
        "with_user": scene.therapist.pk,
        "starts_at": f"{TOMORROW:%Y-%m-%dT%H:%M}",
        "minutes": 60,
        "room": scene.river.pk,
    }
    return {**given, **change}


def address(scene) -> str:
    return f"/patients/{scene.patient.key}/book/"


def test_a_therapist_books_what_and_how(scene, client):
    client.force_login(scene.therapist)
    response = client.post(address(scene), form(scene), follow=True)
    page = text(response)
    assert "Booked." in page
    assert "Parts work" in page
    scene.stand()
    assert Appointment.objects.get().modality == "ifs"


def test_the_desk_books_without_the_reason(scene, client):
    client.force_login(scene.desk)
    assert "modality" not in text(client.get(address(scene)))
    page = text(client.post(address(scene), form(scene), follow=True))
    assert "Parts work" not in page
    scene.stand()
    assert Appointment.objects.get().modality == ""


def test_only_integration_has_a_way_of_working(scene, client):
    client.force_login(scene.therapist)
    client.post(address(scene), form(scene, kind="review"))
    scene.stand()
    assert Appointment.objects.get().modality == ""


def test_a_link_fills_in_the_time(scene, client):
    client.force_login(scene.therapist)
    page = text(
        client.get(address(scene), {"starts": "2031-05-06T10:30", "kind": "integration"})
    )
    assert 'value="2031-05-06T10:30"' in page
    assert '<option value="integration" selected>' in page


@pytest.mark.parametrize("starts", ["", "soon", "2031-13-45T99:99", "\x00", "0000-00-00"])
def test_a_link_that_cannot_be_read_fills_in_nothing(scene, client, starts):
    client.force_login(scene.therapist)
    assert client.get(address(scene), {"starts": starts}).status_code == 200


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"starts_at": "soon"}, "Enter a date and a time"),
        ({"starts_at": "9999-12-31T23:59"}, "Enter a date and a time"),
        ({"starts_at": "0001-01-01T00:00"}, "Enter a date and a time"),
        ({"starts_at": "2020-01-01T09:00"}, "That time is over"),
        ({"kind": "party"}, "Choose one"),
        ({"kind": ""}, "Choose what is booked"),
        ({"room": 999999}, "Choose a room"),
        ({"room": ""}, "Choose a room"),
        ({"with_user": "x"}, "Choose someone"),
        ({"minutes": 7}, "Choose how long"),
        ({"modality": "dance"}, "ways of working"),
        ({"entry_id": ""}, "Open the page again"),
    ],
)
def test_a_bad_booking_says_why_keeps_what_was_typed_and_writes_nothing(
    scene, client, change, says
):
    client.force_login(scene.therapist)
    response = client.post(address(scene), form(scene, **change))
    assert response.status_code == 422
    assert says in text(response)
    assert 'role="alert"' in text(response)
    scene.stand()
    assert not Appointment.objects.exists()


def test_a_clash_is_a_sentence_with_the_next_free_time(scene, client):
    other = make_patient(scene.clinic, screen_name="Birch")
    booked(scene, patients=[other], with_user=scene.prescriber)
    client.force_login(scene.therapist)
    response = client.post(address(scene), form(scene))
    assert response.status_code == 422
    assert "River room is taken" in text(response)
    assert "Free from 11:00" in text(response)


def test_a_form_used_for_someone_else_says_so(scene, client):
    other = make_patient(scene.clinic, screen_name="Birch")
    key = uuid4()
    booked(scene, patients=[other], with_user=scene.prescriber, entry_id=key)
    client.force_login(scene.therapist)
    response = client.post(address(scene), form(scene, entry_id=str(key)))
    assert response.status_code == 422
    assert "Open it again" in text(response)


@pytest.mark.parametrize(
    "role", [Role.NURSE, Role.THERAPIST, Role.ADMINISTRATOR, Role.AUDITOR, Role.PATIENT]
)
def test_who_may_not_book_does_not_find_the_page(scene, client, role):
    client.force_login(make_user(scene.clinic, role))
    assert client.get(address(scene)).status_code == 404
    assert client.post(address(scene), form(scene)).status_code == 404
    scene.stand()
    assert not Appointment.objects.exists()


# --- One appointment -------------------------------------------------------------------------


def test_an_appointment_is_moved_cancelled_and_marked_from_its_page(scene, client):
    one = booked(scene)
    client.force_login(scene.desk)
    page = text(client.get(f"/appointments/{one.key}/"))
    assert "They came" not in page  # nobody comes a day ahead
    assert "Did not come" not in page  # it has not begun
    assert "Cancel it" in page


def test_moving_keeps_the_old_time_in_sight(scene, client):
    one = booked(scene)
    client.force_login(scene.desk)
    later = {
        "entry_id": str(uuid4()),
        "starts_at": f"{TOMORROW + 2 * HOUR:%Y-%m-%dT%H:%M}",
        "minutes": 60,
        "room": scene.meadow.pk,
    }
    page = text(client.post(f"/appointments/{one.key}/move/", later, follow=True))
    assert "Moved from" in page
    assert "Meadow room" in page
    assert "Moved to" in text(client.get(f"/appointments/{one.key}/"))


def test_moving_onto_something_else_is_refused_and_keeps_what_was_typed(scene, client):
    one = booked(scene)
    other = make_patient(scene.clinic, screen_name="Birch")
    booked(scene, patients=[other], room=scene.meadow, with_user=scene.prescriber)
    client.force_login(scene.desk)
    assert "now" in text(client.get(f"/appointments/{one.key}/move/"))
    there = {
        "entry_id": str(uuid4()),
        "starts_at": f"{TOMORROW:%Y-%m-%dT%H:%M}",
        "minutes": 60,
        "room": scene.meadow.pk,
    }
    response = client.post(f"/appointments/{one.key}/move/", there)
    assert response.status_code == 422
    assert "Meadow room is taken" in text(response)


def test_cancelling_asks_why(scene, client):
    one = booked(scene)
    client.force_login(scene.desk)
    response = client.post(f"/appointments/{one.key}/cancel/", {"reason": " "})
    assert response.status_code == 422
    page = text(client.post(f"/appointments/{one.key}/cancel/", {"reason": "ill"}, follow=True))
    assert "Cancelled" in page
    assert "They came" not in page


def test_on_the_day_the_desk_may_say_that_they_came(scene, client):
    one = booked(scene, starts_at=NOW + HOUR, ends_at=NOW + 2 * HOUR)
    client.force_login(scene.desk)
    assert "They came" in text(client.get(f"/appointments/{one.key}/"))


def test_marking_twice_in_two_ways_is_refused_in_words(scene, client):
    one = booked(scene)
    client.force_login(scene.desk)
    assert client.post(f"/appointments/{one.key}/attended/").status_code == 303
    response = client.post(f"/appointments/{one.key}/missed/")
    assert response.status_code == 422
    assert "marked as attended" in text(response)


@pytest.mark.parametrize("end", ["", "move/", "cancel/", "attended/", "missed/"])
def test_an_appointment_of_somebody_elses_patient_is_not_found(scene, client, end):
    one = booked(scene)
    client.force_login(make_user(scene.clinic, Role.THERAPIST))
    assert client.post(f"/appointments/{one.key}/{end}").status_code in {404, 405}
    assert client.get(f"/appointments/{one.key}/{end}").status_code in {404, 405}


# --- The schedule ----------------------------------------------------------------------------


def day(at=TOMORROW) -> dict[str, str]:
    return {"day": f"{at:%Y-%m-%d}"}


@pytest.mark.parametrize("view", [{}, {"view": "week"}])
def test_the_desk_sees_who_is_where(scene, client, view):
    booked(scene)
    client.force_login(scene.desk)
    page = text(client.get("/schedule/", {**day(), **view}))
    assert "Alder" in page
    assert "River room" in page


@pytest.mark.parametrize("role", [Role.THERAPIST, Role.NURSE, Role.ADMINISTRATOR])
@pytest.mark.parametrize("view", [{}, {"view": "week"}])
def test_others_see_no_more_than_busy(scene, client, role, view):
    one = booked(scene)
    client.force_login(make_user(scene.clinic, role))
    page = text(client.get("/schedule/", {**day(), **view}))
    assert "Busy" in page
    assert "Alder" not in page
    assert str(one.key) not in page
    assert "Integration" not in page


def test_a_nurse_sees_the_patient_of_her_own_room(scene, client):
    nurse = make_user(scene.clinic, Role.NURSE)
    booked(scene, kind="dosing", with_user=nurse)
    assign_to_room(
        by=scene.desk,
        at=NOW,
        patient=scene.patient,
        member=nurse,
        session_key=uuid4(),
        session_at=NOW,
    )
    client.force_login(nurse)
    assert "Alder" in text(client.get("/schedule/", day()))


@pytest.mark.parametrize("called_off", [False, True])
def test_who_cares_for_one_of_a_couple_is_not_told_of_the_other(scene, client, called_off):
    other = make_patient(scene.clinic, screen_name="Beech")
    one = booked(scene, patients=[scene.patient, other])
    if called_off:
        cancel_appointment(by=scene.desk, at=NOW, appointment=one, reason="One of them is ill.")
    client.force_login(scene.therapist)
    page = text(client.get("/schedule/", day()))
    assert "Beech" not in page
    assert "Alder" not in page
    client.force_login(scene.desk)
    assert "Alder and Beech" in text(client.get("/schedule/", day()))


def test_a_patient_is_sent_to_their_own_plan(scene, client):
    client.force_login(make_user(scene.clinic, Role.PATIENT))
    assert client.get("/schedule/").status_code == 403


@pytest.mark.parametrize("asked", ["", "tomorrow", "9999-12-31", "0001-01-01", "2026-02-30"])
@pytest.mark.parametrize("view", [{}, {"view": "week"}])
def test_a_day_that_cannot_be_read_is_today(scene, client, asked, view):
    client.force_login(scene.desk)
    response = client.get("/schedule/", {"day": asked, **view})
    assert response.status_code == 200
    assert "Nothing is booked" in text(response)


def test_without_rooms_the_schedule_says_what_is_missing(db, client):
    from tests.builders import make_clinic

    clinic = make_clinic("bare-house")
    client.force_login(make_user(clinic, Role.FRONT_DESK))
    assert "No rooms yet" in text(client.get("/schedule/"))


def test_a_booking_without_a_room_has_a_column_of_its_own(scene, client):
    booked(scene, room=None)
    client.force_login(scene.desk)
    assert "No room" in text(client.get("/schedule/", day()))


@pytest.mark.parametrize("view", [{}, {"view": "week"}])
def test_the_cost_of_the_schedule_does_not_grow_with_it(scene, client, view):
    booked(scene)
    client.force_login(scene.desk)
    with CaptureQueriesContext(connection) as few:
        client.get("/schedule/", {**day(), **view})
    scene.stand()
    for number in range(6):
        other = make_patient(scene.clinic, screen_name=f"Tree {number}")
        start = TOMORROW + timedelta(hours=number)
        booked(
            scene,
            patients=[other],
            room=scene.video,
            with_user=None,
            starts_at=start,
            ends_at=start + HOUR,
        )
    with CaptureQueriesContext(connection) as many:
        client.get("/schedule/", {**day(), **view})
    assert len(many) == len(few)

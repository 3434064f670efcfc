"""The pages of the post: the clinic's list, one message, and a patient's own choice."""

import pytest
from django.test import Client
from django.urls import reverse
from tests.builders import make_patient, make_user
from tests.core.post.conftest import ADDRESS
from tests.core.post.test_worker import Carries, unsure

from kapstone.catalogue.lint import forbidden_in
from kapstone.core.access.cards import keep_contact
from kapstone.core.access.fences import stand_in
from kapstone.core.joining.actions import invite, withdraw_invitation
from kapstone.core.people.models import Role
from kapstone.core.post.carriers import MailSettings
from kapstone.core.post.models import Attempt, ContactWish, Message
from kapstone.core.post.queries import wish_of

BACKEND = "kapstone.core.people.signed_in.SignedIn"


def signed_in(user):
    client = Client()
    client.force_login(user, BACKEND)
    return client


def text(answer):
    return answer.content.decode()


def test_the_desk_reads_what_needs_somebody_and_puts_it_away(scene):
    message = unsure(scene)
    desk = signed_in(scene.desk)
    page = text(desk.get("/post/"))
    assert "Perhaps sent" in page
    assert scene.patient.number in page
    address = reverse("post:message", kwargs={"message_key": message.key})
    one = text(desk.get(address))
    assert ADDRESS in one
    assert "/w/" not in one  # the link is the patient's alone
    assert desk.post(address, {"do": "nothing"}).status_code == 422
    assert desk.post(address, {"do": "settle"}).status_code == 303
    assert "Nothing." in text(desk.get("/post/"))


def test_an_administrator_sees_that_and_not_to_which_address(scene):
    message = unsure(scene)
    admin = signed_in(make_user(scene.clinic, Role.ADMINISTRATOR))
    page = text(admin.get(f"/post/{message.key}/"))
    assert "Perhaps sent" in page
    assert ADDRESS not in page
    again = admin.post(f"/post/{message.key}/", {"do": "again"})
    assert again.status_code == 422  # its link has run out by now
    assert "has run out" in text(again)


def test_the_demo_shows_the_link_and_says_that_nothing_was_sent(scene, settings, tmp_path):
    message = scene.queue()
    settings.MODE, settings.MAIL = "demo", MailSettings(folder=tmp_path)
    page = text(signed_in(scene.desk).get(f"/post/{message.key}/"))
    assert "http://testserver/w/" in page
    assert "Nothing leaves this machine" in text(signed_in(scene.desk).get("/post/"))


def test_an_installation_without_mail_says_so(scene, settings):
    settings.MAIL = MailSettings()
    assert "No mail server is named" in text(signed_in(scene.desk).get("/post/"))
    page = text(signed_in(scene.patient.user).get("/me/messages/"))
    assert "does not send e-mail yet" in page


def test_the_list_costs_the_same_for_many(scene, django_assert_max_num_queries):
    desk = signed_in(scene.desk)
    for number in range(12):
        scene.queue(once=f"n{number}")
    with django_assert_max_num_queries(20):
        desk.get("/post/")


def choice(**given):
    return {
        "entry_id": "6f1e2a34-0000-4000-8000-000000000001",
        "channel": "mail",
        "kinds": ["weather"],
        "quiet_from": "20:30",
        "quiet_until": "09:00",
        "time_zone": "Europe/London",
        "names_clinic": "on",
    } | given


def test_a_patient_chooses_and_the_next_message_obeys(scene):
    patient = signed_in(scene.patient.user)
    page = text(patient.get("/me/messages/"))
    assert ADDRESS in page
    assert not list(forbidden_in(page.split("<main")[1].split("</main")[0]))
    assert patient.post("/me/messages/", choice()).status_code == 303
    assert patient.post("/me/messages/", choice()).status_code == 303
    scene.stand()
    wish = wish_of(scene.patient)
    assert (wish.kinds, wish.time_zone, wish.names_clinic) == (
        ["weather"],
        "Europe/London",
        True,
    )
    assert ContactWish.objects.count() == 2  # the scene's, and one for both presses
    assert scene.queue(kind="letter-home") is None
    assert scene.clinic.name in scene.queue(kind="weather").text


@pytest.mark.parametrize(
    "wrong",
    [
        {"channel": "pigeon"},
        {"kinds": ["invitation"]},
        {"time_zone": "Mars/Olympus"},
        {"quiet_from": "25:00"},
        {"quiet_until": "20:30"},
        {"entry_id": ""},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_choice_that_cannot_be_is_refused_in_words(scene, wrong):
    answer = signed_in(scene.patient.user).post("/me/messages/", choice(**wrong))
    assert answer.status_code == 422
    assert 'role="alert"' in text(answer)


def test_a_patient_sees_what_was_written_to_them(scene):
    scene.queue()
    scene.deliver(Carries())
    assert "Letter home. Sent" in text(signed_in(scene.patient.user).get("/me/messages/"))


# --- The invitation by mail


class Reads(Carries):
    """A carrier that keeps what it read."""

    def __init__(self):
        super().__init__()
        self.read = []

    def carry(self, letter, address, about_to_hand_over):
        super().carry(letter, address, about_to_hand_over)
        self.read.append(letter.get_content())


@pytest.fixture
def newcomer(scene):
    scene.stand()
    patient = make_patient(scene.clinic, team=(scene.therapist,))
    keep_contact(by=scene.desk, at=scene.at, patient=patient, email="new@example.org")
    return patient


def test_an_invitation_is_mailed_if_they_agreed_and_opens(scene, newcomer, settings):
    desk = signed_in(scene.desk)
    address = reverse("joining:invitation", kwargs={"patient_key": newcomer.key})
    assert "Send the link to new@example.org too" in text(desk.get(address))
    sent = {"entry_id": "6f1e2a34-0000-4000-8000-000000000002", "by_mail": "on"}
    page = text(desk.post(address, sent))
    assert "waits to be sent to new@example.org" in page
    scene.stand()
    (message,) = Message.objects.all()
    assert (message.kind, message.address) == ("invitation", "new@example.org")


def test_the_mailed_link_is_the_one_that_was_handed_over(scene, newcomer, settings):
    scene.stand()
    made = invite(by=scene.desk, at=scene.at, patient=newcomer, by_mail=True)
    carrier = Reads()
    scene.deliver(carrier)
    assert f"https://clinic.example/join/{made.secrets.link}/" in carrier.read[0]
    assert made.secrets.link not in str(list(Message.objects.values()))


def test_an_invitation_withdrawn_before_it_left_is_not_sent(scene, newcomer):
    scene.stand()
    invite(by=scene.desk, at=scene.at, patient=newcomer, by_mail=True)
    withdraw_invitation(by=scene.desk, at=scene.at, patient=newcomer)
    carrier = Carries()
    scene.deliver(carrier)
    assert carrier.carried == []
    assert not Attempt.objects.exists()


def test_without_a_tick_nothing_is_mailed(scene, newcomer):
    scene.stand()
    invite(by=scene.desk, at=scene.at, patient=newcomer)
    assert not Message.objects.exists()
    stand_in(clinic_id=None, user_id=None)

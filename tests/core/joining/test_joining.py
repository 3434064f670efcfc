"""An invitation opens once, for one person, for a while, and tells nobody anything."""

import re
import threading
import uuid
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.builders import make_clinic, make_patient, make_user

from kapstone.catalogue.invitations import load_invitations
from kapstone.core.access.fences import stand_in
from kapstone.core.audit.models import AuditEntry
from kapstone.core.joining.actions import confirm_birth, invite, take_up, withdraw_invitation
from kapstone.core.joining.models import Invitation, WrongTry
from kapstone.core.joining.queries import invitations_of, invitations_waiting
from kapstone.core.joining.rules import Facts, State, new_secrets, read_given, state_of
from kapstone.core.joining.views import SHUT
from kapstone.core.people.models import Patient, Role, User
from kapstone.errors import InvalidInput, NotAllowed, NotFound

BORN, ANOTHER = date(1985, 4, 12), date(1985, 12, 4)
PHRASE = "four words put together"
LIMITS = load_invitations()
TRIES = int(LIMITS.tries.value)


class Scene:
    """A clinic, a therapist, and a patient without a sign-in."""

    def __init__(self):
        self.at = timezone.now()
        self.clinic = make_clinic()
        self.therapist = make_user(self.clinic, Role.THERAPIST)
        self.patient = make_patient(self.clinic, team=(self.therapist,), born_on=BORN)

    def stand(self):
        stand_in(clinic_id=self.clinic.pk, user_id=None)

    def invite(self, **given):
        self.stand()
        return invite(by=self.therapist, at=self.at, patient=self.patient, **given)

    def open(self, words, *, name="alder", born_on=BORN, later=timedelta(minutes=1)):
        stand_in(clinic_id=None, user_id=None)
        return take_up(
            at=self.at + later, words=words, born_on=born_on, username=name, password=PHRASE
        )


@pytest.fixture
def scene(db):
    return Scene()


# --- What a link and a code look like


def test_link_and_code_are_of_chance_alone_and_begin_with_their_clinic():
    made = [new_secrets(7) for _ in range(50)]
    assert len({one.link for one in made} | {one.code for one in made}) == 100
    assert {read_given(one.link).clinic_id for one in made} == {7}
    assert {read_given(one.code).clinic_id for one in made} == {7}


@pytest.mark.parametrize(
    ("heard", "meant"),
    [
        ("1-7QF2M-8XK3T", "1-7QF2M8XK3T"),
        (" 1 7qf2m 8xk3t ", "1-7QF2M8XK3T"),
        ("17qf2m8xk3t", "1-7QF2M8XK3T"),
        ("23-OILOI-OILOI", "23-0110101101"),
    ],
)
def test_a_code_is_read_as_people_write_it(heard, meant):
    assert read_given(heard).words == meant


@pytest.mark.parametrize(
    "words", ["", "1-7QF2M", "0-7QF2M-8XK3T", "x" * 5000, "1-\x00", "é" * 11]
)
def test_whatever_else_is_neither(words):
    assert read_given(words) is None


@pytest.mark.parametrize(
    ("given", "state"),
    [
        ({}, State.OPEN),
        ({"wrong_tries": TRIES - 1}, State.OPEN),
        ({"wrong_tries": TRIES}, State.SHUT),
        ({"expires_at": timedelta(0)}, State.EXPIRED),
        ({"used_at": timedelta(0), "wrong_tries": TRIES}, State.USED),
        ({"withdrawn_at": timedelta(0)}, State.WITHDRAWN),
    ],
)
def test_an_invitation_opens_only_while_all_is_well(given, state):
    at = timezone.now()
    moved = {k: at + v if isinstance(v, timedelta) else v for k, v in given.items()}
    whole = {"expires_at": at + LIMITS.holds, "used_at": None, "withdrawn_at": None}
    facts = Facts(**{**whole, "wrong_tries": 0, **moved})
    assert state_of(facts, at, LIMITS.tries.value) is state


# --- Inviting


def test_nothing_that_opens_it_is_kept(scene):
    made = scene.invite()
    kept = str(Invitation.objects.values().get()) + str(list(AuditEntry.objects.values()))
    for secret in (made.secrets.link, made.secrets.code, made.secrets.code.replace("-", "")):
        assert secret not in kept
    assert made.invitation.expires_at == scene.at + LIMITS.holds


def test_the_same_press_again_makes_no_second_and_shows_nothing(scene):
    entry = uuid.uuid4()
    first, again = scene.invite(entry_id=entry), scene.invite(entry_id=entry)
    assert again.invitation == first.invitation
    assert again.secrets is None
    assert Invitation.objects.count() == 1


def test_a_press_meant_for_somebody_else_is_not_taken(scene):
    entry = uuid.uuid4()
    scene.invite(entry_id=entry)
    scene.patient = make_patient(scene.clinic, team=(scene.therapist,))
    with pytest.raises(NotFound):
        scene.invite(entry_id=entry)


def test_a_new_one_withdraws_the_one_that_waited(scene):
    old, new = scene.invite().secrets, scene.invite().secrets
    assert scene.open(old.link) is None
    assert scene.open(new.link) is not None


def test_whoever_signs_in_is_not_invited(scene):
    scene.open(scene.invite().secrets.link)
    with pytest.raises(InvalidInput, match="signs in already"):
        scene.invite()


@pytest.mark.parametrize(
    "role",
    [
        Role.NURSE,
        Role.ADMINISTRATOR,
        Role.RESEARCHER,
        Role.AUDITOR,
        Role.THERAPIST,
        Role.PATIENT,
    ],
)
def test_nobody_else_invites_or_withdraws(scene, role):
    scene.invite()
    by = make_user(scene.clinic, role)
    with pytest.raises(NotAllowed):
        invite(by=by, at=scene.at, patient=scene.patient)
    with pytest.raises(NotAllowed):
        withdraw_invitation(by=by, at=scene.at, patient=scene.patient)


def test_the_desk_invites(scene):
    made = invite(
        by=make_user(scene.clinic, Role.FRONT_DESK), at=scene.at, patient=scene.patient
    )
    assert scene.open(made.secrets.code) is not None


# --- Taking it up


@pytest.mark.parametrize("way", ["link", "code"])
def test_either_way_makes_the_patients_own_sign_in(scene, way):
    user = scene.open(getattr(scene.invite().secrets, way))
    scene.stand()
    patient = Patient.objects.get(pk=scene.patient.pk)
    assert patient.user == user
    assert (user.role, user.clinic_id, user.is_staff) == (Role.PATIENT, scene.clinic.pk, False)
    assert user.check_password(PHRASE)
    deed = AuditEntry.objects.get(deed="invitation-taken-up")
    assert (deed.by, deed.subjects) == ("alder", [patient.pk])
    assert invitations_of(patient, scene.at)[0].state is State.USED


def test_it_opens_once(scene):
    secrets = scene.invite().secrets
    scene.open(secrets.link)
    assert scene.open(secrets.link, name="birch") is None
    assert scene.open(secrets.code, name="birch") is None
    assert scene.open(secrets.link, later=LIMITS.again + timedelta(minutes=2)) is None
    assert User.objects.filter(role=Role.PATIENT, clinic=scene.clinic).count() == 1


def test_the_same_answer_again_at_once_is_one_act(scene):
    secrets = scene.invite().secrets
    first, again = scene.open(secrets.link), scene.open(secrets.link)
    assert first == again


def test_a_used_one_is_no_way_to_guess_a_pass_phrase(scene):
    link = scene.invite().secrets.link
    scene.open(link)
    for _ in range(TRIES + 3):
        assert (
            take_up(
                at=scene.at,
                words=link,
                born_on=BORN,
                username="alder",
                password=PHRASE[::-1],
            )
            is None
        )
    scene.stand()
    assert WrongTry.objects.count() == TRIES


def test_it_runs_out(scene):
    link = scene.invite().secrets.link
    assert scene.open(link, later=LIMITS.holds) is None
    assert scene.open(link, later=LIMITS.holds - timedelta(seconds=1)) is not None


def test_it_can_be_withdrawn(scene):
    link = scene.invite().secrets.link
    withdraw_invitation(by=scene.therapist, at=scene.at, patient=scene.patient)
    assert scene.open(link) is None


def test_another_birth_date_does_not_open_it_and_too_many_shut_it(scene):
    link = scene.invite().secrets.link
    for _ in range(TRIES):
        assert scene.open(link, born_on=ANOTHER) is None
    assert scene.open(link) is None
    scene.stand()
    assert invitations_of(scene.patient, scene.at)[0].state is State.SHUT
    assert scene.open(scene.invite().secrets.link) is not None


def test_one_wrong_date_is_forgiven(scene):
    link = scene.invite().secrets.link
    assert scene.open(link, born_on=ANOTHER) is None
    assert scene.open(link) is not None


def test_a_letter_changed_or_a_clinic_changed_opens_nothing(scene):
    link = scene.invite().secrets.link
    elsewhere = make_clinic("elm-house")
    for words in (link[:-1], f"{link[:-1]}{'A' if link[-1] != 'A' else 'B'}"):
        assert scene.open(words) is None
    assert scene.open(link.replace(f"{scene.clinic.pk}-", f"{elsewhere.pk}-", 1)) is None
    stand_in(clinic_id=elsewhere.pk, user_id=None)
    assert not WrongTry.objects.exists()


def test_a_name_is_taken_whatever_its_letters(scene):
    scene.open(scene.invite().secrets.link, name="Alder")
    scene.stand()
    scene.patient = make_patient(scene.clinic, team=(scene.therapist,), born_on=BORN)
    link = scene.invite().secrets.link
    with pytest.raises(InvalidInput, match="has this name"):
        scene.open(link, name="aLDER")
    assert scene.open(link, name="alder-2") is not None


@pytest.mark.parametrize("weak", ["short", "q1w2e3r4t5y6", "Test Patient"])
def test_a_weak_pass_phrase_is_refused_and_nothing_is_used_up(scene, weak):
    link = scene.invite().secrets.link
    weak = scene.patient.legal_name if weak == "Test Patient" else weak
    with pytest.raises(InvalidInput) as refused, transaction.atomic():
        take_up(at=scene.at, words=link, born_on=BORN, username="alder", password=weak)
    assert set(refused.value.fields) == {"password"}
    assert scene.open(link) is not None


def test_a_new_key_of_the_clinic_shuts_nobody_out(scene, settings):
    link = scene.invite().secrets.link
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]
    assert scene.open(link) is not None


def test_those_who_wait_are_listed(scene):
    everyone = Patient.objects.filter(clinic=scene.clinic)
    assert invitations_waiting(everyone, scene.at) == []
    link = scene.invite().secrets.link
    (waiting,) = invitations_waiting(everyone, scene.at + LIMITS.holds)
    assert (waiting.invitation.patient, waiting.state) == (scene.patient, State.EXPIRED)
    scene.open(link)
    scene.stand()
    assert invitations_waiting(everyone, scene.at) == []


# --- What the tables hold


def test_the_table_keeps_an_end_once(scene):
    made = scene.invite().invitation
    made.used_at = scene.at
    made.save(update_fields=["used_at"])
    made.used_at = scene.at + timedelta(days=1)
    with pytest.raises(DatabaseError, match="written once"), transaction.atomic():
        made.save(update_fields=["used_at"])
    made.withdrawn_at = scene.at
    with pytest.raises(IntegrityError, match="ends_in_one_way"), transaction.atomic():
        made.save(update_fields=["withdrawn_at"])


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [({}, "one_open_invitation"), ({"expires_at": None}, "holds_a_while")],
)
def test_the_table_refuses(scene, changed, constraint):
    made = scene.invite().invitation
    row = {
        "clinic": scene.clinic,
        "subjects": scene.patient.alone,
        "recorded_at": scene.at,
        "recorded_by": scene.therapist,
        "patient": scene.patient,
        "link_hash": "a",
        "code_hash": "b",
        "expires_at": made.expires_at if not changed else scene.at,
    }
    if changed:
        withdraw_invitation(by=scene.therapist, at=scene.at, patient=scene.patient)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Invitation.objects.create(**row)


# --- The pages


def said(answer):
    """Give what stands in the page's alert, without its tags."""
    found = re.findall(
        r'role="alert".*?>(.*?)</(?:div|section|p|ul)>', answer.content.decode(), re.S
    )
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", " ".join(found))).strip()


def without_tokens(answer, token):
    """Give a page without what differs from one visit to the next."""
    return re.sub(r"\b\w{64}\b", "", answer.content.decode().replace(page(token), ""))


def page(token):
    return reverse("joining:join", args=[token])


def test_the_link_is_shown_once_and_leads_to_the_patients_own_app(scene):
    desk = Client()
    desk.force_login(scene.therapist, "kapstone.core.people.signed_in.SignedIn")
    address = reverse("joining:invitation", args=[scene.patient.key])
    assert b"Make an invitation" in desk.get(address).content
    entry = {"entry_id": uuid.uuid4()}
    handed = desk.post(address, entry)
    link = re.search(r"http://testserver(/join/[^<]+/)</strong>", handed.content.decode())[1]
    again = desk.post(address, entry, follow=True)
    assert "not shown twice" in again.content.decode()
    assert link not in again.content.decode()

    person = Client()
    assert person.get(link).status_code == 200
    chosen = person.post(link, {"born_on": "1985-04-12"})
    assert scene.patient.screen_name in chosen.content.decode()
    joined = person.post(
        link,
        {"born_on": "1985-04-12", "username": "alder", "password": PHRASE, "again": PHRASE},
        follow=True,
    )
    assert joined.redirect_chain == [("/me/", 303)]
    assert joined.status_code == 200
    assert (
        b"Has a sign-in"
        in desk.get(reverse("overview:record", args=[scene.patient.key])).content
    )


def test_every_case_that_does_not_open_gets_the_same_page(scene):
    used, out = scene.invite().secrets.link, make_patient(scene.clinic, team=(scene.therapist,))
    scene.open(used)
    scene.stand()
    before = scene.at - LIMITS.holds
    expired = invite(by=scene.therapist, at=before, patient=out).secrets.code
    never = new_secrets(scene.clinic.pk)
    live = make_patient(scene.clinic, team=(scene.therapist,), born_on=ANOTHER)
    wrong = invite(by=scene.therapist, at=scene.at, patient=live).secrets.link
    bodies = set()
    for token in (used, expired, never.link, never.code, wrong, "x", "999999999-" + "a" * 43):
        with transaction.atomic():
            answer = Client().post(page(token), {"born_on": "1985-04-12"})
            transaction.set_rollback(True)
        bodies.add((answer.status_code, without_tokens(answer, token)))
    ((status, _),) = bodies
    assert (status, SHUT in said(answer)) == (422, True)


def test_a_page_is_the_same_before_a_date_is_sent(scene):
    live, never = scene.invite().secrets.link, new_secrets(scene.clinic.pk).link
    seen = {without_tokens(Client().get(page(one)), one) for one in (live, never)}
    assert len(seen) == 1


def test_whether_a_name_is_taken_is_told_to_nobody_without_an_invitation(scene):
    form = {"born_on": "1985-04-12", "username": scene.therapist.username, "password": PHRASE}
    answer = Client().post(page(new_secrets(scene.clinic.pk).link), {**form, "again": PHRASE})
    assert SHUT in said(answer)
    assert "name" not in said(answer)


def test_five_tries_from_one_place_lock_the_page_there_and_no_sign_in(scene):
    answers = [
        Client().post(page(new_secrets(scene.clinic.pk).code), {"born_on": "1985-04-12"})
        for _ in range(5)
    ]
    assert [one.status_code for one in answers] == [422] * 4 + [429]
    link = scene.invite().secrets.link
    locked = Client().post(page(link), {"born_on": "1985-04-12"})
    assert (locked.status_code, b"invitation was tried" in locked.content) == (429, True)
    elsewhere = Client().post(page(link), {"born_on": "1985-04-12"}, REMOTE_ADDR="192.0.2.9")
    assert elsewhere.status_code == 200
    scene.therapist.set_password(PHRASE)
    scene.therapist.save()
    name = {"username": scene.therapist.username, "password": PHRASE}
    assert Client().post(settings.LOGIN_URL, name).status_code == 302


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"again": "another, not the same"}, "do not match"),
        ({"password": "short", "again": "short"}, "too short"),
        ({"username": "a b c"}, "letters, numbers"),
        ({"username": ""}, "Choose a name"),
        ({"username": "\x00\x00\x00"}, "Null"),
        ({"password": "", "again": ""}, "Choose a pass phrase"),
        ({"born_on": "2026-02-30"}, "day, month and year"),
        ({"born_on": ""}, "day, month and year"),
    ],
)
def test_a_slip_is_named_and_nothing_is_used_up(scene, changed, words):
    link = scene.invite().secrets.link
    form = {"born_on": "1985-04-12", "username": "alder", "password": PHRASE, "again": PHRASE}
    answer = Client().post(page(link), form | changed)
    assert (answer.status_code, words in said(answer)) == (422, True), said(answer)
    assert PHRASE not in answer.content.decode()
    assert scene.open(link) is not None


def test_a_browser_that_is_signed_in_changes_nobody(scene):
    link = scene.invite().secrets.link
    staff = Client()
    staff.force_login(scene.therapist, "kapstone.core.people.signed_in.SignedIn")
    answer = staff.post(page(link), {"born_on": "1985-04-12"})
    assert (answer.status_code, b"signed in as" in answer.content) == (409, True)
    assert scene.open(link) is not None


def test_a_code_leads_to_the_page_of_its_link(scene):
    answer = Client().post(reverse("joining:code"), {"code": " 1 7qf2m-8xk3t"})
    assert answer.headers["Location"] == page("1-7QF2M8XK3T")
    wrong = Client().post(reverse("joining:code"), {"code": "hello"})
    assert (wrong.status_code, "whole code" in said(wrong)) == (422, True)


def test_withdrawing_from_the_page(scene):
    link = scene.invite().secrets.link
    desk = Client()
    desk.force_login(scene.therapist, "kapstone.core.people.signed_in.SignedIn")
    answer = desk.post(reverse("joining:withdraw", args=[scene.patient.key]), follow=True)
    assert b"is withdrawn" in answer.content
    assert scene.open(link) is None


# --- Two at once


def test_two_at_once_make_one_sign_in(own_database):
    with transaction.atomic():
        scene = Scene()
        secrets = scene.invite().secrets
    start, outcomes = threading.Barrier(2), []

    def run(words, name):
        try:
            with transaction.atomic():
                start.wait()
                outcomes.append(scene.open(words, name=name))
        finally:
            connection.close()

    threads = [
        threading.Thread(target=run, args=one)
        for one in ((secrets.link, "alder"), (secrets.code, "birch"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one is None for one in outcomes) == [False, True]
    assert User.objects.filter(username__in=("alder", "birch")).count() == 1


def test_tries_at_once_are_each_counted(own_database):
    with transaction.atomic():
        scene = Scene()
        link = scene.invite().secrets.link
    start = threading.Barrier(4)

    def run():
        try:
            with transaction.atomic():
                start.wait()
                confirm_birth(at=scene.at, words=link, born_on=ANOTHER)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with transaction.atomic():
        scene.stand()
        assert WrongTry.objects.count() == 4

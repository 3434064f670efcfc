"""A link in a message opens one page of one patient once, and nothing else."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.builders import make_clinic, make_patient, make_user
from tests.core.access.sweep.fixture import world
from tests.core.access.sweep.sweep import ABOUT, arguments

from kapstone.catalogue.post import Opens, load_post
from kapstone.clinic.practice.models import CheckIn
from kapstone.core.access import links
from kapstone.core.access.fences import stand_in
from kapstone.core.access.link_views import PAGES
from kapstone.core.access.links import (
    WINDOW_LINK,
    LinkFacts,
    LinkState,
    link_state,
    make_link,
    use_link,
)
from kapstone.core.access.models import WindowLink
from kapstone.core.access.registry import routes
from kapstone.core.access.seals import seal
from kapstone.core.audit.models import AuditEntry
from kapstone.core.people.models import Role

__all__ = ["world"]
BACKEND = "kapstone.core.people.signed_in.SignedIn"
STAYS = load_post().link_stays
# Typed from the design: what each link opens, and nothing beside it.
OPENED = {
    Opens.LETTER: {"dosing:own_letter"},
    Opens.PLAN: {"practice:plan"},
    Opens.CHECK_IN: {"practice:check_in", "practice:checked_in"},
    Opens.LOG: {"practice:log", "practice:log_at", "practice:logged", "practice:undo"},
}


class Scene:
    """A clinic, a patient who signs in, and another one."""

    def __init__(self):
        self.at = timezone.now()
        self.clinic = make_clinic()
        self.therapist = make_user(self.clinic, Role.THERAPIST)
        self.patient = make_patient(self.clinic, team=(self.therapist,), signs_in=True)
        self.other = make_patient(self.clinic, signs_in=True)
        self.client = Client()

    def stand(self):
        stand_in(clinic_id=self.clinic.pk, user_id=None)

    def link(self, purpose=Opens.CHECK_IN, *, made=timedelta(0), open_for=timedelta(hours=6)):
        self.stand()
        link = make_link(
            at=self.at + made, patient=self.patient, purpose=purpose, open_for=open_for
        )
        return link, seal(self.clinic.pk, WINDOW_LINK, link.key)

    def press(self, words, client=None):
        return (client or self.client).post(f"/w/{words}/")


@pytest.fixture
def scene(db):
    return Scene()


def is_sign_in(answer):
    return answer.status_code in {302, 401} and "/sign-in/" in answer.headers.get(
        "Location", ""
    )


# --- Whether it opens


@pytest.mark.parametrize(
    ("given", "state"),
    [
        ({}, LinkState.OPEN),
        ({"used_at": 0}, LinkState.USED),
        ({"withdrawn_at": 0}, LinkState.WITHDRAWN),
        ({"expires_at": 0}, LinkState.EXPIRED),
        ({"expires_at": 1}, LinkState.OPEN),
    ],
)
def test_a_link_opens_only_while_all_is_well(given, state):
    at = timezone.now()
    moved = {name: at + timedelta(seconds=later) for name, later in given.items()}
    whole = {"expires_at": at + timedelta(hours=1), "used_at": None, "withdrawn_at": None}
    assert link_state(LinkFacts(**whole | moved), at) is state


def test_a_look_uses_nothing_up_and_a_press_opens_the_page(scene):
    link, words = scene.link()
    assert scene.client.get(f"/w/{words}/").status_code == 200
    assert scene.client.get("/me/check-in/").status_code == 302
    answer = scene.press(words)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/me/check-in/")
    page = scene.client.get("/me/check-in/")
    assert page.status_code == 200
    assert 'href="/me/' not in page.content.decode()
    scene.stand()
    assert WindowLink.objects.get(pk=link.pk).used_at is not None
    assert AuditEntry.objects.filter(deed="link-used").count() == 1


def test_what_is_done_through_a_link_is_the_patients(scene):
    _, words = scene.link()
    scene.press(words)
    sent = {"weather": "fog", "entry_id": str(uuid4())}
    answer = scene.client.post("/me/check-in/", sent)
    assert answer.headers["Location"] == "/me/check-in/kept/"
    scene.stand()
    assert CheckIn.objects.get().recorded_by == scene.patient.user
    assert scene.client.get("/me/check-in/kept/").status_code == 200


def test_a_link_is_used_once(scene):
    _, words = scene.link()
    scene.press(words)
    again = scene.press(words, Client())
    assert again.status_code == 422
    assert "closed" in again.content.decode()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda words: words[:-1] + ("A" if words[-1] != "A" else "B"), id="end"),
        pytest.param(lambda words: "9" + words, id="another clinic"),
        pytest.param(lambda words: words.swapcase(), id="case"),
        pytest.param(lambda words: words[:-1], id="short"),
        pytest.param(lambda words: f"{words}A", id="long"),
        pytest.param(lambda words: "x", id="nonsense"),
    ],
)
def test_a_link_that_was_tampered_with_opens_nothing(scene, change):
    _, words = scene.link()
    assert scene.press(change(words)).status_code == 422
    assert is_sign_in(scene.client.get("/me/check-in/"))


def test_a_seal_of_something_else_opens_nothing(scene):
    link, _ = scene.link()
    assert scene.press(seal(scene.clinic.pk, "join", link.key)).status_code == 422


def test_a_link_that_ran_out_or_was_withdrawn_opens_nothing(scene):
    _, late = scene.link(made=timedelta(hours=-7))
    link, taken_back = scene.link()
    links.withdraw_link(at=scene.at, link=link)
    assert {scene.press(late).status_code, scene.press(taken_back).status_code} == {422}


def test_the_page_closes_again(scene, monkeypatch):
    link, words = scene.link()
    scene.press(words)
    scene.stand()
    used = WindowLink.objects.get(pk=link.pk).used_at
    purposes = frozenset({Opens.CHECK_IN})
    session = scene.client.session
    assert links.holder_of(session, purposes, used + STAYS - timedelta(seconds=1))
    assert links.holder_of(session, purposes, used + STAYS) is None
    assert links.holder_of(session, purposes, used - timedelta(seconds=1)) is None


def test_a_patient_whose_rights_ended_is_let_in_by_no_link(scene):
    _, words = scene.link()
    _, other = scene.link()
    scene.press(words)
    user = scene.patient.user
    user.is_active = False
    user.save(update_fields=["is_active"])
    assert is_sign_in(scene.client.get("/me/check-in/"))
    assert scene.press(other, Client()).status_code == 422


def test_somebody_else_who_is_signed_in_uses_nothing_up_and_learns_nothing(scene):
    _, words = scene.link()
    for user in (scene.other.user, scene.therapist):
        client = Client()
        client.force_login(user, BACKEND)
        true, false = scene.press(words, client), scene.press(words[::-1], client)
        assert (true.status_code, false.status_code) == (422, 422)
        assert len(true.content) == len(false.content)
    assert scene.press(words).status_code == 303


def test_the_patient_signed_in_is_led_to_the_page(scene):
    _, words = scene.link()
    scene.client.force_login(scene.patient.user, BACKEND)
    assert scene.press(words).headers["Location"] == "/me/check-in/"
    assert "kapstone_link" not in scene.client.session
    assert scene.client.get("/me/").status_code == 200


def test_without_the_token_of_the_page_a_press_is_not_taken(scene):
    _, words = scene.link()
    answer = Client(enforce_csrf_checks=True).post(f"/w/{words}/")
    assert answer.status_code == 403


def test_use_link_in_another_clinics_fence_steps_back(scene):
    _, words = scene.link()
    stand_in(clinic_id=None, user_id=None)
    assert use_link(at=scene.at, words=words, signed_in=None) is not None
    assert not WindowLink.objects.exists()


@pytest.mark.parametrize("field", ["used_at", "withdrawn_at"])
def test_a_link_ends_once_and_its_purpose_never_changes(scene, field):
    link, _ = scene.link()
    setattr(link, field, scene.at)
    link.save(update_fields=[field])
    setattr(link, field, scene.at + timedelta(days=1))
    for name in (field, "purpose"):
        with pytest.raises(DatabaseError), transaction.atomic():
            link.save(update_fields=[name])


# --- And opens nothing else, by any door


def holding(world, purpose):
    """Give a browser that holds a link of the sweep's patient."""
    patient = world.patients["own"]
    stand_in(clinic_id=patient.clinic_id, user_id=None)
    link = make_link(
        at=timezone.now(), patient=patient, purpose=purpose, open_for=timedelta(hours=1)
    )
    client = Client(raise_request_exception=False)
    answer = client.post(f"/w/{seal(patient.clinic_id, WINDOW_LINK, link.key)}/")
    assert answer.status_code == 303
    return client


def knocks(world, purpose):
    """Give every door once; those that open to some link about everybody there is."""
    for route in routes():
        knows_links = bool(route.door.through)
        if route.door.public or (purpose is not Opens.LOG and not knows_links):
            continue
        for about in ABOUT if knows_links else ABOUT[:1]:
            given = arguments(world, route, about)
            if given is not None:
                yield route, about, reverse(route.name, kwargs=given)


def opened_by(world, purpose):
    """Knock on every door with every method; name what does not send one to sign in."""
    client, found = holding(world, purpose), set()
    for route, about, address in knocks(world, purpose):
        for method in route.door.methods:
            with transaction.atomic():
                answer = client.generic(method, address)
                transaction.set_rollback(True)
            if not is_sign_in(answer) and answer.status_code != 404:
                assert about in {"own", ""} or not arguments_name(route), route.name
                found.add(route.name)
    return found


def arguments_name(route):
    return "<" in route.address


@pytest.mark.parametrize("purpose", OPENED)
def test_a_link_opens_its_own_doors_and_no_other(world, purpose):
    with transaction.atomic():
        found = opened_by(world, purpose)
        transaction.set_rollback(True)
    assert found == OPENED[purpose]


def test_a_door_that_forgets_to_ask_which_link_is_found(world, monkeypatch):
    with transaction.atomic():
        client = holding(world, Opens.PLAN)
        assert is_sign_in(client.get("/me/check-in/"))
        _forget(monkeypatch)
        assert client.get("/me/check-in/").status_code == 200
        transaction.set_rollback(True)


def _forget(monkeypatch):
    monkeypatch.setattr(
        "kapstone.core.access.doors.holder_of",
        lambda session, purposes, at: links.holder_of(session, frozenset(Opens), at),
    )


def test_every_purpose_has_its_page_and_its_doors():
    declared = {
        purpose: {route.name for route in routes() if purpose in route.door.through}
        for purpose in OPENED
    }
    assert declared == OPENED
    assert set(PAGES) == set(OPENED) == set(Opens) - {Opens.INVITATION}
    assert settings.SECURE_REFERRER_POLICY == "same-origin"  # the address is a secret

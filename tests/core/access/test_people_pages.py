"""The pages of the clinic's users, and of one's own password."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from tests.builders import NINE, make_clinic, make_patient, make_user

from kapstone.core.access.fences import stand_in
from kapstone.core.access.staff import reset_password
from kapstone.core.people.models import Role, User

BACKEND = "kapstone.core.people.signed_in.SignedIn"
OWN = "a sentence of my very own"
NEW = "the trail along the water"


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, BACKEND)
    return client


@pytest.fixture
def clinic(db):
    return make_clinic()


@pytest.fixture
def administrator(clinic):
    return make_user(clinic, Role.ADMINISTRATOR)


@pytest.fixture
def nurse(clinic):
    user = make_user(clinic, Role.NURSE)
    user.set_password(OWN)
    user.save()
    return user


ADD = {"display_name": "Robin", "username": "robin", "role": "nurse"}


class TestTheList:
    def test_it_names_who_works_here_and_no_patient(self, clinic, administrator, nurse):
        make_patient(clinic, signs_in=True, screen_name="Alder")
        far = make_user(make_clinic("elm-house"), Role.NURSE)
        page = text(signed_in(administrator).get("/people/"))
        assert str(nurse) in page
        assert "never" in page
        assert "Alder" not in page
        assert str(far) not in page

    def test_the_auditor_reads_it_and_changes_nothing(self, clinic, nurse):
        auditor = signed_in(make_user(clinic, Role.AUDITOR))
        page = auditor.get("/people/").content.decode()
        assert "/people/add/" not in page
        shown = auditor.get(f"/people/{nurse.key}/").content.decode()
        assert "/end/" not in shown
        assert auditor.post("/people/add/", ADD).status_code == 403
        assert auditor.post(f"/people/{nurse.key}/end/").status_code == 403

    @pytest.mark.parametrize("role", [Role.THERAPIST, Role.FRONT_DESK, Role.PATIENT])
    def test_nobody_else_opens_it(self, clinic, role):
        assert signed_in(make_user(clinic, role)).get("/people/").status_code == 403

    def test_it_costs_the_same_for_many(
        self, clinic, administrator, django_assert_max_num_queries
    ):
        client = signed_in(administrator)
        for _ in range(12):
            make_user(clinic, Role.NURSE)
        with django_assert_max_num_queries(12):
            client.get("/people/")

    def test_the_rail_leads_there_for_who_may_open_it(self, clinic, administrator, nurse):
        assert 'href="/people/"' in signed_in(administrator).get("/today/").content.decode()
        assert 'href="/people/"' not in signed_in(nurse).get("/today/").content.decode()


class TestAdding:
    def test_the_password_is_shown_once_and_opens_the_account(self, administrator):
        client = signed_in(administrator)
        answer = client.post("/people/add/", ADD | {"entry_id": str(uuid4())})
        password = re.search(r'class="one-time">([^<]+)<', answer.content.decode())[1]
        assert answer.headers["Cache-Control"] == "no-store"
        newcomer = User.objects.get(username="robin")
        assert newcomer.check_password(password)
        page = client.get(f"/people/{newcomer.key}/").content.decode()
        assert password not in page

    def test_a_second_press_says_that_it_was_shown(self, administrator):
        client, sent = signed_in(administrator), ADD | {"entry_id": str(uuid4())}
        client.post("/people/add/", sent)
        again = client.post("/people/add/", sent)
        assert "was added by this form before" in text(again)
        assert User.objects.filter(username="robin").count() == 1

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"role": ""}, "Choose one role."),
            ({"role": "patient"}, "Choose one of these roles."),
            ({"username": "not a name"}, "Enter a valid username"),
            ({"display_name": ""}, "Say what colleagues call them."),
        ],
    )
    def test_what_will_not_do_is_said_and_what_was_typed_stays(
        self, administrator, change, said
    ):
        answer = signed_in(administrator).post("/people/add/", ADD | change)
        assert answer.status_code == 422
        assert said in text(answer)
        assert 'role="alert"' in answer.content.decode()

    def test_a_taken_name_is_said_beside_the_field(self, administrator, nurse):
        answer = signed_in(administrator).post(
            "/people/add/", ADD | {"username": nurse.username}
        )
        assert answer.status_code == 422
        assert "This name is taken." in text(answer)


class TestEnding:
    def test_it_asks_once_and_then_says_when(self, administrator, nurse):
        client, address = signed_in(administrator), f"/people/{nurse.key}/end/"
        assert "signed out at once" in text(client.get(address))
        page = text(client.post(address, follow=True))
        assert "have ended" in page
        assert not User.objects.get(pk=nurse.pk).is_active

    def test_the_last_administrator_reads_why_not(self, administrator):
        answer = signed_in(administrator).post(f"/people/{administrator.key}/end/")
        assert answer.status_code == 422
        assert "last administrator" in text(answer)

    def test_who_ends_their_own_is_signed_out(self, clinic, administrator):
        make_user(clinic, Role.ADMINISTRATOR)
        client = signed_in(administrator)
        answer = client.post(f"/people/{administrator.key}/end/")
        assert answer.headers["Location"] == "/sign-in/"
        assert client.get("/people/").headers["Location"].startswith("/sign-in/")

    def test_a_patient_and_one_of_elsewhere_are_not_there(self, clinic, administrator):
        patient = make_patient(clinic, signs_in=True).user
        far = make_user(make_clinic("elm-house"), Role.NURSE)
        client = signed_in(administrator)
        for user in (patient, far):
            for end in ("", "end/", "reset/"):
                assert client.get(f"/people/{user.key}/{end}").status_code == 404
            assert client.post(f"/people/{user.key}/reset/").status_code == 404


class TestOneTimePassword:
    @pytest.fixture
    def opened(self, administrator, nurse):
        return reset_password(by=administrator, at=timezone.now(), user=nurse)

    def sign_in(self, opened) -> Client:
        client = Client()
        client.post(
            "/sign-in/", {"username": opened.user.username, "password": opened.password}
        )
        return client

    def test_it_opens_nothing_but_the_page_that_asks_for_another(self, opened):
        client = self.sign_in(opened)
        for address in ("/today/", "/patients/", "/account/", "/home/", "/schedule/"):
            assert client.get(address).headers["Location"] == "/account/password/", address
        part = client.get("/today/", headers={"HX-Request": "true"})
        assert (part.status_code, part.headers["HX-Redirect"]) == (401, "/account/password/")
        assert "one-time password" in text(client.get("/account/password/"))

    def test_a_password_of_ones_own_opens_the_rest_and_keeps_the_session(self, opened):
        client = self.sign_in(opened)
        sent = {"old": opened.password, "new": NEW, "again": NEW}
        answer = client.post("/account/password/", sent)
        assert answer.headers["Location"] == "/today/"
        assert client.get("/today/").status_code == 200
        assert User.objects.get(pk=opened.user.pk).one_time_until is None

    def test_it_runs_out(self, opened, nurse):
        User.objects.filter(pk=nurse.pk).update(
            one_time_until=timezone.now() - timedelta(minutes=1)
        )
        answer = Client().post(
            "/sign-in/", {"username": nurse.username, "password": opened.password}
        )
        assert answer.status_code == 422
        assert "has run out" in text(answer)

    def test_resetting_shows_it_once(self, administrator, nurse):
        answer = signed_in(administrator).post(f"/people/{nurse.key}/reset/")
        password = re.search(r'class="one-time">([^<]+)<', answer.content.decode())[1]
        assert User.objects.get(pk=nurse.pk).check_password(password)


class TestOwnPassword:
    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"old": "wrong"}, "This is not your password now."),
            ({"again": "something else now"}, "These two are not the same."),
            ({"new": "short", "again": "short"}, "too short"),
            ({"new": OWN, "again": OWN}, "Choose another"),
        ],
    )
    def test_what_will_not_do(self, nurse, change, said):
        sent = {"old": OWN, "new": NEW, "again": NEW} | change
        answer = signed_in(nurse).post("/account/password/", sent)
        assert answer.status_code == 422
        assert said in text(answer)
        assert User.objects.get(pk=nurse.pk).check_password(OWN)

    def test_guessing_locks_the_name(self, nurse):
        client = signed_in(nurse)
        sent = {"new": NEW, "again": NEW}
        said = [
            client.post("/account/password/", sent | {"old": f"guess {number}"}).status_code
            for number in range(7)
        ]
        assert said[-1] != 302
        last = client.post("/account/password/", sent | {"old": OWN})
        assert User.objects.get(pk=nurse.pk).check_password(OWN), last.status_code

    def test_a_patient_changes_theirs(self, clinic):
        user = make_patient(clinic, signs_in=True, at=NINE).user
        user.set_password(OWN)
        user.save()
        client = signed_in(user)
        assert client.get("/account/password/").status_code == 200
        answer = client.post("/account/password/", {"old": OWN, "new": NEW, "again": NEW})
        assert answer.headers["Location"] == "/me/"
        stand_in(clinic_id=clinic.pk, user_id=None)
        assert User.objects.get(pk=user.pk).check_password(NEW)

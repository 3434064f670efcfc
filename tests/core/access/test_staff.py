"""The clinic's users: added, ended, given a new password; and nobody is ever locked out."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from tests.builders import NINE, make_clinic, make_patient, make_user

from kapstone.core.access.fences import stand_in
from kapstone.core.access.staff import (
    ONE_TIME_LASTS,
    Newcomer,
    add_user,
    choose_password,
    end_user,
    one_time_password,
    reset_password,
)
from kapstone.core.audit.models import AuditEntry
from kapstone.core.people.models import Clinic, Role, User
from kapstone.errors import InvalidInput, NotAllowed, Refused

OTHERS = [role for role in Role if role not in {Role.ADMINISTRATOR, Role.PATIENT}]
OWN = "a sentence of my very own"


@pytest.fixture
def clinic(db) -> Clinic:
    return make_clinic()


@pytest.fixture
def administrator(clinic) -> User:
    return make_user(clinic, Role.ADMINISTRATOR)


@pytest.fixture
def nurse(clinic) -> User:
    user = make_user(clinic, Role.NURSE)
    user.set_password(OWN)
    user.save()
    return user


def add(by, *, entry_id=None, **change):
    given = {"username": "robin", "display_name": "Robin", "role": "nurse", **change}
    return add_user(by=by, at=NINE, newcomer=Newcomer(**given), entry_id=entry_id)


class TestAdding:
    def test_the_password_opens_the_account_and_the_trail_does_not_hold_it(self, administrator):
        opened = add(administrator)
        assert opened.user.check_password(opened.password)
        assert opened.user.one_time_until == NINE + ONE_TIME_LASTS
        entry = AuditEntry.objects.get(deed="user-added")
        assert entry.detail == {"member": "robin", "role": "nurse"}
        assert entry.subjects == []

    def test_the_same_form_twice_adds_one_and_shows_no_password_again(self, administrator):
        key = uuid4()
        first, second = (add(administrator, entry_id=key) for _ in range(2))
        assert first.user == second.user
        assert second.password == ""

    @pytest.mark.parametrize("username", ["robin", "ROBIN"])
    def test_a_name_is_taken_whatever_its_case_and_clinic(self, administrator, username):
        add(administrator)
        other = make_user(make_clinic("elm-house"), Role.ADMINISTRATOR)
        with pytest.raises(InvalidInput) as wrong:
            add(other, username=username)
        assert "username" in wrong.value.fields

    def test_no_patient_is_added_here(self, administrator):
        with pytest.raises(InvalidInput):
            add(administrator, role="patient")

    def test_only_a_therapist_or_prescriber_signs_as_a_professional(self, administrator):
        nurse = add(administrator, is_mental_health_professional=True).user
        given = {"username": "wren", "role": "therapist"}
        therapist = add(administrator, is_mental_health_professional=True, **given).user
        assert not nurse.is_mental_health_professional
        assert therapist.is_mental_health_professional

    def test_passwords_differ_and_are_long(self):
        made = {one_time_password() for _ in range(200)}
        assert len(made) == 200
        assert {len(one) for one in made} == {19}


@pytest.mark.parametrize("role", OTHERS)
def test_nobody_but_an_administrator_does_any_of_it(clinic, administrator, role):
    someone = make_user(clinic, role)
    for deed in (
        lambda: add(someone),
        lambda: end_user(by=someone, at=NINE, user=administrator),
        lambda: reset_password(by=someone, at=NINE, user=administrator),
    ):
        with pytest.raises(NotAllowed):
            deed()


def test_a_patient_and_one_of_another_clinic_are_nobody_here(clinic, administrator):
    patient = make_patient(clinic, signs_in=True).user
    far = make_user(make_clinic("elm-house"), Role.NURSE)
    stand_in(clinic_id=clinic.pk, user_id=None)
    for user in (patient, far):
        for deed in (end_user, reset_password):
            with pytest.raises(NotAllowed):
                deed(by=administrator, at=NINE, user=user)


class TestEnding:
    def test_it_is_written_once(self, administrator, nurse):
        end_user(by=administrator, at=NINE, user=nurse)
        again = end_user(by=administrator, at=NINE + timedelta(days=1), user=nurse)
        assert again.ended_at == NINE
        assert not again.is_active
        assert AuditEntry.objects.filter(deed="user-ended").count() == 1

    def test_the_next_request_finds_them_signed_out(self, administrator, nurse):
        client = Client()
        client.force_login(nurse, "kapstone.core.people.signed_in.SignedIn")
        assert client.get("/today/").status_code == 200
        stand_in(clinic_id=nurse.clinic_id, user_id=None)
        end_user(by=administrator, at=NINE, user=nurse)
        assert client.get("/today/").headers["Location"].startswith("/sign-in/")

    def test_they_sign_in_no_more(self, administrator, nurse, rf):
        end_user(by=administrator, at=NINE, user=nurse)
        request = rf.post("/sign-in/")
        assert authenticate(request, username=nurse.username, password=OWN) is None

    def test_the_last_administrator_stays(self, administrator):
        with pytest.raises(Refused) as refusal:
            end_user(by=administrator, at=NINE, user=administrator)
        assert refusal.value.findings[0].code == "last-administrator"

    def test_one_of_two_may_end_their_own(self, clinic, administrator):
        make_user(clinic, Role.ADMINISTRATOR)
        assert end_user(by=administrator, at=NINE, user=administrator).ended_at == NINE

    def test_one_of_another_clinic_does_not_count(self, administrator):
        make_user(make_clinic("elm-house"), Role.ADMINISTRATOR)
        with pytest.raises(Refused):
            end_user(by=administrator, at=NINE, user=administrator)

    def test_the_database_lets_nobody_sign_in_whose_rights_ended(self, nurse):
        nurse.ended_at = NINE
        with pytest.raises(Exception, match="whose_rights_ended"), transaction.atomic():
            nurse.save()

    def test_the_database_takes_no_end_back(self, administrator, nurse):
        end_user(by=administrator, at=NINE, user=nurse)
        with pytest.raises(Exception, match="written once"), transaction.atomic():
            User.objects.filter(pk=nurse.pk).update(ended_at=None)


class TestResetting:
    def test_the_old_password_and_every_session_end(self, administrator, nurse):
        client = Client()
        client.force_login(nurse, "kapstone.core.people.signed_in.SignedIn")
        opened = reset_password(by=administrator, at=NINE, user=nurse)
        nurse.refresh_from_db()
        assert not nurse.check_password(OWN)
        assert nurse.check_password(opened.password)
        assert client.get("/today/").headers["Location"].startswith("/sign-in/")

    def test_ones_own_is_changed_with_the_old_one(self, administrator):
        with pytest.raises(Refused):
            reset_password(by=administrator, at=NINE, user=administrator)

    def test_whose_rights_ended_gets_none(self, administrator, nurse):
        end_user(by=administrator, at=NINE, user=nurse)
        with pytest.raises(Refused):
            reset_password(by=administrator, at=NINE, user=nurse)


class TestChoosing:
    @pytest.mark.parametrize(
        ("old", "new", "field"),
        [
            ("wrong", "another sentence here", "old"),
            (OWN, OWN, "new"),
            (OWN, "short", "new"),
            (OWN, "password1234", "new"),
        ],
    )
    def test_what_will_not_do(self, nurse, old, new, field):
        with pytest.raises(InvalidInput) as wrong:
            choose_password(by=nurse, at=NINE, old=old, new=new)
        assert field in wrong.value.fields

    def test_a_patient_chooses_too(self, clinic):
        user = make_patient(clinic, signs_in=True).user
        user.set_password(OWN)
        user.save()
        changed = choose_password(by=user, at=NINE, old=OWN, new="the trail by the water")
        assert changed.check_password("the trail by the water")


def _race(first: User, second: User) -> list[object]:
    """Let two administrators end each other in the same moment."""
    outcome: list[object] = []
    gate = threading.Barrier(2)

    def end(by: User, user: User) -> None:
        try:
            with transaction.atomic():
                stand_in(clinic_id=by.clinic_id, user_id=by.pk)
                gate.wait(timeout=30)
                outcome.append(end_user(by=by, at=timezone.now(), user=user))
        except (NotAllowed, Refused) as refusal:
            outcome.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=end, args=pair) for pair in ((first, second),)]
    threads.append(threading.Thread(target=end, args=(second, first)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return outcome


def test_two_administrators_who_end_each_other_leave_one(own_database):
    with transaction.atomic():
        clinic = make_clinic(f"race-{uuid4().hex[:8]}")
        first, second = (make_user(clinic, Role.ADMINISTRATOR) for _ in range(2))
    outcome = _race(first, second)
    assert len(outcome) == 2
    assert sum(isinstance(one, User) for one in outcome) == 1
    left = User.objects.filter(clinic=clinic, role=Role.ADMINISTRATOR, is_active=True)
    assert left.count() == 1


class TestBeginning:
    def begin(self, *change: str) -> None:
        given = ["oak-house", "Oak House", "--time-zone", "Europe/London", "--phone", "1"]
        call_command("begin_clinic", *given, "--administrator", "robin", *change)

    def test_the_first_administrator_can_sign_in_and_add_the_rest(self, db, capsys):
        self.begin()
        said = capsys.readouterr().out
        first = User.objects.get(username="robin")
        assert first.check_password(said.split("signs in with ")[1].split()[0])
        assert first.role == Role.ADMINISTRATOR
        stand_in(clinic_id=first.clinic_id, user_id=first.pk)
        assert AuditEntry.objects.get(deed="clinic-begun").by == "command line"
        assert add(first, username="wren").password

    def test_nothing_is_begun_twice(self, db):
        self.begin()
        with pytest.raises(CommandError, match="oak-house"):
            self.begin()
        assert Clinic.objects.count() == 1

    def test_a_time_zone_must_exist(self, db):
        with pytest.raises(CommandError, match="no time zone"):
            self.begin("--time-zone", "Nowhere")

    def test_it_never_stands_beside_the_synthetic_clinic(self, db):
        Clinic.objects.create(slug="cairn", name="Cairn", phone="1", is_synthetic=True)
        with pytest.raises(CommandError, match="synthetic"):
            self.begin()

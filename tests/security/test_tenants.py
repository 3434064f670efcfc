"""One clinic never touches another, by page, by job, or by what an error says (F06)."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from tests.bodies import said_in
from tests.builders import make_clinic, make_patient, make_user
from tests.core.access.sweep import sweep
from tests.core.access.sweep.canaries import found_in

from kapstone.clinic.consent.models import ConsentTalk
from kapstone.core.access import policy, standing
from kapstone.core.access.actions import register_patient
from kapstone.core.access.fences import acting_in, fence_of, fenced_models, stand_in
from kapstone.core.people.models import Patient, Role
from kapstone.site import ticking

OURS = {"own", "partner", "other", "joint", "new"}
FENCED = [model for model in fenced_models() if fence_of(model) != "open"]


def count_rows(clinic):
    """Count the rows of a clinic in every fenced table, from inside its fence."""
    with acting_in(clinic_id=clinic.pk):
        return {model.__name__: model.objects.count() for model in FENCED}


# --- With the app's own filter switched off


@pytest.mark.parametrize("who", ["far-therapist", "far-administrator", "patient-far"])
def test_with_the_policy_off_the_database_alone_keeps_the_clinics_apart(
    world, clients, monkeypatch, who
):
    monkeypatch.setattr(
        standing,
        "decide",
        lambda question: policy.Decision(
            allowed=True, mode=policy.Mode.FULL, relation=policy.Relation.TEAM
        ),
    )
    monkeypatch.setattr(standing, "may_anywhere", lambda *asked: True)
    crossed, opened = [], 0
    for cell in sweep.all_cells(world):
        if cell.principal.code != who or cell.method != "GET" or cell.route.door.public:
            continue
        address = reverse(
            cell.route.name, kwargs=sweep.arguments(world, cell.route, cell.about)
        )
        with transaction.atomic():
            answer = clients[who].get(address)
            transaction.set_rollback(True)
        opened += answer.status_code == 200
        planted = {one.patient for one in found_in(said_in(answer))}
        crossed += [f"{cell}: shows {one}" for one in planted & OURS]
        if cell.about in OURS and answer.status_code < 400:
            crossed.append(f"{cell}: {answer.status_code}")
    assert not crossed, "\n".join(crossed)
    assert opened >= 15


@pytest.mark.parametrize("model", FENCED, ids=lambda model: model.__name__)
def test_no_row_of_another_clinic_is_seen_changed_or_deleted(world, model):
    elm = world.clinics["elm"]
    with transaction.atomic():
        stand_in(clinic_id=elm.pk, user_id=world.users["far-therapist"].pk)
        strangers = model.objects.exclude(clinic_id=elm.pk)
        assert not strangers.exists()
        assert model.objects.filter(clinic_id=world.clinics["oak"].pk).count() == 0
        transaction.set_rollback(True)


# --- Jobs


def test_a_tick_in_one_clinic_reads_and_writes_nothing_of_another(world):
    oak, elm = world.clinics["oak"], world.clinics["elm"]
    jobs = list(ticking.jobs())
    assert jobs
    with transaction.atomic():
        before = count_rows(oak)
        for _, job in jobs:
            with acting_in(clinic_id=elm.pk):
                job(clinic=elm, at=world.at + timedelta(days=1))
                assert not Patient.objects.exclude(clinic=elm).exists()
        assert count_rows(oak) == before
        transaction.set_rollback(True)


def test_a_job_that_is_handed_another_clinic_finds_nothing_there(world):
    oak, elm = world.clinics["oak"], world.clinics["elm"]
    with transaction.atomic():
        before = count_rows(oak)
        for _, job in ticking.jobs():
            with acting_in(clinic_id=elm.pk):
                job(clinic=oak, at=world.at + timedelta(days=1))
        assert count_rows(oak) == before
        transaction.set_rollback(True)


# --- What an error says


@pytest.mark.django_db
def test_a_number_taken_in_another_clinic_is_free_in_this_one():
    oak = make_clinic("oak-house")
    taken = make_patient(oak).number
    elm = make_clinic("elm-house")
    given = {"screen_name": "Larch", "legal_name": "A B", "born_on": timezone.now().date()}
    desk = make_user(elm, Role.FRONT_DESK)
    patient = register_patient(by=desk, at=timezone.now(), number=taken, **given)
    assert patient.number == taken


def talk_about(patient, user):
    return ConsentTalk.objects.create(
        clinic_id=patient.clinic_id,
        subjects=patient.alone,
        recorded_at=timezone.now(),
        recorded_by=user,
        template="kap",
        template_version="1",
        has_capacity=True,
        explained_at=timezone.now(),
    )


@pytest.mark.django_db
def test_an_id_used_in_another_clinic_is_a_clash_that_says_nothing(client):
    elm = make_clinic("elm-house")
    theirs = make_patient(elm, screen_name="Larch")
    used = talk_about(theirs, make_user(elm, Role.THERAPIST)).entry_id
    oak = make_clinic("oak-house")
    therapist = make_user(oak, Role.THERAPIST)
    patient = make_patient(oak, team=(therapist,))
    client.force_login(therapist, "kapstone.core.people.signed_in.SignedIn")
    answer = client.post(
        reverse("consent:explain", args=[patient.key]),
        {"entry_id": str(used), "has_capacity": "yes", "words": ""},
    )
    assert answer.status_code == 409
    body = answer.content.decode().lower()
    for secret in ("larch", "elm", "duplicate", "constraint", "entry_id", str(used)):
        assert secret not in body
    stand_in(clinic_id=oak.pk, user_id=None)
    assert not ConsentTalk.objects.exists()


# --- How the app connects


def test_the_app_may_not_take_the_fence_down(world):
    for statement in (
        "ALTER TABLE people_patient DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE people_patient NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY kapstone_read ON people_patient",
        "SET ROLE kapstone_owner",
        "SET row_security = off; SELECT count(*) FROM people_patient",
        "ALTER ROLE kapstone_app BYPASSRLS",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)

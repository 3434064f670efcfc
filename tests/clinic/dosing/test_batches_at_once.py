"""The same batch twice in one moment, and two tablets in one moment: each entry once."""

import threading

import pytest
from django.db import connection, transaction
from django.test import Client
from tests.clinic.dosing.conftest import SCREENED, everyone_is_eligible
from tests.clinic.dosing.scene import MINUTE, PLANNED, make_scene
from tests.clinic.dosing.tablet import DOSE, VITALS, Tablet

from kapstone.clinic.dosing.actions.syncing import enrol_device, land_batch
from kapstone.clinic.dosing.models import DoseGiven, SessionEntry
from kapstone.clinic.dosing.replica import room_of
from kapstone.clinic.dosing.sync.batches import read_batch
from kapstone.core.access.fences import stand_in

AT = PLANNED + 30 * MINUTE
TIMES = 6


@pytest.fixture
def scene(own_database, monkeypatch):
    monkeypatch.setattr(SCREENED, everyone_is_eligible)
    with transaction.atomic():
        return make_scene()


@pytest.fixture
def tablets(scene, monkeypatch):
    made = [Tablet(scene, Client(), monkeypatch) for _ in range(2)]
    with transaction.atomic():
        stand_in(clinic_id=scene.clinic.pk, user_id=None)
        for tablet in made:
            enrol_device(
                by=scene.nurse,
                at=AT,
                session=scene.session,
                device_id=tablet.device_id,
                name="",
                storage="persistent",
            )
    return made


def at_once(scene, *bodies):
    """Land each batch in a thread and a connection of its own, as near together as can be."""
    start, outcomes = threading.Barrier(len(bodies)), []

    def run(body):
        try:
            with transaction.atomic():
                stand_in(clinic_id=scene.clinic.pk, user_id=None)
                start.wait()
                batch = read_batch(body, scene.session.key)
                outcomes.append(
                    land_batch(by=scene.nurse, at=AT, session=scene.session, batch=batch)
                )
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[body]) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == len(bodies)
    return outcomes


def rows(scene, model):
    with transaction.atomic():
        stand_in(clinic_id=scene.clinic.pk, user_id=None)
        return list(model.objects.order_by("pk"))


def test_the_same_batch_twice_in_one_moment_is_written_once(scene, tablets):
    (tablet, _) = tablets
    for _ in range(TIMES):
        body = tablet.body(tablet.event("vitals", VITALS), tablet.event("dose", DOSE))
        first, second = at_once(scene, body, body)
        assert sorted(one.is_again for one in first.verdicts) in ([False] * 2, [True] * 2)
        assert {one.is_again for one in (*first.verdicts, *second.verdicts)} == {True, False}
        numbers = [one.commit_no for one in first.verdicts]
        assert numbers == [one.commit_no for one in second.verdicts]
        assert first.mark == second.mark == tablet.seq
    assert len(rows(scene, SessionEntry)) == 2 * TIMES
    assert len(rows(scene, DoseGiven)) == TIMES


def test_two_tablets_in_one_moment_share_one_numbering(scene, tablets):
    for _ in range(TIMES):
        at_once(
            scene,
            *(tablet.body(*(tablet.event() for _ in range(5))) for tablet in tablets),
        )
    numbers = [row.commit_no for row in rows(scene, SessionEntry)]
    assert sorted(numbers) == list(range(1, 10 * TIMES + 1))


def test_two_doses_in_one_moment_both_stand_and_are_found(scene, tablets):
    at_once(scene, *(tablet.body(tablet.event("dose", DOSE)) for tablet in tablets))
    assert len(rows(scene, DoseGiven)) == 2
    with transaction.atomic():
        stand_in(clinic_id=scene.clinic.pk, user_id=None)
        room = room_of(scene.session)
    assert len(room.in_question) == 2
    assert room.total_mg == 106

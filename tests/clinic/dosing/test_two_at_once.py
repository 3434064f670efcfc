"""Two people, or one person twice, in the same moment; and any order of arrival."""

import threading
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.clinic.dosing.conftest import SCREENED, everyone_is_eligible
from tests.clinic.dosing.scene import BASELINE, MINUTE, PLANNED, make_scene

from kapstone.clinic.dosing.actions import Stamp, give_dose, record_entry
from kapstone.clinic.dosing.entries import (
    CORRECTABLE,
    Correction,
    Dose,
    Event,
    Happening,
    Kind,
    Mistake,
    Vitals,
)
from kapstone.clinic.dosing.models import DoseGiven, SessionEntry
from kapstone.clinic.dosing.record import Written, read_record
from kapstone.core.access.fences import stand_in
from kapstone.errors import Refused


@pytest.fixture
def scene(own_database, monkeypatch):
    monkeypatch.setattr(SCREENED, everyone_is_eligible)
    with transaction.atomic():
        made = make_scene()
        made.order()
        made.fill_gate()
        made.sign_gate()
        made.write(BASELINE, minute=15)
    return made


def at_once(scene, *deeds):
    """Run each deed in a thread and a connection of its own, as near together as can be."""
    start, outcomes = threading.Barrier(len(deeds)), []

    def run(deed):
        try:
            with transaction.atomic():
                stand_in(clinic_id=scene.clinic.pk, user_id=None)
                start.wait()
                outcomes.append(deed())
        except Refused as refusal:
            outcomes.append({finding.code for finding in refusal.findings})
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[deed]) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def count(scene, model, **which):
    with transaction.atomic():
        stand_in(clinic_id=scene.clinic.pk, user_id=None)
        return model.objects.filter(**which).count()


def giving(scene, by, entry_id):
    return lambda: (
        give_dose(
            by=by,
            at=PLANNED + 20 * MINUTE,
            session=scene.session,
            dose=scene.dose(),
            stamp=Stamp(entry_id=entry_id, observed_at=PLANNED + 20 * MINUTE),
        ).pk
    )


def test_two_who_give_the_dose_in_the_same_moment_give_it_once(scene):
    outcomes = at_once(
        scene, giving(scene, scene.nurse, uuid4()), giving(scene, scene.prescriber, uuid4())
    )
    assert count(scene, DoseGiven) == 1
    assert count(scene, SessionEntry, kind="dose") == 1
    refused = [outcome for outcome in outcomes if isinstance(outcome, set)]
    assert len(refused) == 1
    assert "above-order-maximum" in refused[0]


def test_one_press_sent_twice_in_the_same_moment_is_one_dose(scene):
    entry_id = uuid4()
    outcomes = at_once(
        scene, giving(scene, scene.nurse, entry_id), giving(scene, scene.nurse, entry_id)
    )
    assert count(scene, DoseGiven) == 1
    assert len(set(outcomes)) == 1


def test_two_nurses_readings_in_the_same_moment_both_stand(scene):
    def writing(by, alertness):
        payload = Vitals(alertness=alertness)
        return lambda: (
            record_entry(
                by=by, at=PLANNED + 16 * MINUTE, session=scene.session, payload=payload
            ).pk
        )

    outcomes = at_once(scene, writing(scene.nurse, 5), writing(scene.therapist, 4))
    assert len(set(outcomes)) == 2
    assert count(scene, SessionEntry, kind="vitals") == 3


# --- Any history, in any order of arrival ----------------------------------------------------


@st.composite
def histories(draw):
    """Make a session: sets, doses and events, some of them corrected, some corrected again."""
    rows: list[Written] = []

    def add(payload, minute, supersedes=None):
        at = PLANNED + timedelta(minutes=minute, seconds=len(rows))
        row = Written(
            entry=UUID(int=len(rows) + 1),
            kind=payload.kind,
            payload=payload,
            observed_at=at,
            device_at=at,
            recorded_at=PLANNED + timedelta(seconds=len(rows)),
            by="Nurse",
            role="nurse",
            device_id=draw(st.sampled_from(["t1", "t2"])),
            supersedes=supersedes,
        )
        rows.append(row)
        return row

    for minute in sorted(draw(st.lists(st.integers(0, 150), min_size=1, max_size=12))):
        kind = draw(st.sampled_from(["vitals", "dose", "event"]))
        row = add(draw(payloads(kind)), minute)
        while draw(st.booleans()):
            of = row.payload.of if isinstance(row.payload, Correction) else row.kind
            assert of in CORRECTABLE
            instead = draw(st.one_of(st.none(), payloads(of)))
            correction = Correction(of=of, mistake=Mistake.WRONG_KEY, instead=instead)
            row = add(correction, minute, supersedes=row.entry)
    return rows


def payloads(kind):
    if kind == Kind.VITALS:
        return st.builds(
            Vitals,
            systolic_mmhg=st.integers(60, 230),
            heart_rate_per_min=st.integers(30, 180),
            alertness=st.integers(0, 5),
        )
    if kind == Kind.DOSE:
        return st.builds(
            Dose,
            product=st.just("racemic"),
            route=st.just("IM"),
            amount_mg=st.integers(1, 100).map(Decimal),
        )
    return st.builds(Happening, event=st.sampled_from([Event.VOMITED, Event.ASKS_TO_STOP]))


@settings(max_examples=120, deadline=None)
@given(rows=histories(), data=st.data())
def test_the_record_is_the_same_in_any_order_of_arrival(rows, data):
    shuffled = data.draw(st.permutations(rows))
    assert read_record(shuffled) == read_record(rows)


@settings(max_examples=120, deadline=None)
@given(rows=histories())
def test_every_entry_stands_once_or_is_struck_once_and_the_sum_is_of_what_stands(rows):
    record = read_record(rows)
    assert len(record.lines) == len(rows)
    struck = {row.supersedes for row in rows if row.supersedes}
    assert {line.written.entry for line in record.lines if line.is_struck} == struck
    given_mg = sum(
        row.says.amount_mg
        for row in rows
        if row.entry not in struck and isinstance(row.says, Dose)
    )
    assert record.given_mg == given_mg


@settings(max_examples=80, deadline=None)
@given(rows=histories())
def test_a_crossing_is_lost_only_with_its_entry(rows):
    """Adding a later normal set never takes a crossing away."""
    before = {(one.entry, one.parameter) for one in read_record(rows).crossings}
    at = PLANNED + timedelta(minutes=200)
    calm = Written(
        entry=UUID(int=999),
        kind=Kind.VITALS,
        payload=BASELINE,
        observed_at=at,
        device_at=at,
        recorded_at=at,
        by="Nurse",
        role="nurse",
    )
    after = {(one.entry, one.parameter) for one in read_record([*rows, calm]).crossings}
    assert before <= after

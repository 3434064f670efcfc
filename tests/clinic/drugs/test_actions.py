"""Every change of the drug book: who may, what it writes, what it refuses in which words."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.builders import NINE, make_clinic, make_patient, make_user
from tests.clinic.drugs.scene import BROKEN, EXPIRES, FULL, HOUR, make_scene, mg

from kapstone.clinic.drugs.actions import (
    add_place,
    hold_lot,
    move_container,
    open_count,
    receive,
    release_lot,
    resolve_difference,
    return_to_container,
    reverse_entry,
    send_away,
    submit_count,
    waste_container,
)
from kapstone.clinic.drugs.draws import draws_of_session, draws_open, left_of
from kapstone.clinic.drugs.models import (
    Container,
    Count,
    Draw,
    LotHold,
    Movement,
    Placement,
    Receipt,
    Resolution,
)
from kapstone.clinic.drugs.queries import (
    blind_to,
    container_standing,
    containers_standing,
    containers_usable,
    differences,
    way_of,
)
from kapstone.clinic.drugs.rules import Delivery, Outcome, Resolved
from kapstone.core.audit.models import AuditEntry
from kapstone.core.people.models import Notice, Role
from kapstone.errors import InvalidInput, NotAllowed, NotFound, Refused, Stale

WHY = "The second syringe was entered twice."


def codes(refused) -> set[str]:
    return {finding.code for finding in refused.value.findings}


# --- Receiving and places


def test_a_delivery_becomes_numbered_containers_with_balances(scene):
    containers = scene.receive(containers=3)
    assert [str(one) for one in containers] == ["D-0001", "D-0002", "D-0003"]
    assert {scene.balance(one) for one in containers} == {FULL}
    assert [str(one) for one in scene.receive()] == ["D-0004"]
    assert {state.place for state in containers_standing(scene.clinic, NINE)} == {"Cabinet"}
    assert AuditEntry.objects.filter(deed="drug-received").count() == 2


def test_the_same_delivery_sent_twice_comes_once(scene):
    entry, delivery = (
        uuid4(),
        Delivery(
            product="ketamine-10",
            lot="B",
            expires_on=EXPIRES,
            supplier="S",
            received_at=NINE,
            containers=2,
            contents_mg=mg(200),
        ),
    )
    given = {"by": scene.administrator, "at": NINE, "delivery": delivery}
    first = receive(**given, place=scene.cabinet, entry_id=entry)
    assert receive(**given, place=scene.cabinet, entry_id=entry) == first
    assert (Receipt.objects.count(), Container.objects.count()) == (1, 2)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"contents_mg": Decimal(0)}, "contents"),
        ({"contents_mg": Decimal("0.001")}, "contents"),
        ({"contents_mg": Decimal("NaN")}, "contents"),
        ({"containers": 0}, "containers"),
        ({"containers": 5000}, "containers"),
        ({"received_at": NINE + HOUR}, "received_at"),
        ({"product": "morphine"}, "product"),
        ({"lot": "  "}, "lot"),
    ],
)
def test_a_delivery_that_makes_no_sense_is_refused_in_its_field(scene, change, field):
    with pytest.raises(InvalidInput) as wrong:
        scene.receive(**change)
    assert list(wrong.value.fields) == [field]
    assert not Container.objects.exists()


def test_a_lot_has_one_expiry(scene):
    scene.receive()
    with pytest.raises(InvalidInput, match="known to expire on 30 Jun 2026"):
        scene.receive(expires_on=date(2027, 1, 1))


def test_a_container_moves_and_a_place_has_one_name(scene):
    vial = scene.vial()
    safe = add_place(by=scene.administrator, at=NINE, name="Safe")
    entry = uuid4()
    for _ in range(2):
        move_container(by=scene.nurse, at=NINE, container=vial, place=safe, entry_id=entry)
    assert Placement.objects.filter(container=vial).count() == 2
    assert container_standing(vial, NINE).place == "Safe"
    with pytest.raises(InvalidInput, match="called Safe already"):
        add_place(by=scene.nurse, at=NINE, name=" Safe ")


# --- Drawing up


def test_a_draw_is_accounted_for_to_the_last_hundredth(scene):
    vial, session = scene.vial(), uuid4()
    draw = scene.draw(vial, "60.55", session_key=session)
    assert scene.balance(vial) == mg("439.45")
    scene.give(draw, "50.05")
    scene.waste(draw, "10.50")
    assert left_of(draw) == 0
    assert scene.balance(vial) == mg("439.45")
    assert [one.pk for one in draws_of_session(session)] == [draw.pk]
    assert not draws_open(scene.clinic, scene.nurse, NINE)


def test_a_draw_sent_twice_draws_once(scene):
    vial, entry = scene.vial(), uuid4()
    assert scene.draw(vial, entry_id=entry) == scene.draw(vial, entry_id=entry)
    assert scene.balance(vial) == mg(440)
    with pytest.raises(Stale):
        scene.draw(vial, "61", entry_id=entry)


def test_no_more_is_drawn_than_is_left_and_none_given_that_was_not_drawn(scene):
    vial = scene.vial()
    with pytest.raises(Refused, match="Only 500 mg is left"):
        scene.draw(vial, "500.01")
    draw = scene.draw(vial, "500")
    with pytest.raises(Refused, match="Only 0 mg is left"):
        scene.draw(vial, "0.01")
    with pytest.raises(Refused, match="Only 500 mg of this draw"):
        scene.give(draw, "500.01")


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "NaN", "Infinity", "1e309"])
def test_an_amount_that_is_none_is_refused(scene, amount):
    with pytest.raises(InvalidInput):
        scene.draw(scene.vial(), amount)


def test_an_expired_lot_is_not_drawn_and_its_last_day_is_the_clinics(db):
    scene = make_scene(zone="America/Los_Angeles")
    vial = scene.vial(expires_on=NINE.date())
    late = NINE + timedelta(hours=22)  # the next day in London, the same day in California
    assert scene.draw(vial, at=late, by=scene.prescriber)
    with pytest.raises(Refused) as refused:
        scene.draw(vial, at=NINE + timedelta(days=1), by=scene.prescriber)
    assert codes(refused) == {"expired"}


def test_who_does_not_care_for_the_patient_does_not_draw(scene):
    vial = scene.vial()
    for user in (scene.second, scene.administrator, scene.auditor, scene.therapist):
        with pytest.raises(NotAllowed):
            scene.draw(vial, by=user)
    assert scene.draw(vial, by=scene.prescriber)


def test_a_container_of_another_clinic_does_not_exist(scene):
    vial = scene.vial()
    elm = make_clinic("elm-house")
    prescriber = make_user(elm, Role.PRESCRIBER)
    patient = make_patient(elm, team=(prescriber,))
    with pytest.raises(NotFound):
        scene.draw(vial, by=prescriber, patient=patient)


def test_pieces_are_whole_and_only_pieces_are_put_back(scene):
    box = scene.vial(product="ketamine-lozenge-100", contents_mg=mg(3000), lot="L")
    with pytest.raises(Refused, match="whole pieces: 100 mg a lozenge"):
        scene.draw(box, "150")
    draw = scene.draw(box, "300")
    scene.give(draw, "200")
    return_to_container(by=scene.nurse, at=NINE, draw=draw, amount_mg=mg(100))
    assert (scene.balance(box), left_of(draw)) == (mg(2800), 0)
    liquid = scene.draw(scene.vial(), "60")
    with pytest.raises(Refused, match="not put back"):
        return_to_container(by=scene.nurse, at=NINE, draw=liquid, amount_mg=mg(10))


# --- Two people


@pytest.mark.parametrize(
    ("who", "code"),
    [(None, "no-witness"), ("nurse", "own-witness"), ("therapist", "not-a-witness")],
)
def test_waste_needs_a_second_person_who_may(scene, who, code):
    vial = scene.vial()
    draw = scene.draw(vial)
    witness = getattr(scene, who) if who else None
    with pytest.raises(Refused) as refused:
        scene.waste(draw, "10", witness=witness)
    assert codes(refused) == {code}
    with pytest.raises(Refused) as refused:
        waste_container(
            by=scene.nurse,
            at=NINE,
            container=vial,
            amount_mg=mg(10),
            waste=BROKEN,
            witness=witness,
        )
    assert codes(refused) == {code}


def test_a_disabled_account_is_no_witness(scene):
    scene.second.is_active = False
    scene.second.save()
    with pytest.raises(Refused) as refused:
        scene.waste(scene.draw(scene.vial()), "10")
    assert codes(refused) == {"not-a-witness"}


def test_drug_leaves_by_two_people_and_to_somebody(scene):
    vial = scene.vial()
    given = {"by": scene.nurse, "at": NINE, "container": vial, "amount_mg": FULL}
    with pytest.raises(InvalidInput):
        send_away(**given, to=" ", witness=scene.second)
    sent = send_away(**given, to="Return Ltd", witness=scene.second)
    assert (sent.kind, sent.balance_mg) == ("sent", 0)
    with pytest.raises(NotAllowed):
        send_away(**{**given, "by": scene.administrator}, to="x", witness=scene.second)


# --- Reversing


def test_an_entry_is_taken_back_by_its_opposite(scene):
    vial = scene.vial()
    draw = scene.draw(vial)
    given = scene.give(draw, "60")
    taken = Movement.objects.get(draw=draw, kind="drawn")
    args = {"by": scene.nurse, "at": NINE, "reason": WHY, "witness": scene.second}
    with pytest.raises(Refused):  # what was given cannot go back into the vial
        reverse_entry(movement=taken, **args)
    entry = uuid4()
    back = reverse_entry(movement=given, entry_id=entry, **args)
    assert reverse_entry(movement=given, entry_id=entry, **args) == back
    reverse_entry(movement=taken, **args)
    assert (scene.balance(vial), left_of(draw)) == (FULL, 0)
    with pytest.raises(Stale):
        reverse_entry(movement=taken, **args)
    with pytest.raises(Refused, match="A reversal"):
        reverse_entry(movement=back, **args)
    with pytest.raises(Refused, match="Say why"):
        reverse_entry(movement=given.container.movements.first(), **{**args, "reason": "x"})


@pytest.mark.parametrize("who", ["nurse", None])
def test_a_reversal_needs_a_second_person(scene, who):
    draw = scene.draw(scene.vial())
    with pytest.raises(Refused):
        reverse_entry(
            by=scene.nurse,
            at=NINE,
            movement=draw.movements.get(),
            reason=WHY,
            witness=getattr(scene, who) if who else None,
        )


# --- Counting


def test_a_count_is_blind_until_it_is_in(scene):
    vial, other = scene.receive(containers=2)
    count = open_count(by=scene.nurse, at=NINE, place=scene.cabinet)
    assert open_count(by=scene.nurse, at=NINE, place=scene.cabinet) == count
    assert blind_to(scene.nurse, NINE) == {vial.pk, other.pk}
    assert not blind_to(scene.second, NINE)
    with pytest.raises(NotAllowed):
        submit_count(by=scene.second, at=NINE, count=count, counted_mg={})
    with pytest.raises(InvalidInput, match="D-0002"):
        submit_count(by=scene.nurse, at=NINE, count=count, counted_mg={vial.pk: FULL})
    counted = {vial.pk: FULL, other.pk: FULL}
    lines = submit_count(by=scene.nurse, at=NINE, count=count, counted_mg=counted)
    assert submit_count(by=scene.nurse, at=NINE, count=count, counted_mg={}) == lines
    assert not blind_to(scene.nurse, NINE)
    assert not differences(scene.clinic).exists()
    assert Count.objects.get().closed_at == NINE


def test_a_difference_freezes_tells_and_shuts(scene):
    vial = scene.vial()
    draw = scene.draw(vial)
    line = scene.count(vial, "430")
    assert (line.expected_mg, line.counted_mg) == (mg(440), mg(430))
    assert container_standing(vial, NINE).is_frozen
    assert not containers_usable(scene.clinic, NINE)
    assert Notice.objects.filter(to=scene.prescriber, kind="drug-difference").count() == 1
    with pytest.raises(Refused) as refused:
        scene.draw(vial, "10")
    assert codes(refused) == {"frozen"}
    with pytest.raises(Refused):
        waste_container(
            by=scene.nurse,
            at=NINE,
            container=vial,
            amount_mg=mg(10),
            waste=BROKEN,
            witness=scene.second,
        )
    scene.give(draw, "60")  # what is in the syringe is another matter


def resolve(scene, line, outcome, **change):
    resolved = Resolved(
        outcome=outcome, explanation=WHY, reported_on=change.pop("reported_on", None)
    )
    given = {"by": scene.prescriber, "at": NINE, "line": line, "witness": scene.second}
    return resolve_difference(**{**given, **change}, resolved=resolved)


def test_an_adjustment_makes_the_book_what_was_counted(scene):
    vial = scene.vial()
    line, entry = scene.count(vial, "490"), uuid4()
    for _ in range(2):
        resolve(scene, line, Outcome.ADJUSTED, entry_id=entry)
    assert (scene.balance(vial), Resolution.objects.count()) == (mg(490), 1)
    assert scene.draw(vial, "490")
    with pytest.raises(Stale):
        resolve(scene, line, Outcome.ADJUSTED)


def test_a_loss_is_reported_with_a_date_that_is_not_ahead(scene):
    line = scene.count(scene.vial(), "0")
    with pytest.raises(Refused) as refused:
        resolve(scene, line, Outcome.LOST)
    assert codes(refused) == {"not-reported"}
    with pytest.raises(Refused) as refused:
        resolve(scene, line, Outcome.LOST, reported_on=date(2027, 1, 1))
    assert codes(refused) == {"reported-ahead"}
    resolve(scene, line, Outcome.LOST, reported_on=NINE.date())
    assert Movement.objects.get(kind="lost").change_mg == -FULL


def test_a_second_count_that_agrees_opens_it_again(scene):
    vial = scene.vial()
    line = scene.count(vial, "490")
    with pytest.raises(Refused) as refused:
        resolve(scene, line, Outcome.RECOUNTED)
    assert codes(refused) == {"not-recounted"}
    scene.count(vial, "500", by=scene.second)
    assert container_standing(vial, NINE).is_frozen
    resolve(scene, line, Outcome.RECOUNTED, witness=scene.second)
    assert not container_standing(vial, NINE).is_frozen


def test_a_reversed_entry_may_explain_it(scene):
    vial = scene.vial()
    draw = scene.draw(vial)
    line = scene.count(vial, "500")
    with pytest.raises(Refused) as refused:
        resolve(scene, line, Outcome.CORRECTED)
    assert codes(refused) == {"not-corrected"}
    reverse_entry(
        by=scene.nurse,
        at=NINE,
        movement=draw.movements.get(),
        reason=WHY,
        witness=scene.second,
    )
    resolve(scene, line, Outcome.CORRECTED)
    assert not container_standing(vial, NINE).is_frozen


def test_the_newest_difference_settles_those_before_it(scene):
    vial = scene.vial()
    first, second = scene.count(vial, "490"), scene.count(vial, "480", by=scene.second)
    resolve(scene, first, Outcome.ADJUSTED)
    assert container_standing(vial, NINE).is_frozen  # the second still stands
    resolve(scene, second, Outcome.ADJUSTED)
    assert scene.balance(vial) == mg(480)
    assert not container_standing(vial, NINE).is_frozen


def test_who_counted_does_not_resolve_and_a_nurse_never_does(scene):
    vial = scene.vial()
    line = scene.count(vial, "490", by=scene.prescriber)
    with pytest.raises(Refused) as refused:
        resolve(scene, line, Outcome.ADJUSTED)
    assert codes(refused) == {"own-count"}
    with pytest.raises(NotAllowed):
        resolve(scene, line, Outcome.ADJUSTED, by=scene.second, witness=scene.nurse)


# --- Lots


def test_a_lot_on_hold_is_not_drawn_until_two_release_it(scene):
    vial = scene.vial()
    lot, entry = vial.receipt.lot, uuid4()
    for _ in range(2):
        stopped = hold_lot(
            by=scene.administrator,
            at=NINE,
            lot=lot,
            why="quarantine",
            reason="Cloudy on arrival.",
            entry_id=entry,
        )
    assert LotHold.objects.count() == 1
    with pytest.raises(Refused) as refused:
        scene.draw(vial)
    assert codes(refused) == {"held"}
    args = {"at": NINE, "stopped": stopped, "reason": "The maker says it may be used."}
    with pytest.raises(NotAllowed):
        release_lot(by=scene.nurse, witness=scene.second, **args)
    with pytest.raises(Refused):
        release_lot(by=scene.prescriber, witness=scene.prescriber, **args)
    release_lot(by=scene.prescriber, witness=scene.nurse, **args)
    assert scene.draw(vial)


def test_a_recall_is_never_released_and_finds_every_container_and_draw(scene):
    one, two = scene.receive(containers=2)
    scene.vial(lot="B-2")
    draws = [scene.draw(one), scene.draw(two, "30")]
    lot = one.receipt.lot
    stopped = hold_lot(
        by=scene.nurse, at=NINE, lot=lot, why="recall", reason="Particles, says the maker."
    )
    with pytest.raises(Refused) as refused:
        release_lot(
            by=scene.prescriber,
            at=NINE,
            stopped=stopped,
            reason="We would like to use it.",
            witness=scene.nurse,
        )
    assert codes(refused) == {"recalled"}
    with CaptureQueriesContext(
        connection,
    ) as asked:
        way = way_of(lot, scene.auditor, NINE)
    assert {one.container for one in way.containers} == {one, two}
    assert [one.draw for one in way.draws] == draws
    assert {one.patient for one in way.draws} == {scene.patient}
    assert len(asked) <= 6
    assert {one.patient for one in way_of(lot, scene.second, NINE).draws} == {None}


def test_a_draw_left_open_for_long_is_late(scene):
    draw = scene.draw(scene.vial())
    (state,) = draws_open(scene.clinic, scene.nurse, NINE + 11 * HOUR)
    assert (state.draw, state.left_mg, state.is_late) == (draw, mg(60), False)
    (state,) = draws_open(scene.clinic, scene.nurse, NINE + 13 * HOUR)
    assert state.is_late


def test_the_list_of_the_cabinet_asks_as_often_for_many_as_for_one(scene):
    scene.receive()
    with CaptureQueriesContext(connection) as few:
        containers_standing(scene.clinic, NINE)
    scene.receive(containers=30)
    with CaptureQueriesContext(connection) as many:
        assert len(containers_standing(scene.clinic, NINE)) == 31
    assert len(many) == len(few) == 1
    assert Draw.objects.count() == 0

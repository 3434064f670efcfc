"""
What may never be false in any row, whoever writes it and however.

Each rule of the database is tried by writing past the app's own rules; the last part takes
rules away in a scratch database and shows that the same tries then go through.
"""

import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.utils import ProgrammingError
from tests import databases
from tests.builders import NINE, make_clinic
from tests.clinic.drugs.scene import EXPIRES, FULL, make_scene, mg

from kapstone.clinic.drugs.actions import draw_up, hold_lot
from kapstone.clinic.drugs.models import (
    Container,
    Count,
    CountLine,
    Draw,
    Lot,
    LotRelease,
    Movement,
    Place,
    Receipt,
    Resolution,
)
from kapstone.core.access.fences import stand_in
from kapstone.errors import Refused
from kapstone.site import postgres

HANDS = 8  # people who draw at the same moment


def given(scene, **change):
    return {
        "clinic": scene.clinic,
        "recorded_at": NINE,
        "recorded_by": scene.nurse,
        **change,
    }


def movement(scene, container, kind, change_mg, **change) -> Movement:
    """An entry written straight into the table."""
    row = {
        "container": container,
        "kind": kind,
        "change_mg": mg(change_mg),
        "happened_at": NINE,
    }
    return Movement(**given(scene, **{**row, **change}))


def raw_draw(scene, container, amount, at=NINE) -> Draw:
    """A draw and its entry, written past every rule of the app."""
    row = {"container": container, "amount_mg": mg(amount), "drawn_at": at}
    row |= {"recorded_at": at, "subjects": scene.patient.alone}
    draw = Draw.objects.create(**given(scene, **row))
    change = -mg(amount)
    take(scene, draw, "drawn", change, -change, happened_at=at, recorded_at=at)
    return draw


def take(scene, draw, kind, change_mg, draw_change_mg, **change) -> Movement:
    row = movement(
        scene,
        draw.container,
        kind,
        change_mg,
        draw=draw,
        draw_change_mg=mg(draw_change_mg),
        **change,
    )
    row.save()
    return row


def refused(rule):
    return pytest.raises(IntegrityError, match=rule)


@pytest.fixture
def undone(scene):
    """For tests that leave behind what no commit would take."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# --- The book's own arithmetic


def test_the_database_numbers_and_balances_whatever_it_is_told(scene):
    vial = scene.vial()
    row = movement(
        scene,
        vial,
        "wasted",
        "-100",
        witness=scene.second,
        seq=77,
        balance_mg=mg(9999),
        draw_balance_mg=mg(3),
    )
    row.save()
    row.refresh_from_db()
    assert (row.seq, row.balance_mg, row.draw_balance_mg) == (2, mg(400), None)


def test_a_balance_is_never_below_nothing(scene):
    vial = scene.vial()
    with refused("a_balance_is_never_below_nothing"), transaction.atomic():
        raw_draw(scene, vial, "500.01")
    raw_draw(scene, vial, "500")
    with refused("a_balance_is_never_below_nothing"), transaction.atomic():
        raw_draw(scene, vial, "0.01")


def test_a_draw_is_never_used_twice(scene):
    draw = raw_draw(scene, scene.vial(), "60")
    take(scene, draw, "given", 0, -60)
    with refused("a_draw_is_never_used_twice"), transaction.atomic():
        take(scene, draw, "given", 0, "-0.01")


@pytest.mark.parametrize(
    ("kind", "change", "draw_change", "of_draw"),
    [
        ("received", "499", 0, False),
        ("drawn", "-60", "59", True),
        ("drawn", "-60", 0, False),
        ("given", "-60", "-60", True),
        ("given", "0", "60", True),
        ("given", "-60", 0, False),
        ("wasted", "60", 0, False),
        ("wasted", "-60", "-60", True),
        ("returned", "60", "-59", True),
        ("returned", "60", 0, False),
        ("sent", "60", 0, False),
        ("sent", "-60", "-60", True),
        ("lost", "-60", 0, False),
        ("adjusted", "0", 0, False),
        ("stolen", "-60", 0, False),
    ],
)
def test_an_entry_moves_what_its_kind_says(scene, kind, change, draw_change, of_draw):
    vial = scene.vial()
    draw = raw_draw(scene, vial, "60")
    row = movement(
        scene,
        vial,
        kind,
        change,
        draw=draw if of_draw else None,
        draw_change_mg=mg(draw_change),
        witness=scene.second,
    )
    with refused("an_entry_moves_what_its_kind_says"), transaction.atomic():
        row.save()


def test_a_container_is_received_once_and_first(scene, undone):
    vial = scene.vial()
    with refused("a_container_is_received_once_and_first"), transaction.atomic():
        movement(scene, vial, "received", FULL).save()
    bare = Container.objects.create(
        **given(scene, receipt=vial.receipt, number=99, contents_mg=FULL)
    )
    with refused("a_container_is_received_once_and_first"), transaction.atomic():
        movement(scene, bare, "wasted", "-1", witness=scene.second).save()


def test_a_draw_says_what_it_took_and_leaves_its_container_once(scene):
    vial, other = scene.receive(containers=2)
    draw = Draw(
        **given(
            scene,
            subjects=scene.patient.alone,
            container=other,
            amount_mg=mg(60),
            drawn_at=NINE,
        )
    )
    draw.save()
    for container, amount in ((vial, 60), (other, 61)):
        row = movement(scene, container, "drawn", -amount, draw=draw, draw_change_mg=mg(amount))
        with refused("a_draw_says_what_it_took"), transaction.atomic():
            row.save()
    take(scene, draw, "drawn", -60, 60)
    with refused("a_draw_leaves_its_container_once"), transaction.atomic():
        take(scene, draw, "drawn", -60, 60)


def test_nothing_becomes_of_a_draw_that_was_never_drawn(scene, undone):
    vial = scene.vial()
    row = {"subjects": scene.patient.alone, "container": vial, "drawn_at": NINE}
    draw = Draw.objects.create(**given(scene, **row, amount_mg=mg(5)))
    with refused("a_draw_begins_by_being_drawn"), transaction.atomic():
        take(scene, draw, "given", 0, -5)
    with refused("what_is_made_is_booked"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_container_without_an_entry_is_refused_at_commit(scene, undone):
    receipt = scene.vial().receipt
    Container.objects.create(**given(scene, receipt=receipt, number=50, contents_mg=mg(1)))
    with refused("what_is_made_is_booked"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


# --- Two people


@pytest.mark.parametrize("kind", ["wasted", "sent", "reversed", "adjusted", "lost"])
@pytest.mark.parametrize("alone", ["nobody", "oneself"])
def test_two_people_are_two(scene, kind, alone):
    vial = scene.vial()
    draw = raw_draw(scene, vial, "60")
    of = {"witness": None if alone == "nobody" else scene.nurse}
    change = "-10"
    if kind == "reversed":
        of |= {"reverses": draw.movements.get(), "draw": draw, "draw_change_mg": mg(-60)}
        change = "60"
    if kind in {"adjusted", "lost"}:
        of |= {"resolution": resolution(scene, vial)}
    rule = "two_people_where_two_are_needed|nobody_is_their_own_witness"
    with refused(rule), transaction.atomic():
        movement(scene, vial, kind, change, **of).save()


def test_a_witness_is_of_the_clinic(scene):
    vial = scene.vial()
    stranger = make_scene("elm-house").nurse
    scene.stand()
    with refused("a_witness_is_of_the_clinic"), transaction.atomic():
        movement(scene, vial, "wasted", "-1", witness=stranger).save()


def test_a_release_and_a_resolution_have_two_people(scene):
    vial = scene.vial()
    stopped = hold_lot(
        by=scene.nurse,
        at=NINE,
        lot=vial.receipt.lot,
        why="quarantine",
        reason="Cloudy on arrival.",
    )
    row = {"hold": stopped, "reason": "x", "witness": scene.nurse}
    with refused("a_release_has_two_people"), transaction.atomic():
        LotRelease.objects.create(**given(scene, **row))
    with refused("a_resolution_has_two_people"), transaction.atomic():
        resolution(scene, vial, witness=scene.prescriber)


# --- What must not be drawn


def test_an_expired_lot_is_not_drawn(scene):
    vial = scene.vial(expires_on=NINE.date() - timedelta(days=1))
    with refused("an_expired_lot_is_not_drawn"), transaction.atomic():
        raw_draw(scene, vial, "1")
    assert raw_draw(scene, scene.vial(lot="B-2", expires_on=NINE.date()), "1")


def test_a_lot_on_hold_is_not_drawn(scene):
    vial = scene.vial()
    lot = vial.receipt.lot
    stopped = hold_lot(by=scene.nurse, at=NINE, lot=lot, why="recall", reason="Said the maker.")
    with refused("a_lot_on_hold_is_not_drawn"), transaction.atomic():
        raw_draw(scene, vial, "1")
    LotRelease.objects.create(**given(scene, hold=stopped, reason="x", witness=scene.second))
    assert raw_draw(scene, vial, "1")


def counted(scene, container, found) -> CountLine:
    count = Count.objects.create(**given(scene, container=container))
    line = CountLine.objects.create(
        **given(scene, count=count, container=container, counted_mg=mg(found))
    )
    line.refresh_from_db()
    return line


def resolution(scene, container, **change) -> Resolution:
    row = {
        "line": counted(scene, container, "1"),
        "container": container,
        "outcome": "adjusted",
        "explanation": "x",
        "recorded_by": scene.prescriber,
        "witness": scene.second,
    }
    return Resolution.objects.create(**given(scene, **{**row, **change}))


@pytest.mark.parametrize("kind", ["drawn", "wasted", "sent", "returned"])
def test_a_frozen_container_stays_shut(scene, kind):
    vial = scene.vial()
    draw = raw_draw(scene, vial, "60")
    counted(scene, vial, "400")
    with refused("a_frozen_container_stays_shut"), transaction.atomic():
        if kind == "drawn":
            raw_draw(scene, vial, "1")
        elif kind == "returned":
            take(scene, draw, "returned", 60, -60)
        else:
            movement(scene, vial, kind, "-1", witness=scene.second).save()
    take(scene, draw, "given", 0, -60)


def test_a_count_says_itself_what_was_expected(scene):
    vial = scene.vial()
    count = Count.objects.create(**given(scene, container=vial))
    line = CountLine.objects.create(
        **given(scene, count=count, container=vial, counted_mg=mg(1), expected_mg=mg(1))
    )
    line.refresh_from_db()
    assert line.expected_mg == FULL


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"counted_mg": mg(-1)}, "a_count_is_never_below_nothing"),
        ({"twice": True}, "a_container_is_counted_once_in_a_count"),
        ({"closed": True}, "who_began_a_count_ends_it_once"),
        ({"other": True}, "who_began_a_count_ends_it_once"),
    ],
)
def test_a_line_of_a_count(scene, change, rule):
    vial = scene.vial()
    count = Count.objects.create(**given(scene, container=vial))
    row = given(scene, count=count, container=vial, counted_mg=FULL)
    if change.pop("twice", False):
        CountLine.objects.create(**row)
    if change.pop("closed", False):
        count.closed_at = NINE
        count.save(update_fields=["closed_at"])
    if change.pop("other", False):
        row["recorded_by"] = scene.second
    with refused(rule), transaction.atomic():
        CountLine.objects.create(**{**row, **change})


def test_a_count_is_of_a_place_or_a_container(scene):
    for change in ({}, {"container": scene.vial(), "place": scene.cabinet}):
        with refused("a_count_is_of_a_place_or_a_container"), transaction.atomic():
            Count.objects.create(**given(scene, **change))


def test_only_a_difference_is_resolved_and_not_by_who_counted(scene):
    vial, other = scene.receive(containers=2)
    with refused("only_a_difference_is_resolved"), transaction.atomic():
        resolution(scene, vial, line=counted(scene, vial, FULL))
    with refused("only_a_difference_is_resolved"), transaction.atomic():
        resolution(scene, vial, line=counted(scene, other, "1"))
    with refused("who_counted_does_not_resolve"), transaction.atomic():
        resolution(scene, vial, recorded_by=scene.nurse)
    with refused("a_loss_is_reported"), transaction.atomic():
        resolution(scene, vial, outcome="lost")


# --- Corrections


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"change_mg": mg(59)}, "an_entry_moves_what_its_kind_says"),
        ({"draw": None, "draw_change_mg": mg(0)}, "an_entry_moves_what_its_kind_says"),
        ({"reverses": None}, "an_entry_moves_what_its_kind_says"),
        ({"kind": "given", "change_mg": mg(0)}, "only_a_reversal_reverses"),
    ],
)
def test_a_reversal_is_the_exact_opposite(scene, change, rule):
    draw = raw_draw(scene, scene.vial(), "60")
    row = {
        "draw": draw,
        "draw_change_mg": mg(-60),
        "reverses": draw.movements.get(),
        "witness": scene.second,
        "kind": "reversed",
        "change_mg": mg(60),
        "container": draw.container,
        "happened_at": NINE,
    }
    with refused(rule), transaction.atomic():
        Movement.objects.create(**given(scene, **{**row, **change}))
    taken_back = Movement.objects.create(**given(scene, **row))
    again = {**row, "reverses": taken_back, "change_mg": mg(-60), "draw_change_mg": mg(60)}
    with refused("an_entry_moves_what_its_kind_says"), transaction.atomic():
        Movement.objects.create(**given(scene, **again))


def test_an_entry_is_reversed_once(scene):
    vial = scene.vial()
    wasted = movement(scene, vial, "wasted", "-10", witness=scene.second)
    wasted.save()
    row = {"reverses": wasted, "witness": scene.second}
    movement(scene, vial, "reversed", "10", **row).save()
    with refused("reverses_id"), transaction.atomic():
        movement(scene, vial, "reversed", "10", **row).save()


def test_an_adjustment_has_a_resolution(scene):
    row = movement(scene, scene.vial(), "adjusted", "1", witness=scene.second)
    with refused("an_adjustment_has_a_resolution"), transaction.atomic():
        row.save()


KEPT = ("movement", "draw", "countline", "resolution", "lothold", "lotrelease")


@pytest.mark.parametrize("table", [*KEPT, "container", "receipt", "lot", "placement", "place"])
@pytest.mark.parametrize(
    "words", ["UPDATE drugs_{} SET recorded_at = now()", "DELETE FROM drugs_{}"]
)
def test_the_app_may_neither_change_nor_delete(scene, table, words):
    refuses = pytest.raises(ProgrammingError, match="permission denied")
    with refuses, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(words.format(table))


# --- Rows that make no sense


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"amount_mg": mg(0)}, "a_draw_takes_something"),
        ({"drawn_at": NINE + timedelta(hours=1)}, "a_draw_is_written_after_it_was_taken"),
    ],
)
def test_a_draw(scene, change, rule):
    row = {"subjects": scene.patient.alone, "container": scene.vial(), "amount_mg": mg(1)}
    with refused(rule), transaction.atomic():
        Draw.objects.create(**given(scene, **{"drawn_at": NINE, **row, **change}))


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"contents_mg": mg(0)}, "a_delivery_holds_something"),
        ({"containers_count": 0}, "a_delivery_holds_something"),
        ({"received_at": NINE + timedelta(hours=1)}, "a_delivery_is_written_after_it_came"),
    ],
)
def test_a_delivery(scene, change, rule):
    row = {
        "lot": scene.vial().receipt.lot,
        "supplier": "S",
        "containers_count": 1,
        "contents_mg": FULL,
        "received_at": NINE,
    }
    with refused(rule), transaction.atomic():
        Receipt.objects.create(**given(scene, **{**row, **change}))


def test_names_and_numbers_are_used_once(scene):
    vial = scene.vial()
    with refused("one_place_of_a_name"), transaction.atomic():
        Place.objects.create(**given(scene, name="Cabinet"))
    with refused("one_lot_of_a_number"), transaction.atomic():
        Lot.objects.create(
            **given(
                scene, product="ketamine-50", number="A-1", expires_on=EXPIRES, book_version=1
            )
        )
    row = {"receipt": vial.receipt, "contents_mg": FULL}
    with refused("one_container_of_a_number"), transaction.atomic():
        Container.objects.create(**given(scene, **row, number=vial.number))
    with refused("a_container_came_with_something"), transaction.atomic():
        Container.objects.create(**given(scene, **{**row, "contents_mg": mg(0)}, number=9))


def test_an_entry_is_written_after_it_happened(scene):
    row = movement(
        scene,
        scene.vial(),
        "wasted",
        "-1",
        witness=scene.second,
        happened_at=NINE + timedelta(minutes=1),
    )
    with refused("an_entry_is_written_after_it_happened"), transaction.atomic():
        row.save()


def test_an_entry_about_another_clinics_container_is_refused(scene):
    vial = scene.vial()
    elm = make_clinic("elm-house")
    row = movement(scene, vial, "wasted", "-1", witness=scene.second)
    row.clinic = elm
    with pytest.raises(DatabaseError), transaction.atomic():
        row.save()


# --- At the same moment


@pytest.fixture
def committed(own_database):
    with transaction.atomic():
        made = make_scene()
        vial = made.vial()
    return made, vial


def in_threads(number, deed):
    """Run a deed in several connections at one moment; give what each came to."""
    start, outcomes = threading.Barrier(number), []

    def run(place):
        start.wait()
        try:
            outcomes.append(deed(place))
        except (Refused, DatabaseError) as refusal:
            outcomes.append(type(refusal).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def balances(scene, vial):
    with transaction.atomic():
        scene.stand()
        return list(vial.movements.order_by("seq").values_list("seq", "balance_mg"))


@pytest.mark.parametrize("past_the_app", [False, True], ids=["by actions", "by rows"])
def test_who_draws_at_the_same_moment_draws_one_after_the_other(committed, past_the_app):
    scene, vial = committed

    def draw(place):
        with transaction.atomic():
            scene.stand(scene.nurse)
            if past_the_app:
                raw_draw(scene, vial, "100")
            else:
                draw_up(
                    by=scene.nurse,
                    at=NINE,
                    patient=scene.patient,
                    container=vial,
                    amount_mg=mg(100),
                )
        return "drawn"

    outcomes = in_threads(HANDS, draw)
    assert outcomes.count("drawn") == 5, outcomes
    assert balances(scene, vial) == [(seq, FULL - 100 * (seq - 1)) for seq in range(1, 7)]


# --- Controls: with a rule taken away, the same tries go through


def overdraw(scene, vial):
    raw_draw(scene, vial, "500.01")


def waste_alone(scene, vial):
    movement(scene, vial, "wasted", "-1", witness=scene.nurse).save()


def waste_unseen(scene, vial):
    movement(scene, vial, "wasted", "-1").save()


def draw_expired(scene, vial):
    late = NINE + timedelta(days=400)
    raw_draw(scene, vial, "1", at=late)


def draw_held(scene, vial):
    hold_lot(
        by=scene.nurse, at=NINE, lot=vial.receipt.lot, why="recall", reason="Said the maker."
    )
    raw_draw(scene, vial, "1")


def draw_frozen(scene, vial):
    counted(scene, vial, "1")
    raw_draw(scene, vial, "1")


BROKEN_BOOK = """
CREATE OR REPLACE FUNCTION {} AS $$ {} $$
"""
RULES = {
    overdraw: "ALTER TABLE drugs_movement DROP CONSTRAINT a_balance_is_never_below_nothing",
    waste_alone: "ALTER TABLE drugs_movement DROP CONSTRAINT nobody_is_their_own_witness",
    waste_unseen: "ALTER TABLE drugs_movement DROP CONSTRAINT two_people_where_two_are_needed",
    draw_expired: (
        "CREATE FUNCTION far() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN NEW.expires_on := '9999-01-01'; RETURN NEW; END $$;"
        "CREATE TRIGGER far BEFORE INSERT ON drugs_lot FOR EACH ROW EXECUTE FUNCTION far()"
    ),
    draw_held: BROKEN_BOOK.format(
        "drugs_is_held(which bigint) RETURNS boolean LANGUAGE sql", "SELECT false"
    ),
    draw_frozen: BROKEN_BOOK.format(
        "drugs_is_frozen(which bigint) RETURNS boolean LANGUAGE sql", "SELECT false"
    ),
}


@pytest.mark.parametrize("bad_deed", RULES, ids=lambda deed: deed.__name__)
def test_without_its_rule_a_bad_deed_goes_through(own_database, bad_deed):
    def tried():
        with transaction.atomic():
            scene = make_scene()
            with pytest.raises(IntegrityError), transaction.atomic():
                bad_deed(scene, scene.vial())
            transaction.set_rollback(True)

    tried()
    with (
        databases.connected_to(own_database, user=postgres.SUPERUSER),
        connection.cursor() as cursor,
    ):
        cursor.execute(RULES[bad_deed])
    with transaction.atomic():
        scene = make_scene()
        bad_deed(scene, scene.vial())
        transaction.set_rollback(True)


def test_without_the_lock_of_the_book_two_people_draw_the_same_drug(committed):
    """The lock in the trigger and the numbering are what keeps concurrent draws in line."""
    scene, vial = committed
    name = connection.settings_dict["NAME"]
    with (
        databases.connected_to(name, user=postgres.SUPERUSER),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'drugs_post'")
        (source,) = cursor.fetchone()
        lock = next(line for line in source.splitlines() if "pg_advisory_xact_lock" in line)
        slow = source.replace(lock, "").replace(
            "NEW.seq :=", "PERFORM pg_sleep(0.3); NEW.seq :="
        )
        cursor.execute(
            "CREATE OR REPLACE FUNCTION drugs_post() RETURNS trigger LANGUAGE plpgsql AS"
            f" $fault$ {slow} $fault$;"
            "ALTER TABLE drugs_movement DROP CONSTRAINT entries_of_a_container_are_numbered"
        )

    def draw(place):
        with transaction.atomic():
            stand_in(clinic_id=scene.clinic.pk, user_id=None)
            raw_draw(scene, vial, "400")
        return "drawn"

    assert in_threads(2, draw) == ["drawn", "drawn"]  # 800 mg out of 500
    with transaction.atomic():
        scene.stand()
        assert sum(vial.movements.values_list("change_mg", flat=True)) == FULL - 800

"""
Random histories of the drug book balance to the hundredth of a milligram.

``KAPSTONE_LEDGER_HISTORIES=10000`` runs the full drill: that many by the rules and by the
tables, a tenth by the actions. Each failing seed replays alone.
"""

import os

import pytest
from django.db import connection, transaction
from tests import databases
from tests.clinic.drugs import books
from tests.clinic.drugs.histories import compare, history
from tests.clinic.drugs.scene import make_scene

from kapstone.clinic.drugs import rules
from kapstone.clinic.drugs.models import Movement
from kapstone.clinic.drugs.queries import entries_that_do_not_add_up
from kapstone.site import postgres

FULL = int(os.environ.get("KAPSTONE_LEDGER_HISTORIES", "0"))
BY_RULES, BY_ROWS, BY_ACTIONS = FULL or 3000, FULL or 100, FULL // 10 or 15


def first_wrong(make_book, seeds):
    return next(filter(None, (compare(make_book(), seed) for seed in seeds)), "")


def in_the_database(make_book, seeds):
    """Run each history in a cabinet of its own, and undo it."""
    with transaction.atomic():
        scene = make_scene()
        for seed in seeds:
            with transaction.atomic():
                wrong = compare(make_book(scene), seed, each_step=False)
                added = list(entries_that_do_not_add_up(scene.clinic))
                transaction.set_rollback(True)
            if wrong or added:
                break
        transaction.set_rollback(True)
    return wrong or " ".join(f"{seed}: {entry}" for entry in added)


def test_the_rules_balance(record_property):
    assert first_wrong(books.Rules, range(BY_RULES)) == ""
    record_property("ledger", {"histories by rules": BY_RULES, "wrong": 0})


@pytest.mark.django_db
def test_the_tables_balance_and_refuse_what_the_oracle_refuses(record_property):
    assert in_the_database(books.Rows, range(BY_ROWS)) == ""
    record_property("ledger", {"histories by tables": BY_ROWS, "wrong": 0})


@pytest.mark.django_db
def test_the_actions_balance_and_refuse_what_the_oracle_refuses(record_property):
    assert in_the_database(books.Actions, range(BY_ACTIONS)) == ""
    record_property("ledger", {"histories by actions": BY_ACTIONS, "wrong": 0})


def test_the_histories_try_everything_and_much_of_it_is_refused():
    tried = [(deed.what, wanted) for seed in range(1200) for deed, _, wanted in history(seed)]
    for what in {name for name, _ in tried}:
        assert tried.count((what, True)) > 20, what
        if what not in {"count", "hold"}:
            assert tried.count((what, False)) > 20, what
    assert len({name for name, _ in tried}) == 11


# --- Controls: each of these books is wrong, and is found out


def test_floats_do_not_balance():
    assert first_wrong(books.Floats, range(50))


@pytest.mark.parametrize("code", ["too-little", "more-than-drawn", "frozen", "expired", "held"])
def test_a_rule_left_out_is_found(monkeypatch, code):
    whole = rules.check_posting

    def without(*args, **given):
        return (one for one in whole(*args, **given) if one.code != code)

    monkeypatch.setattr(rules, "check_posting", without)
    assert first_wrong(books.Rules, range(300))


@pytest.mark.parametrize("code", ["no-witness", "own-witness"])
def test_one_person_where_two_are_needed_is_found(monkeypatch, code):
    whole = rules.check_hands

    def without(*args, **given):
        return (one for one in whole(*args, **given) if one.code != code)

    monkeypatch.setattr(rules, "check_hands", without)
    assert first_wrong(books.Rules, range(50))


FAULTS = {
    "no lower bound": "ALTER TABLE drugs_movement"
    " DROP CONSTRAINT a_balance_is_never_below_nothing",
    "alone": "ALTER TABLE drugs_movement DROP CONSTRAINT nobody_is_their_own_witness",
    "never frozen": "CREATE OR REPLACE FUNCTION drugs_is_frozen(which bigint)"
    " RETURNS boolean LANGUAGE sql AS $$ SELECT false $$",
    "never held": "CREATE OR REPLACE FUNCTION drugs_is_held(which bigint)"
    " RETURNS boolean LANGUAGE sql AS $$ SELECT false $$",
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_in_the_database_is_found(own_database, fault):
    with (
        databases.connected_to(own_database, user=postgres.SUPERUSER),
        connection.cursor() as cursor,
    ):
        cursor.execute(fault)
    assert in_the_database(books.Rows, range(60))


def test_an_entry_changed_in_place_does_not_add_up(own_database):
    with transaction.atomic():
        scene = make_scene()
        vial = scene.vial()
        scene.draw(vial)
        assert not list(entries_that_do_not_add_up(scene.clinic))
    with (
        databases.connected_to(own_database, user=postgres.SUPERUSER),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "ALTER TABLE drugs_movement DISABLE TRIGGER drugs_never;"
            "UPDATE drugs_movement SET change_mg = -50 WHERE kind = 'drawn'"
        )
    with transaction.atomic():
        scene.stand()
        (found,) = entries_that_do_not_add_up(scene.clinic)
        assert found == Movement.objects.get(kind="drawn")

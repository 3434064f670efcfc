"""A dose comes out of the drug log: in one act, or booked afterwards, and never refused."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from tests.builders import make_patient
from tests.clinic.dosing.cabinet import make_cabinet
from tests.clinic.dosing.scene import MINUTE, PLANNED
from tests.clinic.dosing.tablet import DOSE, Tablet

from kapstone.clinic.dosing.actions import (
    book_dose,
    correct_entry,
    discharge,
    draw_for_dose,
    writing,
)
from kapstone.clinic.dosing.booked import left_in, unbooked_mg
from kapstone.clinic.dosing.entries import Mistake
from kapstone.clinic.dosing.models import DoseGiven, EventReceipt, SessionEntry
from kapstone.clinic.dosing.queries import chart_of
from kapstone.clinic.dosing.rules import BookingFacts, check_booking
from kapstone.clinic.dosing.summary import summary_of
from kapstone.clinic.drugs.actions import give_from_draw, hold_lot, open_count, submit_count
from kapstone.clinic.drugs.doses import (
    count_unbooked,
    doses_naming_lot,
    doses_out_of,
    unbooked_doses,
)
from kapstone.clinic.drugs.draws import left_of
from kapstone.clinic.drugs.models import Movement
from kapstone.clinic.drugs.queries import entries_that_do_not_add_up, way_of
from kapstone.core.access.actions import join_care_team
from kapstone.errors import InvalidInput, NotAllowed, Refused

AT = PLANNED + 60 * MINUTE


@pytest.fixture
def room(scene):
    """A session at the moment of the dose, and a cabinet with nothing in it."""
    scene.to_the_dose()
    return make_cabinet(scene)


def codes(refusal):
    return [finding.code for finding in refusal.value.findings]


def unbooked(room):
    return unbooked_doses(room.scene.clinic, room.scene.nurse, AT)


def given_of(draw):
    return [row.draw_change_mg for row in Movement.objects.filter(draw=draw, kind="given")]


# --- As it is given


def test_a_dose_comes_out_of_its_draw_in_one_act(room):
    vial = room.vial()
    draw = room.draw(vial)
    dose = room.scene.give(draw=draw.key)
    assert dose.draw == draw
    moved = Movement.objects.get(draw=draw, kind="given")
    assert (moved.entry_id, moved.draw_change_mg) == (dose.entry.entry_id, Decimal(-53))
    assert (moved.happened_at, moved.recorded_by) == (dose.given_at, room.scene.nurse)
    assert (room.balance(vial), left_of(draw), left_in(room.scene.session)) == (442, 5, 5)
    assert not unbooked(room)
    assert not entries_that_do_not_add_up(room.scene.clinic).exists()


def test_what_the_book_refuses_leaves_neither_dose_nor_entry(room, monkeypatch):
    draw = room.draw(room.vial())

    def fail(*args, **given):
        raise RuntimeError

    monkeypatch.setattr(writing, "take_from", fail)
    with pytest.raises(RuntimeError), transaction.atomic():
        room.scene.give(draw=draw.key)
    assert not DoseGiven.objects.exists()
    assert not SessionEntry.objects.filter(kind="dose").exists()
    assert left_of(draw) == 58


def test_a_press_sent_twice_takes_once(room):
    draw, entry_id = room.draw(room.vial()), uuid4()
    first = room.scene.give(draw=draw.key, entry_id=entry_id)
    assert room.scene.give(draw=draw.key, entry_id=entry_id) == first
    assert given_of(draw) == [-53]


def test_a_clinic_that_keeps_no_stock_records_its_dose(room):
    dose = room.scene.give()
    assert dose.draw is None
    (found,) = unbooked(room)
    assert (found.without_draw, found.given_mg, found.booked_mg) == (1, 53, 0)
    assert count_unbooked(room.scene.clinic) == 1
    assert found.patient == room.scene.patient


def test_with_stock_a_dose_without_a_draw_is_asked_about_once(room):
    room.vial()
    with pytest.raises(Refused) as refusal:
        room.scene.give()
    assert codes(refusal) == ["not-drawn"]
    assert room.scene.give(is_confirmed=True).draw is None
    assert len(unbooked(room)) == 1


@pytest.mark.parametrize("shut", ["expired", "other product"])
def test_stock_that_may_not_be_used_asks_nothing(room, shut):
    if shut == "expired":
        room.vial(expires_on=date(2026, 1, 1))
    else:
        room.vial(product="esketamine-28", mg=28)
    assert room.scene.give().draw is None


def test_more_than_is_drawn_up_is_asked_about_and_then_shown(room):
    draw = room.draw(room.vial(), "50")
    with pytest.raises(Refused) as refusal:
        room.scene.give(draw=draw.key)
    assert codes(refusal) == ["more-than-drawn"]
    assert "50 mg of it is drawn up" in str(refusal.value)
    dose = room.scene.give(draw=draw.key, is_confirmed=True)
    assert (left_of(draw), unbooked_mg(room.scene.session)) == (0, 3)
    (found,) = unbooked(room)
    assert (found.without_draw, found.differs_mg) == (0, 3)
    second = room.draw(room.vial("B-2"), "3")
    book_dose(by=room.scene.nurse, at=AT, dose=dose, draw=second)
    assert given_of(second) == [-3]
    assert not unbooked(room)


@pytest.mark.parametrize("whose", ["nobody", "another session", "another patient"])
def test_a_draw_that_is_not_of_this_session_is_refused(room, whose):
    key = uuid4()
    if whose == "another session":
        key = room.draw(room.vial(), session_key=uuid4()).key
    if whose == "another patient":
        scene = room.scene
        other = make_patient(scene.clinic, team=(scene.prescriber,), at=PLANNED)
        key = room.draw(room.vial(), by=scene.prescriber, patient=other, session_key=None).key
    with pytest.raises(InvalidInput, match="not drawn up for this session"):
        room.scene.give(draw=key)


def test_a_draw_of_another_product_is_refused(room):
    draw = room.draw(room.vial(product="esketamine-28", mg=56), "56")
    with pytest.raises(Refused, match="another product"):
        room.scene.give(draw=draw.key)


# --- What may not be drawn


@pytest.mark.parametrize(
    ("why", "words"),
    [
        ("expired", "It expired on 01 Jan 2026: nothing is drawn from it."),
        ("quarantine", "Its lot is in quarantine: nothing is drawn from it."),
        ("recall", "Its lot is recalled: nothing is drawn from it."),
        ("frozen", "A count did not agree."),
    ],
)
def test_what_may_not_be_used_is_not_drawn_and_says_why(room, why, words):
    expires_on = date(2026, 1, 1) if why == "expired" else date(2027, 6, 30)
    vial, nurse = room.vial(expires_on=expires_on), room.scene.nurse
    if why in {"quarantine", "recall"}:
        reason = "The maker is asked about it."
        hold_lot(by=nurse, at=PLANNED, lot=vial.receipt.lot, why=why, reason=reason)
    if why == "frozen":
        count = open_count(by=nurse, at=PLANNED, container=vial)
        submit_count(by=nurse, at=PLANNED, count=count, counted_mg={vial.pk: Decimal(490)})
    with pytest.raises(Refused) as refusal:
        room.draw(vial)
    assert words in str(refusal.value)


def test_a_recall_reaches_the_session_through_the_draw(room):
    vial = room.vial()
    draw = room.draw(vial)
    dose = room.scene.give(draw=draw.key)
    (drawn,) = way_of(vial.receipt.lot, room.scene.nurse, AT).draws
    assert drawn.patient == room.scene.patient
    (said,) = doses_out_of([draw.pk])[draw.pk]
    assert (said.session_key, said.amount_mg) == (dose.session.key, 53)
    assert summary_of(chart_of(room.scene.session, AT)).lots == ("A12", "A-1")


def test_a_recall_reaches_a_dose_without_a_draw_by_the_lot_written_down(room):
    dose = room.scene.give(lot="a-1")
    (said,) = doses_naming_lot(room.scene.clinic, "A-1", room.scene.nurse, AT)
    assert (said.session_key, said.patient) == (dose.session.key, room.scene.patient)
    assert not doses_naming_lot(room.scene.clinic, "B-2", room.scene.nurse, AT)


# --- Booked afterwards


def test_a_dose_is_booked_afterwards_and_again_changes_nothing(room):
    dose, vial = room.scene.give(), room.vial()
    draw = room.draw(vial, minute=30)
    for _ in range(2):
        assert book_dose(by=room.scene.nurse, at=AT, dose=dose, draw=draw).draw == draw
    assert given_of(draw) == [-53]
    assert not unbooked(room)


def test_what_was_booked_by_hand_is_not_taken_twice(room):
    dose = room.scene.give()
    draw = room.draw(room.vial(), minute=30, session_key=None)
    give_from_draw(by=room.scene.nurse, at=AT, draw=draw, amount_mg=Decimal(53))
    assert len(unbooked(room)) == 1
    book_dose(by=room.scene.nurse, at=AT, dose=dose, draw=draw)
    assert given_of(draw) == [-53]
    assert not unbooked(room)


def test_a_dose_is_drawn_and_booked_as_of_then(room):
    dose, vial = room.scene.give(), room.vial()
    draw_for_dose(by=room.scene.nurse, at=AT, dose=dose, container=vial, amount_mg=Decimal(55))
    dose.refresh_from_db()
    assert (dose.draw.drawn_at, left_of(dose.draw)) == (dose.given_at, 2)
    assert room.balance(vial) == 445
    assert not unbooked(room)


def test_a_corrected_dose_keeps_its_draw_and_the_book_shows_the_difference(room):
    draw = room.draw(room.vial())
    dose = room.scene.give(draw=draw.key)
    instead = room.scene.dose(amount_mg=Decimal(50), volume_ml=Decimal(1), draw=draw.key)
    correct_entry(
        by=room.scene.nurse, at=AT, entry=dose.entry, mistake=Mistake.WRONG_KEY, instead=instead
    )
    assert DoseGiven.objects.get(corrects=dose).draw == draw
    (found,) = unbooked(room)
    assert found.differs_mg == -3
    with pytest.raises(Refused) as refusal:
        book_dose(by=room.scene.nurse, at=AT, dose=dose, draw=room.draw(room.vial("C"), "1"))
    assert "dose-corrected" in codes(refusal)


SOUND = {
    "is_theirs": True,
    "is_for_session": True,
    "is_of_product": True,
    "is_standing": True,
    "names_another": False,
    "missing_mg": Decimal(53),
}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, []),
        ({"names_another": True}, []),
        ({"missing_mg": Decimal(0)}, []),
        ({"is_theirs": False}, ["drawn-for-another"]),
        ({"is_for_session": False}, ["drawn-for-another-session"]),
        ({"is_of_product": False}, ["drawn-as-another"]),
        ({"is_standing": False}, ["dose-corrected"]),
        ({"names_another": True, "missing_mg": Decimal(0)}, ["dose-booked"]),
    ],
)
def test_what_speaks_against_a_draw_afterwards(change, found):
    facts = BookingFacts(**(SOUND | change))
    assert [one.code for one in check_booking(facts)] == found


# --- What the database holds to


def test_the_database_refuses_a_draw_for_somebody_else(room):
    scene = room.scene
    other = make_patient(scene.clinic, team=(scene.prescriber,), at=PLANNED)
    join_care_team(by=scene.prescriber, at=PLANNED, patient=other, member=scene.therapist)
    theirs = room.draw(room.vial(), by=scene.prescriber, patient=other, session_key=None)
    dose = scene.give(is_confirmed=True)
    dose.draw = theirs
    with pytest.raises(IntegrityError, match="same_patient"), transaction.atomic():
        dose.save(update_fields=["draw"])


def test_the_draw_of_a_dose_is_named_once(room):
    vial = room.vial()
    dose = room.scene.give(draw=room.draw(vial).key)
    dose.draw = room.draw(vial, minute=30)
    with pytest.raises(ProgrammingError, match="written once"), transaction.atomic():
        dose.save(update_fields=["draw"])


def test_a_dose_that_takes_nothing_out_is_found(room, monkeypatch):
    """Control: without the taking, the drug log shows what is missing."""
    monkeypatch.setattr(writing, "take_from", lambda *args, **given: Decimal(0))
    room.scene.give(draw=room.draw(room.vial()).key)
    (found,) = unbooked(room)
    assert (found.without_draw, found.differs_mg) == (0, 53)


# --- From a tablet


@pytest.fixture
def tablet(room, client, monkeypatch):
    made = Tablet(room.scene, client, monkeypatch).at(30)
    assert made.open().status_code == 200
    made.lease()
    return made


def test_a_dose_from_a_tablet_takes_from_the_draw_it_names_once(room, tablet):
    draw = room.draw(room.vial())
    event = tablet.event("dose", DOSE | {"draw": str(draw.key)}, lease=1)
    for _ in range(2):
        one = tablet.result(event)
        assert (one["status"], one["flags"]) == ("saved", [])
    assert DoseGiven.objects.get().draw == draw
    assert given_of(draw) == [-53]
    assert not unbooked(room)


def test_a_dose_from_a_tablet_without_a_draw_stands_flagged(room, tablet):
    room.vial()
    one = tablet.result(tablet.event("dose", DOSE | {"is_confirmed": True}, lease=1))
    assert (one["status"], one["flags"]) == ("saved", ["not-drawn"])
    assert DoseGiven.objects.get().draw is None
    assert len(unbooked(room)) == 1


@pytest.mark.parametrize("what", ["unknown", "another product", "not theirs to draw"])
def test_a_draw_that_does_not_fit_never_holds_the_dose(room, tablet, monkeypatch, what):
    key, flag = uuid4(), "draw-unknown"
    if what == "another product":
        draw = room.draw(room.vial(product="esketamine-28", mg=56), "56")
        key, flag = draw.key, "drawn-as-another"
    if what == "not theirs to draw":
        key, flag = room.draw(room.vial()).key, "draw-refused"

        def refuse(**given):
            raise NotAllowed("Not here.")

        monkeypatch.setattr("kapstone.clinic.dosing.writes.give_from_draw", refuse)
    one = tablet.result(tablet.event("dose", DOSE | {"draw": str(key)}, lease=1))
    assert one["status"] == "saved"
    assert {flag, "not-drawn"} <= set(one["flags"])
    assert DoseGiven.objects.get().draw is None
    assert EventReceipt.objects.get().status == "saved"


def test_a_draw_that_cannot_be_read_is_said_in_words(tablet):
    one = tablet.result(tablet.event("dose", DOSE | {"draw": "D-0001"}, lease=1))
    assert (one["status"], one["code"]) == ("held", "unreadable")
    assert "Out of" in one["words"]


# --- Going home


def test_a_rest_is_shown_to_whoever_signs_and_keeps_nobody_here(scene):
    at = scene.to_going_home()
    room = make_cabinet(scene)
    draw = room.draw(room.vial(), minute=16)
    book_dose(by=scene.nurse, at=at, dose=DoseGiven.objects.get(), draw=draw)
    home = chart_of(scene.session, at).going_home
    assert "5 mg is drawn up and not accounted for." in home.of("D11").ruling.words
    assert home.is_ready
    assert discharge(by=scene.nurse, at=at, session=scene.session)
    room.waste(draw, minute=150)
    home = chart_of(scene.session, at).going_home
    assert "drawn up" not in home.of("D11").ruling.words

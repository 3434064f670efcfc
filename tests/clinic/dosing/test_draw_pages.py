"""The strip of the drug log in the room, and the pages where what does not agree is seen."""

import re
from datetime import date
from uuid import uuid4

import pytest
from django.urls import reverse
from tests.clinic.dosing.cabinet import make_cabinet
from tests.clinic.dosing.scene import MINUTE, PLANNED

from kapstone.clinic.dosing.actions import book_dose
from kapstone.clinic.dosing.models import DoseGiven
from kapstone.clinic.drugs.actions import hold_lot
from kapstone.clinic.drugs.draws import left_of
from kapstone.clinic.drugs.models import Draw

AT = PLANNED + 30 * MINUTE
PASSWORD = "the second nurse says so"  # noqa: S105  of a test


@pytest.fixture
def room(scene):
    """A session at the moment of the dose, and a cabinet with nothing in it."""
    scene.to_the_dose()
    return make_cabinet(scene)


@pytest.fixture
def page(room, client, monkeypatch):
    """Ask for, or send to, an address below the session as the nurse, half an hour in."""
    scene = room.scene
    monkeypatch.setattr("django.utils.timezone.now", lambda: AT)

    def ask(name, data=None, *, by=None, query="", htmx=False, **more):
        client.force_login(by or scene.nurse)
        where = name if name.startswith("/") else ""
        where = where or reverse(
            f"dosing:{name}", kwargs={"session_key": scene.session.key, **more}
        )
        headers = {"HX-Request": "true", "HX-Target": "panel"} if htmx else {}
        if data is None:
            answer = client.get(where + query, headers=headers)
        else:
            answer = client.post(where, {"entry_id": uuid4(), **data}, headers=headers)
        scene.stand()
        return answer

    return ask


def said(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_what_is_ordered_is_drawn_up_in_the_room_and_given(page, room):
    vial = room.vial()
    assert "Nothing is drawn up for this dose yet." in said(page("room", query="?tab=dose"))
    sent = page("draw", {"container": vial.pk, "amount_mg": "58"}, htmx=True)
    assert (sent.status_code, sent["HX-Trigger"]) == (200, "drawn")
    draw = Draw.objects.get()
    assert (draw.session_key, draw.amount_mg) == (room.scene.session.key, 58)
    shown = said(sent)
    for words in ("D-0001 lot A-1, to 30 Jun 2027", "442.00 mg", "58.00 mg", "In hand"):
        assert words in shown
    assert f'value="{draw.key}" selected' in sent.content.decode()
    dose = {"kind": "dose", "product": "racemic", "route": "IM", "amount_mg": "53"}
    dose |= {"is_identity_checked": "true", "draw": str(draw.key)}
    assert page("dose", dose).status_code == 303
    assert DoseGiven.objects.get().draw == draw
    shown = page("room", query="?tab=dose")
    assert "Left to waste 5.00 mg" in said(shown)
    assert f'value="{draw.key}">D-0001' in shown.content.decode()  # a rest is never chosen


def test_asking_the_rules_takes_nothing(page, room):
    draw = room.draw(room.vial())
    dose = {"kind": "dose", "product": "racemic", "route": "IM", "amount_mg": "53"}
    dose |= {"is_identity_checked": "true", "draw": str(draw.key), "only": "check"}
    assert page("dose", dose).json() == {"witness_id": None}
    assert left_of(draw) == 58


def test_a_dose_without_a_draw_is_asked_about_and_may_be_true(page, room):
    room.vial()
    dose = {"kind": "dose", "product": "racemic", "route": "IM", "amount_mg": "53"}
    dose["is_identity_checked"] = "true"
    refused = page("dose", dose)
    assert refused.status_code == 422
    assert "No draw is named for this dose." in said(refused)
    assert "It is true: save as it is" in said(refused)
    assert page("dose", dose | {"is_confirmed": "true"}).status_code == 303
    assert DoseGiven.objects.get().draw is None


def test_what_is_shut_is_not_offered_and_refused_in_words(page, room):
    vial, nurse = room.vial(), room.scene.nurse
    room.vial("X-9", expires_on=date(2026, 1, 1))
    why = {"why": "recall", "reason": "Recalled by the maker."}
    hold_lot(by=nurse, at=PLANNED, lot=vial.receipt.lot, **why)
    room.vial("B-2")
    shown = page("room", query="?tab=dose").content.decode()
    assert f'<option value="{vial.pk}"' not in shown
    assert "D-0001 (lot A-1 is recalled)" in shown
    assert "D-0002 (expired on 1 Jan 2026)" in shown
    sent = page("draw", {"container": vial.pk, "amount_mg": "58"}, htmx=True)
    assert sent.status_code == 422
    assert "Its lot is recalled: nothing is drawn from it." in said(sent)
    assert not Draw.objects.exists()


@pytest.mark.parametrize(
    ("password", "status", "left"), [(PASSWORD, 200, 0), ("not the word", 422, 58)]
)
def test_a_rest_is_wasted_in_the_room_before_a_witness(page, room, password, status, left):
    draw = room.draw(room.vial())
    room.second.set_password(PASSWORD)
    room.second.save(update_fields=["password"])
    sent = {"amount_mg": "58", "reason": "rest", "method": "denatured"}
    sent |= {"witness": room.second.pk, "witness_password": password}
    answer = page("waste", sent, htmx=True, draw_key=draw.key)
    assert (answer.status_code, left_of(draw)) == (status, left)
    if status == 422:
        assert "The password is not right. Nothing was written." in said(answer)


def test_a_draw_of_another_session_is_not_here(page, room):
    draw = room.draw(room.vial(), session_key=uuid4())
    assert page("waste", {}, draw_key=draw.key).status_code == 404


def test_whoever_may_not_draw_up_sees_no_drug_log(page, room):
    room.draw(room.vial())
    shown = page("room", by=room.scene.therapist, query="?tab=dose").content.decode()
    assert "Drawn up" not in shown
    assert "A-1" not in shown
    assert page("draw", {}, by=room.scene.therapist).status_code in {403, 404}


def test_what_goes_along_on_a_tablet_has_no_stock_in_it(page, room):
    draw = room.draw(room.vial())
    kept = page("kept").json()["room"]
    assert f'value="{draw.key}"' in kept
    assert "442.00" not in kept
    assert "witness_password" not in kept.split("Drawn up, from the drug log")[1][:2000]


def test_without_stock_the_room_says_what_follows(page):
    shown = said(page("room", query="?tab=dose"))
    assert "nothing of this product to draw from" in shown


def test_a_draw_from_the_drug_log_on_the_day_is_of_the_session(page, room):
    where = reverse("drugs:draw_up", kwargs={"patient_key": room.scene.patient.key})
    sent = page(where, {"container": room.vial().pk, "amount_mg": "58"})
    assert sent.status_code == 303
    assert Draw.objects.get().session_key == room.scene.session.key


def test_the_drug_log_shows_a_dose_without_a_draw_until_it_is_booked(page, room):
    dose = room.scene.give()
    stock = said(page("/drugs/"))
    assert "Given, and not in the book" in stock
    assert "Given without a draw" in stock
    assert "To account for" in said(page("/drugs/reports/"))
    draw = room.draw(room.vial(), minute=25)
    shown = said(page("book"))
    assert "The record says 53 mg more than the drug log." in shown
    sent = {"dose": dose.entry.entry_id, "source": f"draw-{draw.key}"}
    assert page("book", sent).status_code == 303
    shown = said(page("book"))
    assert "Accounted for" in shown
    assert "Out of D-0001, lot A-1." in shown
    assert "Given, and not in the book" not in said(page("/drugs/"))
    report = said(page("/drugs/reports/"))
    assert "5 mg of 58 mg drawn up" in report
    assert "neither given nor wasted" in report


def test_a_dose_is_drawn_afterwards_from_a_container(page, room):
    dose, vial = room.scene.give(), room.vial()
    sent = {"dose": dose.entry.entry_id, "source": f"container-{vial.entry_id}"}
    refused = page("book", sent)
    assert refused.status_code == 422
    assert "Say how many mg were drawn up then." in said(refused)
    assert page("book", sent | {"amount_mg": "55"}).status_code == 303
    dose.refresh_from_db()
    assert (left_of(dose.draw), room.balance(vial)) == (2, 445)


@pytest.mark.parametrize("dose", ["", "no-key", "b72892d8-954c-4506-a13f-002b6728ac10"])
def test_booking_a_dose_that_is_not_here_is_refused(page, dose):
    refused = page("book", {"dose": dose, "source": "draw-x"})
    assert refused.status_code == 422
    assert "That dose is not of this session." in said(refused)


def test_a_lot_names_the_sessions_that_got_it(page, room):
    vial = room.vial()
    dose = room.scene.give(draw=room.draw(vial).key)
    where = reverse("drugs:lot", kwargs={"lot_key": vial.receipt.lot.entry_id})
    shown = page(where).content.decode()
    assert room.scene.patient.screen_name in shown
    assert f"/sessions/{dose.session.key}/record/" in shown
    assert "dose 1" in shown


def test_a_lot_names_a_dose_without_a_draw_that_wrote_it_down(page, room):
    room.scene.give(lot="A-1")
    where = reverse("drugs:lot", kwargs={"lot_key": room.vial().receipt.lot.entry_id})
    assert "Given without a draw, with this lot written down" in said(page(where))


def test_going_home_shows_a_rest(page, room):
    dose = room.scene.give()
    draw = room.draw(room.vial(), minute=25)
    book_dose(by=room.scene.nurse, at=AT, dose=dose, draw=draw)
    words = "5 mg is drawn up and not accounted for."
    assert words in said(page("discharge"))
    room.waste(draw, minute=29)
    assert words not in said(page("discharge"))


def test_the_number_of_questions_does_not_grow(page, room, django_assert_max_num_queries):
    vial = room.vial()
    room.draw(vial, "1")
    page("room", query="?tab=dose")
    with django_assert_max_num_queries(60) as few:
        page("room", query="?tab=dose")
    for _ in range(3):
        room.draw(room.vial(uuid4().hex[:8]), "1")
    with django_assert_max_num_queries(len(few.captured_queries)):
        page("room", query="?tab=dose")

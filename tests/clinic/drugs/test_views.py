"""The pages of the drug log: what each role sees, what a refused form says, what files hold."""

import csv
import io
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.builders import NINE
from tests.clinic.drugs.scene import FULL, make_scene, mg

from kapstone.clinic.drugs.actions import hold_lot, open_count, waste_container
from kapstone.clinic.drugs.models import Count, Draw, Movement, Receipt
from kapstone.clinic.drugs.reports import as_csv
from kapstone.clinic.drugs.rules import Waste

PASSWORD = "the second nurse says so"  # noqa: S105  of a test
BACKEND = "kapstone.core.people.signed_in.SignedIn"


@pytest.fixture
def scene(db, at_clock):
    at_clock(NINE)
    made = make_scene()
    for user in (made.nurse, made.second, made.prescriber):
        user.set_password(PASSWORD)
        user.save()
    return made


@pytest.fixture
def at(client, scene):
    """Open an address as somebody."""

    def go(user, name, *args, **query):
        client.force_login(user, BACKEND)
        answer = client.get(reverse(f"drugs:{name}", args=args), query)
        scene.stand()
        return answer

    return go


@pytest.fixture
def send(client, scene):
    """Post a form as somebody."""

    def go(user, name, *args, **sent):
        client.force_login(user, BACKEND)
        answer = client.post(
            reverse(f"drugs:{name}", args=args), {"entry_id": str(uuid4()), **sent}
        )
        scene.stand()
        return answer

    return go


def text(answer):
    return answer.content.decode()


# --- Empty, and who sees what


@pytest.mark.parametrize("who", ["nurse", "prescriber", "administrator", "auditor"])
def test_an_empty_book_says_what_fills_it(scene, at, who):
    answer = at(getattr(scene, who), "stock")
    assert answer.status_code == 200
    assert "No stock recorded." in text(answer)


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("nurse", ["Draw up", "Count", "Receive", "Reports"]),
        ("administrator", ["Count", "Receive"]),
        ("auditor", ["Reports"]),
    ],
)
def test_each_role_is_offered_what_it_may_do(scene, at, who, words):
    scene.vial()
    said = text(at(getattr(scene, who), "stock"))
    for word in ("Draw up", "Count", "Receive", "Reports"):
        assert (f">{word}" in said) == (word in words), word


@pytest.mark.parametrize("who", ["therapist"])
def test_to_others_there_is_no_drug_log(scene, at, who):
    assert at(getattr(scene, who), "stock").status_code == 403


def test_an_administrator_sees_balances_and_no_entries(scene, at):
    vial = scene.vial()
    scene.draw(vial)
    said = text(at(scene.administrator, "container", vial.entry_id))
    assert "440 mg" in said
    assert "Drawn up" not in said
    assert scene.patient.screen_name not in said
    assert "Northern Wholesale" not in said


def test_a_patient_is_named_only_to_who_cares_for_them(scene, at):
    vial = scene.vial()
    draw = scene.draw(vial)
    for user, knows in ((scene.nurse, True), (scene.auditor, True), (scene.second, False)):
        for name, args in (("container", [vial.entry_id]), ("stock", []), ("reports", [])):
            said = text(at(user, name, *args))
            assert (scene.patient.number in said) == knows, (user, name)
        status = 200 if knows else 404
        assert at(user, "draw", draw.key).status_code == status


def test_the_cabinet_asks_as_often_for_many_as_for_one(scene, client):
    scene.draw(scene.vial())
    client.force_login(scene.nurse, BACKEND)

    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/drugs/").status_code == 200
        scene.stand()
        return len(queries)

    few = asked()
    for vial in scene.receive(containers=12):
        scene.draw(vial, "5")
    assert asked() == few


# --- Receiving


RECEIPT = {
    "product": "ketamine-50",
    "containers": "2",
    "contents": "10",
    "lot": "B-77",
    "expires_on": "2027-01-31",
    "received_at": "2026-03-02T08:30",
    "supplier": "Northern Wholesale",
}


def test_a_delivery_is_taken_in_by_the_form(scene, send):
    sent = {**RECEIPT, "place": scene.cabinet.pk}
    assert send(scene.administrator, "receive", **sent).status_code == 303
    receipt = Receipt.objects.get()
    assert (receipt.contents_mg, receipt.containers.count()) == (FULL, 2)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"contents": "ten"}, "Give the mL or the pieces"),
        ({"contents": "0"}, "Give the mL or the pieces"),
        ({"expires_on": "0001-01-01"}, "last day on which"),
        ({"received_at": "2026-03-02T09:30"}, "lies ahead"),
        ({"containers": "0"}, "Give 1 to 200"),
        ({"place": ""}, "Choose a place"),
    ],
)
def test_a_wrong_delivery_is_refused_in_words_and_kept(scene, send, change, words):
    answer = send(scene.nurse, "receive", **{**RECEIPT, "place": scene.cabinet.pk, **change})
    assert answer.status_code == 422
    assert words in text(answer)
    assert 'role="alert"' in text(answer)
    assert 'value="Northern Wholesale"' in text(answer)
    assert not Receipt.objects.exists()


# --- Drawing, giving, wasting


def test_from_the_vial_to_the_last_hundredth(scene, at, send):
    vial = scene.vial()
    assert scene.patient.screen_name in text(at(scene.nurse, "for_whom"))
    key = scene.patient.key
    assert "D-0001: Ketamine 50 mg/mL" in text(at(scene.nurse, "draw_up", key))
    answer = send(scene.nurse, "draw_up", key, container=vial.pk, amount_mg="65")
    draw = Draw.objects.get()
    assert answer.url == f"/drugs/draws/{draw.key}/"
    assert send(scene.nurse, "give", draw.key, amount_mg="60").status_code == 303
    wasted = {
        "amount_mg": "5",
        "reason": "rest",
        "method": "denatured",
        "witness": scene.second.pk,
        "witness_password": PASSWORD,
    }
    assert send(scene.nurse, "waste_draw", draw.key, **wasted).status_code == 303
    said = text(at(scene.nurse, "draw", draw.key))
    assert "Accounted for" in said
    assert str(scene.second) in said


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"witness_password": "guessed"}, "The password is not right."),
        ({"witness_password": ""}, "The witness gives their own password."),
        ({"witness": ""}, "Choose a second person."),
        ({"witness": "self"}, "Choose a second person."),
        ({"amount_mg": "60.01"}, "Only 60 mg of this draw is left."),
        ({"amount_mg": "0.001"}, "to the hundredth at most"),
        ({"reason": ""}, "Choose why it is wasted."),
    ],
)
def test_waste_that_is_refused_says_why(scene, send, change, words):
    draw = scene.draw(scene.vial())
    if change.get("witness") == "self":
        change = {"witness": scene.nurse.pk}
    sent = {
        "amount_mg": "5",
        "reason": "rest",
        "method": "denatured",
        "witness": scene.second.pk,
        "witness_password": PASSWORD,
        **change,
    }
    answer = send(scene.nurse, "waste_draw", draw.key, **sent)
    assert answer.status_code == 422
    assert words in text(answer)
    assert PASSWORD not in text(answer)
    assert not Movement.objects.filter(kind="wasted").exists()


def test_what_may_not_be_drawn_is_not_offered(scene, at, send):
    vial = scene.vial()
    hold_lot(
        by=scene.nurse, at=NINE, lot=vial.receipt.lot, why="recall", reason="Said the maker."
    )
    assert "Nothing may be drawn from." in text(at(scene.nurse, "draw_up", scene.patient.key))
    answer = send(scene.nurse, "draw_up", scene.patient.key, container=vial.pk, amount_mg="1")
    assert answer.status_code == 422
    assert "On hold" in text(at(scene.auditor, "lot", vial.receipt.lot.entry_id))


# --- Counting


def test_no_page_tells_the_counter_what_is_expected(scene, at, send):
    vial = scene.vial()
    scene.draw(vial, "61.25")
    answer = send(scene.nurse, "counts", place=scene.cabinet.pk)
    count = Count.objects.get()
    assert answer.url == f"/drugs/counts/{count.entry_id}/"
    pages = (
        ("count", count.entry_id),
        ("counts",),
        ("stock",),
        ("container", vial.entry_id),
        ("lot", vial.receipt.lot.entry_id),
        ("lots",),
        ("reports",),
        ("export",),
        ("draw_up", scene.patient.key),
        ("waste", vial.entry_id),
        ("move", vial.entry_id),
    )
    for name, *args in pages:
        said = text(at(scene.nurse, name, *args))
        assert "438.75" not in said, name
        assert "8.775" not in said, name
    for what in ("on-hand", "entries"):
        assert "438.75" not in text(at(scene.nurse, "export", what=what))
    assert "438.75" in text(at(scene.second, "stock"))
    answer = send(scene.nurse, "count", count.entry_id, c1="8.775")
    assert answer.status_code == 303
    assert "438.75" in text(at(scene.nurse, "stock"))


def test_a_difference_is_shown_first_and_resolved_by_two(scene, at, send):
    vial = scene.vial()
    line = scene.count(vial, "490")
    said = text(at(scene.nurse, "stock"))
    assert said.index("is frozen") < said.index("On hand")
    assert at(scene.nurse, "difference", line.entry_id).status_code == 403
    sent = {
        "outcome": "adjusted",
        "explanation": "Spilt when it was opened.",
        "own_password": PASSWORD,
        "witness": scene.second.pk,
        "witness_password": PASSWORD,
    }
    wrong = send(scene.prescriber, "difference", line.entry_id, **{**sent, "own_password": "x"})
    assert wrong.status_code == 422
    assert send(scene.prescriber, "difference", line.entry_id, **sent).status_code == 303
    assert scene.balance(vial) == mg(490)
    assert "Spilt when" in text(at(scene.auditor, "reports"))


def test_a_count_of_somebody_else_is_not_yours_to_end(scene, at, send):
    vial = scene.vial()
    count = open_count(by=scene.second, at=NINE, container=vial)
    assert "Not in yet." in text(at(scene.nurse, "count", count.entry_id))
    assert send(scene.nurse, "count", count.entry_id, c1="1").status_code == 409


def test_a_count_left_half_is_refused_and_kept(scene, send):
    one, _ = scene.receive(containers=2)
    count = open_count(by=scene.nurse, at=NINE, place=scene.cabinet)
    answer = send(scene.nurse, "count", count.entry_id, c1="10")
    assert answer.status_code == 422
    assert "Say what is in D-0002" in text(answer)
    assert 'value="10"' in text(answer)
    assert one.count_lines.count() == 0


# --- Reversing


def test_an_entry_is_reversed_on_its_page(scene, at, send):
    vial = scene.vial()
    draw = scene.draw(vial)
    entry = draw.movements.get()
    assert "Reverse entry 2 of D-0001" in text(at(scene.nurse, "reverse", entry.entry_id))
    sent = {
        "reason": "Drawn up for the wrong person.",
        "own_password": PASSWORD,
        "witness": scene.second.pk,
        "witness_password": PASSWORD,
    }
    assert send(scene.nurse, "reverse", entry.entry_id, **sent).status_code == 303
    assert scene.balance(vial) == FULL
    again = send(scene.nurse, "reverse", entry.entry_id, **sent)
    assert again.status_code == 422
    assert "already been reversed" in text(again)


# --- Reports and files


def rows(answer):
    return list(csv.reader(io.StringIO(text(answer))))


def test_files_hold_the_statutory_log(scene, at):
    vial = scene.vial()
    draw = scene.draw(vial, "65")
    scene.give(draw, "60")
    scene.waste(draw, "5")
    head, *entries = rows(at(scene.auditor, "export", what="entries"))
    assert [row[head.index("what")] for row in entries] == [
        "Received",
        "Drawn up",
        "Given",
        "Wasted",
    ]
    assert [row[head.index("balance_mg")] for row in entries] == ["500.00"] + ["435.00"] * 3
    assert entries[3][head.index("witness")] == str(scene.second)
    assert scene.patient.number in entries[1][head.index("patient")]
    (_, on_hand) = rows(at(scene.auditor, "export", what="on-hand"))
    assert on_hand[:2] == ["D-0001", "Ketamine 50 mg/mL, vial"]
    assert len(rows(at(scene.auditor, "export", what="differences"))) == 1


def test_a_period_without_entries_says_so(scene, at):
    scene.vial()
    said = text(at(scene.auditor, "reports", since="2025-01-01", until="2025-01-31"))
    assert "No entries in these days." in said
    assert "every balance agrees to 0.01 mg" in said


def test_words_that_a_spreadsheet_would_run_are_quoted(scene, at):
    vial = scene.vial()
    waste_container(
        by=scene.nurse,
        at=NINE,
        container=vial,
        amount_mg=mg(5),
        waste=Waste(reason="broken", method="denatured", detail='=HYPERLINK("http://x")'),
        witness=scene.second,
    )
    for row in rows(at(scene.auditor, "export", what="entries")):
        assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "\tx", "\rx", 'a"b', "a,b", "a\r\nb"])
def test_a_file_reads_back_as_it_was_written(cell):
    (_, (read,)) = list(csv.reader(io.StringIO(as_csv(["x"], [[cell]]), newline="")))
    assert read.removeprefix("'") == cell
    assert not read.startswith(("=", "+", "-", "@", "\t", "\r"))

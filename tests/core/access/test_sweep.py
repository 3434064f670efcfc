"""Nobody sees what is not theirs, and everyone sees what is, by any door (F01, F03)."""

import logging
import os
from dataclasses import dataclass

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.urls import path
from django.utils import timezone
from tests.core.access.sweep import records_day, sweep
from tests.core.access.sweep.building import build
from tests.core.access.sweep.canaries import found_in
from tests.core.access.sweep.oracle import cells, expected_routes
from tests.core.access.sweep.planter import is_free_text

from kapstone.core.access import doors, fences, policy, standing
from kapstone.core.access.policy import Action, Relation, matrix
from kapstone.core.access.registry import routes, undeclared
from kapstone.core.people.models import CareRecord
from kapstone.site import steps

CELLS = int(os.environ.get("KAPSTONE_SWEEP_CELLS", "3000"))  # 0: every one
PARTS = int(os.environ.get("KAPSTONE_SWEEP_PARTS", "1"))


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """Build the world once; each knock undoes what it wrote."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build(timezone.now())
        transaction.set_rollback(True)


# --- What is declared, and what is planted


def test_every_route_is_declared_and_expected_as_it_is_declared():
    assert not undeclared()
    declared = {
        route.name: (
            route.door.record_class,
            str(route.door.read or ""),
            str(route.door.write or ""),
        )
        for route in routes()
    }
    typed = {
        name: (row.record_class, row.read, row.write) for name, row in expected_routes().items()
    }
    assert declared == typed


def test_the_matrix_says_what_was_typed_from_the_design():
    columns = {column for _, column in cells()}
    for code, row in matrix().items():
        assert {f"{role}.{relation}" for role, relation in row.cells} <= columns, code
        for column in columns:
            role, _, relation = column.rpartition(".")
            found = row.letters(role, Relation(relation))
            assert found == cells()[code, column], (code, column)
    assert {code for code, _ in cells()} == set(matrix())


def test_a_record_of_every_kind_is_planted(world):
    known = {model for model in fences.fenced_models() if issubclass(model, CareRecord)}
    for patient in world.patients.values():
        of_theirs = {type(row) for row in world.planted if row.subjects_id == patient.alone_id}
        assert {model.__name__ for model in known - of_theirs} == set(), patient.number


def test_every_free_text_of_people_holds_a_canary(world):
    bare = {
        f"{type(row).__name__}.{field.name}"
        for row in world.planted
        for field in row._meta.concrete_fields
        if is_free_text(field) and field.blank and not found_in(getattr(row, field.name) or "")
    }
    # Held by a row of its own: a course that ended, an appointment that was cancelled, a lift.
    known = {"Course.end_reason", "Appointment.cancel_reason", "CheckAnswer.lift_reason"}
    empty_on_purpose = {"ContactDetails.email", "ContactDetails.pronouns"} | {
        "ContactDetails.contact_phone",
        "ContactDetails.phone",
    }
    assert bare <= known | empty_on_purpose


# --- The sweep


@pytest.mark.parametrize("part", range(PARTS))
def test_nothing_leaks_and_nothing_is_wrongly_denied(world, record_property, part):
    report = sweep.run(world, sample=CELLS or None, part=(part, PARTS))
    record_property("sweep", report.figures() | {"undeclared": len(undeclared())})
    problems = report.leaks + report.wrong_denials + report.faults
    assert not problems, "\n".join(problems[:40])


# --- Planted faults: a drill that cannot fail proves nothing


def everything_allowed(question):
    return policy.Decision(allowed=True, mode=policy.Mode.FULL, relation=policy.Relation.CLINIC)


def a_team_without_an_end(user, at):
    return standing.CareTeamMember.objects.filter(user=user)


def a_room_without_an_end(user, at):
    return standing.RoomDuty.objects.filter(user=user)


def no_role_asked(role, code, action):
    return True


def glass_that_never_mends(user, patients, at):
    broken = standing.BrokenGlass.objects.filter(user=user, patient__in=patients)
    return frozenset(broken.values_list("patient_id", flat=True))


def limited_shown_whole(letters, *, granted, glass):
    mode = TRUE_MODE(letters, granted=granted, glass=glass)
    return policy.Mode.FULL if mode is policy.Mode.LIMITED else mode


TRUE_MODE = policy._read_mode
TRUE_CLASS = policy.record_class


@dataclass(frozen=True)
class EveryoneReads:
    """A row of the matrix that grants the whole clinic what it grants a team."""

    row: policy.RecordClass

    def letters(self, role, relation):
        return self.row.letters(role, Relation.TEAM)


def a_list_that_forgets_the_team(code):
    return EveryoneReads(TRUE_CLASS(code))


@pytest.mark.parametrize(
    ("where", "name", "fault", "who", "doors_knocked"),
    [
        pytest.param(
            standing,
            "decide",
            everything_allowed,
            "clinic",
            {"overview:record"},
            id="the policy always says yes",
        ),
        pytest.param(
            standing,
            "team_memberships",
            a_team_without_an_end,
            "ended",
            {"measures:measures"},
            id="a membership that ended still counts",
        ),
        pytest.param(
            standing,
            "room_duties",
            a_room_without_an_end,
            "nurse-ended",
            {"dosing:room"},
            id="a room duty that ended still counts",
        ),
        pytest.param(
            doors.Access,
            "may_anywhere",
            lambda self, code, action="read": True,
            "researcher",
            {"overview:today"},
            id="a board asks no role",
        ),
        pytest.param(
            policy,
            "_read_mode",
            limited_shown_whole,
            "nurse-room",
            {"integration:notes"},
            id="limited fields are shown whole",
        ),
        pytest.param(
            standing,
            "record_class",
            a_list_that_forgets_the_team,
            "clinic",
            {"overview:patients"},
            id="a list forgets the team",
        ),
        pytest.param(
            standing,
            "glass_broken_by",
            glass_that_never_mends,
            "glass-old",
            {"screening:screening"},
            id="a broken glass never mends",
        ),
    ],
)
def test_a_planted_fault_is_a_leak(world, monkeypatch, where, name, fault, who, doors_knocked):
    assert not sweep.run(world, who={who}, only=doors_knocked).leaks
    monkeypatch.setattr(where, name, fault)
    assert sweep.run(world, who={who}, only=doors_knocked).leaks


def test_a_team_that_no_role_may_join_is_a_wrong_denial(world, monkeypatch):
    monkeypatch.setattr(standing, "_TEAM_ROLES", frozenset())
    report = sweep.run(world, who={"team"}, only={"measures:measures"})
    assert report.wrong_denials


def test_a_grant_that_outlives_its_withdrawal_is_a_leak(db, monkeypatch):
    monkeypatch.setattr(records_day, "take_back", lambda planter, grant: None)
    forgetful = build(timezone.now())
    report = sweep.run(forgetful, who={"team"}, only={"practice:team_practices"})
    assert any("journal_private" in leak for leak in report.leaks)


class Careless:
    """A client of a page that refuses in words and shows the record underneath."""

    cookies: dict[str, str] = {}

    def __init__(self, secret):
        self.secret = secret

    def generic(self, method, address, headers):
        return HttpResponse(f"Forbidden <!-- {self.secret} -->", status=404)


def test_a_page_that_says_forbidden_and_shows_the_record_is_a_leak(world):
    client = Careless(world.patients["own"].legal_name)
    route = next(one for one in routes() if one.name == "measures:measures")
    report = sweep.Report()
    sweep.knock(world, sweep.Cell(world.who("clinic"), route, "own", "GET"), client, report)
    assert [leak for leak in report.leaks if "identity_limited" in leak]


def test_a_log_that_names_a_patient_is_a_leak(world):
    heard = sweep.Heard()
    heard.emit(logging.makeLogRecord({"msg": world.patients["own"].legal_name}))
    route = next(one for one in routes() if one.name == "measures:measures")
    cell = sweep.Cell(world.who("clinic"), route, "own", "GET")
    report = sweep.Report()
    sweep.knock(world, cell, sweep.clients_of(world)["clinic"], report, heard)
    assert report.leaks == [f"{cell}: logs identity_limited"]


# --- An undeclared route


class Book:
    """An address book with one address that no door guards."""

    urlpatterns = [path("bare/", lambda request: HttpResponse("open"))]


def test_an_undeclared_route_is_reported(settings):
    settings.ROOT_URLCONF = Book
    assert [route.address for route in undeclared()] == ["/bare/"]


def test_an_undeclared_route_keeps_kapstone_from_serving(settings):
    settings.ROOT_URLCONF = Book
    with pytest.raises(steps.NotReady, match=r"'/bare/' \(\) has no door"):
        steps.checks()


def test_a_class_that_a_door_names_must_exist():
    with pytest.raises(policy.PolicyError):
        doors.door("no-such-class")


def test_a_door_that_declares_no_write_answers_no_post():
    @doors.door("identity")
    def view(request):
        return HttpResponse()

    assert doors.spec_of(view).methods == ("GET", "HEAD")
    assert doors.spec_of(view).read is Action.READ

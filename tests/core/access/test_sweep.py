"""Nobody sees what is not theirs, and everyone sees what is, by any door (F01, F02, F03)."""

import os
from typing import ClassVar

import pytest
from django.http import HttpResponse
from django.urls import path
from django.utils import timezone
from tests.core.access.sweep import sweep
from tests.core.access.sweep.building import build
from tests.core.access.sweep.oracle import cells, expected_routes

from kapstone.core.access import doors, policy, standing
from kapstone.core.access.policy import Action, Relation, matrix
from kapstone.core.access.registry import routes, undeclared

pytestmark = pytest.mark.django_db

SAMPLE = int(os.environ.get("KAPSTONE_SWEEP_CELLS", "3000"))


@pytest.fixture
def world(db):
    return build(timezone.now())


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


def test_the_matrix_says_what_the_design_says():
    columns = {column for _, column in cells()}
    for code, row in matrix().items():
        for column in columns:
            role, _, relation = column.rpartition(".")
            assert row.letters(role, Relation(relation)) == cells()[code, column], (
                code,
                column,
            )
    assert {code for code, _ in cells()} == set(matrix())


def test_nothing_leaks_and_nothing_is_wrongly_denied(world, capsys):
    report = sweep.run(world, sample=None if SAMPLE == 0 else SAMPLE)
    with capsys.disabled():
        print(f"\n{report.line()}")  # noqa: T201  the figure is what the drill is for
    problems = report.leaks + report.wrong_denials + report.faults
    assert not problems, "\n".join(problems[:40])


def everything_allowed(question):
    return policy.Decision(allowed=True, mode=policy.Mode.FULL, relation=policy.Relation.CLINIC)


def a_team_without_an_end(user, at):
    return standing.CareTeamMember.objects.filter(user=user)


def no_role_asked(role, code, action):
    return True


PLANTED = [
    pytest.param("decide", everything_allowed, "clinic", id="the policy always says yes"),
    pytest.param("team_memberships", a_team_without_an_end, "ended", id="an end is forgotten"),
    pytest.param("may_anywhere", no_role_asked, "researcher", id="a board asks no role"),
]


@pytest.mark.parametrize(("name", "fault", "who"), PLANTED)
def test_a_planted_fault_turns_the_sweep_red(world, monkeypatch, name, fault, who):
    monkeypatch.setattr(standing, name, fault)
    report = sweep.run(world, sample=600, who={who})
    assert report.leaks, f"{name}: the sweep did not notice"


class Careless:
    """A client of a page that refuses in words and shows the record underneath."""

    cookies: ClassVar[dict[str, str]] = {}

    def __init__(self, secret):
        self.secret = secret

    def generic(self, method, address):
        return HttpResponse(f"Forbidden <!-- {self.secret} -->", status=404)


def test_a_page_that_says_forbidden_and_shows_the_record_is_caught(world):
    secret = world.patients["own"].legal_name
    clinic = next(one for one in world.principals if one.code == "clinic")
    route = next(one for one in routes() if one.name == "access:glass")
    report = sweep.Report()
    cell = sweep.Cell(clinic, route, "own", "GET")
    sweep.knock(world, cell, Careless(secret), report)
    assert any("identity_limited" in leak for leak in report.leaks)


def test_an_undeclared_route_is_reported(settings):
    class Book:
        urlpatterns = [path("bare/", lambda request: HttpResponse("open"))]

    settings.ROOT_URLCONF = Book
    assert [route.address for route in undeclared()] == ["/bare/"]


def test_a_class_that_a_door_names_must_exist():
    with pytest.raises(policy.PolicyError):
        doors.door("no-such-class")


def test_a_door_that_declares_no_write_answers_no_post():
    @doors.door("identity")
    def view(request):
        return HttpResponse()

    assert doors.spec_of(view).methods == ("GET", "HEAD")
    assert doors.spec_of(view).read is Action.READ

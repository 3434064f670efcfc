"""Whoever runs the clinic's system reads nothing of its patients' care (F02)."""

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from tests.bodies import said_in
from tests.core.access.sweep.canaries import found_in
from tests.core.access.sweep.sweep import ABOUT, arguments

from kapstone.core.access.fences import fenced_models
from kapstone.core.access.registry import routes

SOURCE = Path(__file__).parents[2] / "src" / "kapstone"
# What an administrator's cells show: a name and a number, never a record of care.
SHOWN = {"identity_limited", "screen_name"}


def seen_by(world, client):
    """Collect every planted word in every page and part that opens."""
    seen, opened = set(), 0
    for route in routes():
        for about in ("", *ABOUT):
            given = arguments(world, route, about)
            if given is None:
                continue
            for headers in ({}, {"HX-Request": "true"}):
                with transaction.atomic():
                    answer = client.get(reverse(route.name, kwargs=given), headers=headers)
                    transaction.set_rollback(True)
                opened += answer.status_code == 200
                seen |= {one.record_class for one in found_in(said_in(answer))}
    return seen, opened


@pytest.mark.parametrize("who", ["administrator", "superuser"])
def test_no_page_shows_an_administrator_a_clinical_word(world, clients, who):
    seen, opened = seen_by(world, clients[who])
    assert opened >= 10
    assert seen <= SHOWN


def test_the_same_walk_finds_clinical_words_for_who_may_read_them(world, clients):
    seen, _ = seen_by(world, clients["prescriber-team"])
    assert {"screening", "progress_note", "dosing_session", "measure"} <= seen


def test_there_is_no_admin_site_and_none_of_its_parts():
    installed = {config.name for config in apps.get_app_configs()}
    assert not {name for name in installed if "admin" in name.split(".")}
    assert "django.contrib.admindocs" not in settings.INSTALLED_APPS
    assert not [one for one in routes() if "admin" in one.address]


def test_no_model_is_registered_anywhere_to_be_browsed():
    files = [path for path in SOURCE.rglob("*.py") if path.name == "admin.py"]
    assert files == []
    assert len(list(fenced_models())) > 30


def calls_of(name):
    """Give the modules that call a function of this name."""
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name:
                yield path.relative_to(SOURCE).as_posix()


def test_nobody_signs_in_as_another():
    # By a pass phrase, and once by whoever has just chosen theirs at the end of an invitation.
    assert set(calls_of("login")) == {"core/access/views.py", "core/joining/views.py"}
    text = " ".join(path.read_text() for path in SOURCE.rglob("*.py")).lower()
    assert "impersonat" not in text
    assert "hijack" not in text


def test_being_a_superuser_opens_no_door(world, clients):
    patient = world.keys["own"]["patient_key"]
    for end in ("measures/", "integration/", "consent/", "plan/", "trails/"):
        assert clients["superuser"].get(f"/patients/{patient}/{end}").status_code == 404

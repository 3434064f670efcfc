"""What a tablet is given to keep, and the asking before a dose that writes nothing."""

import json
import re
from pathlib import Path
from uuid import uuid4

import pytest
from django.urls import reverse
from tests.clinic.dosing.scene import BASELINE, MINUTE, PLANNED

import kapstone.clinic.dosing
from kapstone.clinic.dosing.entries import Note, Speaker
from kapstone.clinic.dosing.models import DoseGiven, SessionEntry
from kapstone.clinic.dosing.tablet import CLIENT_VERSION
from kapstone.core.audit.models import AuditEntry

STATIC = Path(kapstone.clinic.dosing.__file__).parent / "static/dosing/sync"
WORDS = "The sea was inside the room."


@pytest.fixture
def ask(scene, client, monkeypatch):
    """Ask an address of the session as the nurse, an hour after the plan."""
    scene.dosed()
    scene.write(Note(speaker=Speaker.PATIENT, text=WORDS), minute=55)
    scene.write(BASELINE, minute=25)
    monkeypatch.setattr("django.utils.timezone.now", lambda: PLANNED + 60 * MINUTE)
    client.force_login(scene.nurse)

    def asked(name, data=None, **headers):
        address = reverse(f"dosing:{name}", kwargs={"session_key": scene.session.key})
        answer = client.get(address) if data is None else client.post(address, data, **headers)
        scene.stand()
        return answer

    return asked


def test_the_kept_room_has_every_panel_and_no_notes(ask, scene):
    said = ask("kept").json()
    assert set(said) == {"room", "help", "token"}
    for tab in ("vitals", "event", "note", "dose"):
        assert f'<template data-panel="{tab}">' in said["room"]
    assert WORDS in ask("room").content.decode()
    assert WORDS not in said["room"] + said["help"]
    assert "Intention" not in said["room"]
    assert scene.patient.screen_name in said["room"]


def test_vital_signs_older_than_half_an_hour_stay_at_the_server(ask, scene):
    scene.write(BASELINE, minute=58)
    room = ask("kept").json()["room"]
    feed = re.findall(r'<li data-entry="[^"]+"><span class="at num">([\d:]+)', room)
    minutes = {at[-2:] for at in feed}
    newest = f"{(PLANNED + 58 * MINUTE).minute:02}"
    dose = f"{(PLANNED + 20 * MINUTE).minute:02}"
    assert minutes == {newest, dose}


def test_the_worker_lies_below_its_room_and_changes_with_the_release(ask, scene):
    answer = ask("worker")
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert CLIENT_VERSION in answer.content.decode()
    assert "Service-Worker-Allowed" not in answer.headers


def test_the_version_is_one_word_of_the_wire():
    assert re.fullmatch(r"[\x21-\x7e]{1,40}", CLIENT_VERSION)


def test_asking_before_a_dose_writes_nothing(ask):
    entries, doses, notes = (
        one.objects.count() for one in (SessionEntry, DoseGiven, AuditEntry)
    )
    dose = {"entry_id": uuid4(), "product": "racemic", "route": "IM", "amount_mg": "53"}
    refused = ask("dose", {**dose, "is_identity_checked": "true", "only": "check"})
    assert refused.status_code == 422
    assert (SessionEntry.objects.count(), DoseGiven.objects.count()) == (entries, doses)
    assert AuditEntry.objects.count() == notes


def test_the_page_tells_the_tablet_its_limits_and_its_order(ask, scene):
    raw = re.search(r'data-tablet="([^"]+)"', ask("room").content.decode())[1]
    told = json.loads(raw.replace("&quot;", '"').replace("&#x27;", "'").replace("&amp;", "&"))
    assert told["session"] == str(scene.session.key)
    assert told["actor"] == str(scene.nurse.key)
    assert len(told["doses"]) == 1
    assert told["limits"]
    assert told["due"]


def test_every_module_of_the_tablet_is_small():
    for path in STATIC.glob("*.js"):
        assert len(path.read_text().splitlines()) <= 250, path.name

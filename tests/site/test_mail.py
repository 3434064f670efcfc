"""How mail leaves is read strictly, and a clock that was moved is noticed."""

from dataclasses import replace
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from kapstone.core.post.carriers import Folder, MailServer, Secrecy, carrier_for
from kapstone.site import clock, mail
from kapstone.site.clock import HELD_FOR, Beat, judge

FOLDER = Path("/nowhere")
DAY = 86_400.0


@pytest.fixture
def read(monkeypatch):
    def reading(mode="clinic", https=True, **given):
        for name, value in given.items():
            monkeypatch.setenv(f"KAPSTONE_{name.upper()}", value)
        return mail.settings(mode, FOLDER, ["clinic.example"], https=https)

    return reading


def test_a_clinic_without_a_server_sends_nothing(read):
    assert carrier_for(read()) is None


def test_a_demo_without_a_server_writes_to_a_folder_and_says_so(read):
    found = read("demo", https=False)
    assert isinstance(carrier_for(found), Folder)
    assert (found.folder, found.address) == (FOLDER / "outbox", "http://clinic.example")


def test_a_server_elsewhere_is_spoken_to_by_starttls(read):
    found = read(mail_host="mx.example", mail_from="no-reply@clinic.example")
    assert isinstance(carrier_for(found), MailServer)
    assert (found.secrecy, found.port, found.domain) == (
        Secrecy.STARTTLS,
        587,
        "clinic.example",
    )


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_server_on_this_machine_may_be_plain(read, host):
    found = read(mail_host=host, mail_from="no-reply@clinic.example")
    assert (found.secrecy, found.port) == (Secrecy.NONE, 25)


def test_plain_to_elsewhere_is_refused_unless_told(read):
    given = {"mail_host": "mx.example", "mail_from": "a@b.example", "mail_tls": "none"}
    with pytest.raises(ImproperlyConfigured, match="in clear"):
        read(**given)
    assert read(**given, mail_in_clear="yes").secrecy is Secrecy.NONE


@pytest.mark.parametrize(
    "given",
    [
        {"mail_host": "mx.example"},
        {"mail_host": "mx.example", "mail_from": "nobody"},
        {"mail_tls": "ssl"},
        {"mail_port": "0"},
        {"mail_port": "70000"},
    ],
    ids=lambda given: " ".join(given.values()),
)
def test_settings_that_cannot_work_stop_the_start(read, given):
    with pytest.raises(ImproperlyConfigured, match="KAPSTONE_MAIL"):
        read(**given)


# --- The clock


NOW = Beat(boot="b", steady=1000.0, wall=1e9)


def later(seconds, *, jump=0.0, before=NOW):
    return replace(before, steady=before.steady + seconds, wall=before.wall + seconds + jump)


@pytest.mark.parametrize("jump", [DAY, -DAY, 300.0])
def test_a_moved_clock_holds_the_post_for_a_while(jump):
    moved = later(60, jump=jump)
    kept, why = judge(NOW, moved, moved.wall)
    assert "moved" in why
    still = later(HELD_FOR - 1, before=kept)
    kept, why = judge(kept, still, still.wall)
    assert why
    settled = later(2, before=kept)
    assert judge(kept, settled, settled.wall)[1] == ""


def test_a_worker_that_was_away_a_day_is_no_moved_clock():
    after = later(DAY)
    assert judge(NOW, after, after.wall)[1] == ""
    restarted = replace(after, boot="c", steady=5.0)
    assert judge(NOW, restarted, after.wall)[1] == ""


def test_a_clock_that_differs_from_the_databases_sends_nothing():
    assert "differ" in judge(None, NOW, NOW.wall + DAY)[1]
    assert judge(None, NOW, NOW.wall + 1)[1] == ""


def test_what_was_seen_is_remembered_between_processes(db, tmp_path, monkeypatch):
    from django.utils import timezone

    at = timezone.now()
    assert clock.distrust(tmp_path, at) == ""
    (tmp_path / "tick.clock").write_text("half wri")
    assert clock.distrust(tmp_path, at) == ""
    steady = clock._steady()
    monkeypatch.setattr(clock, "_steady", lambda: steady - 10_000)
    monkeypatch.setattr(clock, "_database", lambda: at.timestamp())
    assert "moved" in clock.distrust(tmp_path, at)

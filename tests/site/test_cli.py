"""The command line, as a process of its own."""

import os
import subprocess
import sys

import pytest

from kapstone import __version__
from kapstone.site import cli


def run(*words, **variables):
    return subprocess.run(
        [sys.executable, "-m", "kapstone", *words],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": "src"} | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_version_is_said():
    assert run("--version").stdout == f"kapstone {__version__}\n"


def test_a_wrong_word_is_named(capsys):
    with pytest.raises(SystemExit):
        cli.main(["check", "--fast"])
    assert "unrecognised words: --fast" in capsys.readouterr().err


def test_a_command_is_needed(capsys):
    with pytest.raises(SystemExit):
        cli.main([])
    assert "COMMAND" in capsys.readouterr().err


def test_the_private_server_can_be_asked_for_and_stopped(tmp_path):
    place = {"KAPSTONE_DATA": str(tmp_path / "data")}
    assert run("database", "status", **place).returncode == 1
    assert "was not running" in run("database", "stop", **place).stdout


def test_an_unknown_tool_of_the_database_is_named():
    data = os.environ["KAPSTONE_DATA"]
    failed = run("database", "run", "pg_nothing", KAPSTONE_DATA=data)
    assert failed.returncode == 1
    assert "no program 'pg_nothing'" in failed.stderr


def test_psql_reaches_the_private_server():
    data = os.environ["KAPSTONE_DATA"]
    asked = run("database", "psql", "-Atc", "SELECT current_user", KAPSTONE_DATA=data)
    assert asked.stdout == "kapstone_owner\n"


def test_a_clinic_without_its_secret_is_refused_in_words(own_database):
    refused = run(
        "check",
        KAPSTONE_DATA=os.environ["KAPSTONE_DATA"],
        KAPSTONE_DATABASE_NAME=own_database,
        KAPSTONE_HOSTS="clinic.example",
    )
    assert refused.returncode == 1
    assert "KAPSTONE_SECRET_KEY is not set" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_clinic_with_everything_in_place_passes(own_database):
    passed = run(
        "check",
        KAPSTONE_DATA=os.environ["KAPSTONE_DATA"],
        KAPSTONE_DATABASE_NAME=own_database,
        KAPSTONE_HOSTS="clinic.example",
        KAPSTONE_SECRET_KEY="k" * 32 + "0123456789abcdefghij",
    )
    assert passed.returncode == 0, passed.stderr
    assert passed.stdout.startswith("passed")

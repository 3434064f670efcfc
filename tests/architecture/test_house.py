"""The repository's own habits: locks, dependencies, documentation, words."""

import argparse
import ast
import re
import runpy
import tomllib
from pathlib import Path

import pytest
from django.core.management import get_commands

from kapstone.site import cli

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "kapstone"
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
READERS = {"text", "flag", "choice", "whole_number", "words", "database_url"}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_holds_versions_and_hashes_and_no_address(lock):
    text = lock.read_text()
    assert "://" not in text
    pinned = re.findall(r"^[a-z0-9][\w.\[\]-]*==\S+", text, flags=re.M)
    assert pinned
    assert text.count("--hash=sha256:") >= len(pinned)


def test_every_dependency_says_why_it_is_here():
    text = (ROOT / "pyproject.toml").read_text()
    block = re.search(r"^dependencies = \[\n(.*?)^\]", text, flags=re.M | re.S)[1]
    for line in block.splitlines():
        assert re.match(r'\s+"[^"]+",\s+# \w.{10,}', line), line


def test_what_is_installed_is_what_is_declared():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    asked = (ROOT / "requirements" / "app.in").read_text().split("\n")
    assert sorted(declared) == sorted(line for line in asked if line)


def variables_read():
    """Give every environment variable that the product reads, as its source names it."""
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            first = node.args[0] if isinstance(node, ast.Call) and node.args else None
            if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
                continue
            name = ast.unparse(node.func)
            if name.startswith("os.environ") or name.split(".")[-1] in READERS:
                yield first.value


def test_every_variable_is_documented():
    page = (ROOT / "docs" / "reference" / "environment.md").read_text()
    ours = {name for name in variables_read() if re.match(r"(KAPSTONE|DATABASE)_", name)}
    assert len(ours) > 12
    assert sorted(name for name in ours if f"`{name}`" not in page) == []


def test_no_variable_is_documented_that_nobody_reads():
    page = (ROOT / "docs" / "reference" / "environment.md").read_text()
    named = set(re.findall(r"^\| `((?:KAPSTONE|DATABASE)_\w+)`", page, flags=re.M))
    assert named <= set(variables_read())


def test_every_command_is_documented():
    page = (ROOT / "docs" / "reference" / "commands.md").read_text()
    parser = cli._parser()
    ours = next(
        action.choices
        for action in parser._actions
        if isinstance(action, argparse._SubParsersAction)
    )
    brought = {name for name, app in get_commands().items() if app.startswith("kapstone.")}
    assert sorted(name for name in {*ours, *brought} if f"`kapstone {name}" not in page) == []


def test_every_make_target_is_documented():
    page = (ROOT / "CONTRIBUTING.md").read_text()
    targets = re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), flags=re.M)
    assert sorted(name for name in targets if f"`make {name}`" not in page) == []


@pytest.mark.parametrize(
    ("name", "most"), [("README.md", 150), ("CONTRIBUTING.md", 120), ("pyproject.toml", 250)]
)
def test_a_page_stays_short(name, most):
    assert len((ROOT / name).read_text().splitlines()) <= most


def test_the_settings_stay_one_file_that_can_be_read():
    assert len((SOURCE / "site" / "settings.py").read_text().splitlines()) <= 250


def test_files_made_by_others_are_as_recorded():
    vendor = runpy.run_path(str(ROOT / "tools" / "vendor.py"))
    assert list(vendor["faults"]()) == []


def test_every_decision_says_its_status():
    records = sorted((ROOT / "docs" / "decisions").glob("0*.md"))
    assert len(records) >= 14
    for number, record in enumerate(records, 1):
        assert record.name.startswith(f"{number:04}-")
        text = record.read_text()
        for heading in ("## Context", "## Decision", "## Consequences", "## Status"):
            assert heading in text, f"{record.name}: {heading}"

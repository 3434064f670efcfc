"""Rules about the shape of the code that import-linter cannot see, and that it still sees."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "kapstone"
PYTHON = sorted(path for path in SOURCE.rglob("*.py"))
LAYERS = [
    {"audit", "ui"},
    {"people"},
    {"access"},
    {"post"},
    {"joining"},
    {"measures", "scheduling", "drugs"},
    {"course"},
    {"consent", "screening"},
    {"preparation"},
    {"dosing"},
    {"window"},
    {"integration"},
    {"practice"},
    {"reminders"},
    {"outcomes"},
    {"overview"},
]
RANK = {app: rank for rank, layer in enumerate(LAYERS) for app in layer}
OURS = [config for config in apps.get_app_configs() if config.name.startswith("kapstone.")]
LONGEST_MODULE = 400


def short(path):
    return str(path.relative_to(ROOT))


def foreign_keys():
    for config in OURS:
        for model in config.get_models(include_auto_created=True):
            for field in model._meta.get_fields():
                if field.is_relation and field.concrete:
                    target = field.related_model._meta.app_label
                    yield pytest.param(
                        config.label, target, id=f"{model.__name__}.{field.name}"
                    )


@pytest.mark.parametrize(("app", "target"), foreign_keys())
def test_a_foreign_key_points_back_never_ahead(app, target):
    """Keys named by a string slip past the import contracts."""
    assert target == app or RANK.get(target, -1) < RANK[app]


def test_every_app_has_its_place_in_the_order():
    assert {config.label for config in OURS} - {"site"} == set(RANK)


@pytest.mark.parametrize("config", OURS, ids=lambda config: config.label)
def test_an_app_with_tables_has_migrations(config):
    if list(config.get_models()):
        assert list((Path(config.path) / "migrations").glob("0*.py"))


@pytest.mark.django_db
def test_models_and_migrations_agree():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("path", PYTHON, ids=short)
def test_modules_stay_short_enough_to_read(path):
    if "migrations" not in path.parts:
        assert len(path.read_text().splitlines()) <= LONGEST_MODULE


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("path", [p for p in PYTHON if p.name == "rules.py"], ids=short)
def test_rules_import_no_framework(path):
    assert not {name for name in imports(path) if name.split(".")[0] == "django"}


# --- The import contracts, and that they bite ----------------------------------------------


def lint_imports(root):
    return subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=root,
        env={"PYTHONPATH": str(root / "src"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_import_contracts_hold():
    run = lint_imports(ROOT)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize(
    ("module", "imported", "contract"),
    [
        pytest.param(
            "clinic/course/models.py",
            "kapstone.clinic.dosing.models",
            "A stage of care may look back, never ahead",
            id="a stage looks ahead",
        ),
        pytest.param(
            "core/audit/models.py",
            "kapstone.core.people.models",
            "The foundation has an order too",
            id="the audit knows people",
        ),
        pytest.param(
            "core/people/models.py",
            "kapstone.clinic.course.models",
            "Dependencies run one way, from the face to the foundation",
            id="the foundation knows the clinic",
        ),
        pytest.param(
            "science/window.py",
            "django.db",
            "The science knows nothing of the clinic, the web or Django",
            id="the science knows Django",
        ),
        pytest.param(
            "clinic/measures/models.py",
            "kapstone.clinic.measures.actions",
            "Inside a stage: view, form, action, query, model, rule",
            id="a model knows its actions",
        ),
    ],
)
def test_a_planted_import_breaks_its_contract(tmp_path, module, imported, contract):
    ignored = shutil.ignore_patterns("static", "templates", "__pycache__", "literature")
    shutil.copytree(SOURCE, tmp_path / "src" / "kapstone", ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / "src" / "kapstone" / module).open("a") as planted:
        planted.write(f"\nimport {imported}\n")
    run = lint_imports(tmp_path)
    assert run.returncode == 1
    assert f"{contract} BROKEN" in run.stdout


def test_every_stage_is_under_the_contract_for_its_inside():
    text = (ROOT / "pyproject.toml").read_text()
    missing = [config.name for config in OURS if f'"{config.name}"' not in text]
    assert [name for name in missing if name.startswith("kapstone.clinic.")] == []

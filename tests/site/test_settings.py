"""Settings come from the environment, are careful by default, and name what is wrong."""

import os
import runpy
import stat
from types import SimpleNamespace

import pytest
from django.core.exceptions import ImproperlyConfigured

from kapstone.site import checks, environment, settings

SECRET = "s" * 50


@pytest.fixture
def read(monkeypatch, tmp_path):
    """Read the settings file as a fresh process with this environment would."""

    def reader(**variables):
        for name in list(os.environ):
            if name.startswith(("KAPSTONE_", "DATABASE_")):
                monkeypatch.delenv(name)
        monkeypatch.setenv("KAPSTONE_DATA", str(tmp_path))
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(settings.__file__)

    return reader


def test_the_default_is_a_clinic_behind_tls_that_shows_strangers_nothing(read):
    found = read()
    assert found["MODE"] == "clinic"
    assert found["DEBUG"] is False
    assert found["HTTPS"] is found["SECURE_SSL_REDIRECT"] is True
    assert found["SESSION_COOKIE_NAME"] == "__Host-kapstone-session"
    assert found["SESSION_COOKIE_SECURE"] is found["CSRF_COOKIE_SECURE"] is True
    assert found["DATABASES"]["default"]["USER"] == "kapstone_app"


def test_reading_the_settings_of_a_clinic_writes_nothing(read, tmp_path):
    read()
    assert list(tmp_path.iterdir()) == []


def test_a_demo_keeps_one_secret_for_its_user_alone(read, tmp_path):
    first, second = read(KAPSTONE_MODE="demo"), read(KAPSTONE_MODE="demo")
    assert first["SECRET_KEY"] == second["SECRET_KEY"]
    assert len(first["SECRET_KEY"]) >= 50
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret-key"]


def test_the_policy_allows_nothing_from_elsewhere_and_nothing_inline(read):
    policy = read()["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]
    assert policy["script-src"] == policy["style-src"] == policy["font-src"] == ["'self'"]
    assert policy["img-src"] == ["'self'", "data:"]
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == ["'none'"]
    assert policy["form-action"] == ["'self'"]
    assert "unsafe" not in str(policy)


def test_an_external_database_is_used_by_its_address(read):
    found = read(DATABASE_URL="postgresql://app:p%40ss@db:6432/care?sslmode=verify-full")
    database = found["DATABASES"]["default"]
    assert (database["HOST"], database["PORT"], database["NAME"]) == ("db", "6432", "care")
    assert (database["USER"], database["PASSWORD"]) == ("app", "p@ss")
    assert database["OPTIONS"]["sslmode"] == "verify-full"
    assert "statement_timeout" in database["OPTIONS"]["options"]


def test_the_owner_has_an_address_of_its_own_and_the_fences_still_know_the_app(read):
    found = read(
        DATABASE_URL="postgresql://app@db/care",
        DATABASE_OWNER_URL="postgresql://owner@db/care",
        KAPSTONE_DATABASE_ROLE="owner",
    )
    assert found["DATABASES"]["default"]["USER"] == "owner"
    assert "options" not in found["DATABASES"]["default"]["OPTIONS"]
    assert found["KAPSTONE_APP_ROLE"] == "app"


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"KAPSTONE_MODE": "production"}, "KAPSTONE_MODE is 'production'"),
        ({"KAPSTONE_DEBUG": "perhaps"}, "KAPSTONE_DEBUG is 'perhaps'"),
        ({"KAPSTONE_WORKERS": "0"}, "KAPSTONE_WORKERS is '0'"),
        ({"KAPSTONE_WORKERS": "two"}, "KAPSTONE_WORKERS is 'two'"),
        ({"KAPSTONE_DATABASE_ROLE": "root"}, "KAPSTONE_DATABASE_ROLE is 'root'"),
        ({"DATABASE_URL": "mysql://a@b/c"}, "DATABASE_URL must look like"),
        ({"DATABASE_URL": "postgresql://a@b"}, "DATABASE_URL must look like"),
        (
            {"DATABASE_URL": "postgresql://a@b/c", "KAPSTONE_DATABASE_ROLE": "owner"},
            "Set the environment variable DATABASE_OWNER_URL",
        ),
    ],
)
def test_a_variable_at_fault_is_named(read, variables, named):
    with pytest.raises(ImproperlyConfigured, match=named):
        read(**variables)


def test_two_processes_agree_on_a_secret(tmp_path):
    assert len({environment.kept_secret(tmp_path, "key") for _ in range(3)}) == 1


GOOD = {
    "IS_CLINIC": True,
    "DEFAULT_SECRET": settings.DEFAULT_SECRET,
    "LOOPBACK": settings.LOOPBACK,
    "SECRET_KEY": SECRET,
    "DEBUG": False,
    "HTTPS": True,
    "ALLOWED_HOSTS": ["clinic.example"],
    "DATABASES": {"default": {"HOST": "/run/postgresql", "OPTIONS": {}}},
}
FAR = {"default": {"HOST": "db.example", "OPTIONS": {"sslmode": "require"}}}


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        pytest.param({}, [], id="nothing wrong"),
        pytest.param({"SECRET_KEY": settings.DEFAULT_SECRET}, ["site.E001"], id="no secret"),
        pytest.param({"SECRET_KEY": "short"}, ["site.E001"], id="short secret"),
        pytest.param({"DEBUG": True}, ["site.E002"], id="debug"),
        pytest.param({"ALLOWED_HOSTS": ["*"]}, ["site.E003"], id="any host"),
        pytest.param({"HTTPS": False}, ["site.E004"], id="clear text"),
        pytest.param({"HTTPS": False, "ALLOWED_HOSTS": ["localhost"]}, [], id="loopback only"),
        pytest.param({"DATABASES": FAR}, ["site.E005"], id="unverified database"),
        pytest.param({"IS_CLINIC": False, "DEBUG": True}, [], id="not a clinic"),
    ],
)
def test_a_clinic_does_not_start_with_a_setting_at_fault(monkeypatch, change, codes):
    monkeypatch.setattr(checks, "settings", SimpleNamespace(**GOOD | change))
    assert [message.id for message in checks.check_settings(None)] == codes

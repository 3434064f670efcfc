"""
What must hold before Kapstone serves anybody.

These are Django deployment checks: ``kapstone serve``, ``demo`` and ``check`` run them, and an
error keeps the server from starting. Migrating and testing do not run them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

SHORTEST_SECRET = 50
MUST_BE_ON = ("fsync", "full_page_writes", "synchronous_commit")

ROLE = "SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
TABLES = """
    SELECT relname, relrowsecurity AND relforcerowsecurity,
           pg_has_role(current_user, relowner, 'MEMBER')
    FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
"""


@register(Tags.security, deploy=True)
def check_settings(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Refuse settings under which a clinic's records would be exposed."""
    return list(_settings_at_fault()) if settings.IS_CLINIC else []


def _settings_at_fault() -> Iterator[CheckMessage]:
    if settings.SECRET_KEY == settings.DEFAULT_SECRET:
        yield Error(
            "KAPSTONE_SECRET_KEY is not set.",
            hint="Give it 50 or more random characters, and keep them out of the repository.",
            id="site.E001",
        )
    elif len(settings.SECRET_KEY) < SHORTEST_SECRET:
        yield Error("KAPSTONE_SECRET_KEY has fewer than 50 characters.", id="site.E001")
    if settings.DEBUG:
        yield Error("KAPSTONE_DEBUG is on; it shows records to strangers.", id="site.E002")
    if "*" in settings.ALLOWED_HOSTS:
        yield Error("KAPSTONE_HOSTS names every host; name yours.", id="site.E003")
    if not settings.HTTPS and not set(settings.ALLOWED_HOSTS) <= set(settings.LOOPBACK):
        yield Error(
            "KAPSTONE_HTTPS is off, so passwords and records would cross the network in clear.",
            id="site.E004",
        )
    database = settings.DATABASES["default"]
    near = database["HOST"].startswith("/") or database["HOST"] in {"localhost", "127.0.0.1"}
    if not near and database["OPTIONS"].get("sslmode") != "verify-full":
        yield Error(
            "The database is reached over the network without a verified certificate.",
            hint="Add ?sslmode=verify-full&sslrootcert=/path/to/ca.pem to DATABASE_URL.",
            id="site.E005",
        )


@register(Tags.database, deploy=True)
def check_database(
    app_configs: Sequence[AppConfig] | None,
    databases: Sequence[str] | None = None,
    **kwargs: Any,
) -> list[CheckMessage]:
    """Refuse a database whose second fence is down, or which may forget what it confirmed."""
    return [fault for alias in databases or () for fault in _database_at_fault(alias)]


def _database_at_fault(alias: str) -> Iterator[CheckMessage]:
    with connections[alias].cursor() as cursor:
        cursor.execute(ROLE)
        role, is_superuser, bypasses = cursor.fetchone()
        if is_superuser or bypasses:
            yield Error(f"Role {role} bypasses row-level security.", id="site.E006")
        cursor.execute(TABLES)
        tables = {name: (fenced, owned) for name, fenced, owned in cursor.fetchall()}
        if any(owned for _, owned in tables.values()):
            yield Error(
                f"Role {role} owns tables, so it could take down the fence around them.",
                hint="Serve with KAPSTONE_DATABASE_ROLE=app.",
                id="site.E007",
            )
        unfenced = [
            name for name in _fenced_tables() if not tables.get(name, (False, False))[0]
        ]
        if unfenced:
            yield Error(
                f"Row-level security is not forced on {', '.join(sorted(unfenced))}.",
                hint="Run kapstone migrate.",
                id="site.E008",
            )
        for name in MUST_BE_ON:
            cursor.execute("SELECT current_setting(%s)", [name])
            if (value := cursor.fetchone()[0]) != "on":
                yield Error(f"The database has {name} = {value}.", id="site.E009")


def _fenced_tables() -> set[str]:
    """Return the tables of our models that belong to one clinic each."""
    return {
        model._meta.db_table
        for config in apps.get_app_configs()
        if config.name.startswith("kapstone.")
        for model in config.get_models()
        if getattr(model, "fence", "clinic") != "open" and model._meta.managed
    }

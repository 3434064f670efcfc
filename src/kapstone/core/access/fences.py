"""
The second fence: row-level security and grants in PostgreSQL, made from the models themselves.

Each model of Kapstone says in one attribute which fence it stands behind:

- ``fence = "clinic"``: rows of one clinic only;
- ``fence = "sealed"``: rows of one clinic, and only those the user wrote or was granted;
- ``fence = "open"``: no rows of care (clinics, users); no row-level security.

A model without the attribute is an error. The app's role may SELECT and INSERT; it may UPDATE
only the columns named in ``closes``, once each, and everything only where ``mutable = True``.

``announces = ("session_id", "id", "session")`` tells whoever listens on ``kapstone_rows`` that
there are new rows: the column they hang on, the one that numbers them, and the word for it all.
Nothing of their content leaves the table; what a listener may read decides what it sees.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from kapstone.errors import KapstoneError

_CLINIC = "clinic_id = kapstone_clinic()"
_AUTHOR = "recorded_by_id = kapstone_user()"
_GRANTED = (
    "EXISTS (SELECT 1 FROM access_sharinggrant g "
    'WHERE g.item = "{table}".entry_id AND g.withdrawn_at IS NULL)'
)
_FUNCTIONS = """
CREATE OR REPLACE FUNCTION kapstone_clinic() RETURNS bigint LANGUAGE sql STABLE AS
$$ SELECT NULLIF(current_setting('kapstone.clinic', true), '')::bigint $$;
CREATE OR REPLACE FUNCTION kapstone_user() RETURNS bigint LANGUAGE sql STABLE AS
$$ SELECT NULLIF(current_setting('kapstone.user', true), '')::bigint $$;
CREATE OR REPLACE FUNCTION kapstone_set_once() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
  FOR i IN 0 .. TG_NARGS - 1 LOOP
    IF to_jsonb(OLD) ->> TG_ARGV[i] IS NOT NULL
       AND to_jsonb(OLD) ->> TG_ARGV[i] IS DISTINCT FROM to_jsonb(NEW) ->> TG_ARGV[i] THEN
      RAISE EXCEPTION '% of % is written once', TG_ARGV[i], TG_TABLE_NAME;
    END IF;
  END LOOP;
  RETURN NEW;
END
$$;
CREATE OR REPLACE FUNCTION kapstone_announce() RETURNS trigger LANGUAGE plpgsql AS
$$
DECLARE told record;
BEGIN
  FOR told IN EXECUTE format(
    'SELECT %1$I AS key, max(%2$I) AS number FROM fresh WHERE %1$I IS NOT NULL GROUP BY 1',
    TG_ARGV[0], TG_ARGV[1]
  ) LOOP
    PERFORM pg_notify('kapstone_rows', format('%s:%s:%s', TG_ARGV[2], told.key, told.number));
  END LOOP;
  RETURN NULL;
END
$$;
"""
_FRAMEWORK_MUTABLE = {"sessions", "axes"}


class FenceError(KapstoneError):
    """A model does not say which fence it stands behind."""

    status = 500


def fenced_models() -> Iterator[type[models.Model]]:
    """Give every concrete model of Kapstone, tables made for many-to-many links included."""
    for config in apps.get_app_configs():
        if config.name.startswith("kapstone."):
            yield from config.get_models(include_auto_created=True)


def fence_of(model: type[models.Model]) -> str:
    """
    Name the fence of a model.

    Raises
    ------
    FenceError
        If the model names none, or one that does not exist.
    """
    fence = "open" if model._meta.auto_created else getattr(model, "fence", None)
    if fence not in {"open", "clinic", "sealed"}:
        raise FenceError(f"{model._meta.label} does not say which fence it stands behind.")
    return str(fence)


def _condition(model: type[models.Model], *, writing: bool) -> str:
    if fence_of(model) == "clinic":
        return _CLINIC
    if writing:
        return f"{_CLINIC} AND {_AUTHOR}"
    if not getattr(model, "shareable", False):
        return f"{_CLINIC} AND {_AUTHOR}"
    granted = _GRANTED.format(table=model._meta.db_table)
    return f"{_CLINIC} AND ({_AUTHOR} OR {granted})"


def _statements(model: type[models.Model], role: str) -> Iterator[str]:
    table = model._meta.db_table
    mutable = getattr(model, "mutable", False) or bool(model._meta.auto_created)
    rights = "SELECT, INSERT, UPDATE, DELETE" if mutable else "SELECT, INSERT"
    yield f'REVOKE ALL ON "{table}" FROM PUBLIC, "{role}"'
    yield f'GRANT {rights} ON "{table}" TO "{role}"'
    closes = getattr(model, "closes", ())
    yield f'DROP TRIGGER IF EXISTS kapstone_set_once ON "{table}"'
    if closes:
        columns = ", ".join(f'"{name}"' for name in closes)
        names = ", ".join(f"'{name}'" for name in closes)
        yield f'GRANT UPDATE ({columns}) ON "{table}" TO "{role}"'
        yield (
            f'CREATE TRIGGER kapstone_set_once BEFORE UPDATE ON "{table}" '
            f"FOR EACH ROW EXECUTE FUNCTION kapstone_set_once({names})"
        )
    yield f'DROP TRIGGER IF EXISTS kapstone_announce ON "{table}"'
    if announces := getattr(model, "announces", ()):
        words = ", ".join(f"'{word}'" for word in announces)
        yield (
            f'CREATE TRIGGER kapstone_announce AFTER INSERT ON "{table}" REFERENCING NEW TABLE '
            f"AS fresh FOR EACH STATEMENT EXECUTE FUNCTION kapstone_announce({words})"
        )
    if fence_of(model) == "open":
        return
    yield f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY'
    yield f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY'
    for name, command, clause in (
        ("kapstone_read", "SELECT", f"USING ({_condition(model, writing=False)})"),
        ("kapstone_write", "INSERT", f"WITH CHECK ({_condition(model, writing=True)})"),
        ("kapstone_close", "UPDATE", f"USING ({_condition(model, writing=True)})"),
    ):
        yield f'DROP POLICY IF EXISTS {name} ON "{table}"'
        yield f'CREATE POLICY {name} ON "{table}" FOR {command} {clause}'


def raise_fences(connection: BaseDatabaseWrapper) -> int:
    """
    Write the grants, policies and triggers of every table; running it twice changes nothing.

    Returns
    -------
    the number of tables behind row-level security
    """
    role = str(settings.KAPSTONE_APP_ROLE)
    fenced = 0
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute(_FUNCTIONS)
        cursor.execute(f'GRANT USAGE ON SCHEMA public TO "{role}"')
        cursor.execute(f'GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO "{role}"')
        for config in apps.get_app_configs():
            if config.name.startswith("kapstone."):
                continue
            rights = "SELECT"
            if config.label in _FRAMEWORK_MUTABLE:
                rights = "SELECT, INSERT, UPDATE, DELETE"
            for model in config.get_models(include_auto_created=True):
                cursor.execute(f'GRANT {rights} ON "{model._meta.db_table}" TO "{role}"')
        cursor.execute(f'GRANT SELECT ON django_migrations TO "{role}"')
        for model in fenced_models():
            for statement in _statements(model, role):
                cursor.execute(statement)
            fenced += fence_of(model) != "open"
    return fenced


def stand_in(*, clinic_id: int | None, user_id: int | None) -> None:
    """
    Tell PostgreSQL, for the current transaction only, for whom it filters rows.

    Raises
    ------
    TransactionManagementError
        Outside a transaction, where the setting would be lost at once.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("A fence needs a transaction.")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('kapstone.clinic', %s, true),"
            " set_config('kapstone.user', %s, true)",
            [str(clinic_id or ""), str(user_id or "")],
        )


def _standing_in() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(current_setting('kapstone.clinic', true), ''),"
            " coalesce(current_setting('kapstone.user', true), '')"
        )
        clinic, user = cursor.fetchone()
    return clinic, user


@contextmanager
def acting_in(*, clinic_id: int, user_id: int | None = None) -> Iterator[None]:
    """Run a block inside one clinic's fence, as a job or a public form does, then step back."""
    with transaction.atomic():
        clinic, user = _standing_in()
        stand_in(clinic_id=clinic_id, user_id=user_id)
        yield
        stand_in(clinic_id=int(clinic or 0), user_id=int(user or 0))

"""
Make a large clinic of a small one: copy every patient with their history, many times.

For benchmarks only. It needs a superuser, since it writes past the fences, and it drops the
constraints against double booking, since the copies share rooms and clinicians.
"""

from collections.abc import Iterator

import psycopg
from django.apps import apps
from django.db import models

STEP = 10_000_000  # each copy's keys are this much higher than the last one's
SHARED = {"people.Clinic", "people.User", "scheduling.Room"}
STOCK = "drugs"  # the clinic's cabinet, and its book adds up: neither grows with patients
# The copies are of the past, so what the small clinic still has open was closed in them ...
ENDED = {
    ("people.CareTeamMember", "ends_at"): "coalesce(t.ends_at, now()) - c.shift",
    ("people.RoomDuty", "ended_at"): "coalesce(t.ended_at, t.ends_at) - c.shift",
    ("people.PartnerLink", "ends_at"): "coalesce(t.ends_at, now()) - c.shift",
    ("people.Notice", "seen_at"): "coalesce(t.seen_at, t.at) - c.shift",
    ("course.Course", "ended_at"): "coalesce(t.ended_at, now()) - c.shift",
    ("course.Course", "end_reason"): "coalesce(t.end_reason, 'The series was complete.')",
    ("practice.PracticePlan", "stopped_at"): "coalesce(t.stopped_at, now()) - c.shift",
    ("scheduling.Appointment", "attended_at"): (
        "CASE WHEN t.cancelled_at IS NULL AND t.missed_at IS NULL"
        " THEN coalesce(t.attended_at, t.ends_at) - c.shift END"
    ),
}
# ... or is left out.
ONLY_IF = {
    "measures.SafetyCall": (
        "EXISTS (SELECT FROM measures_safetycalldone d"
        " WHERE d.call_id = t.id AND d.outcome <> 'not-reached')"
    ),
    "scheduling.AppointmentRequest": (
        "EXISTS (SELECT FROM scheduling_requestanswer a WHERE a.request_id = t.id)"
    ),
}
FIVE_YEARS_DAYS = 5 * 365
QUIET_DAYS = 45  # the copies' last days lie before this: today belongs to the small clinic


def multiply(address: str, *, copies: int) -> int:
    """Copy every patient ``copies`` times, spread over five years; return the rows written."""
    written = 0
    with psycopg.connect(address) as connection:
        connection.execute(
            "SET session_replication_role = replica"
        )  # no keys checked, no triggers
        _allow_double_booking(connection)
        for model in _copied():
            written += connection.execute(_statement(model), {"copies": copies}).rowcount
        connection.commit()
        connection.autocommit = True
        for model in _copied():
            connection.execute(f'VACUUM ANALYZE "{model._meta.db_table}"')
    return written


def _copied() -> Iterator[type[models.Model]]:
    """Give every table that holds something of a patient."""
    for config in apps.get_app_configs():
        if config.name.startswith("kapstone.") and config.label != STOCK:
            for model in config.get_models(include_auto_created=True):
                if model._meta.label not in SHARED:
                    yield model


def _allow_double_booking(connection: psycopg.Connection) -> None:
    named = connection.execute(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'x'"
    )
    for table, name in named.fetchall():
        connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')


def _statement(model: type[models.Model]) -> str:
    """Return the INSERT that copies one table, each copy with its own keys and its own time."""
    fields = [field for field in model._meta.local_concrete_fields if not field.generated]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    label = model._meta.label
    values = ", ".join(ENDED.get((label, field.name)) or _value(field) for field in fields)
    # Copy 1 is the most recent, the last one five years old.
    shift = (
        f"make_interval(days => {QUIET_DAYS} + "
        f"(k * {FIVE_YEARS_DAYS - QUIET_DAYS} / %(copies)s)::int)"
    )
    return (
        f'INSERT INTO "{model._meta.db_table}" ({columns}) '
        f'SELECT {values} FROM "{model._meta.db_table}" AS t, '
        f"LATERAL (SELECT k, {shift} AS shift FROM generate_series(1, %(copies)s) AS k) AS c "
        f"WHERE {ONLY_IF.get(label, 'true')}"
    )


def _value(field: models.Field) -> str:
    """Return the expression for one column of a copy."""
    column = f't."{field.column}"'
    kind = field.target_field if isinstance(field, models.ForeignKey) else field
    if isinstance(field, models.ForeignKey) and field.related_model._meta.label in SHARED:
        return "NULL" if isinstance(field, models.OneToOneField) else column
    if isinstance(kind, models.AutoField | models.BigAutoField | models.SmallAutoField):
        return f"{column} + c.k * {STEP}::bigint"
    if isinstance(kind, models.UUIDField):
        return f"md5({column}::text || c.k)::uuid"  # the same for a key and for what names it
    if isinstance(kind, models.DateTimeField):
        return f"{column} - c.shift"
    if isinstance(kind, models.DateField):
        return f"({column} - c.shift)::date"
    if field.name == "subjects" and kind.get_internal_type() == "ArrayField":
        return f"ARRAY(SELECT s + c.k * {STEP}::bigint FROM unnest({column}) AS s)"
    if _is_unique_text(field):
        return f"left(md5({column} || c.k) || md5(c.k || {column}), {field.max_length})"
    return column


def _is_unique_text(field: models.Field) -> bool:
    """Say whether two rows may not have the same text here."""
    if not isinstance(field, models.CharField):
        return False
    model = field.model
    named = [
        set(constraint.fields)
        for constraint in model._meta.constraints
        if isinstance(constraint, models.UniqueConstraint)
    ]
    return field.unique or any(field.name in names and len(names) <= 2 for names in named)

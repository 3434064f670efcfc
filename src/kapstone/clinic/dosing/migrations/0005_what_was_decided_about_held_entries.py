"""
Keep what a person decided about an event that was held beside the record.

Why: what a tablet sent and the server could not place is looked at, and then accepted as it is,
found in the record under other words, or set aside with a reason.
Back: drop the table; every event that was held is still there, as it was sent.
Size: one new table; no row is rewritten.
"""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def _one(to: str, **more: object) -> models.ForeignKey:
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=to, **more
    )


class Migration(migrations.Migration):
    dependencies = [
        ("dosing", "0004_tablets_leases_and_what_was_received"),
        ("people", "0002_when_rights_end"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="HeldDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("entry_id", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("recorded_at", models.DateTimeField()),
                (
                    "decision",
                    models.CharField(
                        choices=[
                            ("accepted", "Accepted as it is"),
                            ("entered", "Stands in the record as another entry"),
                            ("set-aside", "Set aside"),
                        ],
                        max_length=12,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("clinic", _one("people.clinic")),
                ("became", _one("dosing.sessionentry", blank=True, null=True)),
                (
                    "receipt",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decision",
                        to="dosing.eventreceipt",
                    ),
                ),
                ("recorded_by", _one(settings.AUTH_USER_MODEL)),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="held_decisions",
                        to="dosing.dosingsession",
                    ),
                ),
                ("subjects", _one("people.subjects")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("became__isnull", False),
                                ("decision__in", ["accepted", "entered"]),
                            ),
                            models.Q(
                                ("became__isnull", True),
                                ("decision", "set-aside"),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="what_was_held_became_an_entry_or_was_set_aside",
                    )
                ],
            },
        ),
    ]

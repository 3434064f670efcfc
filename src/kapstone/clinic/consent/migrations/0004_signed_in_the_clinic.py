"""
Keep who handed a tablet to a patient to sign on in the clinic, and what was signed on it.

Why: a patient without a device of their own signs in the clinic, witnessed.
Back: drop the table and the two columns; a witnessed signature loses its witness.
Size: one new table and two empty columns; no row is rewritten.
"""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0003_talks_choices_and_asking_again"),
        ("people", "0002_when_rights_end"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="consentsignature",
            name="method",
            field=models.CharField(
                choices=[
                    ("typed", "Typed"),
                    ("drawn", "Drawn"),
                    ("paper", "Paper"),
                    ("witness", "Typed in the clinic, witnessed"),
                ],
                max_length=8,
            ),
        ),
        migrations.CreateModel(
            name="ConsentHandover",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("entry_id", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("recorded_at", models.DateTimeField()),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("expires_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.clinic",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "subjects",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.subjects",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="consentchoice",
            name="handover",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="choices",
                to="consent.consenthandover",
            ),
        ),
        migrations.AddField(
            model_name="consentsignature",
            name="handover",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="signatures",
                to="consent.consenthandover",
            ),
        ),
        migrations.AddConstraint(
            model_name="consentsignature",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("handover__isnull", False), ("method", "witness")),
                    models.Q(
                        models.Q(("method", "witness"), _negated=True),
                        ("handover__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="a_witnessed_consent_was_handed_over",
            ),
        ),
        migrations.AddConstraint(
            model_name="consenthandover",
            constraint=models.CheckConstraint(
                condition=models.Q(("expires_at__gt", models.F("recorded_at"))),
                name="a_handover_holds_a_while",
            ),
        ),
    ]

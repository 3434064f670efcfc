"""
Make the tables of messages, of each try to send one, and of what patients wish about them.

Why: what leaves the house is written in the transaction of its cause, and sent once or reported.
Back: drops the three tables; what waits is not sent.
Size: three empty tables.
"""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("people", "0002_when_rights_end"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Message",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("message_id", models.UUIDField()),
                ("kind", models.CharField(max_length=24)),
                ("once", models.CharField(max_length=120)),
                ("reminds", models.BooleanField()),
                ("address", models.EmailField(max_length=254)),
                ("subject", models.CharField(max_length=120)),
                ("text", models.CharField(max_length=2000)),
                ("opens", models.CharField(blank=True, max_length=24)),
                ("opens_key", models.UUIDField(blank=True, null=True)),
                ("opens_hash", models.CharField(blank=True, max_length=64)),
                ("queued_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("useless_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("kept_at", models.DateTimeField(blank=True, null=True)),
                ("unsure_at", models.DateTimeField(blank=True, null=True)),
                ("gave_up_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.clinic",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="post",
                        to="people.patient",
                    ),
                ),
                (
                    "queued_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("began_at", models.DateTimeField()),
                ("handed_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("sent", "sent"),
                            ("kept", "kept"),
                            ("put-off", "put-off"),
                            ("refused", "refused"),
                            ("broken-off", "broken-off"),
                            ("unsure", "unsure"),
                        ],
                        max_length=12,
                        null=True,
                    ),
                ),
                ("words", models.CharField(blank=True, max_length=300, null=True)),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.clinic",
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attempts",
                        to="post.message",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ContactWish",
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
                    "channel",
                    models.CharField(
                        choices=[("none", "Do not write to me"), ("mail", "By e-mail")],
                        max_length=8,
                    ),
                ),
                (
                    "kinds",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=24),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("time_zone", models.CharField(max_length=48)),
                ("quiet_from", models.TimeField()),
                ("quiet_until", models.TimeField()),
                ("names_clinic", models.BooleanField(default=False)),
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
            options={
                "indexes": [
                    models.Index(
                        fields=["subjects", "-recorded_at"], name="contact_wish_newest"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("quiet_from", models.F("quiet_until")), _negated=True
                        ),
                        name="quiet_hours_begin_and_end",
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(
                    ("gave_up_at__isnull", True),
                    ("kept_at__isnull", True),
                    ("sent_at__isnull", True),
                    ("unsure_at__isnull", True),
                    ("withdrawn_at__isnull", True),
                ),
                fields=["clinic", "due_at"],
                name="message_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["patient", "-queued_at"], name="message_by_patient"),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["clinic", "-queued_at"], name="message_newest"),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                condition=models.Q(("withdrawn_at__isnull", True)),
                fields=("clinic", "once"),
                name="one_message_for_one_cause",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(("useless_at__gt", models.F("due_at"))),
                name="a_message_is_of_use_for_a_while",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.GreaterThan(
                    models.Func(
                        models.F("sent_at"),
                        models.F("kept_at"),
                        models.F("unsure_at"),
                        models.F("gave_up_at"),
                        models.F("withdrawn_at"),
                        function="num_nulls",
                        output_field=models.IntegerField(),
                    ),
                    3,
                ),
                name="a_message_ends_in_one_way",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("opens", ""), ("opens_hash", ""), ("opens_key__isnull", True)),
                    models.Q(
                        models.Q(("opens", ""), _negated=True),
                        ("opens_key__isnull", False),
                        models.Q(("opens_hash", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="a_link_in_a_message_is_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.UniqueConstraint(
                fields=("message", "number"), name="a_try_is_claimed_by_one_worker"
            ),
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("outcome__isnull", True)),
                    models.Q(("ended_at__isnull", False), ("outcome__isnull", False)),
                    _connector="OR",
                ),
                name="a_try_ends_with_an_outcome",
            ),
        ),
    ]

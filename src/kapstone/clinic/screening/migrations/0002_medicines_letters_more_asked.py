"""
Let a medicine be weighed, a letter go with a no, and more be asked for before a decision.

Why: an interaction is lifted as a rule is, and its code is longer than "C01"; "not now" always
sends help; "ask for more" is a decision that must be on record.
Back: drop the table and the column; a medicine's lift no longer fits, so its row must go first.
Size: one new table, one column with a default, two wider columns; no row is rewritten.
"""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0001_initial"),
        ("screening", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="eligibilitysignature",
            name="letter",
            field=models.CharField(blank=True, max_length=4000),
        ),
        migrations.AlterField(
            model_name="rulelift",
            name="rule",
            field=models.CharField(max_length=40),
        ),
        migrations.AlterField(
            model_name="screeninganswer",
            name="rule",
            field=models.CharField(max_length=16),
        ),
        migrations.CreateModel(
            name="MoreAsked",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("entry_id", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("recorded_at", models.DateTimeField()),
                ("words", models.CharField(max_length=2000)),
                ("asked_at", models.DateTimeField()),
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
                    "screening",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="more_asked",
                        to="screening.screening",
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
                "abstract": False,
            },
        ),
    ]

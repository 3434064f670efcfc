"""
Say on an order who may give it and what it passed; review adverse events; keep letters home.

Why: the nurse reads who may give a dose and how many millilitres it is; a grave adverse event
is closed by a named prescriber with relatedness and outcome; what a patient was told to do at
home is kept word for word.
Back: drop the two tables and the nine columns; every order and every event stays.
Size: two new tables and nine columns with a default or null; no row is rewritten.
"""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dosing", "0002_initial"),
        ("people", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="adverseevent",
            name="action",
            field=models.CharField(blank=True, max_length=16),
        ),
        migrations.AddField(
            model_name="adverseevent",
            name="is_expected",
            field=models.BooleanField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="adverseevent",
            name="outcome",
            field=models.CharField(blank=True, max_length=16),
        ),
        migrations.AddField(
            model_name="adverseevent",
            name="relatedness",
            field=models.CharField(blank=True, max_length=16),
        ),
        migrations.AddField(
            model_name="adverseevent",
            name="serious_by",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="doseorder",
            name="may_give",
            field=models.CharField(blank=True, max_length=24),
        ),
        migrations.AddField(
            model_name="doseorder",
            name="mg_per_ml",
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=6, null=True),
        ),
        migrations.AddField(
            model_name="doseorder",
            name="passed",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="doseorder",
            name="volume_ml",
            field=models.DecimalField(blank=True, decimal_places=3, max_digits=7, null=True),
        ),
        migrations.CreateModel(
            name="AdverseEventReview",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("entry_id", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("recorded_at", models.DateTimeField()),
                ("relatedness", models.CharField(max_length=16)),
                ("is_expected", models.BooleanField()),
                ("outcome", models.CharField(max_length=16)),
                ("words", models.CharField(max_length=1000)),
                ("is_closed", models.BooleanField()),
                ("reviewed_at", models.DateTimeField()),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.clinic",
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviews",
                        to="dosing.adverseevent",
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
                    models.Index(fields=["event", "-reviewed_at"], name="event_review_newest")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_closed", True)),
                        fields=("event",),
                        name="one_review_closes_an_adverse_event",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="HomeLetter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("entry_id", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("recorded_at", models.DateTimeField()),
                ("sheet", models.CharField(max_length=32)),
                ("text", models.CharField(max_length=6000)),
                ("text_sha256", models.CharField(max_length=64)),
                ("given_at", models.DateTimeField()),
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
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letters",
                        to="dosing.dosingsession",
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
                    models.Index(fields=["subjects", "-given_at"], name="home_letter_newest")
                ],
            },
        ),
    ]

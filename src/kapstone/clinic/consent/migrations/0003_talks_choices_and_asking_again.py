"""
Keep the talk before a consent, the choices on the way to it, and what asks for it again.

Why: capacity is attested before a patient signs; a patient can stop and resume without leaving
answers on the device; a change of route, indication or company needs a new consent; and the
text can be printed as it was read.
Back: drop the three tables and the two columns; every signature stays.
Size: three new tables and two columns with a default; no row is rewritten.
"""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0002_initial"),
        ("people", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="consentsignature",
            name="device",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="consentsignature",
            name="fill_ins",
            field=models.JSONField(default=dict),
        ),
        migrations.CreateModel(
            name="ConsentAskedAgain",
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
                    "reason",
                    models.CharField(
                        choices=[
                            ("route", "Another route or product"),
                            ("indication", "Another indication"),
                            ("dose", "A dose outside the range that was agreed"),
                            ("company", "Together with a partner or a group"),
                            ("recording", "Another purpose of recording"),
                            ("pregnancy", "Pregnancy"),
                            ("event", "A serious unwanted event"),
                        ],
                        max_length=16,
                    ),
                ),
                ("words", models.CharField(blank=True, max_length=500)),
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
                    models.Index(fields=["subjects", "-asked_at"], name="asked_again_newest")
                ],
            },
        ),
        migrations.CreateModel(
            name="ConsentChoice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("entry_id", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("recorded_at", models.DateTimeField()),
                ("template", models.CharField(max_length=32)),
                ("template_version", models.CharField(max_length=16)),
                ("question", models.CharField(max_length=24)),
                ("value", models.JSONField()),
                ("chosen_at", models.DateTimeField()),
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
                        fields=["subjects", "question", "chosen_at"], name="choice_newest"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ConsentTalk",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("entry_id", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("recorded_at", models.DateTimeField()),
                ("template", models.CharField(max_length=32)),
                ("template_version", models.CharField(max_length=16)),
                ("has_capacity", models.BooleanField()),
                ("words", models.CharField(blank=True, max_length=500)),
                ("explained_at", models.DateTimeField()),
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
                    models.Index(fields=["subjects", "-explained_at"], name="talk_newest")
                ],
            },
        ),
    ]

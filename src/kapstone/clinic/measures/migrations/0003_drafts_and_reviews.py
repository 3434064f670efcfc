"""
Keep the answers of an unsent questionnaire, and tie a safety call to what was asked.

Why: a patient stops halfway and resumes without leaving answers on the device; a critical
answer raises a call at once, before anything is sent; some answers are for review in a week.
Back: drop the table and the column; the calls and the sent answers stay.
Size: one new table and one nullable column; no row is touched.
"""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("measures", "0002_initial"),
        ("people", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="safetycall",
            name="request",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="safety_calls",
                to="measures.measurerequest",
            ),
        ),
        migrations.AlterField(
            model_name="safetycall",
            name="priority",
            field=models.CharField(
                choices=[
                    ("same-day", "Same Day"),
                    ("urgent", "Urgent"),
                    ("emergency", "Emergency"),
                    ("review", "Review"),
                ],
                max_length=12,
            ),
        ),
        migrations.CreateModel(
            name="DraftAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("entry_id", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("recorded_at", models.DateTimeField()),
                ("item", models.CharField(max_length=48)),
                ("value", models.JSONField(null=True)),
                ("saved_at", models.DateTimeField()),
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
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="drafts",
                        to="measures.measurerequest",
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
                    models.Index(fields=["request", "item", "saved_at"], name="draft_newest")
                ],
            },
        ),
    ]

"""
Keep the tablets of a room, the dose lease, what was received, and the order of committing.

Why: an entry made offline is taken once, however often it is sent, from a tablet that somebody
opened the room on; one tablet at a time may give the drug; what cannot go into the record is
kept beside it until a person has looked; and readers follow the order of committing.
Back: drop the three tables and the column; every entry stays.
Size: three new tables and one column that may be empty; no row is rewritten. Entries from
before have no commit number.
"""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dosing", "0003_reviews_letters_and_who_may_give"),
        ("people", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DoseLease",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("entry_id", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("recorded_at", models.DateTimeField()),
                ("number", models.PositiveIntegerField()),
                ("device_id", models.UUIDField()),
                ("most_mg", models.DecimalField(decimal_places=2, max_digits=6)),
                ("lot", models.CharField(blank=True, max_length=40)),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("granted_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="EventReceipt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recorded_at", models.DateTimeField()),
                ("device_id", models.UUIDField()),
                ("device_seq", models.PositiveIntegerField()),
                ("mark", models.PositiveIntegerField()),
                ("event_id", models.UUIDField()),
                ("fingerprint", models.CharField(max_length=64)),
                ("prev_hash", models.CharField(max_length=64)),
                ("authenticated", models.CharField(max_length=40)),
                ("source", models.CharField(max_length=8)),
                ("is_hand_timed", models.BooleanField()),
                ("wall_ms", models.BigIntegerField()),
                ("mono_ms", models.BigIntegerField()),
                ("epoch_id", models.CharField(max_length=40)),
                ("offset_ms", models.BigIntegerField(null=True)),
                ("unc_ms", models.BigIntegerField(null=True)),
                ("client_version", models.CharField(max_length=40)),
                ("lease", models.PositiveIntegerField(null=True)),
                ("knows", models.JSONField(default=list)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("saved", "In the record"),
                            ("held", "Waits for a person to look"),
                        ],
                        max_length=8,
                    ),
                ),
                ("code", models.CharField(blank=True, max_length=24)),
                ("words", models.CharField(blank=True, max_length=300)),
                ("flags", models.JSONField(default=list)),
                ("sent", models.JSONField(null=True)),
                ("looked_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="RoomDevice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("entry_id", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("recorded_at", models.DateTimeField()),
                ("device_id", models.UUIDField()),
                ("name", models.CharField(blank=True, max_length=40)),
                ("storage", models.CharField(max_length=16)),
            ],
        ),
        migrations.AddField(
            model_name="sessionentry",
            name="commit_no",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddConstraint(
            model_name="sessionentry",
            constraint=models.UniqueConstraint(
                fields=("session", "commit_no"), name="one_entry_has_a_commit_number"
            ),
        ),
        migrations.AddField(
            model_name="doselease",
            name="clinic",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="people.clinic",
            ),
        ),
        migrations.AddField(
            model_name="doselease",
            name="order",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="dosing.doseorder",
            ),
        ),
        migrations.AddField(
            model_name="doselease",
            name="recorded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="doselease",
            name="session",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="leases",
                to="dosing.dosingsession",
            ),
        ),
        migrations.AddField(
            model_name="doselease",
            name="subjects",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="people.subjects",
            ),
        ),
        migrations.AddField(
            model_name="eventreceipt",
            name="actor",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="eventreceipt",
            name="clinic",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="people.clinic",
            ),
        ),
        migrations.AddField(
            model_name="eventreceipt",
            name="entry",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="receipt",
                to="dosing.sessionentry",
            ),
        ),
        migrations.AddField(
            model_name="eventreceipt",
            name="looked_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="eventreceipt",
            name="recorded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="eventreceipt",
            name="session",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="receipts",
                to="dosing.dosingsession",
            ),
        ),
        migrations.AddField(
            model_name="eventreceipt",
            name="subjects",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="people.subjects",
            ),
        ),
        migrations.AddField(
            model_name="roomdevice",
            name="clinic",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="people.clinic",
            ),
        ),
        migrations.AddField(
            model_name="roomdevice",
            name="recorded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="roomdevice",
            name="session",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="devices",
                to="dosing.dosingsession",
            ),
        ),
        migrations.AddField(
            model_name="roomdevice",
            name="subjects",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="people.subjects",
            ),
        ),
        migrations.AddConstraint(
            model_name="doselease",
            constraint=models.UniqueConstraint(
                fields=("session", "number"), name="one_lease_has_a_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="doselease",
            constraint=models.CheckConstraint(
                condition=models.Q(("expires_at__gt", models.F("granted_at"))),
                name="a_lease_ends_after_it_starts",
            ),
        ),
        migrations.AddIndex(
            model_name="eventreceipt",
            index=models.Index(
                fields=["session", "device_id", "device_seq"], name="receipt_by_device"
            ),
        ),
        migrations.AddIndex(
            model_name="eventreceipt",
            index=models.Index(
                condition=models.Q(("looked_at__isnull", True), ("status", "held")),
                fields=["session"],
                name="receipt_to_look_at",
            ),
        ),
        migrations.AddConstraint(
            model_name="eventreceipt",
            constraint=models.UniqueConstraint(
                fields=("session", "event_id", "fingerprint"), name="an_event_is_received_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="eventreceipt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("entry__isnull", False), ("sent__isnull", True), ("status", "saved")
                    ),
                    models.Q(
                        ("entry__isnull", True), ("sent__isnull", False), ("status", "held")
                    ),
                    _connector="OR",
                ),
                name="an_event_is_in_the_record_or_held_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="eventreceipt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("looked_at__isnull", True), ("looked_by__isnull", True)),
                    models.Q(("looked_at__isnull", False), ("looked_by__isnull", False)),
                    _connector="OR",
                ),
                name="who_looked_and_when_are_said_together",
            ),
        ),
        migrations.AddConstraint(
            model_name="roomdevice",
            constraint=models.UniqueConstraint(
                fields=("session", "device_id", "recorded_by"),
                name="a_person_opens_the_room_on_a_tablet_once",
            ),
        ),
    ]

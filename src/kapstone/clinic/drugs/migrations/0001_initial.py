"""
Make the tables of the drug book.

Why: a controlled-drug book of containers, draws and counts.
Back: drops the tables.
Size: empty tables; nothing else is touched.
"""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("people", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Container",
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
                ("contents_mg", models.DecimalField(decimal_places=2, max_digits=8)),
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
            ],
        ),
        migrations.CreateModel(
            name="Count",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("entry_id", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("recorded_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.clinic",
                    ),
                ),
                (
                    "container",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="counts",
                        to="drugs.container",
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
            ],
        ),
        migrations.CreateModel(
            name="CountLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("entry_id", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("recorded_at", models.DateTimeField()),
                ("counted_mg", models.DecimalField(decimal_places=2, max_digits=8)),
                ("expected_mg", models.DecimalField(decimal_places=2, default=0, max_digits=8)),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.clinic",
                    ),
                ),
                (
                    "container",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="count_lines",
                        to="drugs.container",
                    ),
                ),
                (
                    "count",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="drugs.count",
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
            ],
        ),
        migrations.CreateModel(
            name="Draw",
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
                ("amount_mg", models.DecimalField(decimal_places=2, max_digits=8)),
                ("session_key", models.UUIDField(blank=True, null=True)),
                ("drawn_at", models.DateTimeField()),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.clinic",
                    ),
                ),
                (
                    "container",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="draws",
                        to="drugs.container",
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
        migrations.CreateModel(
            name="Lot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("entry_id", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("recorded_at", models.DateTimeField()),
                ("product", models.CharField(max_length=32)),
                ("book_version", models.PositiveSmallIntegerField()),
                ("number", models.CharField(max_length=40)),
                ("expires_on", models.DateField()),
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
            ],
        ),
        migrations.CreateModel(
            name="LotHold",
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
                    "why",
                    models.CharField(
                        choices=[("quarantine", "Quarantine"), ("recall", "Recall")],
                        max_length=12,
                    ),
                ),
                ("reason", models.CharField(max_length=300)),
                ("reference", models.CharField(blank=True, max_length=80)),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.clinic",
                    ),
                ),
                (
                    "lot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holds",
                        to="drugs.lot",
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
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="LotRelease",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("entry_id", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("recorded_at", models.DateTimeField()),
                ("reason", models.CharField(max_length=300)),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.clinic",
                    ),
                ),
                (
                    "hold",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="release",
                        to="drugs.lothold",
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
                    "witness",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Place",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("entry_id", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("recorded_at", models.DateTimeField()),
                ("name", models.CharField(max_length=60)),
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
            ],
        ),
        migrations.AddField(
            model_name="count",
            name="place",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="counts",
                to="drugs.place",
            ),
        ),
        migrations.CreateModel(
            name="Placement",
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
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.clinic",
                    ),
                ),
                (
                    "container",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="placements",
                        to="drugs.container",
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="placements",
                        to="drugs.place",
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
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Receipt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("entry_id", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("recorded_at", models.DateTimeField()),
                ("supplier", models.CharField(max_length=120)),
                ("supplier_number", models.CharField(blank=True, max_length=30)),
                ("invoice", models.CharField(blank=True, max_length=40)),
                ("prescription", models.CharField(blank=True, max_length=60)),
                ("is_opening", models.BooleanField(default=False)),
                ("containers_count", models.PositiveSmallIntegerField()),
                ("contents_mg", models.DecimalField(decimal_places=2, max_digits=8)),
                ("received_at", models.DateTimeField()),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.clinic",
                    ),
                ),
                (
                    "lot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="receipts",
                        to="drugs.lot",
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
            ],
        ),
        migrations.AddField(
            model_name="container",
            name="receipt",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="containers",
                to="drugs.receipt",
            ),
        ),
        migrations.CreateModel(
            name="Resolution",
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
                    "outcome",
                    models.CharField(
                        choices=[
                            ("recounted", "recounted"),
                            ("corrected", "corrected"),
                            ("adjusted", "adjusted"),
                            ("lost", "lost"),
                        ],
                        max_length=12,
                    ),
                ),
                ("explanation", models.CharField(max_length=500)),
                ("reported_on", models.DateField(blank=True, null=True)),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.clinic",
                    ),
                ),
                (
                    "container",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="resolutions",
                        to="drugs.container",
                    ),
                ),
                (
                    "line",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="resolution",
                        to="drugs.countline",
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
                    "witness",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Movement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("entry_id", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("recorded_at", models.DateTimeField()),
                ("seq", models.PositiveIntegerField(default=0)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("received", "received"),
                            ("drawn", "drawn"),
                            ("given", "given"),
                            ("wasted", "wasted"),
                            ("returned", "returned"),
                            ("sent", "sent"),
                            ("lost", "lost"),
                            ("adjusted", "adjusted"),
                            ("reversed", "reversed"),
                        ],
                        max_length=10,
                    ),
                ),
                ("change_mg", models.DecimalField(decimal_places=2, max_digits=8)),
                ("balance_mg", models.DecimalField(decimal_places=2, default=0, max_digits=8)),
                (
                    "draw_change_mg",
                    models.DecimalField(decimal_places=2, default=0, max_digits=8),
                ),
                (
                    "draw_balance_mg",
                    models.DecimalField(decimal_places=2, max_digits=8, null=True),
                ),
                ("reason", models.CharField(blank=True, max_length=24)),
                ("method", models.CharField(blank=True, max_length=24)),
                ("detail", models.CharField(blank=True, max_length=300)),
                ("happened_at", models.DateTimeField()),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.clinic",
                    ),
                ),
                (
                    "container",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="movements",
                        to="drugs.container",
                    ),
                ),
                (
                    "draw",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="movements",
                        to="drugs.draw",
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
                    "reverses",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversed_by",
                        to="drugs.movement",
                    ),
                ),
                (
                    "witness",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "resolution",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="movement",
                        to="drugs.resolution",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="countline",
            index=models.Index(
                condition=models.Q(("counted_mg", models.F("expected_mg")), _negated=True),
                fields=["container"],
                name="count_lines_that_differ",
            ),
        ),
        migrations.AddConstraint(
            model_name="countline",
            constraint=models.UniqueConstraint(
                fields=("count", "container"), name="a_container_is_counted_once_in_a_count"
            ),
        ),
        migrations.AddConstraint(
            model_name="countline",
            constraint=models.CheckConstraint(
                condition=models.Q(("counted_mg__gte", 0)),
                name="a_count_is_never_below_nothing",
            ),
        ),
        migrations.AddIndex(
            model_name="draw",
            index=models.Index(fields=["subjects", "-drawn_at"], name="draw_by_patient"),
        ),
        migrations.AddIndex(
            model_name="draw",
            index=models.Index(fields=["session_key"], name="draw_by_session"),
        ),
        migrations.AddConstraint(
            model_name="draw",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_mg__gt", 0)), name="a_draw_takes_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="draw",
            constraint=models.CheckConstraint(
                condition=models.Q(("recorded_at__gte", models.F("drawn_at"))),
                name="a_draw_is_written_after_it_was_taken",
            ),
        ),
        migrations.AddConstraint(
            model_name="lot",
            constraint=models.UniqueConstraint(
                fields=("clinic", "product", "number"), name="one_lot_of_a_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="lotrelease",
            constraint=models.CheckConstraint(
                condition=models.Q(("witness", models.F("recorded_by")), _negated=True),
                name="a_release_has_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="place",
            constraint=models.UniqueConstraint(
                fields=("clinic", "name"), name="one_place_of_a_name"
            ),
        ),
        migrations.AddConstraint(
            model_name="count",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("place__isnull", True), ("container__isnull", True), _connector="XOR"
                ),
                name="a_count_is_of_a_place_or_a_container",
            ),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.CheckConstraint(
                condition=models.Q(("contents_mg__gt", 0), ("containers_count__gt", 0)),
                name="a_delivery_holds_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.CheckConstraint(
                condition=models.Q(("recorded_at__gte", models.F("received_at"))),
                name="a_delivery_is_written_after_it_came",
            ),
        ),
        migrations.AddConstraint(
            model_name="container",
            constraint=models.UniqueConstraint(
                fields=("clinic", "number"), name="one_container_of_a_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="container",
            constraint=models.CheckConstraint(
                condition=models.Q(("contents_mg__gt", 0)),
                name="a_container_came_with_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="resolution",
            constraint=models.CheckConstraint(
                condition=models.Q(("witness", models.F("recorded_by")), _negated=True),
                name="a_resolution_has_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="resolution",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", "lost"), _negated=True),
                    ("reported_on__isnull", False),
                    _connector="OR",
                ),
                name="a_loss_is_reported",
            ),
        ),
        migrations.AddIndex(
            model_name="movement",
            index=models.Index(fields=["clinic", "-happened_at"], name="movement_recent"),
        ),
        migrations.AddConstraint(
            model_name="movement",
            constraint=models.UniqueConstraint(
                fields=("container", "seq"), name="entries_of_a_container_are_numbered"
            ),
        ),
        migrations.AddConstraint(
            model_name="movement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "drawn")),
                fields=("draw",),
                name="a_draw_leaves_its_container_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="movement",
            constraint=models.CheckConstraint(
                condition=models.Q(("balance_mg__gte", 0)),
                name="a_balance_is_never_below_nothing",
            ),
        ),
        migrations.AddConstraint(
            model_name="movement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("draw__isnull", True),
                        ("draw_balance_mg__isnull", True),
                        ("draw_change_mg", 0),
                    ),
                    models.Q(("draw__isnull", False), ("draw_balance_mg__gte", 0)),
                    _connector="OR",
                ),
                name="a_draw_is_never_used_twice",
            ),
        ),
        migrations.AddConstraint(
            model_name="movement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kind__in", ["adjusted", "lost", "reversed", "sent", "wasted"]),
                        _negated=True,
                    ),
                    ("witness__isnull", False),
                    _connector="OR",
                ),
                name="two_people_where_two_are_needed",
            ),
        ),
        migrations.AddConstraint(
            model_name="movement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("witness__isnull", True),
                    models.Q(("witness", models.F("recorded_by")), _negated=True),
                    _connector="OR",
                ),
                name="nobody_is_their_own_witness",
            ),
        ),
        migrations.AddConstraint(
            model_name="movement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "reversed"), ("reverses__isnull", False)),
                    models.Q(
                        models.Q(("kind", "reversed"), _negated=True),
                        ("reverses__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="only_a_reversal_reverses",
            ),
        ),
        migrations.AddConstraint(
            model_name="movement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "adjusted"), _negated=True),
                    ("resolution__isnull", False),
                    _connector="OR",
                ),
                name="an_adjustment_has_a_resolution",
            ),
        ),
        migrations.AddConstraint(
            model_name="movement",
            constraint=models.CheckConstraint(
                condition=models.Q(("recorded_at__gte", models.F("happened_at"))),
                name="an_entry_is_written_after_it_happened",
            ),
        ),
    ]

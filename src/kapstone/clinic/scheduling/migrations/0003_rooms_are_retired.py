"""
Give each room a key for its address, and let a room be retired.

Why: the administrator adds and retires rooms at /rooms/.
Back: drops the two columns; a retired room can be booked again.
Size: one row for each room of a clinic, a few dozen at most.
"""

import uuid

from django.contrib.postgres.functions import RandomUUID
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0002_no_double_booking")]
    operations = [
        migrations.AddField(
            model_name="room",
            name="retired_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        # The database makes the keys of the rooms that stand: behind the fence of its table a
        # migration sees none of them, and could give none a key of its own.
        migrations.AddField(
            model_name="room",
            name="key",
            field=models.UUIDField(db_default=RandomUUID(), editable=False, unique=True),
        ),
        migrations.AlterField(
            model_name="room",
            name="key",
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
        ),
    ]

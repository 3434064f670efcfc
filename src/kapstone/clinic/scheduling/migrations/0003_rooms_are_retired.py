"""
Give each room a key for its address, and let a room be retired.

Why: the administrator adds and retires rooms at /rooms/.
Back: drops the two columns; a retired room can be booked again.
Size: one row for each room of a clinic, a few dozen at most.
"""

import uuid

from django.db import migrations, models


def give_keys(apps, schema_editor):
    Room = apps.get_model("scheduling", "Room")
    for room in Room.objects.all():
        room.key = uuid.uuid4()
        room.save(update_fields=["key"])


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0002_no_double_booking")]
    operations = [
        migrations.AddField(
            model_name="room",
            name="retired_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="room",
            name="key",
            field=models.UUIDField(default=uuid.uuid4, editable=False, null=True),
        ),
        migrations.RunPython(give_keys, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="room",
            name="key",
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
        ),
    ]

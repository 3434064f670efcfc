"""
Keep when a user's rights ended, and until when a one-time password lets its owner in.

Why: the administrator ends rights and resets passwords at /people/.
Back: drops the two columns; who was ended stays inactive.
Size: two empty columns on the table of users, which holds one row for each account.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]
    operations = [
        migrations.AddField(
            model_name="user",
            name="one_time_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="user",
            name="ended_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True) | models.Q(is_active=False),
                name="whose_rights_ended_signs_in_no_more",
            ),
        ),
    ]

"""
Let a dose name what it was drawn up as in the drug log, at once or once afterwards.

Why: what reached a patient and what left a container are one fact; a recall by lot must reach
the sessions through it, and a dose that no draw accounts for must be seen. The database refuses
a draw that was made for somebody else.
Back: drops the trigger, its function and the column; doses and draws both stay, unlinked.
Size: one column that may be empty, and its index; no row is rewritten.
"""

import django.db.models.deletion
from django.db import migrations, models

MAKE = """
CREATE FUNCTION dosing_draw_is_theirs() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
  IF NEW.draw_id IS NOT NULL AND NOT EXISTS (
       SELECT 1 FROM drugs_draw d WHERE d.id = NEW.draw_id
         AND d.subjects_id = NEW.subjects_id AND d.clinic_id = NEW.clinic_id) THEN
    RAISE EXCEPTION 'a_dose_comes_from_a_draw_for_the_same_patient (draw %)', NEW.draw_id
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER dosing_draw_is_theirs BEFORE INSERT OR UPDATE OF draw_id ON dosing_dosegiven
  FOR EACH ROW EXECUTE FUNCTION dosing_draw_is_theirs();
"""
DROP = """
DROP TRIGGER dosing_draw_is_theirs ON dosing_dosegiven;
DROP FUNCTION dosing_draw_is_theirs();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("dosing", "0005_what_was_decided_about_held_entries"),
        ("drugs", "0002_the_book_balances"),
    ]

    operations = [
        migrations.AddField(
            model_name="dosegiven",
            name="draw",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="doses",
                to="drugs.draw",
            ),
        ),
        migrations.RunSQL(MAKE, DROP),
    ]

"""
Let the database keep the book: it numbers, balances, blocks and never forgets.

Why: an amount that does not balance must be impossible, whatever the app does, and whoever
     writes at the same moment. Each entry waits for the container's lock, takes its number and
     balances from the entry before it, and is refused if drug would come from nowhere.
Back: drops the triggers and functions; no rows change.
Size: no rows change; triggers on empty tables.
"""

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION drugs_never() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
  RAISE EXCEPTION 'the drug book is never rewritten: % of %', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation';
END
$$;

CREATE FUNCTION drugs_refuse(rule text, container bigint) RETURNS void LANGUAGE plpgsql AS
$$
BEGIN
  RAISE EXCEPTION 'drug book: % (container %)', rule, container
    USING ERRCODE = 'check_violation';
END
$$;

CREATE FUNCTION drugs_is_frozen(which bigint) RETURNS boolean LANGUAGE sql STABLE AS
$$
  SELECT EXISTS (
    SELECT 1 FROM drugs_countline l
    WHERE l.container_id = which AND l.counted_mg <> l.expected_mg
      AND NOT EXISTS (SELECT 1 FROM drugs_resolution r
                      WHERE r.container_id = which AND r.line_id >= l.id))
$$;

CREATE FUNCTION drugs_is_held(which bigint) RETURNS boolean LANGUAGE sql STABLE AS
$$
  SELECT EXISTS (
    SELECT 1 FROM drugs_lothold h
    WHERE h.lot_id = which
      AND NOT EXISTS (SELECT 1 FROM drugs_lotrelease r WHERE r.hold_id = h.id))
$$;

-- Refuse to take drug out for a patient from what may not be used.
CREATE FUNCTION drugs_check_draw(entry drugs_movement) RETURNS void LANGUAGE plpgsql AS
$$
DECLARE
  drawn drugs_draw%ROWTYPE;
  lot drugs_lot%ROWTYPE;
  zone text;
BEGIN
  SELECT * INTO drawn FROM drugs_draw WHERE id = entry.draw_id;
  IF drawn.id IS NULL OR drawn.container_id <> entry.container_id
     OR drawn.amount_mg <> -entry.change_mg THEN
    PERFORM drugs_refuse('a_draw_says_what_it_took', entry.container_id);
  END IF;
  SELECT l.* INTO lot FROM drugs_lot l
    JOIN drugs_receipt r ON r.lot_id = l.id
    JOIN drugs_container c ON c.receipt_id = r.id
    WHERE c.id = entry.container_id;
  PERFORM pg_advisory_xact_lock_shared(hashtextextended('drug-lot:' || lot.id, 0));
  IF drugs_is_held(lot.id) THEN
    PERFORM drugs_refuse('a_lot_on_hold_is_not_drawn', entry.container_id);
  END IF;
  SELECT time_zone INTO zone FROM people_clinic WHERE id = entry.clinic_id;
  IF (entry.happened_at AT TIME ZONE zone)::date > lot.expires_on THEN
    PERFORM drugs_refuse('an_expired_lot_is_not_drawn', entry.container_id);
  END IF;
END
$$;

-- Hold the kind of an entry to the two changes that it may make.
CREATE FUNCTION drugs_check_kind(entry drugs_movement, contents numeric) RETURNS void
LANGUAGE plpgsql AS
$$
DECLARE
  undone drugs_movement%ROWTYPE;
  fits boolean;
BEGIN
  fits := CASE entry.kind
    WHEN 'received' THEN entry.draw_id IS NULL AND entry.change_mg = contents
    WHEN 'drawn' THEN entry.draw_id IS NOT NULL AND entry.change_mg < 0
                      AND entry.draw_change_mg = -entry.change_mg
    WHEN 'given' THEN entry.draw_id IS NOT NULL AND entry.change_mg = 0
                      AND entry.draw_change_mg < 0
    WHEN 'wasted' THEN (entry.draw_id IS NULL AND entry.change_mg < 0)
                    OR (entry.draw_id IS NOT NULL AND entry.change_mg = 0
                        AND entry.draw_change_mg < 0)
    WHEN 'returned' THEN entry.draw_id IS NOT NULL AND entry.change_mg > 0
                         AND entry.draw_change_mg = -entry.change_mg
    WHEN 'sent' THEN entry.draw_id IS NULL AND entry.change_mg < 0
    WHEN 'lost' THEN entry.draw_id IS NULL AND entry.change_mg < 0
                     AND entry.resolution_id IS NOT NULL
    WHEN 'adjusted' THEN entry.draw_id IS NULL AND entry.change_mg <> 0
    ELSE false
  END;
  IF entry.kind = 'reversed' THEN
    SELECT * INTO undone FROM drugs_movement WHERE id = entry.reverses_id;
    fits := undone.id IS NOT NULL
      AND undone.container_id = entry.container_id
      AND undone.draw_id IS NOT DISTINCT FROM entry.draw_id
      AND undone.change_mg = -entry.change_mg
      AND undone.draw_change_mg = -entry.draw_change_mg
      AND undone.kind <> 'reversed' AND undone.resolution_id IS NULL;
  END IF;
  IF NOT fits THEN
    PERFORM drugs_refuse('an_entry_moves_what_its_kind_says', entry.container_id);
  END IF;
END
$$;

CREATE FUNCTION drugs_post() RETURNS trigger LANGUAGE plpgsql AS
$$
DECLARE
  contents numeric;
  previous drugs_movement%ROWTYPE;
  left_of_draw numeric;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('drug-container:' || NEW.container_id, 0));
  SELECT contents_mg INTO contents FROM drugs_container
    WHERE id = NEW.container_id AND clinic_id = NEW.clinic_id;
  IF contents IS NULL THEN
    PERFORM drugs_refuse('an_entry_is_about_a_container_of_its_clinic', NEW.container_id);
  END IF;
  IF NEW.witness_id IS NOT NULL AND NOT EXISTS (
       SELECT 1 FROM people_user WHERE id = NEW.witness_id AND clinic_id = NEW.clinic_id) THEN
    PERFORM drugs_refuse('a_witness_is_of_the_clinic', NEW.container_id);
  END IF;
  PERFORM drugs_check_kind(NEW, contents);
  SELECT * INTO previous FROM drugs_movement
    WHERE container_id = NEW.container_id ORDER BY seq DESC LIMIT 1;
  IF (previous.id IS NULL) <> (NEW.kind = 'received') THEN
    PERFORM drugs_refuse('a_container_is_received_once_and_first', NEW.container_id);
  END IF;
  IF NEW.change_mg <> 0 AND NEW.kind NOT IN ('adjusted', 'lost', 'reversed')
     AND drugs_is_frozen(NEW.container_id) THEN
    PERFORM drugs_refuse('a_frozen_container_stays_shut', NEW.container_id);
  END IF;
  IF NEW.kind = 'drawn' THEN
    PERFORM drugs_check_draw(NEW);
  END IF;
  NEW.seq := coalesce(previous.seq, 0) + 1;
  NEW.balance_mg := coalesce(previous.balance_mg, 0) + NEW.change_mg;
  IF NEW.draw_id IS NULL THEN
    NEW.draw_balance_mg := NULL;
  ELSE
    SELECT draw_balance_mg INTO left_of_draw FROM drugs_movement
      WHERE draw_id = NEW.draw_id ORDER BY seq DESC LIMIT 1;
    IF left_of_draw IS NULL AND NEW.kind <> 'drawn' THEN
      PERFORM drugs_refuse('a_draw_begins_by_being_drawn', NEW.container_id);
    END IF;
    NEW.draw_balance_mg := coalesce(left_of_draw, 0) + NEW.draw_change_mg;
  END IF;
  RETURN NEW;
END
$$;

CREATE FUNCTION drugs_count() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('drug-container:' || NEW.container_id, 0));
  SELECT balance_mg INTO NEW.expected_mg FROM drugs_movement
    WHERE container_id = NEW.container_id ORDER BY seq DESC LIMIT 1;
  IF NEW.expected_mg IS NULL THEN
    PERFORM drugs_refuse('only_what_was_received_is_counted', NEW.container_id);
  END IF;
  IF EXISTS (SELECT 1 FROM drugs_count WHERE id = NEW.count_id
             AND (closed_at IS NOT NULL OR recorded_by_id <> NEW.recorded_by_id)) THEN
    PERFORM drugs_refuse('who_began_a_count_ends_it_once', NEW.container_id);
  END IF;
  RETURN NEW;
END
$$;

CREATE FUNCTION drugs_resolve() RETURNS trigger LANGUAGE plpgsql AS
$$
DECLARE
  line drugs_countline%ROWTYPE;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('drug-container:' || NEW.container_id, 0));
  SELECT * INTO line FROM drugs_countline WHERE id = NEW.line_id;
  IF line.container_id <> NEW.container_id OR line.counted_mg = line.expected_mg THEN
    PERFORM drugs_refuse('only_a_difference_is_resolved', NEW.container_id);
  END IF;
  IF line.recorded_by_id = NEW.recorded_by_id THEN
    PERFORM drugs_refuse('who_counted_does_not_resolve', NEW.container_id);
  END IF;
  RETURN NEW;
END
$$;

-- A hold waits for the draws that are being written, and the draws after it wait for the hold.
CREATE FUNCTION drugs_hold() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('drug-lot:' || NEW.lot_id, 0));
  RETURN NEW;
END
$$;

-- At commit: no draw without its entry, no container without its first entry. By then the
-- transaction may stand in another clinic, so the check looks from inside the row's own.
CREATE FUNCTION drugs_is_booked() RETURNS trigger LANGUAGE plpgsql AS
$$
DECLARE
  standing text := coalesce(current_setting('kapstone.clinic', true), '');
  booked boolean;
BEGIN
  PERFORM set_config('kapstone.clinic', NEW.clinic_id::text, true);
  IF TG_TABLE_NAME = 'drugs_draw' THEN
    booked := EXISTS (SELECT 1 FROM drugs_movement WHERE draw_id = NEW.id);
  ELSE
    booked := EXISTS (SELECT 1 FROM drugs_movement WHERE container_id = NEW.id);
  END IF;
  PERFORM set_config('kapstone.clinic', standing, true);
  IF NOT booked THEN
    RAISE EXCEPTION 'drug book: what_is_made_is_booked (% %)', TG_TABLE_NAME, NEW.id
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END
$$;
"""
NAMES = (
    "drugs_is_booked()",
    "drugs_hold()",
    "drugs_resolve()",
    "drugs_count()",
    "drugs_post()",
    "drugs_check_kind(drugs_movement, numeric)",
    "drugs_check_draw(drugs_movement)",
    "drugs_is_held(bigint)",
    "drugs_is_frozen(bigint)",
    "drugs_refuse(text, bigint)",
    "drugs_never()",
)
BEFORE = (
    ("drugs_movement", "drugs_post"),
    ("drugs_countline", "drugs_count"),
    ("drugs_resolution", "drugs_resolve"),
    ("drugs_lothold", "drugs_hold"),
)
KEPT = ("movement", "draw", "countline", "resolution", "lothold", "lotrelease")
BOOKED = ("draw", "container")


def _triggers():
    for table, function in BEFORE:
        yield (
            f"CREATE TRIGGER {function} BEFORE INSERT ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION {function}()",
            f"DROP TRIGGER {function} ON {table}",
        )
    for name in KEPT:
        yield (
            f"CREATE TRIGGER drugs_never BEFORE UPDATE OR DELETE ON drugs_{name}"
            " FOR EACH ROW EXECUTE FUNCTION drugs_never()",
            f"DROP TRIGGER drugs_never ON drugs_{name}",
        )
    for name in BOOKED:
        yield (
            f"CREATE CONSTRAINT TRIGGER drugs_is_booked AFTER INSERT ON drugs_{name}"
            " DEFERRABLE INITIALLY DEFERRED"
            " FOR EACH ROW EXECUTE FUNCTION drugs_is_booked()",
            f"DROP TRIGGER drugs_is_booked ON drugs_{name}",
        )


class Migration(migrations.Migration):
    dependencies = [("drugs", "0001_initial")]
    operations = [
        migrations.RunSQL(FUNCTIONS, f"DROP FUNCTION {', '.join(NAMES)}"),
        *[migrations.RunSQL(make, drop) for make, drop in _triggers()],
    ]

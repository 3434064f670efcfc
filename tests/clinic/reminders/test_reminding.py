"""Reminders on the real record: written once, taken back when a dose moves, sent once."""

from datetime import UTC, datetime, time, timedelta

import pytest
from tests.builders import make_user
from tests.clinic.walk import DAY, HOUR, make_walk

from kapstone.clinic.practice.models import CheckIn
from kapstone.clinic.reminders import jobs, reminding
from kapstone.clinic.reminders.queries import reminded
from kapstone.core.access.cards import keep_contact
from kapstone.core.access.glass import BY_THE_CLOCK
from kapstone.core.people.models import Notice, Role
from kapstone.core.post.actions import Wished, keep_wish
from kapstone.core.post.carriers import MailSettings, NotTaken
from kapstone.core.post.models import Message
from kapstone.core.post.queries import standing_of
from kapstone.core.post.rules import Outcome, Standing
from kapstone.core.post.worker import deliver

TEN = datetime(2026, 3, 2, 10, tzinfo=UTC)
CHOSEN = (
    "session-tomorrow",
    "first-night",
    "check-in-24",
    "check-in-72",
    "weather",
    "practice",
)


class Box:
    """A carrier that keeps what it took, and may be down."""

    taken = Outcome.SENT

    def __init__(self):
        self.carried, self.down = [], False

    def carry(self, letter, address, about_to_hand_over):
        if self.down:
            raise NotTaken("down", reached=False)
        about_to_hand_over()
        self.carried.append(letter["Message-ID"])


def wish(walk, **given):
    wished = {
        "channel": "mail",
        "kinds": CHOSEN,
        "time_zone": "UTC",
        "quiet_from": time(21),
        "quiet_until": time(8),
        "names_clinic": False,
    }
    keep_wish(
        by=walk.patient.user, at=TEN, patient=walk.patient, wished=Wished(**wished | given)
    )


@pytest.fixture
def walk(db, settings):
    settings.MAIL = MailSettings(host="127.0.0.1", address="https://clinic.example")
    walk = make_walk()
    desk = make_user(walk.clinic, Role.FRONT_DESK)
    keep_contact(by=desk, at=TEN, patient=walk.patient, email="larch@example.org")
    wish(walk)
    return walk


def tick(walk, at, box=None, *, held=False):
    walk.stand()
    jobs.tick(clinic=walk.clinic, at=at)
    if box is not None:
        deliver(clinic=walk.clinic, at=at, carrier=box, held=held)
    walk.stand()


def written():
    return list(Message.objects.order_by("pk").values_list("kind", flat=True))


def test_a_tick_writes_what_is_due_once_however_often_it_runs(walk):
    walk.give(TEN)
    for minutes in (0, 1, 2, 60):
        tick(walk, TEN + DAY + timedelta(minutes=minutes))
    assert written() == ["check-in-24"]


def test_a_dose_corrected_late_takes_back_what_waits_and_asks_later(walk):
    dose = walk.give(TEN)
    tick(walk, TEN + DAY)
    walk.give(TEN + 5 * HOUR, corrects=dose)
    tick(walk, TEN + DAY + HOUR)
    (first,) = Message.objects.all()
    assert standing_of(first) is Standing.WITHDRAWN
    tick(walk, TEN + DAY + 5 * HOUR)
    assert written() == ["check-in-24", "check-in-24"]


def test_what_was_sent_is_not_sent_again_after_a_correction(walk):
    dose, box = walk.give(TEN), Box()
    tick(walk, TEN + DAY, box)
    walk.give(TEN + 5 * HOUR, corrects=dose)
    for hours in (1, 5, 6):
        tick(walk, TEN + DAY + hours * HOUR, box)
    assert len(box.carried) == 1


def test_a_check_in_made_meanwhile_takes_the_question_back(walk):
    walk.give(TEN)
    tick(walk, TEN + DAY)
    CheckIn.objects.create(
        clinic=walk.clinic,
        subjects=walk.patient.alone,
        recorded_at=TEN + DAY,
        recorded_by=walk.patient.user,
        day=(TEN + DAY).date(),
        checked_in_at=TEN + DAY,
        device_at=TEN + DAY,
    )
    tick(walk, TEN + DAY + HOUR)
    assert [standing_of(one) for one in Message.objects.all()] == [Standing.WITHDRAWN]


@pytest.mark.parametrize("given", [{"channel": "none"}, {"kinds": ()}], ids=["none", "no kind"])
def test_who_wants_nothing_gets_nothing(walk, given):
    wish(walk, **given)
    walk.give(TEN)
    tick(walk, TEN + DAY)
    assert written() == []


def test_a_visit_is_reminded_of_the_evening_before_and_not_once_it_is_cancelled(walk):
    slot = walk.book(TEN + 3 * DAY)
    tick(walk, TEN + 2 * DAY + 6 * HOUR)
    assert written() == []
    tick(walk, TEN + 2 * DAY + 7 * HOUR)
    assert written() == ["session-tomorrow"]
    slot.cancelled_at = TEN
    slot.save(update_fields=["cancelled_at"])
    tick(walk, TEN + 2 * DAY + 8 * HOUR)
    assert [standing_of(one) for one in Message.objects.all()] == [Standing.WITHDRAWN]


def test_the_questions_to_the_database_do_not_grow_with_patients(
    walk, django_assert_max_num_queries
):
    walk.give(TEN)
    with django_assert_max_num_queries(18):
        reminded(walk.clinic, TEN + DAY)


def a_week(walk, box, *, down=range(0), jump=None):
    """Tick through the days after a dose; the server may be down, and the clock may leap."""
    walk.give(TEN)
    walk.book(TEN + 2 * DAY)
    for step in (24 * day + hour for day in range(5) for hour in (0, 7, 9, 12, 17)):
        box.down = step in down
        at = TEN + step * HOUR
        if jump is not None and step == 31:
            tick(walk, at + jump, box, held=True)  # the clock's guard has seen it
        tick(walk, at, box)


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({}, id="a quiet week"),
        pytest.param({"down": range(20, 40)}, id="a dead server"),
        pytest.param({"jump": DAY}, id="the clock a day ahead"),
        pytest.param({"jump": -DAY}, id="the clock a day back"),
    ],
)
def test_in_a_week_each_reminder_is_sent_once_or_reported(walk, given):
    box = Box()
    a_week(walk, box, **given)
    messages = list(Message.objects.all())
    stand = {standing_of(one) for one in messages}
    assert stand <= {Standing.SENT, Standing.GAVE_UP, Standing.WITHDRAWN}
    sent = [one for one in messages if one.sent_at]
    assert len(box.carried) == len(set(box.carried)) == len(sent) >= 3
    assert not [one for one in sent if not 8 <= one.sent_at.hour < 21]
    days = [one.sent_at.date() for one in sent]
    assert max(days.count(day) for day in days) <= 2
    reported = Notice.objects.filter(kind="post").exists()
    assert reported == any(one.gave_up_at for one in messages)


def test_the_week_turns_red_if_a_reminder_forgets_its_cause(walk, monkeypatch):
    """Without the name of the cause each tick would remind again."""
    monkeypatch.setattr(reminding, "queue_for", _forgetful(reminding.queue_for))
    walk.give(TEN)
    for minutes in (0, 1):
        tick(walk, TEN + DAY + timedelta(minutes=minutes))
    assert len(written()) == 2


def _forgetful(queue_for):
    seen = []

    def forgets(**given):
        seen.append(given)
        return queue_for(**given | {"once": f"{given['once']}/{len(seen)}"})

    return forgets


def test_the_clock_writes_in_its_own_name(walk):
    from kapstone.core.audit.models import AuditEntry

    walk.give(TEN)
    reminding.remind(by=BY_THE_CLOCK, at=TEN + DAY, clinic=walk.clinic)
    entry = AuditEntry.objects.get(deed="reminder-written")
    assert (entry.by_id, entry.subjects) == (None, [walk.patient.pk])

"""Tablets in the room, the dose lease, what was received from whom, and what was held."""

from django.db import models
from django.db.models import Q

from kapstone.core.people.models import CareRecord, User


class RoomDevice(CareRecord):
    """
    One person who opened the room of one session on one tablet.

    A queue of entries belongs to this, not to a signed-in browser: entries by whoever opened
    the room here are taken later too, whoever is signed in then.
    """

    record_class = "dosing_session"

    session = models.ForeignKey("dosing.DosingSession", models.PROTECT, related_name="devices")
    device_id = models.UUIDField()
    name = models.CharField(max_length=40, blank=True)
    storage = models.CharField(max_length=16)  # what the browser promised: persistent or not

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["session", "device_id", "recorded_by"],
                name="a_person_opens_the_room_on_a_tablet_once",
            )
        ]

    def __str__(self) -> str:
        """Say who opened the room on which tablet."""
        return f"{self.recorded_by_id} on {self.name or self.device_id}"


class DoseLease(CareRecord):
    """The right of one tablet to give the drug. The highest number stands."""

    record_class = "dosing_session"

    session = models.ForeignKey("dosing.DosingSession", models.PROTECT, related_name="leases")
    number = models.PositiveIntegerField()
    device_id = models.UUIDField()
    order = models.ForeignKey("dosing.DoseOrder", models.PROTECT, related_name="+")
    most_mg = models.DecimalField(max_digits=6, decimal_places=2)
    lot = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=200, blank=True)  # why it was taken over
    granted_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["session", "number"], name="one_lease_has_a_number"
            ),
            models.CheckConstraint(
                name="a_lease_ends_after_it_starts",
                condition=Q(expires_at__gt=models.F("granted_at")),
            ),
        ]

    def __str__(self) -> str:
        """Say the number and until when."""
        return f"lease {self.number} until {self.expires_at:%H:%M}"


class EventReceipt(CareRecord):
    """
    One event received from a tablet: in the record (``entry``), or held beside it (``sent``).

    ``mark`` is the number up to which everything of the device had been received then.
    """

    record_class = "dosing_session"
    closes = ("looked_at", "looked_by_id")

    class Status(models.TextChoices):
        """Where the event is."""

        SAVED = "saved", "In the record"
        HELD = "held", "Waits for a person to look"

    session = models.ForeignKey("dosing.DosingSession", models.PROTECT, related_name="receipts")
    device_id = models.UUIDField()
    device_seq = models.PositiveIntegerField()
    mark = models.PositiveIntegerField()
    event_id = models.UUIDField()
    fingerprint = models.CharField(max_length=64)
    prev_hash = models.CharField(max_length=64)
    actor = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    authenticated = models.CharField(max_length=40)
    source = models.CharField(max_length=8)
    is_hand_timed = models.BooleanField()
    wall_ms = models.BigIntegerField()
    mono_ms = models.BigIntegerField()
    epoch_id = models.CharField(max_length=40)
    offset_ms = models.BigIntegerField(null=True)
    unc_ms = models.BigIntegerField(null=True)
    client_version = models.CharField(max_length=40)
    lease = models.PositiveIntegerField(null=True)
    knows = models.JSONField(default=list)  # ids of the doses that a dose knew of
    status = models.CharField(max_length=8, choices=Status)
    code = models.CharField(max_length=24, blank=True)
    words = models.CharField(max_length=300, blank=True)
    flags = models.JSONField(default=list)
    entry = models.OneToOneField(
        "dosing.SessionEntry", models.PROTECT, null=True, related_name="receipt"
    )
    sent = models.JSONField(null=True)  # the whole event, where no entry holds it
    looked_at = models.DateTimeField(null=True, blank=True)
    looked_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["session", "event_id", "fingerprint"], name="an_event_is_received_once"
            ),
            models.CheckConstraint(
                name="an_event_is_in_the_record_or_held_whole",
                condition=Q(status="saved", entry__isnull=False, sent__isnull=True)
                | Q(status="held", entry__isnull=True, sent__isnull=False),
            ),
            models.CheckConstraint(
                name="who_looked_and_when_are_said_together",
                condition=Q(looked_at__isnull=True, looked_by__isnull=True)
                | Q(looked_at__isnull=False, looked_by__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["session", "device_id", "device_seq"], name="receipt_by_device"
            ),
            models.Index(
                fields=["session"],
                condition=Q(status="held", looked_at__isnull=True),
                name="receipt_to_look_at",
            ),
        ]

    def __str__(self) -> str:
        """Say which event of which tablet, and where it is."""
        return f"{self.device_seq} of {self.device_id}: {self.status}"


class HeldDecision(CareRecord):
    """
    What a person decided about an event that was held beside the record.

    Accepted as it is, it ``became`` an entry; entered anew, that entry says it in the right
    words; set aside, ``reason`` says why. The event itself stays as it was sent.
    """

    record_class = "dosing_session"

    class Decision(models.TextChoices):
        """What became of it."""

        ACCEPTED = "accepted", "Accepted as it is"
        ENTERED = "entered", "Stands in the record as another entry"
        SET_ASIDE = "set-aside", "Set aside"

    session = models.ForeignKey(
        "dosing.DosingSession", models.PROTECT, related_name="held_decisions"
    )
    receipt = models.OneToOneField(EventReceipt, models.PROTECT, related_name="decision")
    decision = models.CharField(max_length=12, choices=Decision)
    became = models.ForeignKey(
        "dosing.SessionEntry", models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="what_was_held_became_an_entry_or_was_set_aside",
                condition=Q(decision__in=["accepted", "entered"], became__isnull=False)
                | Q(decision="set-aside", became__isnull=True) & ~Q(reason=""),
            )
        ]

    def __str__(self) -> str:
        """Say what was decided."""
        return self.get_decision_display()

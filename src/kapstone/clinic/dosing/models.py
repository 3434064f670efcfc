"""The day of the dose: order, session, entries, doses given, checks, signatures."""

import uuid

from django.db import models
from django.db.models import F, Q

from kapstone.clinic.course.models import Course
from kapstone.clinic.dosing.room_models import (
    DoseLease,
    EventReceipt,
    HeldDecision,
    RoomDevice,
)
from kapstone.clinic.drugs.models import Draw
from kapstone.clinic.scheduling.models import Appointment
from kapstone.core.people.models import CareRecord

__all__ = [
    "AdverseEvent",
    "AdverseEventReview",
    "CheckAnswer",
    "DoseGiven",
    "DoseLease",
    "DoseOrder",
    "DosingSession",
    "EventReceipt",
    "HeldDecision",
    "HomeLetter",
    "RoomDevice",
    "SessionEntry",
    "SessionSignature",
]


class DoseOrder(CareRecord):
    """What the prescriber allows for one session. Written by a person; never suggested."""

    record_class = "dose_order"
    closes = ("revoked_at",)

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey(Course, models.PROTECT, related_name="orders")
    number = models.PositiveSmallIntegerField()  # the dose of the course it is for
    product = models.CharField(max_length=24)  # racemic, esketamine-device
    route = models.CharField(max_length=4)  # code of a route in the catalogue
    amount_mg = models.DecimalField(max_digits=6, decimal_places=2)
    max_session_mg = models.DecimalField(max_digits=6, decimal_places=2)
    duration_min = models.DecimalField(max_digits=5, decimal_places=1, null=True, blank=True)
    weight_kg = models.DecimalField(max_digits=5, decimal_places=1)
    weighed_at = models.DateTimeField()
    may_give = models.CharField(max_length=24, blank=True)  # code in the catalogue of orders
    mg_per_ml = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    volume_ml = models.DecimalField(max_digits=7, decimal_places=3, null=True, blank=True)
    rationale = models.CharField(max_length=32)
    passed = models.JSONField(default=list)  # codes of the cautions that the reason answers
    reason = models.CharField(max_length=500, blank=True)  # why a soft limit was passed
    signed_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="order_is_above_zero",
                condition=Q(amount_mg__gt=0) & Q(weight_kg__gt=0),
            ),
            models.CheckConstraint(
                name="order_is_within_its_own_maximum",
                condition=Q(amount_mg__lte=F("max_session_mg")),
            ),
        ]

    def __str__(self) -> str:
        """Say the order as it would be read out."""
        return f"{self.amount_mg} mg {self.route}, dose {self.number}"


class DosingSession(CareRecord):
    """One monitored visit at which ketamine may be given. Its state is read from its rows."""

    record_class = "dosing_session"

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    course = models.ForeignKey(Course, models.PROTECT, related_name="sessions")
    number = models.PositiveSmallIntegerField()
    appointment = models.OneToOneField(
        Appointment, models.PROTECT, null=True, related_name="dosing_session"
    )
    order = models.ForeignKey(DoseOrder, models.PROTECT, null=True, related_name="sessions")
    planned_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["clinic", "planned_at"], name="session_by_day")]

    def __str__(self) -> str:
        """Say which dose of the course this is."""
        return f"dose {self.number}, {self.planned_at:%Y-%m-%d}"


class CheckAnswer(CareRecord):
    """The answer to one check of the gate or of discharge. The newest answer stands."""

    record_class = "dosing_session"
    announces = ("session_id", "id", "check")

    class Phase(models.TextChoices):
        """Before the dose, or before going home."""

        GATE = "gate"
        DISCHARGE = "discharge"

    session = models.ForeignKey(DosingSession, models.PROTECT, related_name="checks")
    phase = models.CharField(max_length=10, choices=Phase)
    check_code = models.CharField(max_length=8)  # G1 … G15, D1 … D11
    value = models.JSONField()  # what was measured or answered, never the verdict alone
    lift_reason = models.CharField(max_length=500, blank=True)  # set: a lift by the named role
    answered_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["session", "phase", "check_code", "-answered_at"], name="check_newest"
            )
        ]

    def __str__(self) -> str:
        """Say which check was answered."""
        return f"{self.check_code} at {self.answered_at:%H:%M}"


class SessionSignature(CareRecord):
    """A signature in a dosing session: printed name, time and meaning."""

    record_class = "dosing_session"
    announces = ("session_id", "id", "signed")

    class Meaning(models.TextChoices):
        """What the signer says by signing."""

        GATE = "gate", "I have checked this gate"
        NOT_TODAY = "not-today", "Not today"
        DISCHARGE = "discharge", "This person may go home"
        AGAINST_ADVICE = "against-advice", "Left against advice"

    session = models.ForeignKey(DosingSession, models.PROTECT, related_name="signatures")
    meaning = models.CharField(max_length=16, choices=Meaning)
    printed_name = models.CharField(max_length=150)
    role = models.CharField(max_length=16)
    reason = models.CharField(max_length=500, blank=True)
    signed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["session", "meaning", "recorded_by"],
                name="one_signature_of_a_person_for_a_meaning",
            )
        ]

    def __str__(self) -> str:
        """Say who signed what."""
        return f"{self.printed_name}: {self.get_meaning_display()}"


class SessionEntry(CareRecord):
    """
    One entry made in the room. Written once; ``supersedes`` names the entry it corrects.

    ``entry_id`` is made on the device. ``device_at`` is the device's clock when it was made,
    ``observed_at`` the time the entry is about, ``recorded_at`` the server's clock;
    ``commit_no`` numbers the entries of a session in the order they were committed.
    """

    record_class = "dosing_session"
    announces = ("session_id", "commit_no", "entry")

    class Kind(models.TextChoices):
        """What kind of entry this is; ``entries.py`` holds the shape of each payload."""

        VITALS = "vitals"
        NO_VALUE = "no-value", "No value"
        DOSE = "dose"
        EVENT = "event"
        NOTE = "note"
        CORRECTION = "correction"
        ANSWER = "answer", "Answer to a crossing"
        STATE = "state"

    session = models.ForeignKey(DosingSession, models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=12, choices=Kind)
    payload = models.JSONField()
    observed_at = models.DateTimeField()
    device_at = models.DateTimeField()
    device_id = models.CharField(max_length=64, blank=True)
    device_seq = models.PositiveIntegerField(null=True, blank=True)
    commit_no = models.PositiveIntegerField(null=True)
    supersedes = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="superseded_by"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_correction_names_what_it_corrects",
                condition=~Q(kind="correction") | Q(supersedes__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["session", "commit_no"], name="one_entry_has_a_commit_number"
            ),
        ]
        indexes = [
            models.Index(fields=["session", "observed_at"], name="entry_by_session"),
        ]

    def __str__(self) -> str:
        """Say the kind and time."""
        return f"{self.kind} at {self.observed_at:%H:%M}"


class DoseGiven(CareRecord):
    """
    One dose that reached the patient. Written once: a mistake is corrected by a new row.

    ``given_at`` is when it was given, and is the time every model reads. A correction to
    nothing given at all has ``amount_mg`` zero. ``draw`` is what it came out of in the drug
    log; where that was not known when it was given, it is named once, afterwards.
    """

    record_class = "dosing_session"
    closes = ("draw_id",)

    session = models.ForeignKey(DosingSession, models.PROTECT, related_name="doses")
    draw = models.ForeignKey(Draw, models.PROTECT, null=True, blank=True, related_name="doses")
    entry = models.OneToOneField(SessionEntry, models.PROTECT, related_name="dose")
    product = models.CharField(max_length=24)
    route = models.CharField(max_length=4)
    amount_mg = models.DecimalField(max_digits=6, decimal_places=2)
    weight_kg = models.DecimalField(max_digits=5, decimal_places=1)
    given_at = models.DateTimeField()
    duration_min = models.DecimalField(max_digits=5, decimal_places=1, null=True, blank=True)
    hold_min = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)
    swallowed = models.BooleanField(null=True, blank=True)
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="corrected_by"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="dose_is_above_zero_unless_it_corrects",
                condition=Q(amount_mg__gt=0) | Q(amount_mg=0, corrects__isnull=False),
            ),
            models.CheckConstraint(
                name="dose_is_recorded_after_it_is_given",
                condition=Q(recorded_at__gte=F("given_at")),
            ),
        ]
        indexes = [
            models.Index(fields=["subjects", "given_at"], name="dose_by_patient"),
            models.Index(fields=["clinic", "-given_at"], name="dose_recent"),
        ]

    def __str__(self) -> str:
        """Say the dose as a nurse would chart it."""
        return f"{self.amount_mg} mg {self.route} at {self.given_at:%H:%M}"


class AdverseEvent(CareRecord):
    """An unwanted occurrence, with its grade and seriousness."""

    record_class = "adverse_event"

    session = models.ForeignKey(
        DosingSession, models.PROTECT, null=True, related_name="adverse_events"
    )
    term = models.CharField(max_length=48)  # code in the catalogue's vocabulary
    grade = models.PositiveSmallIntegerField()
    is_serious = models.BooleanField(default=False)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    serious_by = models.JSONField(default=list)  # codes of the criteria that make it serious
    is_expected = models.BooleanField(null=True, blank=True)
    relatedness = models.CharField(max_length=16, blank=True)
    action = models.CharField(max_length=16, blank=True)  # what was done about the dose
    outcome = models.CharField(max_length=16, blank=True)
    action_taken = models.CharField(max_length=200, blank=True)
    description = models.CharField(max_length=1000, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="grade_is_1_to_5", condition=Q(grade__gte=1) & Q(grade__lte=5)
            )
        ]

    def __str__(self) -> str:
        """Say the event and its grade."""
        return f"{self.term}, grade {self.grade}"


class AdverseEventReview(CareRecord):
    """One look at an adverse event by a prescriber. Closed, it leaves the queue for good."""

    record_class = "adverse_event"

    event = models.ForeignKey(AdverseEvent, models.PROTECT, related_name="reviews")
    relatedness = models.CharField(max_length=16)
    is_expected = models.BooleanField()
    outcome = models.CharField(max_length=16)
    words = models.CharField(max_length=1000)
    is_closed = models.BooleanField()
    reviewed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["event"],
                condition=Q(is_closed=True),
                name="one_review_closes_an_adverse_event",
            )
        ]
        indexes = [models.Index(fields=["event", "-reviewed_at"], name="event_review_newest")]

    def __str__(self) -> str:
        """Say whether the event is closed."""
        return f"{'closed' if self.is_closed else 'looked at'} {self.reviewed_at:%Y-%m-%d}"


class HomeLetter(CareRecord):
    """The written instructions as they were given: printed, and put in the patient's app."""

    record_class = "dosing_session"

    session = models.ForeignKey(DosingSession, models.PROTECT, related_name="letters")
    sheet = models.CharField(max_length=32)  # code and version of the catalogue's sheet
    text = models.CharField(max_length=6000)
    text_sha256 = models.CharField(max_length=64)
    given_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["subjects", "-given_at"], name="home_letter_newest")]

    def __str__(self) -> str:
        """Say when it was given."""
        return f"letter of {self.given_at:%Y-%m-%d %H:%M}"

"""
The drug book's rows: lots, deliveries, containers, draws, entries, counts.

Every row is written once. ``Movement`` is the book itself: PostgreSQL numbers its entries,
works out both balances and refuses what would not balance (see migration 0002).
"""

import uuid

from django.db import models
from django.db.models import F, Q

from kapstone.clinic.drugs.rules import TWO_PEOPLE, Kind, Outcome
from kapstone.core.people.models import CareRecord, Clinic, User

_TWO = sorted(kind.value for kind in TWO_PEOPLE)


class StockRecord(models.Model):
    """What every row of the book has; nobody's record of care, so it has no subjects."""

    fence = "clinic"

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="+")
    entry_id = models.UUIDField(default=uuid.uuid4, unique=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        abstract = True


class Place(StockRecord):
    """Where containers are kept under lock."""

    name = models.CharField(max_length=60)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "name"], name="one_place_of_a_name")
        ]

    def __str__(self) -> str:
        """Name the place."""
        return self.name


class Lot(StockRecord):
    """One lot of one product, with its expiry: what a recall names."""

    product = models.CharField(max_length=32)  # code of a product in the catalogue
    book_version = models.PositiveSmallIntegerField()
    number = models.CharField(max_length=40)
    expires_on = models.DateField()  # the last day on which it may be used

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "product", "number"], name="one_lot_of_a_number"
            )
        ]

    def __str__(self) -> str:
        """Give the number on the label."""
        return self.number


class Receipt(StockRecord):
    """A delivery of one lot, or what was there when the book was opened."""

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="receipts")
    supplier = models.CharField(max_length=120)
    supplier_number = models.CharField(max_length=30, blank=True)  # its registration
    invoice = models.CharField(max_length=40, blank=True)
    prescription = models.CharField(max_length=60, blank=True)  # of a compounded product
    is_opening = models.BooleanField(default=False)
    containers_count = models.PositiveSmallIntegerField()
    contents_mg = models.DecimalField(max_digits=8, decimal_places=2)  # of one container
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_delivery_holds_something",
                condition=Q(contents_mg__gt=0) & Q(containers_count__gt=0),
            ),
            models.CheckConstraint(
                name="a_delivery_is_written_after_it_came",
                condition=Q(recorded_at__gte=F("received_at")),
            ),
        ]

    def __str__(self) -> str:
        """Say from whom it came."""
        return f"{self.containers_count} from {self.supplier}"


class Container(StockRecord):
    """A vial, a bottle or a box with a balance of its own."""

    receipt = models.ForeignKey(Receipt, models.PROTECT, related_name="containers")
    number = models.PositiveIntegerField()
    contents_mg = models.DecimalField(max_digits=8, decimal_places=2)  # when it came

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "number"], name="one_container_of_a_number"
            ),
            models.CheckConstraint(
                name="a_container_came_with_something", condition=Q(contents_mg__gt=0)
            ),
        ]

    def __str__(self) -> str:
        """Give the number on the label that the clinic sticks to it."""
        return f"D-{self.number:04}"


class Placement(StockRecord):
    """A container put into a place. The newest row stands."""

    container = models.ForeignKey(Container, models.PROTECT, related_name="placements")
    place = models.ForeignKey(Place, models.PROTECT, related_name="placements")

    def __str__(self) -> str:
        """Say what is where."""
        return f"{self.container} in {self.place}"


class LotHold(StockRecord):
    """A lot that must not be used: in quarantine, or recalled."""

    class Why(models.TextChoices):
        """How a hold came about."""

        QUARANTINE = "quarantine", "Quarantine"
        RECALL = "recall", "Recall"

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="holds")
    why = models.CharField(max_length=12, choices=Why)
    reason = models.CharField(max_length=300)
    reference = models.CharField(max_length=80, blank=True)

    def __str__(self) -> str:
        """Say what is held."""
        return f"{self.get_why_display()} of {self.lot}"


class LotRelease(StockRecord):
    """A hold that is over, by two people."""

    hold = models.OneToOneField(LotHold, models.PROTECT, related_name="release")
    reason = models.CharField(max_length=300)
    witness = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_release_has_two_people", condition=~Q(witness=F("recorded_by"))
            )
        ]

    def __str__(self) -> str:
        """Say what was released."""
        return f"release of {self.hold.lot}"


class Draw(CareRecord):
    """
    Drug taken out of a container for one patient.

    ``session_key`` names the dosing session; no foreign key, since the book is older than the
    day of the dose. What became of it stands in its entries.
    """

    record_class = "drug_draw"

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    container = models.ForeignKey(Container, models.PROTECT, related_name="draws")
    amount_mg = models.DecimalField(max_digits=8, decimal_places=2)
    session_key = models.UUIDField(null=True, blank=True)
    drawn_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="a_draw_takes_something", condition=Q(amount_mg__gt=0)),
            models.CheckConstraint(
                name="a_draw_is_written_after_it_was_taken",
                condition=Q(recorded_at__gte=F("drawn_at")),
            ),
        ]
        indexes = [
            models.Index(fields=["subjects", "-drawn_at"], name="draw_by_patient"),
            models.Index(fields=["session_key"], name="draw_by_session"),
        ]

    def __str__(self) -> str:
        """Say how much was drawn."""
        return f"{self.amount_mg} mg drawn"


class Count(StockRecord):
    """A count begun of one place or one container; its lines are written all at once."""

    closes = ("closed_at",)

    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="counts")
    container = models.ForeignKey(Container, models.PROTECT, null=True, related_name="counts")
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_count_is_of_a_place_or_a_container",
                condition=Q(place__isnull=True) ^ Q(container__isnull=True),
            )
        ]

    def __str__(self) -> str:
        """Say what is counted."""
        return f"count of {self.place or self.container}"


class CountLine(StockRecord):
    """
    What was found in one container. A line that differs freezes it until it is resolved.

    The database writes ``expected_mg``: the balance at that moment, whatever the app believes.
    """

    count = models.ForeignKey(Count, models.PROTECT, related_name="lines")
    container = models.ForeignKey(Container, models.PROTECT, related_name="count_lines")
    counted_mg = models.DecimalField(max_digits=8, decimal_places=2)
    expected_mg = models.DecimalField(max_digits=8, decimal_places=2, default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["count", "container"], name="a_container_is_counted_once_in_a_count"
            ),
            models.CheckConstraint(
                name="a_count_is_never_below_nothing", condition=Q(counted_mg__gte=0)
            ),
        ]
        indexes = [
            models.Index(
                fields=["container"],
                condition=~Q(counted_mg=F("expected_mg")),
                name="count_lines_that_differ",
            )
        ]

    def __str__(self) -> str:
        """Say what was found, and what should have been."""
        return f"{self.counted_mg} of {self.expected_mg} mg"


class Resolution(StockRecord):
    """How a difference was explained, by somebody who did not count, before a witness."""

    line = models.OneToOneField(CountLine, models.PROTECT, related_name="resolution")
    container = models.ForeignKey(Container, models.PROTECT, related_name="resolutions")
    outcome = models.CharField(
        max_length=12, choices=[(one.value, one.value) for one in Outcome]
    )
    explanation = models.CharField(max_length=500)
    reported_on = models.DateField(null=True, blank=True)  # the notice of a loss
    witness = models.ForeignKey(User, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_resolution_has_two_people", condition=~Q(witness=F("recorded_by"))
            ),
            models.CheckConstraint(
                name="a_loss_is_reported",
                condition=~Q(outcome=Outcome.LOST.value) | Q(reported_on__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        """Say how it ended."""
        return self.outcome


class Movement(StockRecord):
    """
    One entry of the book: what left or entered a container, and what became of a draw.

    ``seq``, ``balance_mg`` and ``draw_balance_mg`` are written by the database alone.
    ``reason`` and ``method`` are codes of the catalogue, ``detail`` a person's words.
    """

    container = models.ForeignKey(Container, models.PROTECT, related_name="movements")
    seq = models.PositiveIntegerField(default=0)
    kind = models.CharField(max_length=10, choices=[(one.value, one.value) for one in Kind])
    change_mg = models.DecimalField(max_digits=8, decimal_places=2)
    balance_mg = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    draw = models.ForeignKey(Draw, models.PROTECT, null=True, related_name="movements")
    draw_change_mg = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    draw_balance_mg = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    reason = models.CharField(max_length=24, blank=True)
    method = models.CharField(max_length=24, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    witness = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="reversed_by"
    )
    resolution = models.OneToOneField(
        Resolution, models.PROTECT, null=True, related_name="movement"
    )
    happened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["container", "seq"], name="entries_of_a_container_are_numbered"
            ),
            models.UniqueConstraint(
                fields=["draw"],
                condition=Q(kind=Kind.DRAWN.value),
                name="a_draw_leaves_its_container_once",
            ),
            models.CheckConstraint(
                name="a_balance_is_never_below_nothing", condition=Q(balance_mg__gte=0)
            ),
            models.CheckConstraint(
                name="a_draw_is_never_used_twice",
                condition=Q(draw__isnull=True, draw_balance_mg__isnull=True, draw_change_mg=0)
                | Q(draw__isnull=False, draw_balance_mg__gte=0),
            ),
            models.CheckConstraint(
                name="two_people_where_two_are_needed",
                condition=~Q(kind__in=_TWO) | Q(witness__isnull=False),
            ),
            models.CheckConstraint(
                name="nobody_is_their_own_witness",
                condition=Q(witness__isnull=True) | ~Q(witness=F("recorded_by")),
            ),
            models.CheckConstraint(
                name="only_a_reversal_reverses",
                condition=Q(kind=Kind.REVERSED.value, reverses__isnull=False)
                | (~Q(kind=Kind.REVERSED.value) & Q(reverses__isnull=True)),
            ),
            models.CheckConstraint(
                name="an_adjustment_has_a_resolution",
                condition=~Q(kind=Kind.ADJUSTED.value) | Q(resolution__isnull=False),
            ),
            models.CheckConstraint(
                name="an_entry_is_written_after_it_happened",
                condition=Q(recorded_at__gte=F("happened_at")),
            ),
        ]
        indexes = [models.Index(fields=["clinic", "-happened_at"], name="movement_recent")]

    def __str__(self) -> str:
        """Say what happened, and what was left."""
        return f"{self.kind} {self.change_mg} mg, {self.balance_mg} mg left"

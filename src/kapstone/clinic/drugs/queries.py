"""How the drug book stands: balances, draws to account for, differences, a lot's whole way."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import (
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    RowRange,
    Subquery,
    Sum,
    Window,
)
from django.db.models.functions import Coalesce, RowNumber

from kapstone.catalogue.drug_book import DrugProduct, load_drug_book
from kapstone.clinic.drugs.draws import DrawState, drawn_states, left_of, with_left
from kapstone.clinic.drugs.models import (
    Container,
    Count,
    CountLine,
    Draw,
    Lot,
    LotHold,
    Movement,
    Place,
    Placement,
    Resolution,
)
from kapstone.clinic.drugs.rules import NOTHING, Standing
from kapstone.core.access.policy import Action
from kapstone.core.access.standing import decide_here, patients_visible
from kapstone.core.people.models import Clinic, Patient, Role, User


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerState:
    """One container as it stands: what is in it, where, and whether it may be used."""

    container: Container
    product: DrugProduct
    lot: Lot
    place: str
    balance_mg: Decimal
    is_frozen: bool
    is_held: bool
    is_recalled: bool
    is_expired: bool
    expires_soon: bool

    @property
    def is_usable(self) -> bool:
        """Whether drug may be taken out of it for a patient."""
        stopped = self.is_frozen or self.is_held or self.is_expired
        return self.balance_mg > 0 and not stopped

    @property
    def why_shut(self) -> str:
        """Say why nothing may be taken out of it for a patient; empty where it may."""
        said = (
            (self.is_recalled, f"lot {self.lot} is recalled"),
            (self.is_held, f"lot {self.lot} is in quarantine"),
            (self.is_expired, f"expired on {self.lot.expires_on:%-d %b %Y}"),
            (self.is_frozen, "frozen: a count did not agree"),
        )
        return next((words for holds, words in said if holds), "")

    @property
    def measured(self) -> str:
        """Say the balance in what one can see: mL, lozenges, devices."""
        return in_measures(self.balance_mg, self.product)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBy:
    """A lot's way through the clinic: what is left of it where, and to whom it went."""

    containers: tuple[ContainerState, ...]
    draws: tuple[DrawState, ...]


def in_measures(amount_mg: Decimal, product: DrugProduct) -> str:
    """Say an amount in what one can see: 8.775 mL, 3 lozenges, 1 device."""
    number = f"{amount_mg / product.strength:.4f}".rstrip("0").rstrip(".")
    several = product.whole_only and number != "1"
    return f"{number} {product.measure}{'s' if several else ''}"


def day_of(clinic: Clinic, at: datetime) -> date:
    """Give the day by the clinic's own clock."""
    return at.astimezone(clinic.zone).date()


# --- Containers ------------------------------------------------------------------------------


def _differs(*, only_open: bool = True) -> QuerySet[CountLine]:
    """Pick the lines that differ, with whether no resolution has settled them."""
    settled = Resolution.objects.filter(
        container=OuterRef("container"), line_id__gte=OuterRef("pk")
    )
    rows = CountLine.objects.exclude(counted_mg=F("expected_mg"))
    rows = rows.annotate(is_open=~Exists(settled))
    return rows.filter(is_open=True) if only_open else rows


def _standing_rows(clinic_id: int) -> QuerySet[Container]:
    newest = Movement.objects.filter(container=OuterRef("pk")).order_by("-seq")
    placed = Placement.objects.filter(container=OuterRef("pk")).order_by("-pk")
    held = LotHold.objects.filter(lot=OuterRef("receipt__lot"), release__isnull=True)
    return (
        Container.objects.filter(clinic_id=clinic_id)
        .select_related("receipt__lot")
        .annotate(
            balance=Coalesce(Subquery(newest.values("balance_mg")[:1]), NOTHING),
            place_name=Subquery(placed.values("place__name")[:1]),
            frozen=Exists(_differs().filter(container=OuterRef("pk"))),
            held=Exists(held),
            recalled=Exists(held.filter(why=LotHold.Why.RECALL)),
        )
        .order_by("number")
    )


def _state(row: Container, today: date) -> ContainerState:
    lot, book = row.receipt.lot, load_drug_book()
    soon = timedelta(days=book.expiry_warning_days.value)
    given = vars(row)  # the columns that ``_standing_rows`` adds
    return ContainerState(
        container=row,
        product=load_drug_book(lot.book_version).product(lot.product),
        lot=lot,
        place=given["place_name"] or "",
        balance_mg=given["balance"],
        is_frozen=given["frozen"],
        is_held=given["held"],
        is_recalled=given["recalled"],
        is_expired=today > lot.expires_on,
        expires_soon=today <= lot.expires_on < today + soon,
    )


def containers_standing(
    clinic: Clinic, at: datetime, *, empty: bool = False
) -> tuple[ContainerState, ...]:
    """List the containers that hold something, or with ``empty`` all, in one query."""
    rows = _standing_rows(clinic.pk)
    if not empty:
        rows = rows.filter(balance__gt=0)  # type: ignore[misc]  # annotated above
    today = day_of(clinic, at)
    return tuple(_state(row, today) for row in rows)


def container_standing(container: Container, at: datetime) -> ContainerState:
    """Give one container as it stands."""
    row = _standing_rows(container.clinic_id).get(pk=container.pk)
    return _state(row, day_of(container.clinic, at))


def containers_usable(
    clinic: Clinic, at: datetime, *, dosed_as: str = ""
) -> tuple[ContainerState, ...]:
    """List what may be drawn from now, the first to expire first; ``dosed_as`` as ordered."""
    return tuple(one for one in containers_to_draw(clinic, at, dosed_as) if one.is_usable)


def containers_to_draw(
    clinic: Clinic, at: datetime, dosed_as: str = ""
) -> tuple[ContainerState, ...]:
    """List what holds something, also what is shut, the first to expire first."""
    found = (
        state
        for state in containers_standing(clinic, at)
        if dosed_as in {"", state.product.dosed_as}
    )
    return tuple(sorted(found, key=lambda one: (one.lot.expires_on, one.container.number)))


def standing_of(container: Container, draw: Draw | None = None) -> Standing:
    """Give what the rules ask of a container, and of a draw from it."""
    row = _standing_rows(container.clinic_id).get(pk=container.pk)
    given = vars(row)
    return Standing(
        balance_mg=given["balance"],
        expires_on=row.receipt.lot.expires_on,
        is_held=given["held"],
        is_recalled=given["recalled"],
        is_frozen=given["frozen"],
        draw_left_mg=left_of(draw) if draw is not None else None,
    )


def product_of(container: Container) -> DrugProduct:
    """Give the product as the catalogue knew it when the lot came."""
    lot = container.receipt.lot
    return load_drug_book(lot.book_version).product(lot.product)


def places_of(clinic: Clinic) -> QuerySet[Place]:
    """List the places where the clinic keeps drug."""
    return Place.objects.filter(clinic=clinic).order_by("name")


def movements_of(container: Container) -> QuerySet[Movement]:
    """List a container's entries, the newest first."""
    return (
        Movement.objects.filter(container=container)
        .select_related("recorded_by", "witness", "draw", "reverses", "reversed_by")
        .order_by("-seq")
    )


def movements_between(clinic: Clinic, since: datetime, until: datetime) -> QuerySet[Movement]:
    """List what happened from ``since`` and before ``until``, in order."""
    return (
        Movement.objects.filter(clinic=clinic, happened_at__gte=since, happened_at__lt=until)
        .select_related(
            "container__receipt__lot",
            "recorded_by",
            "witness",
            "draw__recorded_by",
            "reverses",
            "reversed_by",
        )
        .order_by("happened_at", "pk")
    )


def entries_that_do_not_add_up(clinic: Clinic) -> QuerySet[Movement]:
    """
    Add the whole book up again, and list each entry that its own sum does not confirm.

    There are none unless somebody has been at the tables: an auditor's proof, not a check.
    """
    order, so_far = F("seq").asc(), RowRange(start=None, end=0)
    rows = Movement.objects.filter(clinic=clinic).annotate(
        place=Window(RowNumber(), partition_by="container", order_by=order),
        sum=Window(Sum("change_mg"), partition_by="container", order_by=order, frame=so_far),
        draw_sum=Window(
            Sum("draw_change_mg"), partition_by="draw", order_by=order, frame=so_far
        ),
    )
    agrees = Q(place=F("seq"), sum=F("balance_mg")) & (
        Q(draw__isnull=True) | Q(draw_sum=F("draw_balance_mg"))
    )
    return rows.exclude(agrees).order_by("pk")


# --- Counts and differences ------------------------------------------------------------------


def to_count(count: Count, at: datetime) -> tuple[ContainerState, ...]:
    """List the containers of a count; their balances are for the rules, not for the counter."""
    standing = containers_standing(count.clinic, at, empty=True)
    if count.container_id:
        return tuple(one for one in standing if one.container.pk == count.container_id)
    name = str(count.place)
    return tuple(one for one in standing if one.place == name and one.balance_mg > 0)


def blind_to(user: User, at: datetime) -> frozenset[int]:
    """Give the containers whose balance a user must not see, since they are counting them."""
    hidden: set[int] = set()
    for count in Count.objects.filter(recorded_by=user, closed_at__isnull=True).select_related(
        "clinic", "place"
    ):
        hidden.update(one.container.pk for one in to_count(count, at))
    return frozenset(hidden)


def counts_of(clinic: Clinic) -> QuerySet[Count]:
    """List the counts of a clinic, the newest first."""
    return (
        Count.objects.filter(clinic=clinic)
        .select_related("place", "container", "recorded_by")
        .prefetch_related("lines")
        .order_by("-recorded_at")
    )


def differences(clinic: Clinic, *, only_open: bool = False) -> QuerySet[CountLine]:
    """List the lines that did not agree, the newest first."""
    return (
        _differs(only_open=only_open)
        .filter(clinic=clinic)
        .select_related("container__receipt__lot", "recorded_by", "resolution__recorded_by")
        .order_by("-recorded_at", "-pk")
    )


def counted_again(line: CountLine) -> Decimal | None:
    """Give what a later count found in the container, or None where nobody counted again."""
    later = CountLine.objects.filter(container=line.container_id, pk__gt=line.pk)
    newest = later.order_by("-pk").first()
    return newest.counted_mg if newest is not None else None


# --- Lots ------------------------------------------------------------------------------------


def lots_of(clinic: Clinic) -> QuerySet[Lot]:
    """List the clinic's lots with whether each is on hold, the first to expire first."""
    held = LotHold.objects.filter(lot=OuterRef("pk"), release__isnull=True)
    return Lot.objects.filter(clinic=clinic).annotate(held=Exists(held)).order_by("expires_on")


def holds_of(lot: Lot) -> QuerySet[LotHold]:
    """List a lot's holds, the newest first."""
    rows = LotHold.objects.filter(lot=lot).select_related("recorded_by", "release__witness")
    return rows.order_by("-recorded_at")


def way_of(lot: Lot, user: User, at: datetime) -> HeldBy:
    """Find everything a recall must reach, in a fixed number of queries."""
    today = day_of(lot.clinic, at)
    rows = _standing_rows(lot.clinic_id).filter(receipt__lot=lot)
    draws = with_left(Draw.objects.filter(container__receipt__lot=lot)).order_by("drawn_at")
    return HeldBy(
        containers=tuple(_state(row, today) for row in rows),
        draws=drawn_states(draws, user, at),
    )


# --- People ----------------------------------------------------------------------------------


def witnesses_for(user: User) -> QuerySet[User]:
    """List who may stand by this user: others of the clinic whose role signs the book."""
    roles = [
        role
        for role in Role.values
        if decide_here(
            User(role=role, clinic_id=user.clinic_id), "drug_stock", Action.SIGN
        ).allowed
    ]
    others = User.objects.filter(clinic_id=user.clinic_id, is_active=True, role__in=roles)
    return others.exclude(pk=user.pk).order_by("display_name", "username")


def may_witness(user: User, clinic_id: int) -> bool:
    """Say whether somebody may stand by as a witness here."""
    signs = decide_here(user, "drug_stock", Action.SIGN).allowed
    return signs and user.clinic_id == clinic_id


def who_resolves(clinic_id: int) -> QuerySet[User]:
    """List those whose role resolves a difference."""
    roles = [
        role
        for role in Role.values
        if decide_here(User(role=role, clinic_id=clinic_id), "drug_stock", Action.AMEND).allowed
    ]
    return User.objects.filter(clinic_id=clinic_id, is_active=True, role__in=roles)


def patients_to_draw_for(user: User, at: datetime) -> QuerySet[Patient]:
    """List the patients for whom this user may draw up now."""
    return patients_visible(user, "drug_draw", at).order_by("screen_name")

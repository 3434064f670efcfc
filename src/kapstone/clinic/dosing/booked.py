"""
Whether the drug log accounts for what was given: session by session, to the hundredth of a mg.

A draw belongs to a session by its key, or because a dose of the session names it.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import (
    Count,
    DecimalField,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce

from kapstone.catalogue.drug_book import load_drug_book
from kapstone.clinic.dosing.models import DoseGiven, DosingSession
from kapstone.clinic.drugs.doses import DoseSaid, Unbooked
from kapstone.clinic.drugs.draws import GIVEN, with_given
from kapstone.clinic.drugs.models import Draw, Movement
from kapstone.clinic.drugs.rules import NOTHING
from kapstone.core.people.models import Clinic, Patient

NEAR = timedelta(hours=24)  # judgement: a draw belongs to a dose of the same day
_LOT = "draw__container__receipt__lot__number"
_MG: Any = DecimalField(max_digits=12, decimal_places=2)


def dosed_as(draw: Draw) -> str:
    """Give the name that orders and doses use for what was drawn up."""
    lot = draw.container.receipt.lot
    return load_drug_book(lot.book_version).product(lot.product).dosed_as


def draws_for(session: DosingSession) -> QuerySet[Draw]:
    """List what was drawn up for a session, in order, with what was given and what is left."""
    named = DoseGiven.objects.filter(session=session, draw__isnull=False).values("draw")
    ours = Draw.objects.filter(
        Q(session_key=session.key) | Q(pk__in=named), subjects_id=session.subjects_id
    )
    return with_given(ours).select_related("container__clinic").order_by("drawn_at", "pk")


def left_in(session: DosingSession) -> Decimal:
    """Give what is drawn up for a session and neither given, wasted nor put back."""
    return sum((vars(draw)["left"] or NOTHING for draw in draws_for(session)), NOTHING)


def unbooked_mg(session: DosingSession) -> Decimal:
    """Give how much more was given than the book says; below zero how much less."""
    standing = session.doses.filter(corrected_by__isnull=True)
    given = standing.aggregate(sum=Sum("amount_mg"))["sum"] or NOTHING
    draws = [draw.pk for draw in draws_for(session)]
    out = Movement.objects.filter(GIVEN, draw__in=draws).aggregate(sum=Sum("draw_change_mg"))
    return Decimal(given + (out["sum"] or NOTHING))


def lots_out_of(session: DosingSession) -> list[str]:
    """Name the lots that the doses of a session came out of."""
    rows = session.doses.filter(corrected_by__isnull=True, amount_mg__gt=0, draw__isnull=False)
    return list(rows.order_by("given_at").values_list(_LOT, flat=True))


def draws_near(dose: DoseGiven) -> QuerySet[Draw]:
    """List the draws that a dose may have come out of: its patient's, of the same day."""
    near = dose.given_at - NEAR, dose.given_at + NEAR
    rows = Draw.objects.filter(subjects_id=dose.subjects_id, drawn_at__range=near)
    rows = rows.filter(Q(session_key=dose.session.key) | Q(session_key__isnull=True))
    return with_given(rows).select_related("container__clinic").order_by("drawn_at", "pk")


# --- What the drug log asks ------------------------------------------------------------------


def _sums() -> QuerySet[Any]:
    """Give each session what its doses say and what the book says."""
    rows = DoseGiven.objects.filter(session=OuterRef("pk"), corrected_by__isnull=True)
    doses: QuerySet[Any, Any] = rows.order_by().values("session")
    out: QuerySet[Any, Any] = Movement.objects.filter(GIVEN).order_by().annotate(one=Value(1))
    by_key = out.filter(draw__session_key=OuterRef("key"), draw__subjects=OuterRef("subjects"))
    named = DoseGiven.objects.filter(session=OuterRef(OuterRef("pk")), draw__isnull=False)
    by_name = out.filter(draw__session_key__isnull=True, draw__in=named.values("draw"))

    def booked(of: QuerySet[Any, Any]) -> Coalesce:
        total = of.values("one").annotate(sum=-Sum("draw_change_mg")).values("sum")
        return Coalesce(Subquery(total, output_field=_MG), NOTHING, output_field=_MG)

    undrawn = Count("pk", filter=Q(draw__isnull=True, amount_mg__gt=0))
    return DosingSession.objects.annotate(
        given=Subquery(doses.annotate(sum=Sum("amount_mg")).values("sum"), output_field=_MG),
        last_at=Subquery(doses.annotate(last=Max("given_at")).values("last")),
        undrawn=Coalesce(Subquery(doses.annotate(n=undrawn).values("n")), 0),
        booked=booked(by_key) + booked(by_name),
    )


def _unbooked(clinic: Clinic) -> QuerySet[Any]:
    rows = _sums().filter(clinic=clinic, given__isnull=False)
    return rows.filter(Q(undrawn__gt=0) | ~Q(given=F("booked")))


def _said(dose: DoseGiven) -> DoseSaid:
    return DoseSaid(
        session_key=dose.session.key,
        number=dose.session.number,
        subjects_id=dose.subjects_id,
        amount_mg=dose.amount_mg,
        given_at=dose.given_at,
    )


def _standing() -> QuerySet[DoseGiven]:
    rows = DoseGiven.objects.filter(corrected_by__isnull=True, amount_mg__gt=0)
    return rows.select_related("session").order_by("given_at", "pk")


class DosesOfTheDay:
    """Tells the drug log what was given; see ``kapstone.clinic.drugs.doses``."""

    def unbooked(self, clinic: Clinic, most: int) -> Sequence[Unbooked]:
        """List the newest sessions that the book does not account for."""
        rows = _unbooked(clinic).order_by("-last_at", "-pk")[:most]
        return [_as_unbooked(row, vars(row)) for row in rows]

    def count_unbooked(self, clinic: Clinic) -> int:
        """Count them all."""
        return _unbooked(clinic).count()

    def out_of(self, draws: Collection[int]) -> Mapping[int, Sequence[DoseSaid]]:
        """Give the doses that came out of each draw."""
        found: dict[int, list[DoseSaid]] = {}
        for dose in _standing().filter(draw__in=draws):
            found.setdefault(dose.draw_id or 0, []).append(_said(dose))
        return found

    def naming_lot(self, clinic: Clinic, lot: str) -> Sequence[DoseSaid]:
        """List doses without a draw for which somebody wrote this lot down."""
        rows = _standing().filter(clinic=clinic, draw__isnull=True)
        # A correction says it inside, of what was given instead.
        named = Q(entry__payload__lot__iexact=lot)
        named |= Q(entry__payload__instead__lot__iexact=lot)
        return [_said(dose) for dose in rows.filter(named)]

    def session_of_day(self, patient: Patient, at: datetime) -> UUID | None:
        """Give the dosing session of this patient's day, by the clinic's own clock."""
        zone = patient.clinic.zone
        start = datetime.combine(at.astimezone(zone).date(), time(), zone)
        rows = DosingSession.objects.filter(
            subjects_id=patient.alone_id,
            planned_at__gte=start,
            planned_at__lt=start + timedelta(days=1),
        )
        return rows.order_by("-planned_at").values_list("key", flat=True).first()


def _as_unbooked(row: DosingSession, sums: Mapping[str, object]) -> Unbooked:
    return Unbooked(
        session_key=row.key,
        number=row.number,
        subjects_id=row.subjects_id,
        given_at=sums["last_at"],  # type: ignore[arg-type]  # annotated in _sums
        without_draw=int(str(sums["undrawn"])),
        given_mg=Decimal(str(sums["given"])),
        booked_mg=Decimal(str(sums["booked"])),
    )

"""What was drawn up: what is left of it, for whom it was, and what became of it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from kapstone.catalogue.drug_book import load_drug_book
from kapstone.clinic.drugs.models import Draw, Movement
from kapstone.clinic.drugs.rules import NOTHING, Kind
from kapstone.core.access.standing import patients_visible
from kapstone.core.people.models import Clinic, Patient, User

GIVEN = Q(kind=Kind.GIVEN.value) | Q(reverses__kind=Kind.GIVEN.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawState:
    """One draw, and what is still to be accounted for; ``patient`` only for who may know."""

    draw: Draw
    left_mg: Decimal
    is_late: bool
    patient: Patient | None = None


def left_of(draw: Draw) -> Decimal:
    """Give what is drawn up and not accounted for yet."""
    newest = Movement.objects.filter(draw=draw).order_by("-seq").first()
    return newest.draw_balance_mg or NOTHING if newest is not None else draw.amount_mg


def with_left(rows: QuerySet[Draw]) -> QuerySet[Draw]:
    """Give each draw what is left of it, as ``left``."""
    newest = Movement.objects.filter(draw=OuterRef("pk")).order_by("-seq")
    return rows.annotate(left=Subquery(newest.values("draw_balance_mg")[:1])).select_related(
        "container__receipt__lot", "recorded_by", "subjects"
    )


def with_given(rows: QuerySet[Draw]) -> QuerySet[Draw]:
    """Give each draw what of it was given, less what was reversed, as ``given``."""
    ours = Movement.objects.filter(GIVEN, draw=OuterRef("pk")).order_by().values("draw")
    given = ours.annotate(sum=-Sum("draw_change_mg")).values("sum")
    return with_left(rows).annotate(given=Coalesce(Subquery(given), NOTHING))


def drawn_states(rows: Iterable[Draw], user: User, at: datetime) -> tuple[DrawState, ...]:
    """Give each draw its patient, where this user may know both the draw and the person."""
    late = at - timedelta(hours=load_drug_book().settle_hours.value)
    rows = list(rows)
    known = patients_known(user, at, {row.subjects_id for row in rows})
    return tuple(
        DrawState(
            draw=row,
            left_mg=vars(row)["left"],
            is_late=vars(row)["left"] > 0 and row.drawn_at < late,
            patient=known.get(row.subjects_id),
        )
        for row in rows
    )


def patients_known(user: User, at: datetime, sets: Collection[int]) -> dict[int, Patient]:
    """Find the patients of these sets, where this user may know both draw and person."""
    reads = patients_visible(user, "drug_draw", at)
    names = patients_visible(user, "identity", at, limited=True)
    found = reads.filter(alone_id__in=sets, pk__in=names.values("pk"))
    return {patient.alone_id: patient for patient in found}


def patients_of_draws(draws: Iterable[Draw], user: User, at: datetime) -> dict[int, str]:
    """Name the patient of each draw by number and screen name, where this user may know."""
    sets = {draw.pk: draw.subjects_id for draw in draws}
    known = patients_known(user, at, set(sets.values()))
    return {
        draw: f"{known[subjects].screen_name}, {known[subjects].number}"
        for draw, subjects in sets.items()
        if subjects in known
    }


def draws_open(clinic: Clinic, user: User, at: datetime) -> tuple[DrawState, ...]:
    """List the draws of which something is still to be accounted for, the oldest first."""
    rows = with_left(Draw.objects.filter(clinic=clinic))
    rows = rows.filter(left__gt=0)  # type: ignore[misc]  # annotated above
    return drawn_states(rows.order_by("drawn_at"), user, at)


def draw_standing(draw: Draw, user: User, at: datetime) -> DrawState:
    """Give one draw as it stands."""
    (state,) = drawn_states(with_left(Draw.objects.filter(pk=draw.pk)), user, at)
    return state


def draws_of_session(session_key: UUID) -> QuerySet[Draw]:
    """List what was drawn up for one dosing session, in order."""
    return with_left(Draw.objects.filter(session_key=session_key)).order_by("drawn_at")


def used_of(draw: Draw) -> QuerySet[Movement]:
    """List what became of a draw, in order."""
    return (
        Movement.objects.filter(draw=draw)
        .select_related("recorded_by", "witness", "reverses", "reversed_by")
        .order_by("seq")
    )

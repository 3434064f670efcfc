"""The strip of the drug log in the room: what is drawn up, out of what, and what is left."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import cast
from uuid import UUID, uuid4

from django.forms import ChoiceField

from kapstone.clinic.dosing.booked import draws_for
from kapstone.clinic.dosing.queries import Chart
from kapstone.clinic.drugs.forms import DrawForm, WasteForm
from kapstone.clinic.drugs.models import Draw
from kapstone.clinic.drugs.queries import (
    ContainerState,
    blind_to,
    containers_to_draw,
    witnesses_for,
)
from kapstone.clinic.drugs.rules import NOTHING
from kapstone.core.access.policy import Action
from kapstone.core.people.http import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One draw: the container it came out of, and what became of it."""

    key: UUID
    container: str
    lot: str
    expires_on: date
    in_it_mg: Decimal | None  # None: hidden from whoever is counting it
    drawn_mg: Decimal
    given_mg: Decimal
    left_mg: Decimal
    waste: WasteForm | None

    @property
    def is_wrong(self) -> bool:
        """Whether its waste was sent and not taken."""
        return self.waste is not None and bool(self.waste.errors)


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """What the Dose tab shows of the drug log; ``form`` draws up, where one may."""

    draws: tuple[Drawn, ...]
    form: DrawForm | None

    @property
    def open(self) -> tuple[Drawn, ...]:
        """List what a dose can come out of."""
        return tuple(one for one in self.draws if one.left_mg > 0)

    @property
    def in_hand(self) -> UUID | None:
        """Name the draw that a dose most likely comes out of: the only one still untouched."""
        untouched = [one.key for one in self.open if not one.given_mg]
        return untouched[0] if len(untouched) == 1 else None

    @property
    def is_offered(self) -> bool:
        """Whether drawing up is what comes next: it stands open then."""
        return self.form is not None and (not self.open or bool(self.form.errors))


def draw_form(request: Request, chart: Chart, *, sent: bool = False) -> DrawForm | None:
    """Give the form that draws up what is ordered; None where nothing is, or it is over."""
    if chart.order is None or chart.stage.is_closed:
        return None
    return DrawForm(
        request.POST if sent else None,
        initial={"entry_id": uuid4()},
        auto_id="draw-%s",
        states=containers_to_draw(request.user.clinic, chart.at, chart.order.product),
        hidden=blind_to(request.user, chart.at),
    )


def waste_form(
    request: Request, draw: Draw, left_mg: Decimal, *, sent: bool = False
) -> WasteForm:
    """Give the form that wastes what is left of a draw; the rest is a sum of the book."""
    return WasteForm(
        request.POST if sent else None,
        initial={"entry_id": uuid4(), "reason": "rest", "amount_mg": left_mg},
        auto_id=f"waste-{draw.pk}-%s",
        user=request.user,
    )


def strip_of(
    request: Request,
    chart: Chart,
    *,
    form: DrawForm | None = None,
    wrong: tuple[UUID, WasteForm] | None = None,
) -> Strip | None:
    """Gather the strip for whoever may draw up here; None for others."""
    if not request.access.may("drug_draw", Action.CREATE, chart.patient.pk):
        return None
    hidden = blind_to(request.user, chart.at)
    states = {
        one.container.pk: one for one in containers_to_draw(request.user.clinic, chart.at)
    }
    may_waste = request.access.may("drug_draw", Action.SIGN, chart.patient.pk)
    names = [(one.pk, str(one)) for one in witnesses_for(request.user)] if may_waste else []

    def waste(draw: Draw, left_mg: Decimal) -> WasteForm | None:
        if wrong is not None and wrong[0] == draw.key:
            return wrong[1]
        if not may_waste or left_mg <= 0:
            return None
        made = waste_form(request, draw, left_mg)
        # One list for every draw: each form would ask for it again.
        cast("ChoiceField", made.fields["witness"]).choices = [("", "Choose"), *names]
        return made

    draws = []
    for draw in draws_for(chart.session):
        left_mg = vars(draw)["left"] or NOTHING
        draws.append(
            Drawn(
                key=draw.key,
                container=str(draw.container),
                lot=str(draw.container.receipt.lot),
                expires_on=draw.container.receipt.lot.expires_on,
                in_it_mg=_in_it(states.get(draw.container_id), draw, hidden),
                drawn_mg=draw.amount_mg,
                given_mg=vars(draw)["given"],
                left_mg=left_mg,
                waste=waste(draw, left_mg),
            )
        )
    return Strip(draws=tuple(draws), form=form or draw_form(request, chart))


def _in_it(state: ContainerState | None, draw: Draw, hidden: frozenset[int]) -> Decimal | None:
    if draw.container_id in hidden:
        return None
    return state.balance_mg if state is not None else NOTHING

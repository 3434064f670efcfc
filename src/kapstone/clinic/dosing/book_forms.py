"""What the page accepts that books a dose afterwards."""

from collections.abc import Iterable
from typing import Any, cast
from uuid import uuid4

from django import forms
from django.http import QueryDict
from django.utils import timezone

from kapstone.clinic.dosing.models import DoseGiven
from kapstone.clinic.drugs.forms import AmountField, EntryForm
from kapstone.clinic.drugs.models import Draw
from kapstone.clinic.drugs.queries import ContainerState
from kapstone.clinic.drugs.rules import NOTHING, mg

_CHOOSE = dict.fromkeys(
    ("required", "invalid_choice"), "Choose the draw or the container it came out of."
)


class BookForm(EntryForm):
    """Out of which draw a dose came, or out of which container it was drawn then."""

    dose = forms.UUIDField(widget=forms.HiddenInput)
    source = forms.ChoiceField(
        label="It came out of", widget=forms.RadioSelect, error_messages=_CHOOSE
    )
    amount_mg = AmountField(
        label="Drawn up then, in mg",
        help_text="Only where no draw was written: what was in the syringe.",
        required=False,
    )

    def __init__(
        self,
        data: QueryDict | None,
        *,
        dose: DoseGiven,
        draws: Iterable[Draw],
        containers: Iterable[ContainerState],
        hidden: frozenset[int],
    ) -> None:
        key = dose.entry.entry_id
        initial = {"entry_id": uuid4(), "dose": key}
        super().__init__(data, initial=initial, auto_id=f"book-{dose.pk}-%s")
        self.draws = {f"draw-{one.key}": one for one in draws}
        self.containers = {f"container-{one.container.entry_id}": one for one in containers}
        choices = [(code, _draw_words(one)) for code, one in self.draws.items()]
        choices += [
            (code, _container_words(one, hidden)) for code, one in self.containers.items()
        ]
        cast("forms.ChoiceField", self.fields["source"]).choices = choices

    def clean(self) -> dict[str, Any]:
        """Ask for the amount where a draw is to be written."""
        given = super().clean() or {}
        is_to_write = given.get("source") in self.containers
        if is_to_write and not given.get("amount_mg") and "amount_mg" not in self.errors:
            self.add_error("amount_mg", "Say how many mg were drawn up then.")
        return given


def _draw_words(draw: Draw) -> str:
    left = vars(draw)["left"] or NOTHING
    when = f"{timezone.localtime(draw.drawn_at):%-d %b, %H:%M}"
    return f"{mg(draw.amount_mg)} drawn up {when} out of {draw.container}; {mg(left)} left"


def _container_words(state: ContainerState, hidden: frozenset[int]) -> str:
    left = "" if state.container.pk in hidden else f", {mg(state.balance_mg)} in it"
    return f"{state.container}: {state.product.name}, lot {state.lot}{left}"

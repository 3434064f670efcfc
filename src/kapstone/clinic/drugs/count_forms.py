"""What the pages of a count accept, and of the difference that it finds."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

from kapstone.clinic.drugs.forms import (
    DAY,
    OwnProofForm,
    PlacedForm,
    WitnessedForm,
    said,
    sound,
)
from kapstone.clinic.drugs.queries import ContainerState
from kapstone.clinic.drugs.rules import Outcome, Resolved

OUTCOMES = (
    (Outcome.RECOUNTED.value, "A second count agrees with the book"),
    (Outcome.CORRECTED.value, "A wrong entry was reversed, and the book agrees now"),
    (Outcome.ADJUSTED.value, "It is explained: make the book what was counted"),
    (Outcome.LOST.value, "It is lost or stolen, and that was reported"),
)


class OpenCountForm(PlacedForm):
    """Which place is counted."""

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.fields["place"].label = "What is counted"


class CountForm(forms.Form):
    """What is found in each container, in mL or pieces. What the book expects is not here."""

    def __init__(self, *args: Any, states: Iterable[ContainerState], **given: Any) -> None:
        super().__init__(*args, **given)
        self.states = tuple(states)
        for state in self.states:
            what = f"{state.product.name}, lot {state.lot}"
            words = f"Say what is in {state.container}: a number, 0 if it is empty."
            self.fields[f"c{state.container.number}"] = forms.DecimalField(
                label=f"{state.container}, in {state.product.measure}",
                help_text=what,
                min_value=Decimal(0),
                max_value=Decimal(10_000),
                max_digits=8,
                decimal_places=4,
                widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
                error_messages=said(words),
            )

    def counted_mg(self) -> dict[int, Decimal]:
        """Give what was found, in mg."""
        return {
            state.container.pk: self.cleaned_data[f"c{state.container.number}"]
            * state.product.strength
            for state in self.states
        }


class ResolveForm(WitnessedForm, OwnProofForm):
    """How a difference came about, and how it ends."""

    outcome = forms.ChoiceField(
        label="How it ends",
        choices=OUTCOMES,
        widget=forms.RadioSelect,
        error_messages=said("Choose how it ends."),
    )
    explanation = forms.CharField(
        label="What happened",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages=said("Say what happened, in 10 to 500 characters.", "max_length"),
    )
    reported_on = forms.DateField(
        label="Notice of the loss was given on",
        help_text="Only for a loss: to the authority, in writing, within one business day.",
        required=False,
        widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"),
        error_messages=said("Give the day of the notice."),
    )

    def clean_reported_on(self) -> date | None:
        """Refuse a year that nobody means."""
        day: date | None = self.cleaned_data["reported_on"]
        sound(day, "Give the day of the notice.")
        return day

    def resolved(self) -> Resolved:
        """Give what was decided."""
        given = self.cleaned_data
        return Resolved(
            outcome=Outcome(given["outcome"]),
            explanation=given["explanation"],
            reported_on=given["reported_on"],
        )

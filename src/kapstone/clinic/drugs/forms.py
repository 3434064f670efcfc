"""What the pages of the drug log accept: shape and range only, each error a sentence."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from django import forms

from kapstone.catalogue.drug_book import load_drug_book
from kapstone.clinic.drugs.models import Container, Lot, LotHold, Place
from kapstone.clinic.drugs.queries import (
    ContainerState,
    lots_of,
    places_of,
    witnesses_for,
)
from kapstone.clinic.drugs.rules import Delivery, Waste, mg
from kapstone.core.people.models import User
from kapstone.core.ui.years import LAST_YEAR, is_of_our_years

WHEN = {"type": "datetime-local"}
DAY = {"type": "date"}


def said(words: str, *others: str) -> dict[str, str]:
    """Say the same sentence for every way in which a field can be wrong."""
    kinds = ("required", "invalid", "invalid_choice", "max_digits", "max_decimal_places")
    more = ("max_whole_digits", "min_value", "max_value", *others)
    return dict.fromkeys((*kinds, *more), words)


def sound(day: date | datetime | None, words: str) -> None:
    """Refuse a year that nobody means."""
    if day is not None and not is_of_our_years(day):
        raise forms.ValidationError(words)


class AmountField(forms.DecimalField):
    """An amount in mg, to the hundredth."""

    def __init__(self, **given: Any) -> None:
        words = "Give the amount in mg, above zero, to the hundredth at most."
        super().__init__(
            label=given.pop("label", "How much, in mg"),
            min_value=Decimal("0.01"),
            max_value=Decimal(100_000),
            max_digits=8,
            decimal_places=2,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            error_messages=said(words),
            **given,
        )


class EntryForm(forms.Form):
    """A form that is written once, however often it is sent."""

    entry_id = forms.UUIDField(
        widget=forms.HiddenInput, error_messages=said("Open this form again, please.")
    )


class OwnProofForm(EntryForm):
    """One's own password once more, for what corrects the book."""

    own_password = forms.CharField(
        label="Your password, once more",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages=said("Give your own password once more."),
    )


class WitnessedForm(EntryForm):
    """A second person stands by, and says so with their own password."""

    witness = forms.ModelChoiceField(
        label="Who stands by as a witness",
        queryset=User.objects.none(),
        empty_label="Choose",
        error_messages=said("Choose a second person. It cannot be you."),
    )
    witness_password = forms.CharField(
        label="The witness's own password",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        error_messages=said("The witness gives their own password."),
    )

    def __init__(self, *args: Any, user: User, **given: Any) -> None:
        super().__init__(*args, **given)
        self.fields["witness"].queryset = witnesses_for(user)  # type: ignore[attr-defined]  # a ModelChoiceField
        self.order_fields([name for name in self.fields if name not in _LAST] + list(_LAST))


_LAST = ("own_password", "witness", "witness_password")


class PlaceForm(EntryForm):
    """A place where drug is kept."""

    name = forms.CharField(
        label="Name of the place",
        help_text="Such as: Cabinet A, Room 1 safe.",
        max_length=60,
        error_messages=said("Give the place a name.", "max_length"),
    )


class PlacedForm(EntryForm):
    """A form that asks for a place of the clinic."""

    place = forms.ModelChoiceField(
        label="Where it is kept",
        queryset=Place.objects.none(),
        empty_label="Choose",
        error_messages=said("Choose a place of this clinic."),
    )

    def __init__(self, *args: Any, user: User, **given: Any) -> None:
        super().__init__(*args, **given)
        self.fields["place"].queryset = places_of(user.clinic)  # type: ignore[attr-defined]  # a ModelChoiceField


def _products() -> list[tuple[str, str]]:
    return [("", "Choose"), *((one.code, one.name) for one in load_drug_book().products)]


class ReceiveForm(PlacedForm):
    """A delivery, as the label and the invoice say it."""

    product = forms.ChoiceField(choices=_products, error_messages=said("Choose what came."))
    containers = forms.IntegerField(
        label="How many containers",
        min_value=1,
        max_value=200,
        error_messages=said("Give 1 to 200 containers."),
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    contents = forms.DecimalField(
        label="What one holds",
        help_text="In mL for a liquid; in pieces for lozenges and devices.",
        min_value=Decimal("0.01"),
        max_value=Decimal(10_000),
        max_digits=7,
        decimal_places=2,
        error_messages=said("Give the mL or the pieces of one container."),
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    lot = forms.CharField(
        label="Lot", max_length=40, error_messages=said("Give the lot from the label.")
    )
    expires_on = forms.DateField(
        label="Last day of use",
        widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"),
        error_messages=said("Give the last day on which it may be used."),
    )
    received_at = forms.DateTimeField(
        label="When it came",
        widget=forms.DateTimeInput(attrs=WHEN, format="%Y-%m-%dT%H:%M"),
        error_messages=said("Give the day and hour when it came."),
    )
    supplier = forms.CharField(
        max_length=120, error_messages=said("Say from whom it came.", "max_length")
    )
    supplier_number = forms.CharField(
        label="Supplier's registration number", max_length=30, required=False
    )
    invoice = forms.CharField(label="Invoice or order form", max_length=40, required=False)
    prescription = forms.CharField(
        label="Prescription number, if compounded", max_length=60, required=False
    )
    is_opening = forms.BooleanField(
        label="It was here when this book was opened", required=False
    )
    field_order = ("entry_id", "product", "containers", "contents", "lot", "expires_on")

    def clean_expires_on(self) -> date:
        """Refuse a year that nobody means."""
        day: date = self.cleaned_data["expires_on"]
        sound(day, "Give the last day on which it may be used.")
        return day

    def clean_received_at(self) -> datetime:
        """Refuse a year that nobody means."""
        moment: datetime = self.cleaned_data["received_at"]
        sound(moment, "Give the day and hour when it came.")
        return moment

    def delivery(self) -> Delivery:
        """Give what was typed, in mg."""
        given = dict(self.cleaned_data)
        for name in ("entry_id", "place"):
            del given[name]
        strength = load_drug_book().product(given["product"]).strength
        return Delivery(contents_mg=given.pop("contents") * strength, **given)


class MoveForm(PlacedForm):
    """Where a container goes."""


def _reasons() -> list[tuple[str, str]]:
    return [("", "Choose"), *((one.code, one.words) for one in load_drug_book().waste_reasons)]


def _methods() -> list[tuple[str, str]]:
    return [("", "Choose"), *((one.code, one.words) for one in load_drug_book().waste_methods)]


class WasteForm(WitnessedForm):
    """What is wasted, why, and how it was made unusable."""

    amount_mg = AmountField()
    reason = forms.ChoiceField(
        label="Why", choices=_reasons, error_messages=said("Choose why it is wasted.")
    )
    method = forms.ChoiceField(
        label="How", choices=_methods, error_messages=said("Choose how it was made unusable.")
    )
    detail = forms.CharField(
        label="In your words",
        max_length=300,
        required=False,
        error_messages=said("Say it in 300 characters or fewer.", "max_length"),
    )

    def waste(self) -> Waste:
        """Give why and how."""
        given = self.cleaned_data
        return Waste(reason=given["reason"], method=given["method"], detail=given["detail"])


class SendForm(WitnessedForm):
    """What leaves the clinic, and to whom."""

    amount_mg = AmountField()
    to = forms.CharField(
        label="To whom",
        help_text="The reverse distributor or supplier, with the number of its paper.",
        max_length=300,
        error_messages=said("Say to whom it goes.", "max_length"),
    )


class ContainerField(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic when it runs
    """Names each container with what a hand must find: number, product, lot, what is left."""

    states: dict[int, ContainerState] = {}
    hidden: frozenset[int] = frozenset()

    def label_from_instance(self, obj: Any) -> str:
        """Say which container it is."""
        state = self.states[obj.pk]
        left = "" if obj.pk in self.hidden else f", {mg(state.balance_mg)} left"
        where = f" in {state.place}" if state.place else ""
        return f"{obj}: {state.product.name}, lot {state.lot}{where}{left}"


class DrawForm(EntryForm):
    """Out of which container, and how much."""

    container = ContainerField(
        label="Out of",
        queryset=Container.objects.none(),
        empty_label="Choose",
        error_messages=said("Choose a container that may be used."),
    )
    amount_mg = AmountField()

    def __init__(
        self,
        *args: Any,
        states: Iterable[ContainerState],
        hidden: frozenset[int] = frozenset(),
        **given: Any,
    ) -> None:
        super().__init__(*args, **given)
        # What is shut is not offered; whoever had it on the screen is told why it is.
        self.states = {one.container.pk: one for one in states}
        choice = cast("ContainerField", self.fields["container"])
        choice.states, choice.hidden = self.states, hidden
        choice.queryset = Container.objects.filter(pk__in=self.states)
        offered = [
            (one.container.pk, choice.label_from_instance(one.container)) for one in self.usable
        ]
        choice.choices = [("", "Choose"), *offered]

    @property
    def usable(self) -> tuple[ContainerState, ...]:
        """List what may be drawn from."""
        return tuple(one for one in self.states.values() if one.is_usable)

    @property
    def shut(self) -> tuple[ContainerState, ...]:
        """List what may not, though it holds something."""
        return tuple(one for one in self.states.values() if not one.is_usable)


class AmountForm(EntryForm):
    """How much."""

    amount_mg = AmountField()


class ReverseForm(WitnessedForm, OwnProofForm):
    """Why an entry is taken back."""

    reason = forms.CharField(
        label="Why it is wrong",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages=said("Say why it is wrong, in 10 to 300 characters.", "max_length"),
    )


class ReleaseForm(ReverseForm):
    """Why a lot may be used again."""

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.fields["reason"].label = "Why it may be used again"


class HoldForm(EntryForm):
    """Which lot must not be used, and why."""

    lot = forms.ModelChoiceField(
        queryset=Lot.objects.none(),
        empty_label="Choose",
        error_messages=said("Choose a lot of this clinic."),
    )
    why = forms.ChoiceField(
        label="What it is",
        choices=LotHold.Why.choices,
        widget=forms.RadioSelect,
        error_messages=said("Choose quarantine or recall."),
    )
    reason = forms.CharField(
        label="Why",
        max_length=300,
        error_messages=said("Say why, in 10 to 300 characters.", "max_length"),
    )
    reference = forms.CharField(label="Number of the notice", max_length=80, required=False)

    def __init__(self, *args: Any, user: User, **given: Any) -> None:
        super().__init__(*args, **given)
        self.fields["lot"].queryset = lots_of(user.clinic)  # type: ignore[attr-defined]  # a ModelChoiceField


class PeriodForm(forms.Form):
    """From when to when a report goes; what cannot be read is left out."""

    since = forms.DateField(
        label="From", required=False, widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label="To", required=False, widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d")
    )

    def days(self, today: date) -> tuple[date, date]:
        """Give the first and the last day, this month where none is given."""
        given = self.cleaned_data if self.is_valid() else {}
        since, until = given.get("since"), given.get("until")
        fits = [
            day if day is not None and is_of_our_years(day) and day.year < LAST_YEAR else None
            for day in (since, until)
        ]
        last = fits[1] or today
        first = fits[0] or last.replace(day=1)
        return min(first, last), last

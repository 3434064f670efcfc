"""What the pages of measures accept: shape and range only."""

from typing import Any
from uuid import uuid4

from django import forms

from kapstone.catalogue.instruments import Instrument, Item, ItemKind, instruments
from kapstone.clinic.measures.models import SafetyCallDone

LEFT_OPEN = "open"
"""What the form sends for an item that the person chose to leave open."""


def answer_field(instrument: Instrument, item: Item, *, required: bool = True) -> forms.Field:
    """Make the field of one item, with the authors' own words."""
    label = f"{item.lead} {item.text}".strip()
    if item.kind is ItemKind.CHOICE:
        return forms.TypedChoiceField(
            label=label,
            choices=[(str(one.value), one.label) for one in instrument.options_of(item)],
            coerce=float,
            empty_value=None,
            required=required,
            widget=forms.RadioSelect,
            error_messages={"required": "Choose one, or leave the question open."},
        )
    whole = item.kind is ItemKind.SCALE
    ends = f"{item.low:g} is {item.low_label}, {item.high:g} is {item.high_label}."
    return forms.FloatField(
        label=label,
        help_text=ends if item.low_label else item.unit,
        min_value=item.low,
        max_value=item.high,
        required=required,
        widget=forms.NumberInput(
            attrs={"step": "1" if whole else "any", "inputmode": "decimal", "class": "short"}
        ),
        error_messages={
            "required": "Enter a number, or leave the question open.",
            "invalid": "Enter a number.",
            "min_value": f"Enter a number from {item.low:g} to {item.high:g}.",
            "max_value": f"Enter a number from {item.low:g} to {item.high:g}.",
        },
    )


class OneAnswerForm(forms.Form):
    """The answer to one item, on a page of its own."""

    def __init__(self, instrument: Instrument, item: Item, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.fields["answer"] = answer_field(instrument, item)


class WholeReplyForm(forms.Form):
    """Every item on one page: for staff who enter a reply given on paper or by voice."""

    entry_id = forms.UUIDField(widget=forms.HiddenInput)
    answered_at = forms.DateTimeField(
        label="When the patient answered",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"invalid": "Enter a date and a time, such as 2026-03-02 09:00."},
    )

    def __init__(self, instrument: Instrument, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.instrument = instrument
        for item in instrument.items:
            self.fields[item.code] = answer_field(instrument, item, required=False)

    def items(self) -> dict[str, float | None]:
        """Give the answers by item code; None where an item was left open."""
        return {item.code: self.cleaned_data[item.code] for item in self.instrument.items}


class AskForm(forms.Form):
    """Which questionnaire a patient is asked for, and by when."""

    entry_id = forms.UUIDField(widget=forms.HiddenInput)
    instrument = forms.ChoiceField(label="Questionnaire")
    point = forms.ChoiceField(
        label="For which point",
        choices=[
            ("baseline", "Before the first dose"),
            ("series", "During the series"),
            ("end", "After the series"),
            ("follow-up", "Follow-up"),
        ],
    )
    due_on = forms.DateField(
        label="By",
        widget=forms.DateInput(attrs={"type": "date", "class": "short"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Enter a date, such as 2026-03-02."},
    )

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        field = self.fields["instrument"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  declared so above
        field.choices = [(code, sheet.name) for code, sheet in instruments().items()]


class TryForm(forms.Form):
    """One try to reach a patient."""

    entry_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    outcome = forms.ChoiceField(
        label="What came of it",
        choices=SafetyCallDone.Outcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Say whether the patient was reached."},
    )
    summary = forms.CharField(
        label="In a sentence or two",
        help_text="What was said, and what happens next. At least 10 characters.",
        min_length=10,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": "Say in at least 10 characters what came of it.",
            "min_length": "Say in at least 10 characters what came of it.",
        },
    )


class SafetyPlanForm(forms.Form):
    """The patient's own plan for hard hours, under the headings of the catalogue."""

    entry_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def __init__(self, headings: dict[str, tuple[str, str]], *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.codes = tuple(headings)
        for code, (name, hint) in headings.items():
            self.fields[code] = forms.CharField(
                label=name,
                help_text=hint,
                required=False,
                max_length=2000,
                strip=False,
                widget=forms.Textarea(attrs={"rows": 3}),
            )

    def sections(self) -> dict[str, str]:
        """Give what was written under each heading."""
        return {code: self.cleaned_data[code] for code in self.codes}

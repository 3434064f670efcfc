"""What the pages of preparation accept: shape and range only."""

from typing import Any
from uuid import uuid4

from django import forms

from kapstone.catalogue.checklists import Checklist, ChecklistItem, ItemKind
from kapstone.clinic.preparation.rules import (
    LONGEST_ANSWER,
    LONGEST_INTENTION,
    LONGEST_PHRASE,
    Answer,
)

HIGHEST_CONFIDENCE = 10


class IntentionForm(forms.Form):
    """The patient's own words, kept as typed."""

    entry_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    text = forms.CharField(
        label="In your own words",
        max_length=LONGEST_INTENTION,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": "Write a few words. “I want to rest” is one.",
            "max_length": f"Keep it to {LONGEST_INTENTION} characters.",
        },
    )
    category = forms.ChoiceField(
        label="What is it about?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what it is about, or “not sure”."},
    )
    confidence = forms.TypedChoiceField(
        label="How sure are you that you can turn to it?",
        help_text="0 is not at all, 10 is fully.",
        choices=[("", "Not said"), *[(str(n), str(n)) for n in range(HIGHEST_CONFIDENCE + 1)]],
        coerce=int,
        empty_value=None,
        required=False,
    )

    def __init__(self, checklist: Checklist, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.fields["category"] = forms.ChoiceField(
            label="What is it about?",
            choices=[(kind.code, kind.label) for kind in checklist.intention_kinds],
            widget=forms.RadioSelect,
            error_messages={"required": "Choose what it is about, or “not sure”."},
        )
        self.order_fields(["entry_id", "text", "category", "confidence"])


def _phrase(label: str, hint: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=LONGEST_PHRASE,
        strip=False,
        error_messages={
            "required": "Write a few words here.",
            "max_length": f"Keep it to {LONGEST_PHRASE} characters.",
        },
    )


class ForkForm(forms.Form):
    """The three strings that are the trail map."""

    entry_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    cue = _phrase("When …", "What sets it off. “When my phone rings late.”")
    old_trail = _phrase("The old trail", "What I do now. “I let it ring and feel bad.”")
    new_trail = _phrase(
        "The new trail", "What I would like to do. “I pick up and say I am tired.”"
    )


class ItemForm(forms.Form):
    """The answer to one item of the checklist."""

    entry_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    item = forms.CharField(widget=forms.HiddenInput, max_length=32)

    def __init__(self, item: ChecklistItem, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.fields["value"] = _value_field(item)

    def answer(self) -> Answer:
        """Give the answer as the record keeps it."""
        value: Answer = self.cleaned_data["value"]
        return value


def _value_field(item: ChecklistItem) -> forms.Field:
    missing = {"required": "Answer this one, or leave the page as it is."}
    match item.kind:
        case ItemKind.YES_NO:
            return forms.TypedChoiceField(
                label=item.label,
                choices=[("yes", "Yes"), ("no", "No")],
                coerce=lambda value: value == "yes",
                widget=forms.RadioSelect,
                error_messages={"required": "Answer yes or no."},
            )
        case ItemKind.CHOICE:
            return forms.ChoiceField(
                label=item.label,
                choices=[(option.code, option.label) for option in item.options],
                widget=forms.RadioSelect,
                error_messages={"required": "Choose one of the answers."},
            )
        case ItemKind.TEXT:
            return forms.CharField(
                label=item.label, max_length=LONGEST_ANSWER, error_messages=missing
            )
        case ItemKind.SCALE | ItemKind.NUMBER:
            return _number_field(item)


def _number_field(item: ChecklistItem) -> forms.FloatField:
    sentence = f"Enter a number from {item.low:g} to {item.high:g}."
    step = "1" if item.kind is ItemKind.SCALE else "any"
    return forms.FloatField(
        label=item.label,
        help_text=f"From {item.low:g} to {item.high:g}.",
        min_value=item.low,
        max_value=item.high,
        widget=forms.NumberInput(attrs={"step": step, "class": "short"}),
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), sentence
        ),
    )

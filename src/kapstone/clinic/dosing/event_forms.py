"""What the pages of adverse events accept: shape and range only."""

from typing import Any, cast
from uuid import uuid4

from django import forms
from django.http import QueryDict

from kapstone.catalogue.room import load_room
from kapstone.clinic.dosing.actions import AdverseEventSeen, EventJudged
from kapstone.clinic.dosing.fields import when_field

YES_NO = (("yes", "Yes"), ("no", "No"))


def _choose(field: forms.Field, choices: list[Any]) -> None:
    """Give a declared choice field its choices from the catalogue."""
    cast("forms.ChoiceField", field).choices = choices


class AdverseEventForm(forms.Form):
    """An unwanted occurrence."""

    entry_id = forms.UUIDField(widget=forms.HiddenInput)
    term = forms.ChoiceField(label="What happened")
    grade = forms.TypedChoiceField(label="Grade", coerce=int, widget=forms.RadioSelect)
    serious_by = forms.MultipleChoiceField(
        label="Serious, because of",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Leave all empty where it was not serious.",
    )
    began_at = when_field("Began")
    ended_at = when_field("Ended", required=False)
    is_expected = forms.TypedChoiceField(
        label="Expected with this medicine",
        choices=(("", "Not said"), ("yes", "Yes"), ("no", "No")),
        coerce=lambda said: said == "yes",
        empty_value=None,
        required=False,
    )
    relatedness = forms.ChoiceField(label="From the medicine", required=False)
    action = forms.ChoiceField(label="What was done about the dose", required=False)
    outcome = forms.ChoiceField(label="How it ended", required=False)
    action_taken = forms.CharField(label="What was done", max_length=200, required=False)
    description = forms.CharField(
        label="In words",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data, initial={"entry_id": uuid4()})
        words = load_room()
        terms = [(one.code, one.name) for one in words.adverse_events]
        _choose(self.fields["term"], [("", "Choose"), *terms])
        grades = [(one.value, f"{one.value}, {one.name}: {one.words}") for one in words.grades]
        _choose(self.fields["grade"], grades)
        _choose(self.fields["serious_by"], [(one.code, one.name) for one in words.serious])
        for name, named in (
            ("relatedness", words.relatedness),
            ("action", words.actions),
            ("outcome", words.event_outcomes),
        ):
            listed = [(one.code, one.name) for one in named]
            _choose(self.fields[name], [("", "Not said"), *listed])

    def seen(self) -> AdverseEventSeen:
        """Give what happened as the act wants it."""
        given = {name: self.cleaned_data[name] for name in self.fields if name != "entry_id"}
        given["serious_by"] = tuple(given["serious_by"])
        return AdverseEventSeen(**given)


class EventReviewForm(forms.Form):
    """One look at an adverse event."""

    entry_id = forms.UUIDField(widget=forms.HiddenInput)
    relatedness = forms.ChoiceField(label="From the medicine", widget=forms.RadioSelect)
    is_expected = forms.TypedChoiceField(
        label="Expected with this medicine",
        choices=YES_NO,
        coerce=lambda said: said == "yes",
        widget=forms.RadioSelect,
    )
    outcome = forms.ChoiceField(label="How it ended", widget=forms.RadioSelect)
    words = forms.CharField(
        label="What you saw, and what follows",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    is_closed = forms.BooleanField(label="Nothing more to do: close it", required=False)

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data, initial={"entry_id": uuid4()})
        words = load_room()
        related = [(one.code, one.name) for one in words.relatedness]
        _choose(self.fields["relatedness"], related)
        _choose(self.fields["outcome"], [(one.code, one.name) for one in words.event_outcomes])

    def judged(self) -> EventJudged:
        """Give the look as the act wants it."""
        names = [name for name in self.fields if name != "entry_id"]
        return EventJudged(**{name: self.cleaned_data[name] for name in names})

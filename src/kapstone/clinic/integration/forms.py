"""Shape and range of what is written after a session; the fields follow the modality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import uuid4

from django import forms

from kapstone.catalogue.modalities import FieldKind, Modality, ModalityField
from kapstone.catalogue.practices import practices
from kapstone.clinic.integration.actions import CommitmentWords, NoteWords
from kapstone.clinic.preparation.models import Fork
from kapstone.core.ui.years import is_of_our_years

_FIELD = "field-"  # before the code of a modality's own field
_WHEN = "%Y-%m-%dT%H:%M"
_NO_TIME = "Enter a date and a time, such as 2026-03-02 09:00."


class EntryForm(forms.Form):
    """A form that writes one row once: it carries the row's id from the first showing."""

    entry_id = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages={
            "required": "Open this page again, then try once more.",
            "invalid": "Open this page again, then try once more.",
        },
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["entry_id"].initial = uuid4


class NoteForm(EntryForm):
    """The chart part of a session, with the structured record of one modality."""

    started_at = forms.DateTimeField(
        label="Began",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_WHEN),
        error_messages={"required": _NO_TIME, "invalid": _NO_TIME},
    )
    minutes = forms.IntegerField(
        label="Minutes",
        min_value=5,
        max_value=300,
        widget=forms.NumberInput(attrs={"class": "short"}),
        error_messages={
            "required": "Say how many minutes it lasted.",
            "invalid": "Write whole minutes, such as 50.",
            "min_value": "Write minutes from 5 to 300.",
            "max_value": "Write minutes from 5 to 300.",
        },
    )
    summary = forms.CharField(
        label="What was worked on, and the response",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={
            "required": "Say in a sentence what was worked on.",
            "max_length": "Keep it to 4000 characters.",
        },
    )
    plan = forms.CharField(
        label="Plan",
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"max_length": "Keep it to 2000 characters."},
    )
    risk_flags = forms.CharField(
        label="Risk, dose and vital signs that others need to know",
        help_text="This part is read by the whole care team and by the nurse in the room.",
        max_length=500,
        required=False,
        error_messages={"max_length": "Keep it to 500 characters."},
    )
    forks = forms.MultipleChoiceField(
        label="Forks worked on",
        help_text="A session on a fork counts as steps on its new trail.",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "invalid_choice": "Choose among this patient's forks.",
            "invalid_list": "Choose among this patient's forks.",
        },
    )
    commitment = forms.CharField(
        label="What the patient will do before next time",
        max_length=200,
        required=False,
        error_messages={"max_length": "Keep it to 200 characters."},
    )
    commitment_practice = forms.ChoiceField(
        label="As a practice",
        required=False,
        error_messages={"invalid_choice": "Choose one of the practices."},
    )
    caution_reason = forms.CharField(
        label="Why it was done in spite of the caution",
        help_text="Needed only where a caution is shown. It stays in the note.",
        max_length=500,
        required=False,
        error_messages={"max_length": "Keep it to 500 characters."},
    )

    def __init__(
        self, *args: Any, modality: Modality, forks: Sequence[Fork], **more: Any
    ) -> None:
        super().__init__(*args, **more)
        self.modality = modality
        for one in modality.fields:
            self.fields[_FIELD + one.code] = _field(one)
        self.known_forks = {str(fork.key): fork for fork in forks}
        offered = [(key, _fork_label(fork)) for key, fork in self.known_forks.items()]
        practised = [(code, sheet.name) for code, sheet in practices().items()]
        cast("forms.MultipleChoiceField", self.fields["forks"]).choices = offered
        cast("forms.ChoiceField", self.fields["commitment_practice"]).choices = [
            ("", "None"),
            *practised,
        ]

    @property
    def own_fields(self) -> list[forms.BoundField]:
        """The modality's own fields, in the catalogue's order."""
        return [self[_FIELD + one.code] for one in self.modality.fields]

    def clean_started_at(self) -> datetime:
        """Refuse a year that nobody means."""
        started_at: datetime = self.cleaned_data["started_at"]
        if not is_of_our_years(started_at):
            raise forms.ValidationError(_NO_TIME)
        return started_at

    def words(self) -> NoteWords:
        """Give what was written."""
        given = self.cleaned_data
        promised = (given["commitment"] or "").strip()
        forks = [self.known_forks[key] for key in given["forks"]]
        return NoteWords(
            modality=self.modality.code,
            summary=given["summary"],
            started_at=given["started_at"],
            ended_at=given["started_at"] + timedelta(minutes=given["minutes"]),
            plan=given["plan"],
            risk_flags=given["risk_flags"],
            fields=self._record(),
            forks=forks,
            commitments=[
                CommitmentWords(
                    text=promised,
                    fork=forks[0] if len(forks) == 1 else None,
                    practice=given["commitment_practice"],
                )
            ]
            if promised
            else [],
            caution_reason=given["caution_reason"],
        )

    def _record(self) -> dict[str, object]:
        found = {
            one.code: _value(one, self.cleaned_data.get(_FIELD + one.code))
            for one in self.modality.fields
        }
        return {code: value for code, value in found.items() if value not in (None, "", [])}

    def put_faults(self, faults: Mapping[str, str]) -> None:
        """Set the sentences of a refused note beside the fields that they are about."""
        for name, sentence in faults.items():
            own = _FIELD + name
            place = own if own in self.fields else name if name in self.fields else None
            self.add_error(place, sentence)


def _fork_label(fork: Fork) -> str:
    return f"{fork.cue}: {fork.new_trail}"


def note_initial(
    modality: Modality, at: datetime, record: Mapping[str, object] | None = None
) -> dict[str, Any]:
    """Give the first values of a form: an hour that just ended, or a note to be corrected."""
    values: dict[str, Any] = {"started_at": at - timedelta(minutes=50), "minutes": 50}
    for one in modality.fields:
        value = (record or {}).get(one.code)
        if isinstance(value, bool):
            value = "yes" if value else "no"
        elif isinstance(value, list):
            value = "\n".join(str(entry) for entry in value)
        if value is not None:
            values[_FIELD + one.code] = value
    return values


def _field(one: ModalityField) -> forms.Field:
    label, needed = one.label, {"required": f"{one.label}: this is needed."}
    if one.kind in (FieldKind.SCALE, FieldKind.NUMBER):
        span = f"Write a number from {one.low:g} to {one.high:g}."
        return forms.IntegerField(
            label=label,
            required=one.required,
            min_value=int(one.low),
            max_value=int(one.high),
            help_text=f"{one.low:g} to {one.high:g}" if one.kind is FieldKind.SCALE else "",
            widget=forms.NumberInput(attrs={"class": "short"}),
            error_messages={**needed, "invalid": span, "min_value": span, "max_value": span},
        )
    if one.kind in (FieldKind.CHOICE, FieldKind.YES_NO):
        return forms.ChoiceField(
            label=label,
            required=one.required,
            choices=[(option.code, option.label) for option in one.options]
            or [("yes", "Yes"), ("no", "No")],
            widget=forms.RadioSelect,
            error_messages={**needed, "invalid_choice": f"{label}: choose one of these."},
        )
    listed = one.kind is FieldKind.LIST
    return forms.CharField(
        label=label,
        required=one.required,
        max_length=2000,
        help_text="One on each line." if listed else "",
        widget=forms.Textarea(attrs={"rows": 3 if listed else 2}),
        error_messages={**needed, "max_length": f"{label}: keep it to 2000 characters."},
    )


def _value(one: ModalityField, given: Any) -> object:
    if one.kind is FieldKind.LIST:
        return [line.strip() for line in (given or "").splitlines() if line.strip()]
    if one.kind is FieldKind.YES_NO:
        return {"yes": True, "no": False}.get(given)
    return given


class SealedForm(EntryForm):
    """A note on the content of conversation."""

    text = forms.CharField(
        label="Your words",
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 12}),
        error_messages={
            "required": "There is nothing to keep yet.",
            "max_length": "That is a long note. Split it in two.",
        },
    )

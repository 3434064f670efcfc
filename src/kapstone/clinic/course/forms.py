"""What the pages of a course accept: shape and range only."""

from typing import Any

from django import forms

from kapstone.catalogue.orders import Preset, load_programmes
from kapstone.clinic.course.rules import INDICATIONS, MOST_SESSIONS

_AGAIN = "Open the page again, and send it once more."


def preset_in_words(preset: Preset) -> str:
    """Say a programme in one line: its name, its doses, its weeks."""
    weeks = f"{preset.weeks_from:g}"
    if preset.weeks_to != preset.weeks_from:
        weeks += f" to {preset.weeks_to:g}"
    return f"{preset.name}: {preset.doses} doses in {weeks} weeks"


class CourseForm(forms.Form):
    """For what, by which programme, and how many sessions."""

    entry_id = forms.UUIDField(
        widget=forms.HiddenInput, error_messages={"required": _AGAIN, "invalid": _AGAIN}
    )
    indication = forms.ChoiceField(
        label="For",
        choices=tuple(INDICATIONS.items()),
        error_messages={"invalid_choice": "Choose what the course is for."},
    )
    programme = forms.ChoiceField(
        label="Programme",
        error_messages={
            "required": "Choose a programme.",
            "invalid_choice": "Choose a programme.",
        },
    )
    planned_sessions = forms.IntegerField(
        label="Sessions planned",
        help_text=f"From 1 to {MOST_SESSIONS}. Then you decide together what comes next.",
        min_value=1,
        max_value=MOST_SESSIONS,
        initial=6,
        widget=forms.NumberInput(attrs={"class": "short"}),
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"),
            f"Enter a number from 1 to {MOST_SESSIONS}.",
        ),
    )

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        presets = load_programmes().presets
        self.fields["programme"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            ("", "Choose"),
            *((preset.code, preset_in_words(preset)) for preset in presets),
        ]


class EndForm(forms.Form):
    """Why a course ends."""

    reason = forms.CharField(
        label="Why it ends",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say why the course ends."},
    )

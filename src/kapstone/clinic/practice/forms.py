"""Shape and range of what a patient taps and writes."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from django import forms

from kapstone.clinic.integration.forms import EntryForm
from kapstone.clinic.practice.words import weather_codes

LONGEST_ENTRY = 20_000


NOW = "now"
TIMES = (
    (NOW, "Now"),
    ("hour", "An hour ago"),
    ("morning", "This morning"),
    ("night", "Last night"),
)


def moment_of(code: str, at: datetime, zone: ZoneInfo) -> datetime:
    """Turn "this morning" and the like into an instant that is not ahead of now."""
    local = at.astimezone(zone)
    found = {
        "hour": local - timedelta(hours=1),
        "morning": datetime.combine(local.date(), time(9), zone),
        "night": datetime.combine(local.date() - timedelta(days=1), time(21), zone),
    }.get(code, local)
    return min(found, local)


class WalkForm(EntryForm):
    """One tap at a fork."""

    which = forms.ChoiceField(
        choices=[("new", "new"), ("old", "old"), ("noticed", "noticed")],
        error_messages={
            "required": "Choose the new trail, the old one, or noticed.",
            "invalid_choice": "Choose the new trail, the old one, or noticed.",
        },
    )
    when = forms.ChoiceField(
        label="When",
        choices=TIMES,
        initial=NOW,
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "Choose one of the times shown."},
    )
    word = forms.CharField(
        label="A word",
        required=False,
        max_length=80,
        error_messages={"max_length": "Keep it to 80 letters."},
    )


class CheckInForm(EntryForm):
    """The weather, and if one likes what the day held."""

    weather = forms.ChoiceField(
        choices=[(code, code) for code in weather_codes()],
        required=False,
        error_messages={"invalid_choice": "Choose one of the four, or something else."},
    )
    stress = forms.IntegerField(
        label="How tense was the day?",
        help_text="0 is not at all, 10 is as much as can be.",
        required=False,
        min_value=0,
        max_value=10,
        error_messages={
            "invalid": "Write a whole number from 0 to 10.",
            "min_value": "Write a number from 0 to 10.",
            "max_value": "Write a number from 0 to 10.",
        },
    )
    sleep_hours = forms.DecimalField(
        label="Hours of sleep last night",
        required=False,
        min_value=0,
        max_value=24,
        max_digits=3,
        decimal_places=1,
        error_messages={
            "invalid": "Write the hours as a number, such as 7.5.",
            "min_value": "Write hours from 0 to 24.",
            "max_value": "Write hours from 0 to 24.",
            "max_digits": "Write the hours as a number, such as 7.5.",
            "max_decimal_places": "One digit after the point is enough.",
        },
    )
    moved_minutes = forms.IntegerField(
        label="Minutes you moved today",
        required=False,
        min_value=0,
        max_value=1440,
        error_messages={
            "invalid": "Write whole minutes, such as 20.",
            "min_value": "Write minutes from 0 to 1440.",
            "max_value": "Write minutes from 0 to 1440.",
        },
    )


class JournalForm(EntryForm):
    """One entry, and whether it is shared: private unless chosen."""

    text = forms.CharField(
        label="Your words",
        max_length=LONGEST_ENTRY,
        widget=forms.Textarea(attrs={"rows": 7}),
        error_messages={
            "required": "There is nothing to keep yet.",
            "max_length": "That is a long entry. Split it in two.",
        },
    )
    prompt = forms.CharField(required=False, max_length=120, widget=forms.HiddenInput)
    share = forms.ChoiceField(
        label="Who may read this?",
        choices=[("private", "Keep to myself"), ("team", "Share with my care team")],
        initial="private",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose who may read this.",
            "invalid_choice": "Choose one of the two.",
        },
    )


class PracticeDoneForm(EntryForm):
    """A practice that was done, and for how long."""

    minutes = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=600,
        error_messages={
            "invalid": "Write whole minutes.",
            "min_value": "Write minutes from 0 to 600.",
            "max_value": "Write minutes from 0 to 600.",
        },
    )


class PracticePlanForm(EntryForm):
    """A practice that patient and therapist agree on."""

    practice = forms.ChoiceField(
        label="Practice", error_messages={"invalid_choice": "Choose one of the practices."}
    )
    target = forms.CharField(
        label="How much, and how often",
        max_length=120,
        help_text="Such as “10 min, most days”.",
        error_messages={
            "required": "Say how much, and how often.",
            "max_length": "Keep it to 120 letters.",
        },
    )

    def __init__(self, *args: object, practices: list[tuple[str, str]], **more: object) -> None:
        super().__init__(*args, **more)
        cast("forms.ChoiceField", self.fields["practice"]).choices = practices

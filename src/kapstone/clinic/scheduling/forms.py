"""What the pages of scheduling accept: shape and range only."""

from datetime import date, datetime, timedelta
from typing import Any

from django import forms

from kapstone.catalogue.modalities import modalities
from kapstone.clinic.scheduling.models import Appointment, AppointmentRequest, Room
from kapstone.clinic.scheduling.queries import people_to_book, rooms_of
from kapstone.clinic.scheduling.rules import LETTER_MIN_CHARACTERS, Newcomer, Wish
from kapstone.core.people.models import User
from kapstone.core.ui.years import is_of_our_years

_WHEN = "%Y-%m-%dT%H:%M"
_LENGTHS = (15, 30, 45, 50, 60, 90, 120, 180, 240, 300)
_NO_DAY = "Enter a date, such as 1979-05-04."
_NO_TIME = "Enter a date and a time, such as 2026-03-02 09:00."


def minutes_in_words(minutes: int) -> str:
    """Say a length as people do."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def entry_id_field() -> forms.UUIDField:
    """Make the hidden field that lets a double press write once."""
    again = "Open the page again, and send it once more."
    return forms.UUIDField(
        widget=forms.HiddenInput, error_messages={"required": again, "invalid": again}
    )


class RequestForm(forms.Form):
    """What a stranger asks of the clinic. The last field is a trap for machines."""

    entry_id = entry_id_field()
    name = forms.CharField(
        label="What shall we call you?",
        help_text="It need not be your real name.",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
        error_messages={"required": "Tell us what to call you. It need not be your real name."},
    )
    contact = forms.CharField(
        label="How can we reach you?",
        help_text="A phone number or an e-mail address that only you read.",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "tel"}),
        error_messages={"required": "Tell us how to reach you."},
    )
    safe_times = forms.CharField(
        label="When can we reach you in private?", max_length=200, required=False
    )
    brings = forms.CharField(
        label="What brings you here?",
        help_text="A sentence is enough. You can leave it out.",
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    for_whom = forms.ChoiceField(
        label="Who is it for?",
        choices=AppointmentRequest.ForWhom.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose who it is for."},
    )
    access_needs = forms.CharField(
        label="Is there anything you need to be able to come?",
        help_text="Such as a step-free way in, a quiet room, or someone who signs.",
        max_length=500,
        required=False,
    )
    website = forms.CharField(
        label="Leave this one empty",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )

    def clean_website(self) -> str:
        """Tell a person from a machine, and a person what to do about it."""
        if self.cleaned_data["website"]:
            raise forms.ValidationError(
                "A machine often fills in this field. Empty it, and send again."
            )
        return ""

    def wish(self) -> Wish:
        """Give what was asked."""
        given = self.cleaned_data
        return Wish(
            name=given["name"],
            contact=given["contact"],
            for_whom=given["for_whom"],
            safe_times=given["safe_times"],
            brings=given["brings"],
            access_needs=given["access_needs"],
        )


def _letter() -> forms.CharField:
    return forms.CharField(
        label="The letter",
        help_text="Kapstone does not send it: print it, or copy it to the way they asked for.",
        max_length=4000,
        min_length=LETTER_MIN_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 14}),
        error_messages={
            "required": "Write the letter: what happens next, and when.",
            "min_length": "Write the letter: what happens next, and when.",
        },
    )


class LetterForm(forms.Form):
    """A letter that says not now, and where help is."""

    letter = _letter()


class InviteForm(forms.Form):
    """Who is registered as a patient, and the letter that invites them."""

    legal_name = forms.CharField(
        label="Name as on their papers",
        max_length=200,
        error_messages={"required": "Enter the name as on their papers."},
    )
    born_on = forms.DateField(
        label="Date of birth",
        widget=forms.DateInput(attrs={"type": "date", "class": "short"}, format="%Y-%m-%d"),
        error_messages={"required": _NO_DAY, "invalid": _NO_DAY},
    )
    screen_name = forms.CharField(
        label="Name on screens",
        help_text="A tree, so that a wall tells nobody who is here.",
        max_length=40,
        error_messages={"required": "Enter a name for screens."},
    )
    number = forms.CharField(
        label="Patient number",
        max_length=16,
        widget=forms.TextInput(attrs={"class": "short"}),
        error_messages={"required": "Enter a patient number."},
    )
    letter = _letter()

    def newcomer(self) -> Newcomer:
        """Give who is registered."""
        given = self.cleaned_data
        return Newcomer(
            number=given["number"],
            screen_name=given["screen_name"],
            legal_name=given["legal_name"],
            born_on=given["born_on"],
        )


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]  # no generic at run time
    """A choice of people, each with their role."""

    def label_from_instance(self, obj: Any) -> str:
        """Name a person and say what they do."""
        return f"{obj}, {obj.get_role_display().lower()}"


class TimeForm(forms.Form):
    """When something is, for how long, and where."""

    entry_id = entry_id_field()
    starts_at = forms.DateTimeField(
        label="When",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_WHEN),
        error_messages={"required": _NO_TIME, "invalid": _NO_TIME},
    )
    minutes = forms.TypedChoiceField(
        label="How long",
        choices=[(minutes, minutes_in_words(minutes)) for minutes in _LENGTHS],
        coerce=int,
        initial=60,
        error_messages={"required": "Choose how long.", "invalid_choice": "Choose how long."},
    )
    room = forms.ModelChoiceField(
        label="Where",
        queryset=Room.objects.none(),
        empty_label="Choose",
        error_messages={
            "required": "Choose a room.",
            "invalid_choice": "Choose a room of this clinic.",
        },
    )

    def __init__(self, *args: Any, clinic_id: int, **given: Any) -> None:
        super().__init__(*args, **given)
        self.fields["room"].queryset = rooms_of(clinic_id)  # type: ignore[attr-defined]  # a ModelChoiceField

    def clean_starts_at(self) -> datetime:
        """Refuse a year that nobody means."""
        starts_at: datetime = self.cleaned_data["starts_at"]
        if not is_of_our_years(starts_at):
            raise forms.ValidationError(_NO_TIME)
        return starts_at

    def ends_at(self) -> datetime:
        """Give the end."""
        starts_at: datetime = self.cleaned_data["starts_at"]
        return starts_at + timedelta(minutes=self.cleaned_data["minutes"])


class BookForm(TimeForm):
    """What is booked, with whom, when and where."""

    kind = forms.ChoiceField(
        label="What",
        choices=(("", "Choose"), *Appointment.Kind.choices),
        error_messages={"required": "Choose what is booked.", "invalid_choice": "Choose one."},
    )
    with_user = PersonField(
        label="With",
        queryset=User.objects.none(),
        empty_label="Choose",
        error_messages={
            "required": "Choose with whom.",
            "invalid_choice": "Choose someone of this clinic.",
        },
    )
    number = forms.IntegerField(
        label="Which dose, for a dosing visit",
        help_text="The next one of the course. Leave it where it is, or write another.",
        required=False,
        min_value=1,
        max_value=60,
        widget=forms.NumberInput(attrs={"class": "short"}),
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value"), "Which dose: enter its number, 1 to 60."
        ),
    )
    field_order = (
        *("entry_id", "kind", "number", "modality", "with_user"),
        *("starts_at", "minutes", "room"),
    )

    def __init__(
        self, *args: Any, clinic_id: int, with_modality: bool = True, **given: Any
    ) -> None:
        super().__init__(*args, clinic_id=clinic_id, **given)
        if with_modality:
            named = [(code, one.name) for code, one in sorted(modalities().items())]
            self.fields["modality"] = forms.ChoiceField(
                label="How, for integration",
                choices=[("", "Not chosen yet"), *named],
                required=False,
                error_messages={"invalid_choice": "Choose one of the ways of working."},
            )
        self.order_fields(self.field_order)
        self.fields["with_user"].queryset = people_to_book(clinic_id)  # type: ignore[attr-defined]  # a ModelChoiceField

    def dose(self) -> int | None:
        """Give the number of the dose, which only a dosing visit has."""
        if self.cleaned_data["kind"] != Appointment.Kind.DOSING:
            return None
        number: int | None = self.cleaned_data.get("number")
        return number

    def modality(self) -> str:
        """Give the way of working, which only integration has."""
        if self.cleaned_data["kind"] != Appointment.Kind.INTEGRATION:
            return ""
        chosen: str = self.cleaned_data.get("modality", "")
        return chosen


class ReasonForm(forms.Form):
    """Why an appointment is cancelled."""

    reason = forms.CharField(
        label="Why",
        max_length=200,
        error_messages={"required": "Say why it is cancelled."},
    )


class DayForm(forms.Form):
    """The day that a schedule shows."""

    day = forms.DateField(required=False)

    def chosen(self, today: date) -> date:
        """Give the day asked for, or today where it cannot be read."""
        given: date | None = self.cleaned_data.get("day") if self.is_valid() else None
        return given if given and is_of_our_years(given) else today


class RoomForm(forms.Form):
    """A room to add."""

    entry_id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(
        label="Name of the room",
        max_length=40,
        error_messages={"required": "Say what the room is called."},
    )
    is_video = forms.BooleanField(
        label="A video line: several sessions may use it at once, and no dose", required=False
    )

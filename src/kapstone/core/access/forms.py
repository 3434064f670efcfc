"""What the pages of the access layer accept."""

from django import forms

from kapstone.catalogue.access_reasons import load_access_reasons


def glass_reasons() -> list[tuple[str, str]]:
    """List the reasons of the catalogue, each with the words that say when it holds."""
    reasons = load_access_reasons().break_glass
    return [(one.code, f"{one.name}. {one.words}") for one in reasons]


class SignInForm(forms.Form):
    """A name and a password."""

    username = forms.CharField(
        label="Name",
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    password = forms.CharField(
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class GlassForm(forms.Form):
    """Why a record outside one's care team must be opened now."""

    reason_code = forms.ChoiceField(
        label="Why now", choices=glass_reasons, widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label="In your words",
        help_text="At least 20 characters. The auditor and the patient will read this.",
        min_length=20,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "min_length": "Say in at least 20 characters why you need this now.",
            "required": "Say in at least 20 characters why you need this now.",
        },
    )
    password = forms.CharField(
        label="Your password, once more",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class OutsideForm(forms.Form):
    """Which record outside one's care team is meant: two things that only one patient has."""

    number = forms.CharField(label="Patient number", max_length=16)
    born_on = forms.DateField(
        label="Date of birth",
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": "Enter the day, month and year of birth."},
    )


class GlassReviewForm(forms.Form):
    """The auditor's finding."""

    was_justified = forms.TypedChoiceField(
        label="Was it justified?",
        choices=(("yes", "Yes"), ("no", "No")),
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    comment = forms.CharField(
        label="Your finding", max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class AuditFilterForm(forms.Form):
    """What the auditor looks for."""

    patient = forms.CharField(label="Patient number or screen name", required=False)
    user = forms.CharField(label="Name of who did it", required=False)

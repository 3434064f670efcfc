"""What the pages of the access layer accept."""

from django import forms

GLASS_REASONS = (
    ("emergency", "An emergency, now"),
    ("cover", "I am covering for a colleague"),
    ("safety", "Somebody may be in danger"),
    ("other", "Something else"),
)


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
        label="Why now", choices=GLASS_REASONS, widget=forms.RadioSelect
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
    user = forms.CharField(label="User name", required=False)

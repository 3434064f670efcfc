"""What the pages of the clinic's users accept, and of one's own password."""

from uuid import UUID

from django import forms
from django.contrib.auth.validators import UnicodeUsernameValidator

from kapstone.core.access.staff import STAFF_ROLES, Newcomer

LONGEST_PASSWORD = 200


def _password(label: str, autocomplete: str, hint: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
    )


class PersonForm(forms.Form):
    """Who is given an account."""

    entry_id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    display_name = forms.CharField(
        label="Name",
        help_text="As colleagues and patients see it.",
        max_length=80,
        error_messages={"required": "Say what colleagues call them."},
    )
    username = forms.CharField(
        label="Name to sign in with",
        help_text="Letters, digits and @ . + - _ only.",
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
        error_messages={"required": "Choose a name to sign in with."},
    )
    role = forms.ChoiceField(
        choices=[(role.value, role.label) for role in STAFF_ROLES],
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose one role. It is never changed.",
            "invalid_choice": "Choose one of these roles.",
        },
    )
    is_mental_health_professional = forms.BooleanField(
        label="A mental-health professional, who may sign screening as one",
        required=False,
    )

    @property
    def entry(self) -> UUID | None:
        """Give the id that this form was made with."""
        found: UUID | None = self.cleaned_data.get("entry_id")
        return found

    @property
    def newcomer(self) -> Newcomer:
        """Give what was filled in."""
        given = self.cleaned_data
        return Newcomer(
            username=given["username"],
            display_name=given["display_name"],
            role=given["role"],
            is_mental_health_professional=given["is_mental_health_professional"],
        )


class OwnPasswordForm(forms.Form):
    """The password one has, and the one to have from now on, twice."""

    old = _password("Your password now", "current-password")
    new = _password("New password", "new-password", "At least 12 characters; a sentence.")
    again = _password("New password, once more", "new-password")

    def clean(self) -> dict[str, object]:
        """Hold the two against each other."""
        given = super().clean() or {}
        if given.get("new") and given.get("again") and given["new"] != given["again"]:
            self.add_error("again", "These two are not the same.")
        return given

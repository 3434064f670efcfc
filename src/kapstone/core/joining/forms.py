"""What the pages of an invitation accept."""

from uuid import UUID

from django import forms
from django.contrib.auth.validators import UnicodeUsernameValidator

from kapstone.core.joining.rules import read_given

NOT_A_CODE = "This is not a whole code. It looks like 1-7QF2M-8XK3T."


class InviteForm(forms.Form):
    """One press: the id says whether it is the same one again."""

    entry_id = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages=dict.fromkeys(
            ("required", "invalid"), "Open this page again, then press once more."
        ),
    )

    by_mail = forms.BooleanField(
        label="Send the link by e-mail too. They agreed to it.",
        required=False,
        help_text="The message says nothing of what it is about, and nothing of the clinic.",
    )

    def __init__(self, *args: object, address: str = "", **given: object) -> None:
        super().__init__(*args, **given)  # type: ignore[arg-type]  # passed through as they are
        if address:
            self.fields["by_mail"].label = f"Send the link to {address} too. They agreed to it."
        else:
            del self.fields["by_mail"]

    def new_id(self) -> UUID | None:
        """Give the id of the press, once the form is valid."""
        found: UUID | None = self.cleaned_data.get("entry_id")
        return found


class CodeForm(forms.Form):
    """A code as somebody reads it from paper, or heard it."""

    code = forms.CharField(
        label="Your code",
        help_text="Large or small letters, with or without the lines between.",
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
        error_messages={"required": NOT_A_CODE, "max_length": NOT_A_CODE},
    )

    def clean_code(self) -> str:
        """Give the code as it is hashed; its shape tells nothing of whether it opens."""
        given = read_given(self.cleaned_data["code"])
        if given is None:
            raise forms.ValidationError(NOT_A_CODE)
        return given.words


class BirthForm(forms.Form):
    """When the person who brings the invitation was born."""

    born_on = forms.DateField(
        label="Your date of birth",
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "bday"}),
        error_messages=dict.fromkeys(
            ("required", "invalid"), "Enter the day, month and year you were born."
        ),
    )


class JoinForm(BirthForm):
    """The name and pass phrase that somebody chooses, beside the birth date they confirmed."""

    username = forms.CharField(
        label="A name to sign in with",
        help_text="Nobody but you and the clinic sees it. No spaces.",
        min_length=3,
        max_length=60,
        validators=[UnicodeUsernameValidator()],
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
        error_messages={
            "required": "Choose a name to sign in with.",
            "min_length": "Choose a name of three letters or more.",
            "max_length": "Choose a name of 60 letters at most.",
            "invalid": "Use letters, numbers, and @ . + - _ only.",
        },
    )
    password = forms.CharField(
        label="Pass phrase",
        help_text="At least 12 letters. Four words that only you put together are good.",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Choose a pass phrase."},
    )
    again = forms.CharField(
        label="Pass phrase, once more",
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Write the pass phrase once more."},
    )

    def __init__(self, *args: object, **given: object) -> None:
        super().__init__(*args, **given)  # type: ignore[arg-type]  # passed through as they are
        self.fields["born_on"].widget = forms.HiddenInput()

    def clean(self) -> dict[str, object]:
        """Compare the two pass phrases, so that a slip does not shut its writer out."""
        given: dict[str, object] = super().clean() or {}
        first, second = given.get("password"), given.get("again")
        if first is not None and second is not None and first != second:
            self.add_error("again", "The two do not match. Write both once more.")
        return given

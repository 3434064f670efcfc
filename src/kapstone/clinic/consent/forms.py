"""What the pages of consent accept: shape only."""

from typing import Any
from uuid import uuid4

from django import forms

from kapstone.catalogue.consent import CheckQuestion, ConsentTemplate, Element
from kapstone.clinic.consent.models import ConsentAskedAgain
from kapstone.clinic.consent.rules import TOUCH, Choice

_CHOOSE = {"required": "Choose one of these.", "invalid_choice": "Choose one of these."}


class AgreeForm(forms.Form):
    """Yes or no to one page; the two buttons are the choice."""

    answer = forms.ChoiceField(
        choices=[("yes", "I agree"), ("no", "I do not agree")],
        error_messages={"required": "Choose “I agree” or “I do not agree”."},
    )

    def choice(self) -> Choice:
        """Give what was chosen."""
        return bool(self.cleaned_data["answer"] == "yes")


class TouchForm(forms.Form):
    """A level of touch, none first."""

    level = forms.ChoiceField(
        label="What I choose", widget=forms.RadioSelect, error_messages=_CHOOSE
    )

    def __init__(self, template: ConsentTemplate, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        levels = [(one.code, f"{one.label}. {one.words}") for one in template.touch_levels]
        self.fields["level"] = forms.ChoiceField(
            label="What I choose",
            choices=levels,
            widget=forms.RadioSelect,
            error_messages=_CHOOSE,
        )

    def choice(self) -> Choice:
        """Give what was chosen."""
        return str(self.cleaned_data["level"])


class PurposesForm(forms.Form):
    """Each use of a recording by itself; none ticked is no."""

    def __init__(self, element: Element, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.fields["uses"] = forms.MultipleChoiceField(
            label="I agree to",
            help_text="Tick none to say no to all of them.",
            choices=[(one.code, f"{one.label}, kept {one.kept}") for one in element.purposes],
            widget=forms.CheckboxSelectMultiple,
            required=False,
        )

    def choice(self) -> Choice:
        """Give what was chosen."""
        return list(self.cleaned_data["uses"])


class WishesForm(forms.Form):
    """A wish for each part of the surroundings; each may be left open."""

    def __init__(self, element: Element, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.codes = tuple(wish.code for wish in element.preferences)
        for wish in element.preferences:
            self.fields[wish.code] = forms.ChoiceField(
                label=wish.label,
                choices=[(option, option) for option in wish.options],
                widget=forms.RadioSelect,
                required=False,
                error_messages=_CHOOSE,
            )

    def choice(self) -> Choice:
        """Give what was chosen."""
        given = {code: self.cleaned_data[code] for code in self.codes}
        return {code: str(value) for code, value in given.items() if value}


PageForm = AgreeForm | TouchForm | PurposesForm | WishesForm


def page_form(
    template: ConsentTemplate, element: Element, data: Any, kept: Choice | None
) -> PageForm:
    """Make the form of one page, with what was chosen before."""
    if element.code == TOUCH:
        return TouchForm(template, data, initial={"level": kept})
    if element.purposes:
        return PurposesForm(element, data, initial={"uses": kept})
    if element.preferences:
        return WishesForm(element, data, initial=kept if isinstance(kept, dict) else None)
    return AgreeForm(data)


class CheckForm(forms.Form):
    """The answer to a check question."""

    def __init__(self, check: CheckQuestion, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.fields["answer"] = forms.ChoiceField(
            label=check.words,
            choices=[(option.code, option.label) for option in check.options],
            widget=forms.RadioSelect,
            error_messages=_CHOOSE,
        )


class SignForm(forms.Form):
    """The name, and the hash of the text that was read."""

    entry_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    text_sha256 = forms.CharField(widget=forms.HiddenInput, max_length=64)
    signed_name = forms.CharField(
        label="Type your full name",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Type your name to sign."},
    )


class WithdrawForm(forms.Form):
    """What is taken back; a reason may be given and never must be."""

    ALL = "all"

    entry_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    reason = forms.CharField(
        label="A word about why",
        help_text="Only if you want to.",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, pages: list[tuple[str, str]], *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        missing = "Choose what is taken back."
        self.fields["element"] = forms.ChoiceField(
            label="What is taken back?",
            choices=[(self.ALL, "All of it"), *pages],
            widget=forms.RadioSelect,
            error_messages={"required": missing, "invalid_choice": missing},
        )
        self.order_fields(["entry_id", "element", "reason"])

    def withdrawn(self) -> dict[str, Any]:
        """Give what the action takes: an empty element stands for all of it."""
        element = self.cleaned_data["element"]
        return self.cleaned_data | {"element": "" if element == self.ALL else element}


class ExplainForm(forms.Form):
    """What the clinician attests after the talk."""

    entry_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    has_capacity = forms.TypedChoiceField(
        label="Can the patient decide about this now?",
        help_text="Understands it, can weigh it, keeps it in mind, and says what they choose.",
        choices=[("yes", "Yes"), ("no", "No, not now")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": "Say whether the patient can decide about this now."},
    )
    words = forms.CharField(
        label="What was asked and answered",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class HandOverForm(forms.Form):
    """What the witness says before the tablet leaves their hands."""

    entry_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    is_checked = forms.BooleanField(
        label="I have checked name and date of birth, and I stay in the room",
        error_messages={"required": "Check who it is first, and say so here."},
    )


class AskAgainForm(forms.Form):
    """What has changed since the consent was signed."""

    entry_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    reason = forms.ChoiceField(
        label="What has changed", choices=ConsentAskedAgain.Reason.choices
    )
    words = forms.CharField(
        label="In a few words",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

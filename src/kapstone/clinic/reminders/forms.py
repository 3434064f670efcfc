"""What the page of one's calendar accepts."""

from django import forms


class FeedForm(forms.Form):
    """Make an address, or take it back."""

    do = forms.ChoiceField(
        choices=[("make", "Make an address"), ("withdraw", "Take it back")],
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), "Choose what to do: make one, or take it back."
        ),
    )

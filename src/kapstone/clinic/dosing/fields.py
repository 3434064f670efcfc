"""Fields that the forms of the day of the dose share: a moment, and a number in figures."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms

from kapstone.clinic.dosing.reading import PLAIN_NUMBER
from kapstone.core.ui.years import FIRST_YEAR, LAST_YEAR, is_of_our_years

WHEN = "%Y-%m-%dT%H:%M"


def when_field(label: str, *, required: bool = True, hint: str = "") -> forms.DateTimeField:
    """Make a field for a day and time in the clinic's zone."""
    return forms.DateTimeField(
        label=label,
        required=required,
        help_text=hint,
        input_formats=[WHEN, "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=WHEN),
        validators=[_of_our_days],
        error_messages=dict.fromkeys(
            ("invalid", "required"), f"{label}: enter the day and time."
        ),
    )


def _of_our_days(moment: datetime) -> None:
    """Refuse a year that nobody means; the first and the last cannot even be put in a zone."""
    if not is_of_our_years(moment):
        raise forms.ValidationError(f"Enter a year from {FIRST_YEAR} to {LAST_YEAR}.")


class PlainNumberField(forms.DecimalField):
    """A number in plain figures: no exponent, no comma, a nought before the point."""

    def to_python(self, value: Any) -> Any:
        """
        Read the figures.

        Raises
        ------
        ValidationError
            If they are written in any other way; never guessed at.
        """
        text = str(value).strip() if value is not None else ""
        if text and not PLAIN_NUMBER.fullmatch(text):
            says = str(self.error_messages["invalid"])
            raise forms.ValidationError(_how_to_write(says, text))
        return super().to_python(value)


def _how_to_write(says: str, text: str) -> str:
    if "," in text:
        return f"{says} Write a point, not a comma."
    return f"{says} Write the nought before the point." if text.startswith(".") else says


def number_field(
    label: str, *, high: str, places: int = 2, required: bool = True, hint: str = ""
) -> forms.DecimalField:
    """Make a field for a number above zero."""
    says = f"{label}: enter a number above 0, at most {high}."
    return PlainNumberField(
        label=label,
        required=required,
        help_text=hint,
        min_value=Decimal(1).scaleb(-places),
        max_value=Decimal(high),
        decimal_places=places,
        widget=forms.NumberInput(
            attrs={"step": "any", "inputmode": "decimal", "class": "short"}
        ),
        error_messages=dict.fromkeys(
            (
                "invalid",
                "required",
                "min_value",
                "max_value",
                "max_decimal_places",
                "max_digits",
                "max_whole_digits",
            ),
            says,
        ),
    )

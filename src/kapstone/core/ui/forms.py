"""How one form field is drawn: label, hint, error, control, and the ids that tie them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.forms import BaseForm, BoundField, CheckboxSelectMultiple, RadioSelect
from django.forms.widgets import CheckboxInput
from django.utils.safestring import SafeString


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnField:
    """A field ready for the template."""

    id: str
    label: str
    hint: str
    errors: tuple[str, ...]
    control: SafeString
    grouped: bool  # several controls under one legend
    ticked: bool  # one tick box, its label after it
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One line of the error summary: the words, and the control to go to."""

    text: str
    field_id: str = ""


def draw_field(bound: BoundField, *, classes: str = "") -> DrawnField:
    """Render a bound field's control with the ids of its hint and error."""
    field_id = bound.id_for_label or bound.auto_id
    errors = tuple(str(error) for error in bound.errors)
    described = [f"{field_id}-hint"] if bound.help_text else []
    described += [f"{field_id}-error"] if errors else []
    widget = bound.field.widget
    grouped = isinstance(widget, (RadioSelect, CheckboxSelectMultiple))
    attrs: dict[str, str | bool] = {}
    if described and not grouped:
        attrs["aria-describedby"] = " ".join(described)
    if errors and not grouped:
        attrs["aria-invalid"] = "true"
    if classes:
        attrs["class"] = classes
    return DrawnField(
        id=field_id,
        label=str(bound.label),
        hint=str(bound.help_text),
        errors=errors,
        control=bound.as_widget(attrs=attrs),
        grouped=grouped,
        ticked=isinstance(widget, CheckboxInput),
        required=bound.field.required,
    )


def problems(form: BaseForm) -> Iterator[Problem]:
    """Yield every error of a form in the order of its fields, the form's own first."""
    for error in form.non_field_errors():
        yield Problem(text=str(error))
    for bound in form:
        for error in bound.errors:
            yield Problem(text=str(error), field_id=_first_control(bound))


def _first_control(bound: BoundField) -> str:
    if isinstance(bound.field.widget, (RadioSelect, CheckboxSelectMultiple)):
        return f"{bound.auto_id}_0"
    return bound.id_for_label or bound.auto_id

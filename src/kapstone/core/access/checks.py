"""System checks: the app does not start with an undeclared route or an unfenced table."""

from typing import Any

from django.core.checks import Error, register

from kapstone.core.access.fences import FenceError, fence_of, fenced_models
from kapstone.core.access.policy import PolicyError, matrix
from kapstone.core.access.registry import undeclared
from kapstone.core.people.models import CareRecord


@register()
def every_route_has_a_door(**kwargs: Any) -> list[Error]:
    """Report each address that has not declared its record class."""
    return [
        Error(
            f"The address {route.address!r} ({route.name}) has no door.",
            hint="Wrap its view in @door(...) or @public_door.",
            id="kapstone.E001",
        )
        for route in undeclared()
    ]


@register()
def every_table_has_a_fence(**kwargs: Any) -> list[Error]:
    """Report each model that does not say which fence it stands behind."""
    errors = []
    for model in fenced_models():
        try:
            fence_of(model)
        except FenceError as error:
            errors.append(Error(str(error), id="kapstone.E002"))
    return errors


@register()
def every_record_has_a_class(**kwargs: Any) -> list[Error]:
    """Report each record of care whose class the matrix does not hold."""
    try:
        known = matrix()
    except PolicyError as error:
        return [Error(str(error), id="kapstone.E003")]
    return [
        Error(f"{model._meta.label} names no known record class.", id="kapstone.E003")
        for model in fenced_models()
        if issubclass(model, CareRecord) and model.record_class not in known
    ]

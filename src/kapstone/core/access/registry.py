"""Walk the address book and find every route, with what its door declared."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

from kapstone.core.access.doors import DoorSpec, spec_of


@dataclass(frozen=True, slots=True)
class Route:
    """One address and the door that stands in it; None where there is no door."""

    address: str
    name: str
    door: DoorSpec | None


def _walk(
    patterns: list[URLPattern | URLResolver], prefix: str, namespace: str
) -> Iterator[Route]:
    for pattern in patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern.url_patterns, address, inner)
        else:
            name = f"{namespace}{pattern.name or ''}"
            yield Route("/" + address, name, spec_of(pattern.callback))


def routes() -> tuple[Route, ...]:
    """List every route of the app."""
    return tuple(_walk(get_resolver().url_patterns, "", ""))


def undeclared() -> tuple[Route, ...]:
    """List the routes that no door guards; there must be none."""
    return tuple(route for route in routes() if route.door is None)

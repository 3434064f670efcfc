"""Walk the pages as those who may see them, and find the forms on them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.db import transaction
from django.test import Client
from django.urls import resolve, reverse
from tests.bodies import said_in
from tests.core.access.sweep.sweep import ABOUT, arguments
from tests.core.access.sweep.world import World

from kapstone.core.access.registry import Route, routes

# One who writes in each way there is; the first whom a form is shown to posts it.
WRITERS = (
    "author",
    "prescriber-team",
    "nurse-room",
    "desk",
    "auditor",
    "administrator",
    "clinic",
    "patient-own",
    "stranger",
)
LETTER = (
    "We have thought about this with care. We will help you find what is right for you now. If "
    "it gets worse, call 988 at any hour, or the clinic at 555 0100."
)
# What no rule of thumb guesses: a field that a machine must leave empty, words with a rule.
FITTING = {
    "website": "",
    "duration_min": "",
    "mg_per_ml": "50",
    "letter": LETTER,
    "number": "K-7777",
    "phone": "555 0102",
    "contact_phone": "555 0103",
    "password": "a long enough password",
    "email": "larch@example.org",
    "pronouns": "they",
    "wait": "",
}
WORDS = "Plain words that say enough for a reader."


@dataclass(slots=True)
class Control:
    """One field of a form as the page shows it."""

    name: str
    kind: str  # the type of an input, or select, textarea, button
    values: list[str] = field(default_factory=list)
    given: str = ""

    def fill(self, at: Any) -> str:
        """Give a value that a person might send."""
        if self.name in FITTING and not self.given:
            return FITTING[self.name]
        if self.given and self.name != "starts_at":
            return self.given
        if self.values:
            return next((value for value in self.values if value), "")
        if self.name == "starts_at":
            return f"{at + timedelta(days=9):%Y-%m-%d}T11:00"
        moment = at - timedelta(minutes=5)
        plain = {
            "number": "5",
            "numeric": "5",
            "decimal": "5",
            "date": f"{at:%Y-%m-%d}",
            "datetime-local": f"{moment:%Y-%m-%dT%H:%M}",
            "time": "10:00",
            "email": "someone@example.org",
        }
        return plain.get(self.kind, WORDS)


@dataclass(frozen=True, slots=True)
class Form:
    """One form: who was shown it where, whereto it goes, what it asks."""

    who: str
    shown_at: str
    action: str
    route: str
    controls: Mapping[str, Control]

    def __str__(self) -> str:
        return f"{self.route} as {self.who}"

    def filled(self, at: Any) -> dict[str, str]:
        """Fill the form in."""
        buttons = [one.name for one in self.controls.values() if one.kind == "button"]
        pressed = set(buttons[1:])  # one is pressed, the others are not
        return {
            name: control.fill(at)
            for name, control in self.controls.items()
            if name not in pressed
        }


class _Reader(HTMLParser):
    """Read the forms of a page that post."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, Control]]] = []
        self._open: dict[str, Control] | None = None
        self._last: Control | None = None

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = {}
            if given.get("method", "").lower() == "post":
                self.forms.append((given.get("action", ""), self._open))
        elif self._open is None:
            return
        elif tag in {"input", "textarea", "select", "button"} and given.get("name"):
            self._control(tag, given)
        elif tag == "option" and self._last is not None:
            self._last.values.append(given.get("value", ""))
            if "selected" in given:
                self._last.given = given.get("value", "")

    def _control(self, tag: str, given: Mapping[str, str]) -> None:
        kind = given.get("type", "text") if tag == "input" else tag
        kind = given.get("inputmode", kind) if kind == "text" else kind
        assert self._open is not None
        control = self._open.setdefault(given["name"], Control(given["name"], kind))
        self._last = control if tag == "select" else None
        value = given.get("value", "")
        if kind in {"radio", "checkbox", "button"}:
            control.values.append(value or "on")
            control.given = value if "checked" in given else control.given
        else:
            control.given = value

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._last = None


def forms_in(html: str) -> list[tuple[str, dict[str, Control]]]:
    """Read the forms of a page that post: address and controls."""
    reader = _Reader()
    reader.feed(html)
    return reader.forms


def _addresses(world: World, route: Route) -> Iterable[str]:
    for about in ("", *ABOUT):
        given = arguments(world, route, about)
        if given is not None:
            yield reverse(route.name, kwargs=given)


def _found(client: Client, address: str) -> str:
    with transaction.atomic():
        answer = client.get(address)
        transaction.set_rollback(True)
    return said_in(answer) if answer.status_code == 200 else ""


def forms_of(world: World, clients: Mapping[str, Client]) -> list[Form]:
    """Find every form that somebody is shown, once for each set of fields."""
    found: dict[tuple[str, frozenset[str]], Form] = {}
    for who in WRITERS:
        for route in routes():
            for address in dict.fromkeys(_addresses(world, route)):
                for action, controls in forms_in(_found(clients[who], address)):
                    goes_to = urljoin(address, action or address)
                    name = resolve(urlsplit(goes_to).path).view_name
                    form = Form(who, address, goes_to, name, controls)
                    found.setdefault((name, frozenset(controls)), form)
    return list(found.values())


def as_somebody(form: Form, who: str) -> Form:
    """Let another person post a form."""
    return replace(form, who=who)

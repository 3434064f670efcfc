"""Knock on every door as everyone, and compare what happens with what ought to."""

import logging
import random
import re
import time
from collections import Counter
from collections.abc import Collection, Iterator
from copy import copy
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from django.db import transaction
from django.test import Client
from django.urls import reverse
from tests.bodies import said_in
from tests.core.access.sweep.canaries import found_in
from tests.core.access.sweep.oracle import (
    ExpectedRoute,
    expected_routes,
    may_show,
    may_take_up,
    reads,
    role_ever,
    writes,
)
from tests.core.access.sweep.world import Principal, World

from kapstone.core.access.registry import Route, routes

PART = "PART"  # a GET that asks for a part of the page, as htmx does
STREAM = "STREAM"  # a GET that asks to follow, as an event stream does
METHODS = ("GET", PART, STREAM, "HEAD", "POST", "PUT", "DELETE")
READS, NEVER = {"GET", PART, STREAM, "HEAD"}, {"PUT", "DELETE"}
ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")
ALLOWED = {200, 201, 204, 301, 302, 303, 400, 409, 422}
NAMES_NOBODY = {"code", "practice", "modality", "instrument", "rule", "number", "token"}
ABOUT = ("own", "partner", "other", "far", "joint", "new", "newfar")


@dataclass(slots=True)
class Report:
    """What the sweep found."""

    cells: int = 0
    leaks: list[str] = field(default_factory=list)
    wrong_denials: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)  # a 500, or a method wrongly answered
    by_status: Counter[int] = field(default_factory=Counter)
    seconds: float = 0.0

    def figures(self) -> dict[str, float]:
        """Give what is printed at the end."""
        return {
            "cells": self.cells,
            "leaks": len(self.leaks),
            "wrong denials": len(self.wrong_denials),
            "faults": len(self.faults),
            "seconds": round(self.seconds, 1),
        }


@dataclass(frozen=True, slots=True)
class Cell:
    """One knock: who, at which door, about whom, how."""

    principal: Principal
    route: Route
    about: str  # "" where the address names nobody
    method: str

    def __str__(self) -> str:
        whom = f" about {self.about}" if self.about else ""
        return f"{self.principal.code} {self.method} {self.route.name}{whom}"


def arguments(world: World, route: Route, about: str) -> dict[str, Any] | None:
    """Give what the address names about somebody; None where they have no such record."""
    keys, found = world.keys.get(about or "own", {}), {}
    group = route.name.partition(":")[0]
    for name in ARGUMENT.findall(route.address):
        for key in (f"{route.name}.{name}", f"{group}.{name}", name):
            if key in keys:
                found[name] = keys[key]
                break
        else:
            return None
    return found


def all_cells(world: World) -> Iterator[Cell]:
    """
    Enumerate every cell of the routes that exist.

    Raises
    ------
    LookupError
        If an address names something the world does not know: teach it.
    """
    for route in routes():
        if set(ARGUMENT.findall(route.address)) <= NAMES_NOBODY:
            whom: tuple[str, ...] = ("",)
        else:
            whom = tuple(one for one in ABOUT if arguments(world, route, one) is not None)
            if not whom:
                raise LookupError(f"{route.name}: teach the world about {route.address}.")
        for principal, method in product(world.principals, METHODS):
            # No address answers these, whoever it is about: once is enough.
            for about in whom[:1] if method in NEVER else whom:
                yield Cell(principal, route, about, method)


def _expected(cell: Cell, expected: ExpectedRoute) -> str:
    """Say what ought to happen: open, shut, sign-in, or no-method."""
    if expected.record_class == "public":
        return "public"
    if not cell.principal.column:
        return "sign-in"
    action = expected.read if cell.method in READS else expected.write
    if cell.method in NEVER or not action:
        return "no-method"
    is_patient = cell.principal.column.startswith("patient.")
    if expected.target == "none":
        may = role_ever(cell.principal, expected.record_class, action)
        # A board gathers many people's records: being one of them opens none.
        may = may and (not is_patient or expected.record_class == "own_settings")
        return "open" if may else "shut-role"
    return _about_somebody(cell, expected, action, is_patient=is_patient)


def _about_somebody(
    cell: Cell, expected: ExpectedRoute, action: str, *, is_patient: bool
) -> str:
    if expected.target == "clinic" and is_patient:
        return "shut-any"
    if expected.target == "patient" and is_patient and action != "read":
        return "shut"  # what a patient writes, they write in their own app
    if expected.target == "unclaimed":
        return "open" if may_take_up(cell.principal, cell.about) else "shut-any"
    if expected.target not in {"self", "own"}:
        return _asked(cell, expected, action, cell.about)
    own = cell.principal.code.removeprefix("patient-")
    mine = is_patient and cell.about in {"", own}
    return _asked(cell, expected, action, own) if mine else "shut"


def _asked(cell: Cell, expected: ExpectedRoute, action: str, about: str) -> str:
    code, author = expected.record_class, expected.as_author
    if action == "read":
        allowed = reads(cell.principal, code, about, as_author=author) in expected.shows
    else:
        allowed = writes(cell.principal, code, action, about, as_author=author)
    return "open" if allowed else "shut-any" if expected.target == "clinic" else "shut"


def _judge(cell: Cell, wanted: str, response: Any, report: Report) -> None:
    status = response.status_code
    if status >= 500:
        report.faults.append(f"{cell}: {status}")
        return
    headers = response.headers
    to_sign_in = headers.get("Location", headers.get("HX-Redirect", "")).startswith("/sign-in/")
    fits = {
        "public": status in ALLOWED | {404, 405},
        "open": status in ALLOWED and not to_sign_in,
        "shut": status == 404,
        "shut-any": status in {403, 404},
        "shut-role": status == 403,
        "sign-in": to_sign_in and status in {302, 401},
        "no-method": status == 405,
    }[wanted]
    if fits:
        return
    line = f"{cell}: wanted {wanted}, got {status}"
    if wanted == "open":
        report.wrong_denials.append(line)
    elif status in ALLOWED and not to_sign_in:
        report.leaks.append(line)
    else:
        report.faults.append(line)


def _text(response: Any) -> str:
    headers = " ".join(f"{name}: {value}" for name, value in response.items())
    return headers + said_in(response)


class Heard(logging.Handler):
    """Keeps what was logged during a knock: a log may hold no canary either."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line."""
        self.said.append(self.format(record))


def knock(
    world: World, cell: Cell, client: Client, report: Report, heard: Heard | None = None
) -> None:
    """Send one request, undo what it wrote, and judge the answer, its bytes and the log."""
    expected = expected_routes()[cell.route.name]
    signed_in = copy(client.cookies)
    address = reverse(cell.route.name, kwargs=arguments(world, cell.route, cell.about))
    method, headers = cell.method, {}
    if method == PART:
        method, headers = "GET", {"HX-Request": "true"}
    elif method == STREAM:
        method, headers = "GET", {"Accept": "text/event-stream", "Last-Event-ID": "0"}
    with transaction.atomic():
        response = client.generic(method, address, headers=headers)
        text = _text(response)
        transaction.set_rollback(True)
    client.cookies = signed_in  # a sign-out is undone too
    report.cells += 1
    report.by_status[response.status_code] += 1
    _judge(cell, _expected(cell, expected), response, report)
    for planted in found_in(text):
        if not may_show(cell.principal, planted):
            report.leaks.append(f"{cell}: shows {planted.record_class} of {planted.patient}")
    if heard and heard.said:
        logged = found_in("\n".join(heard.said))
        report.leaks += [f"{cell}: logs {one.record_class}" for one in logged]
        heard.said.clear()


def clients_of(world: World) -> dict[str, Client]:
    """Sign every principal in."""
    clients = {}
    for principal in world.principals:
        clients[principal.code] = Client(raise_request_exception=False)
        if principal.user is not None:
            clients[principal.code].force_login(
                principal.user, "kapstone.core.people.signed_in.SignedIn"
            )
    return clients


def run(
    world: World,
    *,
    sample: int | None = None,
    seed: int = 1,
    who: Collection[str] = (),
    only: Collection[str] = (),
    part: tuple[int, int] = (0, 1),
) -> Report:
    """Sweep all cells; or a part, a seeded sample, those of some people or of some doors."""
    report, heard, begun = Report(), Heard(), time.monotonic()
    clients = clients_of(world)
    chosen = [
        cell
        for cell in all_cells(world)
        if (not who or cell.principal.code in who) and (not only or cell.route.name in only)
    ]
    chosen = chosen[part[0] :: part[1]]
    if sample is not None and sample < len(chosen):
        chosen = random.Random(seed).sample(chosen, sample)  # noqa: S311  not a secret
    logging.getLogger().addHandler(heard)
    try:
        for cell in chosen:
            knock(world, cell, clients[cell.principal.code], report, heard)
    finally:
        logging.getLogger().removeHandler(heard)
    report.seconds = time.monotonic() - begun
    return report

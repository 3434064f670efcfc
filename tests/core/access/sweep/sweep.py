"""Knock on every door as everyone, and compare what happens with what ought to."""

import random
import re
from collections import Counter
from collections.abc import Collection, Iterator
from copy import copy
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from django.db import transaction
from django.test import Client
from django.urls import reverse
from tests.core.access.sweep.canaries import found_in
from tests.core.access.sweep.oracle import (
    ExpectedRoute,
    expected_routes,
    may_show,
    reads,
    role_ever,
    writes,
)
from tests.core.access.sweep.world import Principal, World

from kapstone.core.access.registry import Route, routes

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE")
ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")
ALLOWED = {200, 201, 204, 301, 302, 303, 400, 409, 422}
PATIENTS = ("own", "partner", "other", "far")


@dataclass(slots=True)
class Report:
    """What the sweep found."""

    cells: int = 0
    leaks: list[str] = field(default_factory=list)
    wrong_denials: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)  # a 500, or a method wrongly answered
    by_status: Counter[int] = field(default_factory=Counter)

    def line(self) -> str:
        """Say the figures in one line."""
        return (
            f"sweep: {self.cells} cells, {len(self.leaks)} leaks, "
            f"{len(self.wrong_denials)} wrong denials, {len(self.faults)} faults"
        )


@dataclass(frozen=True, slots=True)
class Cell:
    """One knock: who, at which door, about whom, how."""

    principal: Principal
    route: Route
    patient: str  # "" where the address names none
    method: str

    def __str__(self) -> str:
        about = f" about {self.patient}" if self.patient else ""
        return f"{self.principal.code} {self.method} {self.route.name}{about}"


def all_cells(world: World) -> Iterator[Cell]:
    """Enumerate every cell of the routes that exist."""
    for route, principal, method in product(routes(), world.principals, METHODS):
        named = ARGUMENT.findall(route.address)
        for patient in PATIENTS if named else ("",):
            yield Cell(principal, route, patient, method)


def address(world: World, cell: Cell) -> str:
    """Give the address of a cell; an argument the world does not know is an error."""
    named = ARGUMENT.findall(cell.route.address)
    arguments: dict[str, Any] = {}
    for name in named:
        keys = world.keys[cell.patient]
        if name not in keys:
            raise LookupError(f"{cell.route.name}: teach the world about {name!r}.")
        arguments[name] = keys[name]
    return reverse(cell.route.name, kwargs=arguments)


def _expected(cell: Cell, expected: ExpectedRoute) -> str:
    """Say what ought to happen: open, shut, sign-in, or no-method."""
    if expected.record_class == "public":
        return "public"
    if not cell.principal.column:
        return "sign-in"
    action = expected.read if cell.method in {"GET", "HEAD"} else expected.write
    if cell.method in {"PUT", "DELETE"} or not action:
        return "no-method"
    if expected.target == "none":
        return (
            "open" if role_ever(cell.principal, expected.record_class, action) else "shut-role"
        )
    patient = cell.patient
    if expected.target == "self":
        if not cell.principal.column.startswith("patient."):
            return "shut"
        patient = cell.principal.code.removeprefix("patient-")
    code, author = expected.record_class, expected.as_author
    if action == "read":
        mode = reads(cell.principal, code, patient, as_author=author)
        return "open" if mode in expected.shows else "shut"
    may = writes(
        cell.principal,
        code,
        action,
        patient,
        as_author=author,
        makes_own=expected.makes_own,
    )
    return "open" if may else "shut"


def _judge(cell: Cell, wanted: str, response: Any, report: Report) -> None:
    status = response.status_code
    if status >= 500:
        report.faults.append(f"{cell}: {status}")
        return
    to_sign_in = status == 302 and response.headers["Location"].startswith("/sign-in/")
    fits = {
        "public": status in ALLOWED | {404, 405},
        "open": status in ALLOWED and not to_sign_in,
        "shut": status == 404,
        "shut-role": status == 403,
        "sign-in": to_sign_in,
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
    body = b"".join(response.streaming_content) if response.streaming else response.content
    headers = " ".join(f"{name}: {value}" for name, value in response.items())
    return headers + body.decode("utf-8", "replace")


def knock(world: World, cell: Cell, client: Client, report: Report) -> None:
    """Send one request, undo what it wrote, and judge the answer and its bytes."""
    expected = expected_routes()[cell.route.name]
    signed_in = copy(client.cookies)
    with transaction.atomic():
        response = client.generic(cell.method, address(world, cell))
        text = _text(response)
        transaction.set_rollback(True)
    client.cookies = signed_in  # a sign-out is undone too
    report.cells += 1
    report.by_status[response.status_code] += 1
    _judge(cell, _expected(cell, expected), response, report)
    for planted in found_in(text):
        if not cell.principal.column or not may_show(cell.principal, planted):
            report.leaks.append(f"{cell}: shows {planted.record_class} of {planted.patient}")


def run(
    world: World,
    *,
    sample: int | None = None,
    seed: int = 1,
    who: Collection[str] = (),
) -> Report:
    """Sweep all cells, or a seeded sample of them, or those of a few principals."""
    report = Report()
    clients = {}
    for principal in world.principals:
        clients[principal.code] = Client(raise_request_exception=False)
        if principal.user is not None:
            clients[principal.code].force_login(
                principal.user, "django.contrib.auth.backends.ModelBackend"
            )
    chosen = [cell for cell in all_cells(world) if not who or cell.principal.code in who]
    if sample is not None and sample < len(chosen):
        chosen = random.Random(seed).sample(chosen, sample)  # noqa: S311  not a secret
    for cell in chosen:
        knock(world, cell, clients[cell.principal.code], report)
    return report

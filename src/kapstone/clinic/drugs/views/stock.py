"""The cabinet: what is on hand, one container, deliveries, places, waste and sending away."""

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from kapstone.catalogue.drug_book import load_drug_book
from kapstone.clinic.drugs.actions import (
    add_place,
    move_container,
    receive,
    reverse_entry,
    send_away,
    waste_container,
)
from kapstone.clinic.drugs.doses import count_unbooked, unbooked_doses
from kapstone.clinic.drugs.draws import draws_open
from kapstone.clinic.drugs.forms import (
    MoveForm,
    PlaceForm,
    ReceiveForm,
    ReverseForm,
    SendForm,
    WasteForm,
)
from kapstone.clinic.drugs.models import Container, Movement
from kapstone.clinic.drugs.queries import (
    ContainerState,
    blind_to,
    container_standing,
    containers_standing,
    differences,
    movements_of,
    places_of,
)
from kapstone.clinic.drugs.reports import lines_of
from kapstone.clinic.drugs.rules import NOTHING, Kind, mg
from kapstone.clinic.drugs.views.deeds import (
    Facts,
    deed_page,
    done,
    found,
    given,
    may,
    stock_mode,
    went,
)
from kapstone.core.access.doors import door
from kapstone.core.access.policy import Action, Mode
from kapstone.core.people.http import Request
from kapstone.core.ui.parts import Figure

ENTRIES_A_PAGE = 50


def allowed(request: Request) -> dict[str, bool]:
    """Say which acts this user is offered."""
    return {
        "whole": stock_mode(request) == Mode.FULL,
        "may_keep": may(request, Action.CREATE),
        "may_sign": may(request, Action.SIGN),
        "may_amend": may(request, Action.AMEND),
        "may_draw": request.access.may_anywhere("drug_draw", Action.CREATE),
        "reads_draws": request.access.may_anywhere("drug_draw", Action.READ),
    }


@door("drug_stock", limited=True)
def stock(request: Request) -> HttpResponse:
    """Show what is on hand, and before it what does not agree or is not accounted for."""
    clinic, at = request.user.clinic, request.access.at
    states = containers_standing(clinic, at)
    hidden, can = blind_to(request.user, at), allowed(request)
    context = {
        "states": states,
        "hidden": hidden,
        "figures": () if hidden else _figures(states),
        "wrong": differences(clinic, only_open=True) if can["whole"] else (),
        "open_draws": draws_open(clinic, request.user, at) if can["whole"] else (),
        "unbooked": unbooked_doses(clinic, request.user, at) if can["whole"] else (),
        "unbooked_count": count_unbooked(clinic) if can["whole"] else 0,
        "late_after": load_drug_book().settle_hours.value,
        "places": places_of(clinic),
        **can,
    }
    return render(request, "drugs/stock.html", context)


def _figures(states: tuple[ContainerState, ...]) -> tuple[Figure, ...]:
    """Add up each substance: what is on hand, and how much of it may be used."""
    substances = sorted({one.product.substance for one in states})
    shown = []
    for name in substances:
        ours = [one for one in states if one.product.substance == name]
        usable = sum((one.balance_mg for one in ours if one.is_usable), NOTHING)
        shut = sum((one.balance_mg for one in ours if not one.is_usable), NOTHING)
        count = f"{len(ours)} container{'s' if len(ours) != 1 else ''}"
        shown.append(
            Figure(
                name=f"{name.capitalize()} to use",
                value=mg(usable),
                note=f"{count}; {mg(shut)} shut" if shut else count,
            )
        )
    return tuple(shown)


def container_of(key: UUID) -> Container:
    """Find a container of this clinic."""
    return found(Container, key, "receipt__lot", "receipt__recorded_by", "clinic")


def _facts(state: ContainerState) -> Facts:
    yield "Product", state.product.name
    yield "Lot", state.lot
    yield "Last day of use", f"{state.lot.expires_on:%-d %b %Y}"
    yield "Place", state.place or "not said"


def _origin(found_one: Container) -> Facts:
    came = found_one.receipt
    yield "Came", f"{timezone.localtime(came.received_at):%-d %b %Y, %H:%M}"
    if came.is_opening:
        yield "Opening", "It was here when the book was opened"
    yield "From", f"{came.supplier} {came.supplier_number}".strip()
    yield "Invoice", came.invoice or "not given"
    if came.prescription:
        yield "Prescription", came.prescription
    yield "Received by", came.recorded_by


@door("drug_stock", limited=True)
def container(request: Request, container_key: UUID) -> HttpResponse:
    """Show one container: how it stands, where it came from, and every entry about it."""
    found_one, at = container_of(container_key), request.access.at
    state, can = container_standing(found_one, at), allowed(request)
    page = Paginator(movements_of(found_one), ENTRIES_A_PAGE).get_page(request.GET.get("page"))
    lines = lines_of(page.object_list, request.user, at) if can["whole"] else ()
    context = {
        "state": state,
        "facts": [*_facts(state), *(_origin(found_one) if can["whole"] else ())],
        "hidden": found_one.pk in blind_to(request.user, at),
        "page": page if can["whole"] else None,
        "lines": lines,
        "wrong": differences(found_one.clinic, only_open=True).filter(container=found_one),
        **can,
    }
    return render(request, "drugs/container.html", context)


@door("drug_stock", read=Action.CREATE, write=Action.CREATE)
def receiving(request: Request) -> HttpResponse:
    """Take a delivery in."""
    form = ReceiveForm(
        **given(request, received_at=timezone.localtime(request.access.at), containers=1),
        user=request.user,
    )
    written = done(
        request,
        form,
        lambda: receive(
            by=request.user,
            at=request.access.at,
            delivery=form.delivery(),
            place=form.cleaned_data["place"],
            entry_id=form.cleaned_data["entry_id"],
        ),
    )
    if written is not None:
        numbers = [str(one) for one in written.containers.order_by("number")]
        words = numbers[0] if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]}"
        return went(request, f"Received: {words}. Stick the number on each.", "drugs:stock")
    note = "" if places_of(request.user.clinic).exists() else "Add a place first."
    return deed_page(
        request,
        form,
        heading="Receive",
        button="Take it in",
        back=reverse("drugs:stock"),
        note=note or "Count what came before you write it. Each container gets a number.",
    )


@door("drug_stock", read=Action.CREATE, write=Action.CREATE)
def places(request: Request) -> HttpResponse:
    """Add a place where drug is kept."""
    form = PlaceForm(**given(request))
    added = done(
        request,
        form,
        lambda: add_place(by=request.user, at=request.access.at, **form.cleaned_data),
    )
    if added is not None:
        return went(request, f"{added} is added.", "drugs:places")
    return deed_page(
        request,
        form,
        heading="Places",
        button="Add the place",
        back=reverse("drugs:stock"),
        facts=[("Place", place) for place in places_of(request.user.clinic)],
    )


@door("drug_stock", read=Action.CREATE, write=Action.CREATE)
def move(request: Request, container_key: UUID) -> HttpResponse:
    """Put a container into another place."""
    found_one = container_of(container_key)
    form = MoveForm(**given(request), user=request.user)
    moved = done(
        request,
        form,
        lambda: move_container(
            by=request.user, at=request.access.at, container=found_one, **form.cleaned_data
        ),
    )
    if moved is not None:
        return went(request, "Moved.", "drugs:container", container_key=container_key)
    return _about(request, form, found_one, heading=f"Move {found_one}", button="Move it")


@door("drug_stock", read=Action.SIGN, write=Action.SIGN)
def waste(request: Request, container_key: UUID) -> HttpResponse:
    """Waste what is in a container, before a witness."""
    found_one = container_of(container_key)
    form = WasteForm(**given(request), user=request.user)
    wasted = done(
        request,
        form,
        lambda: waste_container(
            by=request.user,
            at=request.access.at,
            container=found_one,
            amount_mg=form.cleaned_data["amount_mg"],
            waste=form.waste(),
            witness=form.cleaned_data["witness"],
            entry_id=form.cleaned_data["entry_id"],
        ),
    )
    if wasted is not None:
        return went(request, "Wasted.", "drugs:container", container_key=container_key)
    heading = f"Waste from {found_one}"
    return _about(request, form, found_one, heading=heading, button="Waste it", warn=True)


@door("drug_stock", read=Action.SIGN, write=Action.SIGN)
def send(request: Request, container_key: UUID) -> HttpResponse:
    """Send drug out of the clinic, before a witness."""
    found_one = container_of(container_key)
    form = SendForm(**given(request), user=request.user)
    sent = done(
        request,
        form,
        lambda: send_away(
            by=request.user,
            at=request.access.at,
            container=found_one,
            amount_mg=form.cleaned_data["amount_mg"],
            to=form.cleaned_data["to"],
            witness=form.cleaned_data["witness"],
            entry_id=form.cleaned_data["entry_id"],
        ),
    )
    if sent is not None:
        return went(request, "Sent away.", "drugs:container", container_key=container_key)
    heading = f"Send away from {found_one}"
    return _about(request, form, found_one, heading=heading, button="It has left", warn=True)


def _about(
    request: Request,
    form: Any,
    about: Container,
    *,
    heading: str,
    button: str,
    warn: bool = False,
) -> HttpResponse:
    """Show a deed about a container, with what it holds."""
    state = container_standing(about, request.access.at)
    facts = list(_facts(state))
    if about.pk not in blind_to(request.user, request.access.at):
        facts.append(("In it", mg(state.balance_mg)))
    return deed_page(
        request,
        form,
        heading=heading,
        button=button,
        back=reverse("drugs:container", args=[about.entry_id]),
        facts=facts,
        warn=warn,
    )


@door("drug_stock", read=Action.SIGN, write=Action.SIGN)
def reversal(request: Request, movement_key: UUID) -> HttpResponse:
    """Take an entry back by its opposite, before a witness."""
    entry = found(Movement, movement_key, "container__clinic", "draw", "recorded_by")
    if entry.kind == Kind.REVERSED:
        raise Http404
    form = ReverseForm(**given(request), user=request.user)
    undone = done(
        request,
        form,
        lambda: reverse_entry(
            by=request.user,
            at=request.access.at,
            movement=entry,
            reason=form.cleaned_data["reason"],
            witness=form.cleaned_data["witness"],
            entry_id=form.cleaned_data["entry_id"],
        ),
    )
    key = entry.container.entry_id
    if undone is not None:
        return went(request, "Reversed. Both stay.", "drugs:container", container_key=key)
    (line,) = lines_of([entry], request.user, request.access.at)
    return deed_page(
        request,
        form,
        heading=f"Reverse entry {entry.seq} of {entry.container}",
        button="Reverse it",
        back=reverse("drugs:container", args=[key]),
        facts=[
            ("Entry", f"{line.what} {line.amount}"),
            ("Written by", entry.recorded_by),
            ("At", f"{timezone.localtime(entry.happened_at):%a %-d %b, %H:%M}"),
        ],
        warn=True,
        note="Nothing is deleted: the opposite is written, and both stay in the book.",
    )

"""Lots: stop one, follow it to every container and draw, release it."""

from collections.abc import Sequence
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from kapstone.catalogue.drug_book import load_drug_book
from kapstone.clinic.drugs.actions import hold_lot, release_lot
from kapstone.clinic.drugs.doses import DoseSaid, doses_naming_lot, doses_out_of
from kapstone.clinic.drugs.draws import DrawState
from kapstone.clinic.drugs.forms import HoldForm, ReleaseForm
from kapstone.clinic.drugs.models import Lot, LotHold
from kapstone.clinic.drugs.queries import blind_to, day_of, holds_of, lots_of, way_of
from kapstone.clinic.drugs.views.deeds import deed_page, done, found, given, stock_mode, went
from kapstone.clinic.drugs.views.stock import allowed
from kapstone.core.access.doors import door
from kapstone.core.access.policy import Action, Mode
from kapstone.core.people.http import Request


@door("drug_stock", write=Action.CREATE, limited=True)
def lots(request: Request) -> HttpResponse:
    """List the lots, and stop one."""
    form = HoldForm(**given(request), user=request.user)
    stopped = done(
        request,
        form,
        lambda: hold_lot(by=request.user, at=request.access.at, **form.cleaned_data),
    )
    if stopped is not None:
        words = f"Lot {stopped.lot} is stopped. Nothing more is drawn from it."
        return went(request, words, "drugs:lot", lot_key=stopped.lot.entry_id)
    book = load_drug_book()
    context = {
        "form": form,
        "today": day_of(request.user.clinic, request.access.at),
        "lots": [(lot, book.product(lot.product).name) for lot in lots_of(request.user.clinic)],
        **allowed(request),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "drugs/lots.html", context, status=status)


@door("drug_stock", limited=True)
def lot(request: Request, lot_key: UUID) -> HttpResponse:
    """Show a lot's whole way: what is left of it where, and to whom it went."""
    shown = found(Lot, lot_key, "clinic")
    at = request.access.at
    way = way_of(shown, request.user, at)
    context = {
        "lot": shown,
        "product": load_drug_book(shown.book_version).product(shown.product),
        "holds": holds_of(shown) if stock_mode(request) == Mode.FULL else (),
        "held": holds_of(shown).filter(release__isnull=True).exists(),
        "is_expired": day_of(shown.clinic, at) > shown.expires_on,
        "way": way,
        "went": _went(way.draws),
        "named": doses_naming_lot(shown.clinic, shown.number, request.user, at),
        "hidden": blind_to(request.user, at),
        **allowed(request),
    }
    return render(request, "drugs/lot.html", context)


def _went(draws: Sequence[DrawState]) -> list[tuple[DrawState, Sequence[DoseSaid]]]:
    """Give each draw with the doses that came out of it."""
    doses = doses_out_of([one.draw.pk for one in draws])
    return [(one, doses.get(one.draw.pk, ())) for one in draws]


@door("drug_stock", read=Action.AMEND, write=Action.AMEND)
def release(request: Request, hold_key: UUID) -> HttpResponse:
    """Release a lot from quarantine, before a witness."""
    stopped = found(LotHold, hold_key, "lot", "recorded_by")
    form = ReleaseForm(**given(request), user=request.user)
    released = done(
        request,
        form,
        lambda: release_lot(
            by=request.user,
            at=request.access.at,
            stopped=stopped,
            reason=form.cleaned_data["reason"],
            witness=form.cleaned_data["witness"],
            entry_id=form.cleaned_data["entry_id"],
        ),
    )
    key = stopped.lot.entry_id
    if released is not None:
        return went(request, "Released. It may be used again.", "drugs:lot", lot_key=key)
    return deed_page(
        request,
        form,
        heading=f"Release lot {stopped.lot}",
        button="Release it",
        back=reverse("drugs:lot", args=[key]),
        facts=[
            ("It is", stopped.get_why_display()),
            ("Because", stopped.reason),
            ("Stopped by", stopped.recorded_by),
        ],
        warn=True,
    )

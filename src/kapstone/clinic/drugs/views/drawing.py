"""Draw up for a patient, and account for it: given, wasted, put back."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from kapstone.clinic.drugs.actions import (
    draw_up,
    give_from_draw,
    return_to_container,
    waste_from_draw,
)
from kapstone.clinic.drugs.doses import doses_out_of, session_of_day
from kapstone.clinic.drugs.draws import DrawState, draw_standing, used_of
from kapstone.clinic.drugs.forms import AmountForm, DrawForm, WasteForm
from kapstone.clinic.drugs.models import Draw
from kapstone.clinic.drugs.queries import (
    blind_to,
    containers_to_draw,
    in_measures,
    patients_to_draw_for,
    product_of,
)
from kapstone.clinic.drugs.reports import lines_of
from kapstone.clinic.drugs.rules import mg
from kapstone.clinic.drugs.views.deeds import Facts, deed_page, done, given, went
from kapstone.core.access.doors import Target, door, of_patient, target_of
from kapstone.core.access.policy import Action
from kapstone.core.people.http import Request
from kapstone.core.people.models import Patient


@door("drug_draw", read=Action.CREATE)
def for_whom(request: Request) -> HttpResponse:
    """Ask for whom drug is drawn up: those in whose care or room this user is."""
    patients = patients_to_draw_for(request.user, request.access.at)
    return render(request, "drugs/for_whom.html", {"patients": patients})


@door("drug_draw", read=Action.CREATE, write=Action.CREATE, of=of_patient)
def drawing(request: Request, **kwargs: Any) -> HttpResponse:
    """Take drug out of a container for one patient."""
    patient: Patient = request.target.record
    at = request.access.at
    form = DrawForm(
        **given(request),
        states=containers_to_draw(patient.clinic, at),
        hidden=blind_to(request.user, at),
    )
    session = session_of_day(patient, at)
    drawn = done(
        request,
        form,
        lambda: draw_up(
            by=request.user, at=at, patient=patient, session_key=session, **form.cleaned_data
        ),
    )
    if drawn is not None:
        return went(request, "Drawn up.", "drugs:draw", draw_key=drawn.key)
    context = {
        "form": form,
        "patient": patient,
        "nothing": not form.usable,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "drugs/draw_up.html", context, status=status)


def draw_of(request: Request, draw_key: UUID, **kwargs: Any) -> Target:
    """Find the draw that the address names."""
    found = (
        Draw.objects.filter(key=draw_key)
        .select_related("container__receipt__lot", "container__clinic", "subjects")
        .select_related("recorded_by")
        .first()
    )
    if found is None:
        raise Http404
    return target_of(found)


def _facts(state: DrawState) -> Facts:
    draw, product = state.draw, product_of(state.draw.container)
    if state.patient is not None:
        yield "For", f"{state.patient.screen_name}, {state.patient.number}"
    yield "Out of", draw.container
    yield "Product", product.name
    yield "Lot", draw.container.receipt.lot
    yield "Drawn up", f"{mg(draw.amount_mg)}, {in_measures(draw.amount_mg, product)}"
    for dose in doses_out_of([draw.pk]).get(draw.pk, ()):
        when = f"{timezone.localtime(dose.given_at):%-d %b, %H:%M}"
        yield f"Given as dose {dose.number}", f"{mg(dose.amount_mg)}, {when}"
    yield "Still to account for", mg(state.left_mg)


@door("drug_draw", of=draw_of)
def draw(request: Request, **kwargs: Any) -> HttpResponse:
    """Show one draw, and what became of every hundredth of it."""
    shown: Draw = request.target.record
    state = draw_standing(shown, request.user, request.access.at)
    subjects = request.target.subjects
    context = {
        "state": state,
        "facts": list(_facts(state)),
        "lines": lines_of(used_of(shown), request.user, request.access.at),
        "may_account": request.access.may("drug_draw", Action.CREATE, subjects),
        "may_sign": request.access.may("drug_draw", Action.SIGN, subjects),
        "in_pieces": product_of(shown.container).whole_only,
    }
    return render(request, "drugs/draw.html", context)


@door("drug_draw", read=Action.CREATE, write=Action.CREATE, of=draw_of)
def give(request: Request, **kwargs: Any) -> HttpResponse:
    """Say that it reached the patient."""
    shown: Draw = request.target.record
    form = AmountForm(**given(request, **_rest(request, shown)))
    written = done(
        request,
        form,
        lambda: give_from_draw(
            by=request.user, at=request.access.at, draw=shown, **form.cleaned_data
        ),
    )
    return _shown(request, form, written, heading="Given", button="It was given")


@door("drug_draw", read=Action.SIGN, write=Action.SIGN, of=draw_of)
def waste(request: Request, **kwargs: Any) -> HttpResponse:
    """Waste what is left of a draw, before a witness."""
    shown: Draw = request.target.record
    form = WasteForm(
        **given(request, reason="rest", **_rest(request, shown)), user=request.user
    )
    written = done(
        request,
        form,
        lambda: waste_from_draw(
            by=request.user,
            at=request.access.at,
            draw=shown,
            amount_mg=form.cleaned_data["amount_mg"],
            waste=form.waste(),
            witness=form.cleaned_data["witness"],
            entry_id=form.cleaned_data["entry_id"],
        ),
    )
    return _shown(request, form, written, heading="Waste", button="Waste it", warn=True)


@door("drug_draw", read=Action.CREATE, write=Action.CREATE, of=draw_of)
def put_back(request: Request, **kwargs: Any) -> HttpResponse:
    """Put unopened pieces back."""
    shown: Draw = request.target.record
    form = AmountForm(**given(request))
    written = done(
        request,
        form,
        lambda: return_to_container(
            by=request.user, at=request.access.at, draw=shown, **form.cleaned_data
        ),
    )
    return _shown(request, form, written, heading="Put back", button="Put it back")


def _rest(request: Request, shown: Draw) -> dict[str, Any]:
    """Offer the whole of what is left; it is a sum of the book, not a suggested dose."""
    return {"amount_mg": draw_standing(shown, request.user, request.access.at).left_mg}


def _shown(
    request: Request, form: Any, written: Any, *, heading: str, button: str, warn: bool = False
) -> HttpResponse:
    shown: Draw = request.target.record
    if written is not None:
        return went(request, "Written.", "drugs:draw", draw_key=shown.key)
    state = draw_standing(shown, request.user, request.access.at)
    return deed_page(
        request,
        form,
        heading=heading,
        button=button,
        back=reverse("drugs:draw", args=[shown.key]),
        facts=list(_facts(state)),
        warn=warn,
    )

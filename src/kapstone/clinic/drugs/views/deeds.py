"""What the pages share: find a row, prove who stands there, do what a sound form asks."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.contrib.auth import authenticate
from django.http import Http404, HttpResponse
from django.shortcuts import render

from kapstone.clinic.drugs.models import StockRecord
from kapstone.core.access.policy import Action, Mode
from kapstone.core.access.standing import decide_here
from kapstone.core.people.http import Request, posted
from kapstone.core.people.models import User
from kapstone.core.ui.pages import see_other
from kapstone.errors import InvalidInput, KapstoneError, NotAllowed, Refused, Stale

Row = TypeVar("Row", bound=StockRecord)
Facts = Iterable[tuple[str, object]]


def found(model: type[Row], key: UUID, *related: str) -> Row:
    """Find a row of this clinic's book; to others it does not exist."""
    rows = model._default_manager.filter(entry_id=key)
    row = (rows.select_related(*related) if related else rows).first()
    if row is None:
        raise Http404
    return row


def stock_mode(request: Request) -> Mode:
    """Say how much of the stock this user sees: all of it, or balances alone."""
    return decide_here(request.user, "drug_stock", Action.READ).mode


def may(request: Request, action: Action) -> bool:
    """Say whether this user may do this to the stock."""
    return decide_here(request.user, "drug_stock", action).allowed


def given(request: Request, **more: Any) -> dict[str, Any]:
    """Give a form what was posted, and a new entry id where nothing was."""
    return {"data": posted(request), "initial": {"entry_id": uuid4(), **more}}


def _is_proven(request: Request, form: forms.Form, name: str, who: User) -> bool:
    """Ask for a password as at sign-in, so that guessing it locks the name."""
    password = form.cleaned_data[name]
    if authenticate(request, username=who.username, password=password) == who:
        return True
    form.add_error(name, "The password is not right. Nothing was written.")
    return False


def _proofs(request: Request, form: forms.Form) -> bool:
    """Check each password that the form asks for; one that is wrong is enough to stop."""
    if "own_password" in form.fields and not _is_proven(
        request, form, "own_password", request.user
    ):
        return False
    if "witness_password" not in form.fields:
        return True
    return _is_proven(request, form, "witness_password", form.cleaned_data["witness"])


def done(request: Request, form: forms.Form, deed: Callable[[], Any]) -> Any:
    """Do what a sound form asks, or put the reasons against it into the form; None then."""
    if request.method != "POST" or not form.is_valid() or not _proofs(request, form):
        return None
    try:
        return deed()
    except (InvalidInput, Refused, Stale, NotAllowed) as refusal:
        _put(form, refusal)
    return None


def _put(form: forms.Form, refusal: KapstoneError) -> None:
    if isinstance(refusal, InvalidInput):
        for name, words in refusal.fields.items():
            form.add_error(name if name in form.fields else None, words)
    elif isinstance(refusal, Refused):
        for finding in refusal.findings:
            form.add_error(None, finding.message)
    else:
        form.add_error(None, str(refusal))


def deed_page(
    request: Request,
    form: forms.Form,
    *,
    heading: str,
    button: str,
    back: str,
    facts: Facts = (),
    warn: bool = False,
    note: str = "",
) -> HttpResponse:
    """Show the page of one deed: what it is about, the form, and the way back."""
    context = {
        "form": form,
        "heading": heading,
        "button": button,
        "back": back,
        "facts": list(facts),
        "kind": "warn" if warn else "pri",
        "note": note,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "drugs/deed.html", context, status=status)


def went(request: Request, words: str, to: str, **named: Any) -> HttpResponse:
    """Say what was done, and go on."""
    messages.success(request, words)
    return see_other(to, **named)

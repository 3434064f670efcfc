"""Pages of the clinic's users: who there is, add one, end one's rights, reset a password."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.contrib.auth import authenticate, update_session_auth_hash
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from kapstone.core.access.doors import door
from kapstone.core.access.navigation import first_page
from kapstone.core.access.policy import Action
from kapstone.core.access.staff import (
    ONE_TIME_LASTS,
    Opened,
    add_user,
    choose_password,
    end_user,
    reset_password,
    staff_of,
)
from kapstone.core.access.staff_forms import OwnPasswordForm, PersonForm
from kapstone.core.access.standing import decide_here
from kapstone.core.people.http import Request, posted
from kapstone.core.people.models import Role, User
from kapstone.core.ui.pages import see_other
from kapstone.errors import InvalidInput, Refused


def _may(request: Request, action: Action) -> bool:
    return decide_here(request.user, "users", action).allowed


def _person(request: Request, key: UUID) -> User:
    """Find who works in this clinic; to others, and for patients, there is nobody here."""
    found = staff_of(request.user.clinic_id).filter(key=key).first()
    if found is None:
        raise Http404
    return found


def _try(form: forms.Form, deed: Callable[[], Any]) -> Any:
    """Do what a sound form asks, or put the reasons against it beside the form."""
    if not form.is_valid():
        return None
    try:
        return deed()
    except InvalidInput as wrong:
        for name, sentence in wrong.fields.items():
            form.add_error(name if name in form.fields else None, sentence)
    except Refused as refusal:
        for finding in refusal.findings:
            form.add_error(None, finding.message)
    return None


def _status(request: Request) -> int:
    return 422 if request.method == "POST" else 200


@door("users")
def people(request: Request) -> HttpResponse:
    """List who works here: name, role, when they signed in last, and whose rights ended."""
    everyone = list(staff_of(request.user.clinic_id))
    context = {
        "active": [one for one in everyone if one.is_active],
        "ended": [one for one in everyone if not one.is_active],
        "may_add": _may(request, Action.CREATE),
    }
    return render(request, "access/people.html", context)


@door("users", read=Action.CREATE, write=Action.CREATE)
def person_add(request: Request) -> HttpResponse:
    """Give somebody an account, and show the password that opens it once."""
    form = PersonForm(posted(request), initial={"entry_id": uuid4()})
    opened = _try(
        form,
        lambda: add_user(
            by=request.user, at=request.access.at, newcomer=form.newcomer, entry_id=form.entry
        ),
    )
    if opened is not None:
        return _shown_once(request, opened)
    return render(request, "access/person_add.html", {"form": form}, status=_status(request))


def _shown_once(request: Request, opened: Opened) -> HttpResponse:
    """Show a one-time password in the answer itself: it is kept nowhere to be shown again."""
    context = {"opened": opened, "days": ONE_TIME_LASTS.days}
    return render(request, "access/person_password.html", context)


@door("users")
def person(request: Request, user_key: UUID) -> HttpResponse:
    """Show one user, and what may be done about their account."""
    shown = _person(request, user_key)
    may_amend = _may(request, Action.AMEND) and shown.is_active
    context = {
        "person": shown,
        "may_end": may_amend,
        "may_reset": may_amend and shown.pk != request.user.pk,
        "is_own": shown.pk == request.user.pk,
    }
    return render(request, "access/person.html", context)


@door("users", read=Action.AMEND, write=Action.AMEND)
def person_end(request: Request, user_key: UUID) -> HttpResponse:
    """Ask once, then end a user's rights."""
    shown = _person(request, user_key)
    form = forms.Form(posted(request))
    ended = _try(form, lambda: end_user(by=request.user, at=request.access.at, user=shown))
    if ended is not None:
        if ended.pk == request.user.pk:
            return redirect("access:sign_in")
        messages.success(request, f"The rights of {ended} have ended.")
        return see_other("access:person", user_key=shown.key)
    context = {"form": form, "person": shown, "is_own": shown.pk == request.user.pk}
    return render(request, "access/person_end.html", context, status=_status(request))


@door("users", read=Action.AMEND, write=Action.AMEND)
def person_reset(request: Request, user_key: UUID) -> HttpResponse:
    """Ask once, then give a new one-time password and show it once."""
    shown = _person(request, user_key)
    form = forms.Form(posted(request))
    opened = _try(
        form, lambda: reset_password(by=request.user, at=request.access.at, user=shown)
    )
    if opened is not None:
        return _shown_once(request, opened)
    context = {"form": form, "person": shown}
    return render(request, "access/person_reset.html", context, status=_status(request))


@door("own_settings", write=Action.CREATE)
def password(request: Request) -> HttpResponse:
    """Choose a password of one's own; whoever has a one-time password comes here first."""
    user, form = request.user, OwnPasswordForm(posted(request))
    if form.is_valid():
        changed = _try(form, lambda: _choose(request, form))
        if changed is not None:
            update_session_auth_hash(request, changed)
            messages.success(request, "Your password is changed.")
            return redirect(first_page(changed))
    in_app = user.role == Role.PATIENT
    context = {
        "form": form,
        "must": user.one_time_until is not None,
        "patient_app": in_app,
        "frame": "ui/patient.html" if in_app else "ui/clinic.html",
    }
    return render(request, "access/password.html", context, status=_status(request))


def _choose(request: Request, form: OwnPasswordForm) -> User:
    """Ask for the old password as at sign-in, so that guessing it locks the name."""
    given = form.cleaned_data
    if authenticate(request, username=request.user.username, password=given["old"]) is None:
        raise InvalidInput({"old": "This is not your password now."})
    return choose_password(
        by=request.user, at=request.access.at, old=given["old"], new=given["new"]
    )

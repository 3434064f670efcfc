"""Invite a patient from their record; take an invitation up, as the person it is for."""

from typing import Any
from uuid import uuid4

from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.module_loading import import_string

from kapstone.catalogue.invitations import load_invitations
from kapstone.core.access.doors import door, of_patient, public_door
from kapstone.core.access.navigation import first_page
from kapstone.core.access.policy import Action
from kapstone.core.joining.actions import confirm_birth, invite, take_up, withdraw_invitation
from kapstone.core.joining.forms import BirthForm, CodeForm, InviteForm, JoinForm
from kapstone.core.joining.queries import invitations_of
from kapstone.core.joining.rules import State
from kapstone.core.people.http import Request, posted
from kapstone.core.people.models import Patient, User
from kapstone.core.people.queries import contact_of
from kapstone.core.ui.pages import see_other
from kapstone.core.ui.parts import Figure
from kapstone.errors import InvalidInput

# No user name may hold a slash: nobody's own sign-in is locked by tries at an invitation.
GATE = "/join/"
SHUT = "This does not open anything. Check the date, or ask the clinic for a new invitation."
SHOWN_ONCE = (
    "That invitation was shown already, and is not shown twice. "
    "Make a new one if nobody took it down."
)
BACKEND = "kapstone.core.people.signed_in.SignedIn"


@door("invitation", write=Action.CREATE, of=of_patient)
def invitation(request: Request, **kwargs: Any) -> HttpResponse:
    """Show how a patient's invitations stand; make one, and show once what opens it."""
    patient: Patient = request.target.record
    address = _address_of(request, patient)
    form = InviteForm(posted(request), initial={"entry_id": uuid4()}, address=address)
    if form.is_valid():
        try:
            made = invite(
                by=request.user,
                at=request.access.at,
                patient=patient,
                by_mail=form.cleaned_data.get("by_mail", False),
                entry_id=form.new_id(),
            )
        except InvalidInput as wrong:
            form.add_error(None, str(wrong))
        else:
            if made.secrets is None:
                messages.warning(request, SHOWN_ONCE)
                return see_other("joining:invitation", patient_key=patient.key)
            context = {
                "patient": patient,
                "invitation": made.invitation,
                "code": (Figure(name="Code", value=made.secrets.code),),
                "link": request.build_absolute_uri(f"/join/{made.secrets.link}/"),
                "code_page": request.build_absolute_uri(GATE),
                "clinic": patient.clinic,
                "limits": load_invitations(),
                "mailed_to": address if form.cleaned_data.get("by_mail") else "",
            }
            return render(request, "joining/handed.html", context)
    standing = invitations_of(patient, request.access.at)
    context = {
        "patient": patient,
        "form": form,
        "signs_in": patient.user_id is not None,
        "standing": standing,
        "waiting": next((one for one in standing if one.state is State.OPEN), None),
        "limits": load_invitations(),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "joining/invitation.html", context, status=status)


def _address_of(request: Request, patient: Patient) -> str:
    """Give the address that the record holds, where mail is sent at all and may be read."""
    contact = contact_of(patient) if settings.MAIL.is_on else None
    may = contact is not None and request.access.may("identity", "read", patient.pk)
    return contact.email if contact is not None and may else ""


@door("invitation", read=None, write=Action.CREATE, of=of_patient)
def withdraw(request: Request, **kwargs: Any) -> HttpResponse:
    """Take back the invitation that waits."""
    patient: Patient = request.target.record
    taken = withdraw_invitation(by=request.user, at=request.access.at, patient=patient)
    words = "The invitation is withdrawn: it opens nothing now."
    messages.success(request, words if taken else "No invitation waits.")
    return see_other("joining:invitation", patient_key=patient.key)


@public_door
def code(request: HttpRequest) -> HttpResponse:
    """Ask for the code, and lead to the page that its link leads to."""
    form = CodeForm(posted(request))
    if form.is_valid():
        return see_other("joining:join", token=form.cleaned_data["code"])
    status = 422 if request.method == "POST" else 200
    return render(request, "joining/code.html", {"form": form}, status=status)


@public_door
def join(request: HttpRequest, token: str) -> HttpResponse:
    """
    Let somebody confirm who they are, then choose a name and a pass phrase.

    The page looks nothing up until a birth date is sent, and says one sentence to whatever does
    not open: it tells nobody which link or code there is.
    """
    if isinstance(request.user, User):
        status = 409 if request.method == "POST" else 200
        return render(request, "joining/signed_in.html", status=status)
    if request.method != "POST":
        return _page(request, BirthForm(), token, status=200)
    if not AxesProxyHandler.is_allowed(request, {"username": GATE}):
        return _locked(request)
    chooses = "username" in request.POST
    form = (JoinForm if chooses else BirthForm)(request.POST)
    if "born_on" in form.errors:
        return _page(request, BirthForm(request.POST), token)
    return _chosen(request, form, token) if chooses else _confirmed(request, form, token)


def _page(
    request: HttpRequest, form: BirthForm, token: str, *, status: int = 422, **more: Any
) -> HttpResponse:
    context = {"form": form, "token": token, "choosing": isinstance(form, JoinForm), **more}
    return render(request, "joining/join.html", context, status=status)


def _locked(request: HttpRequest) -> HttpResponse:
    page: HttpResponse = import_string(settings.AXES_LOCKOUT_CALLABLE)(request)
    return page


def _count(request: HttpRequest) -> None:
    """Count against this address, as a wrong password is; five lock it for a while."""
    user_login_failed.send(sender=__name__, credentials={"username": GATE}, request=request)


def _shut(request: HttpRequest, token: str) -> HttpResponse:
    _count(request)
    form = BirthForm(request.POST)
    form.add_error(None, SHUT)
    return _page(request, form, token)


def _confirmed(request: HttpRequest, form: BirthForm, token: str) -> HttpResponse:
    born_on = form.cleaned_data["born_on"]
    patient = confirm_birth(at=timezone.now(), words=token, born_on=born_on)
    if patient is None:
        return _shut(request, token)
    chosen = JoinForm(initial={"born_on": born_on})
    return _page(request, chosen, token, status=200, patient=patient)


def _chosen(request: HttpRequest, form: BirthForm, token: str) -> HttpResponse:
    at, born_on = timezone.now(), form.cleaned_data["born_on"]
    if not form.is_valid():
        # Whether the name would do is nothing to tell until the invitation is known to open.
        opens = confirm_birth(at=at, words=token, born_on=born_on)
        return _page(request, form, token, patient=opens) if opens else _shut(request, token)
    given = form.cleaned_data
    try:
        user = take_up(
            at=at,
            words=token,
            born_on=born_on,
            username=given["username"],
            password=given["password"],
        )
    except InvalidInput as wrong:
        if "username" in wrong.fields:
            _count(request)  # a name that is taken says that somebody has it
        for field, sentence in wrong.fields.items():
            form.add_error(field, sentence)
        return _page(request, form, token)
    if user is None:
        return _shut(request, token)
    login(request, user, BACKEND)
    return see_other(first_page(user))

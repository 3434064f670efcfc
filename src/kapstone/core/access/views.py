"""Sign in and out, break the glass and review it, see who looked, read the trail."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth import authenticate, login, logout
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from kapstone.catalogue.access_reasons import load_access_reasons
from kapstone.core.access.actions import put_notice_away
from kapstone.core.access.doors import Target, door, of_patient, of_self, public_door
from kapstone.core.access.forms import (
    AuditFilterForm,
    GlassForm,
    GlassReviewForm,
    OutsideForm,
    SignInForm,
)
from kapstone.core.access.glass import break_glass, review_glass, seek_outside
from kapstone.core.access.kept import give_back, kept_before, sign_in_page
from kapstone.core.access.models import BrokenGlass
from kapstone.core.access.navigation import first_page
from kapstone.core.access.policy import Action, matrix, may_anywhere
from kapstone.core.access.queries import (
    deeds,
    glass_about,
    glass_live,
    glass_to_review,
    looks,
    looks_at,
    looks_through,
    names_of,
    notices_unseen,
    numbers_of,
    patients_named,
    usernames_of,
)
from kapstone.core.audit.models import AccessEntry, AuditEntry
from kapstone.core.people.http import Request, posted
from kapstone.core.people.models import Notice, Patient, Role, User
from kapstone.core.ui.pages import see_other
from kapstone.errors import InvalidInput, NotAllowed

ROWS_A_PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One line of a trail in words, since codes and keys mean nothing to its reader."""

    row: AuditEntry | AccessEntry
    name: str
    what: str
    about: str

    @property
    def role(self) -> str:
        """Name the role in words, unless the name says it already."""
        role = self.row.role if isinstance(self.row, AccessEntry) else ""
        words = Role(role).label.lower() if role in Role.values else role
        return "" if words == self.name.lower() else words


def _told(rows: Iterable[AuditEntry | AccessEntry]) -> list[Told]:
    """Give each line its names, in two queries."""
    rows = list(rows)
    names = names_of({row.by_id for row in rows if row.by_id is not None})
    numbers = numbers_of({patient for row in rows for patient in row.subjects})
    return [
        Told(
            row=row,
            name=names.get(row.by_id or 0, row.by),
            what=_what(row),
            about=", ".join(numbers.get(patient, "") for patient in row.subjects),
        )
        for row in rows
    ]


def _what(row: AuditEntry | AccessEntry) -> str:
    if isinstance(row, AuditEntry):
        return row.deed.replace("-", " ").capitalize()
    known = matrix().get(row.record_class)
    return known.label if known else row.record_class


def _next_page(request: HttpRequest, user: User) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    fits = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if wanted and fits else first_page(user)


def _is_spent(user: User) -> bool:
    return user.one_time_until is not None and user.one_time_until <= timezone.now()


@public_door
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the sign-in form, and let someone in whose name and password fit."""
    form = SignInForm(posted(request))
    kept = kept_before(request)
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        user = authenticate(request, **form.cleaned_data)
        if isinstance(user, User) and _is_spent(user):
            form.add_error(None, "This one-time password has run out. Ask for another.")
        elif isinstance(user, User):
            login(request, user)
            request.user = user
            if kept is not None:
                return give_back(request, kept, back=_next_page(request, user))
            return HttpResponseRedirect(_next_page(request, user))
        else:
            form.add_error(None, "The name and password do not fit. After five tries, wait.")
    back = request.POST.get("next") or request.GET.get("next", "")
    return sign_in_page(request, form, back=back, kept=kept, status=status)


@public_door
def sign_out(request: HttpRequest) -> HttpResponse:
    """
    Ask once, then end the session and clear the pages that the browser kept.

    What a tablet wrote and could not send yet is not cleared with them: it lies sealed, and is
    sent once somebody signs in there. Decision 19 says when a tablet forgets.
    """
    if request.method != "POST":
        return render(request, "access/sign_out.html")
    logout(request)
    response = redirect("access:sign_in")
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@door("own_settings")
def home(request: Request) -> HttpResponse:
    """Go to the page where this user's next act is."""
    return redirect(first_page(request.user))


@door("own_settings", write=Action.CREATE)
def account(request: Request) -> HttpResponse:
    """Show who is signed in and what Kapstone has told them; put one notice away."""
    if request.method == "POST":
        notice = _own_notice(request)
        put_notice_away(by=request.user, at=request.access.at, notice=notice)
        return redirect("access:account")
    in_app = request.user.role == Role.PATIENT
    context = {
        "notices": notices_unseen(request.user).select_related("about")[:50],
        "patient_app": in_app,
        "frame": "ui/patient.html" if in_app else "ui/clinic.html",
    }
    return render(request, "access/account.html", context)


def _own_notice(request: Request) -> Notice:
    key = request.POST.get("notice", "")
    for notice in notices_unseen(request.user):
        if str(notice.key) == key:
            return notice
    raise InvalidInput({"notice": "That notice is already put away."})


@door("break_glass", read=Action.CREATE, write=Action.CREATE)
def outside(request: Request) -> HttpResponse:
    """Ask which record outside one's care team is meant, before asking why."""
    form = OutsideForm(posted(request))
    if form.is_valid():
        patient = seek_outside(by=request.user, at=request.access.at, **form.cleaned_data)
        if patient is not None:
            return see_other("access:glass", patient_key=patient.key)
        form.add_error(None, "Nobody here has this number and this date of birth.")
    status = 422 if request.method == "POST" else 200
    return render(request, "access/outside.html", {"form": form}, status=status)


@door("break_glass", read=Action.CREATE, write=Action.CREATE, of=of_patient)
def glass(request: Request, **kwargs: Any) -> HttpResponse:
    """Ask why, and for the password; then open one chart for reading, for one hour."""
    patient = request.target.record
    form = GlassForm(posted(request))
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid() and _broken(request, patient, form):
        messages.success(request, "Open for 60 minutes, for reading. It is on record.")
        return redirect(f"/patients/{patient.key}/")
    context = {
        "form": form,
        "patient": patient,
        "live": glass_live(request.user, patient, request.access.at),
    }
    return render(request, "access/glass.html", context, status=status)


def _broken(request: Request, patient: Patient, form: GlassForm) -> bool:
    """
    Try to break the glass, and put what is against it beside the form.

    The password is asked as at sign-in, so that guessing it in a session left open locks the
    name; the action asks for it again by itself.
    """
    given = form.cleaned_data
    user = authenticate(request, username=request.user.username, password=given["password"])
    try:
        if user != request.user:
            raise NotAllowed("The password is not right. Nothing was opened.")
        break_glass(by=request.user, at=request.access.at, patient=patient, **given)
    except NotAllowed as refusal:
        form.add_error("password", str(refusal))
    except InvalidInput as wrong:
        for name, sentence in wrong.fields.items():
            form.add_error(name, sentence)
    return form.is_valid()


@door("access_log", of=of_self)
def who_looked(request: Request) -> HttpResponse:
    """Tell a patient who has opened their record, who was refused, and who broke the glass."""
    patient = request.target.record
    looks = looks_at(patient).exclude(record_class="break_glass")
    page = Paginator(looks, ROWS_A_PAGE).get_page(request.GET.get("page"))
    sees_glass = request.access.may("break_glass", Action.READ, patient.pk)
    told = _told(page.object_list)
    context = {
        "page": page,
        "told": told,
        "broken": glass_about(patient)[:20] if sees_glass else (),
    }
    return render(request, "access/who_looked.html", context)


@door("audit_log", existence=True)
def audit(request: Request) -> HttpResponse:
    """Show the auditor the trail; show the administrator only that it is being kept."""
    reads_all = may_anywhere(request.user.role, "break_glass", Action.SIGN)
    clinic_id = request.user.clinic_id
    if not reads_all:
        newest = deeds(clinic_id).first()
        context: dict[str, Any] = {
            "reads_all": False,
            "count": deeds(clinic_id).count(),
            "newest": newest,
        }
        return render(request, "access/audit.html", context)
    form = AuditFilterForm(request.GET or None)
    kind = "looks" if request.GET.get("show") == "looks" else "deeds"
    rows: Any = looks(clinic_id) if kind == "looks" else deeds(clinic_id)
    if form.is_valid():
        if form.cleaned_data["patient"]:
            named = patients_named(clinic_id, form.cleaned_data["patient"])
            rows = rows.filter(subjects__overlap=list(named.values_list("pk", flat=True)))
        if form.cleaned_data["user"]:
            rows = rows.filter(by__in=usernames_of(clinic_id, form.cleaned_data["user"]))
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "told": _told(page.object_list),
        "reads_all": True,
        "kind": kind,
        "form": form,
        "page": page,
        "glass": glass_to_review(clinic_id)[:50],
        "at": request.access.at,
    }
    return render(request, "access/audit.html", context)


def _of_glass(request: Request, **kwargs: Any) -> Target:
    record = BrokenGlass.objects.filter(key=kwargs["glass_key"]).select_related(
        "patient", "user"
    )
    found = record.first()
    if found is None:
        raise Http404
    return Target(record=found, subjects=(found.patient_id,))


@door("break_glass", read=Action.SIGN, write=Action.SIGN, of=_of_glass)
def glass_review(request: Request, **kwargs: Any) -> HttpResponse:
    """Show one breaking of the glass, and keep the auditor's finding."""
    broken = request.target.record
    form = GlassReviewForm(posted(request))
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        review_glass(by=request.user, at=request.access.at, glass=broken, **form.cleaned_data)
        return redirect("access:audit")
    seen = _told(looks_through(broken)[:200])
    why = {one.code: one.name for one in load_access_reasons().break_glass}
    context = {
        "form": form,
        "glass": broken,
        "seen": seen,
        "why": why.get(broken.reason_code, ""),
    }
    return render(request, "access/glass_review.html", context, status=status)

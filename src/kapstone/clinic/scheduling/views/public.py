"""The public site: what is known, might it suit me, questions, and asking to be seen."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from kapstone.catalogue.claims import Claim, Claims, load_claims
from kapstone.catalogue.self_check import load_self_check
from kapstone.clinic.scheduling.actions import STRANGER, request_appointment
from kapstone.clinic.scheduling.figure import typical_window
from kapstone.clinic.scheduling.forms import RequestForm
from kapstone.clinic.scheduling.models import AppointmentRequest
from kapstone.clinic.scheduling.queries import answer_on
from kapstone.clinic.scheduling.self_check import next_step
from kapstone.core.access.doors import public_door
from kapstone.core.access.fences import acting_in
from kapstone.core.people.http import posted
from kapstone.core.people.models import Clinic
from kapstone.core.ui.pages import see_other
from kapstone.core.ui.parts import Act, NavItem

QUICK_EXIT = "https://www.wikipedia.org/"
PAGES = (
    ("How it works", "how-it-works/"),
    ("Is it for me?", "is-it-for-me/"),
    ("Questions", "questions/"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One claim as the page shows it."""

    claim: Claim
    words: str
    dots: int


def _clinic(slug: str | None) -> Clinic | None:
    """Give the clinic that a page speaks for: the one named, or the only one there is."""
    if slug is not None:
        found = Clinic.objects.filter(slug=slug).first()
        if found is None:
            raise Http404
        return found
    clinics = list(Clinic.objects.all()[:2])
    return clinics[0] if len(clinics) == 1 else None


def _base(slug: str | None) -> str:
    """Give the address under which a clinic's public pages stand."""
    return f"/c/{slug}/" if slug else "/"


def _frame(request: HttpRequest, clinic: Clinic, slug: str | None) -> dict[str, Any]:
    """Give what every public page shows around its own content."""
    base = _base(slug)
    here = f"{base}{PAGES[0][1]}" if request.path == base else request.path
    pages = [
        NavItem(label=label, href=base + end, current=here == base + end)
        for label, end in PAGES
    ]
    return {
        "clinic": clinic,
        "clinic_name": clinic.name,
        "base": base,
        "home_href": base,
        "nav": [*pages, NavItem(label="Sign in", href="/sign-in/")],
        "main_act": Act(label="Request an appointment", href=f"{base}request/", kind="pri"),
    }


def _choose(request: HttpRequest) -> HttpResponse:
    """Let somebody choose the clinic, where there are several or none."""
    end = request.path.removeprefix("/")
    context = {"clinics": Clinic.objects.order_by("name"), "end": end, "nav": []}
    return render(request, "scheduling/public/choose.html", context)


def _shown(sheet: Claims, claims: tuple[Claim, ...]) -> list[Shown]:
    found = []
    for claim in claims:
        level = sheet.words_of(claim.level)
        found.append(Shown(claim=claim, words=level.name, dots=level.dots))
    return found


@public_door
def learn(request: HttpRequest, clinic_slug: str | None = None) -> HttpResponse:
    """Say what ketamine may do, and how sure anyone can be."""
    clinic = _clinic(clinic_slug)
    if clinic is None:
        return _choose(request)
    sheet = load_claims()
    context = {
        **_frame(request, clinic, clinic_slug),
        "sheet": sheet,
        "claims": _shown(sheet, sheet.claims),
        "figure": typical_window(),
        "outcomes": sheet.outcomes,
    }
    return render(request, "scheduling/public/learn.html", context)


@public_door
def questions(request: HttpRequest, clinic_slug: str | None = None) -> HttpResponse:
    """Answer what people ask, each answer with how sure anyone can be."""
    clinic = _clinic(clinic_slug)
    if clinic is None:
        return _choose(request)
    sheet = load_claims()
    context = {
        **_frame(request, clinic, clinic_slug),
        "sheet": sheet,
        "claims": _shown(sheet, sheet.questions),
    }
    return render(request, "scheduling/public/questions.html", context)


@public_door
def is_it_for_me(request: HttpRequest, clinic_slug: str | None = None) -> HttpResponse:
    """
    Ask seven questions, one a page. Nothing is kept.

    The page carries the answers itself, in its form, and the server forgets them with the
    reply; they stand in no address, so that no log and no history holds them.
    """
    clinic = _clinic(clinic_slug)
    if clinic is None:
        return _choose(request)
    check = load_self_check()
    step = next_step(check, {name: str(value) for name, value in request.POST.items()})
    previous = check.questions[step.number - 2].code if step.number > 1 else ""
    context = {
        **_frame(request, clinic, clinic_slug),
        "check": check,
        "step": step,
        "previous": previous,
        "total": len(check.questions),
        "last": check.questions[-1].code,
    }
    return render(
        request, "scheduling/public/self_check.html", context, status=422 if step.error else 200
    )


@public_door
def ask(request: HttpRequest, clinic_slug: str | None = None) -> HttpResponse:
    """Let somebody ask to be seen, under a name of their choice."""
    clinic = _clinic(clinic_slug)
    if clinic is None:
        return _choose(request)
    form = RequestForm(posted(request), initial={"entry_id": uuid4(), "for_whom": "alone"})
    if form.is_valid():
        with acting_in(clinic_id=clinic.pk):
            asked = request_appointment(
                by=STRANGER,
                at=timezone.now(),
                clinic=clinic,
                wish=form.wish(),
                entry_id=form.cleaned_data["entry_id"],
            )
        return see_other(f"{_base(clinic_slug)}request/{asked.key}/received/")
    context = {
        **_frame(request, clinic, clinic_slug),
        "form": form,
        "quick_exit": QUICK_EXIT,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "scheduling/public/request.html", context, status=status)


@public_door
def received(
    request: HttpRequest, request_key: UUID, clinic_slug: str | None = None
) -> HttpResponse:
    """Give the reference, when an answer comes, and what to do if it gets worse."""
    clinic = _clinic(clinic_slug)
    if clinic is None:
        raise Http404
    with acting_in(clinic_id=clinic.pk):
        found = AppointmentRequest.objects.filter(key=request_key, clinic=clinic).first()
    if found is None:
        raise Http404
    context = {
        **_frame(request, clinic, clinic_slug),
        "reference": found.reference,
        "answer_on": answer_on(found),
        "quick_exit": QUICK_EXIT,
    }
    return render(request, "scheduling/public/received.html", context)

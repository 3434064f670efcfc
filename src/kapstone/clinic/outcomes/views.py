"""How people do in this clinic, and the review of one course."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render

from kapstone.clinic.course.models import Course
from kapstone.clinic.outcomes.actions import decide_review
from kapstone.clinic.outcomes.forms import ReviewForm
from kapstone.clinic.outcomes.pages import outcomes_page
from kapstone.clinic.outcomes.queries import reviews_of
from kapstone.clinic.outcomes.review_page import review_page
from kapstone.core.access.doors import Target, door, target_of
from kapstone.core.access.policy import Action
from kapstone.core.people.http import Request, posted
from kapstone.core.people.models import Patient, Role
from kapstone.core.ui.pages import see_other
from kapstone.errors import Finding, Refused

_NO_FINDINGS: tuple[Finding, ...] = ()


def of_course(request: Request, **kwargs: Any) -> Target:
    """Find the course that ``course_key`` names."""
    course = (
        Course.objects.filter(key=kwargs["course_key"])
        .select_related("subjects", "recorded_by")
        .first()
    )
    if course is None:
        raise Http404
    return target_of(course)


@door("clinic_outcomes", limited=True)
def outcomes(request: Request, **kwargs: Any) -> HttpResponse:
    """Show how everyone does who started, as far as this role may see."""
    page = outcomes_page(request.user, request.access.at, request.GET)
    return render(request, "outcomes/outcomes.html", {"page": page})


@door("review", write=Action.SIGN, of=of_course)
def review(request: Request, **kwargs: Any) -> HttpResponse:
    """Show how a course stands and what to discuss; keep what was decided together."""
    course: Course = request.target.record
    if request.user.role == Role.PATIENT:
        reviews = reviews_of(course)
        return render(request, "outcomes/own_review.html", {"reviews": reviews})
    zone = request.user.clinic.zone
    page = review_page(course, request.access.at, zone)
    form = ReviewForm(posted(request), initial={"point": page.outcome.point})
    status, findings = 200, _NO_FINDINGS
    if request.method == "POST":
        findings = _kept(request, form, course)
        if not findings and form.is_valid():
            messages.success(request, "Kept, with the figures as they stand now.")
            return see_other("outcomes:review", course_key=course.key)
        status = 422
    context = {
        "patients": Patient.objects.filter(pk__in=request.target.subjects),
        "page": page,
        "form": form,
        "findings": findings,
        "may_decide": request.access.may("review", Action.SIGN, request.target.subjects),
    }
    return render(request, "outcomes/review.html", context, status=status)


def _kept(request: Request, form: ReviewForm, course: Course) -> tuple[Finding, ...]:
    """Try to keep a decision; give the reasons against it."""
    if not form.is_valid():
        return ()
    try:
        decide_review(
            by=request.user,
            at=request.access.at,
            course=course,
            point=form.cleaned_data["point"],
            decided=form.decided(),
            entry_id=form.cleaned_data["entry_id"],
        )
    except Refused as refusal:
        return refusal.findings
    return ()

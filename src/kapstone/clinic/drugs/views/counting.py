"""Count blind, look at what was found, and resolve what differs."""

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render

from kapstone.clinic.drugs.actions import open_count, resolve_difference, submit_count
from kapstone.clinic.drugs.count_forms import CountForm, OpenCountForm, ResolveForm
from kapstone.clinic.drugs.models import Count, CountLine
from kapstone.clinic.drugs.queries import (
    container_standing,
    counted_again,
    counts_of,
    differences,
    movements_of,
    to_count,
)
from kapstone.clinic.drugs.reports import lines_of
from kapstone.clinic.drugs.views.deeds import done, found, given, went
from kapstone.clinic.drugs.views.stock import allowed, container_of
from kapstone.core.access.doors import door
from kapstone.core.access.policy import Action
from kapstone.core.people.http import Request, posted
from kapstone.core.ui.pages import see_other
from kapstone.errors import Stale

COUNTS_A_PAGE, ENTRIES_SHOWN = 25, 20


@door("drug_stock", read=Action.CREATE, write=Action.CREATE)
def counts(request: Request) -> HttpResponse:
    """Begin a count of a place, and list the counts there were."""
    form = OpenCountForm(**given(request), user=request.user)
    begun = done(
        request,
        form,
        lambda: open_count(by=request.user, at=request.access.at, **form.cleaned_data),
    )
    if begun is not None:
        return see_other("drugs:count", count_key=begun.entry_id)
    page = Paginator(counts_of(request.user.clinic), COUNTS_A_PAGE)
    context = {"form": form, "page": page.get_page(request.GET.get("page"))}
    status = 422 if request.method == "POST" else 200
    return render(request, "drugs/counts.html", context, status=status)


@door("drug_stock", read=None, write=Action.CREATE)
def count_one(request: Request, container_key: UUID) -> HttpResponse:
    """Begin a count of one container."""
    begun = open_count(
        by=request.user, at=request.access.at, container=container_of(container_key)
    )
    return see_other("drugs:count", count_key=begun.entry_id)


@door("drug_stock", read=Action.CREATE, write=Action.CREATE)
def count(request: Request, count_key: UUID) -> HttpResponse:
    """Ask what is there, without saying what should be; once it is in, show both."""
    shown = found(Count, count_key, "place", "container", "clinic", "recorded_by")
    own = shown.recorded_by_id == request.user.pk
    if shown.closed_at is not None or not own:
        return _counted(request, shown)
    form = CountForm(posted(request), states=to_count(shown, request.access.at))
    lines = done(
        request,
        form,
        lambda: submit_count(
            by=request.user,
            at=request.access.at,
            count=shown,
            counted_mg=form.counted_mg(),
        ),
    )
    if lines is not None:
        wrong = sum(line.counted_mg != line.expected_mg for line in lines)
        words = "All agree." if not wrong else f"{wrong} of {len(lines)} do not agree."
        return went(request, f"Counted. {words}", "drugs:count", count_key=count_key)
    status = 422 if request.method == "POST" else 200
    return render(request, "drugs/count.html", {"form": form, "count": shown}, status=status)


def _counted(request: Request, shown: Count) -> HttpResponse:
    if request.method == "POST" and shown.closed_at is None:
        raise Stale("Whoever began this count ends it. You can begin one of your own.")
    lines = shown.lines.select_related("container__receipt__lot").order_by("container__number")
    still_open = differences(shown.clinic, only_open=True).values_list("pk", flat=True)
    context = {
        "count": shown,
        "lines": lines,
        "still_open": set(still_open),
        **allowed(request),
    }
    return render(request, "drugs/counted.html", context)


@door("drug_stock", read=Action.AMEND, write=Action.AMEND)
def difference(request: Request, line_key: UUID) -> HttpResponse:
    """Resolve a count that did not agree, before a witness."""
    line = found(CountLine, line_key, "container__receipt__lot", "container__clinic")
    if line.counted_mg == line.expected_mg:
        raise Http404
    form = ResolveForm(**given(request), user=request.user)
    ended = done(
        request,
        form,
        lambda: resolve_difference(
            by=request.user,
            at=request.access.at,
            line=line,
            resolved=form.resolved(),
            witness=form.cleaned_data["witness"],
            entry_id=form.cleaned_data["entry_id"],
        ),
    )
    if ended is not None:
        key = line.container.entry_id
        return went(request, "Resolved.", "drugs:container", container_key=key)
    return _asked(request, line, form)


def _asked(request: Request, line: CountLine, form: Any) -> HttpResponse:
    at = request.access.at
    entries = movements_of(line.container)[:ENTRIES_SHOWN]
    context = {
        "line": line,
        "form": form,
        "resolution": getattr(line, "resolution", None),
        "missing": line.expected_mg - line.counted_mg,
        "again": counted_again(line),
        "state": container_standing(line.container, at),
        "lines": lines_of(entries, request.user, at),
        **allowed(request),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "drugs/difference.html", context, status=status)

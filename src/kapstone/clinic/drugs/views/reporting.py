"""Reports to print, and as files."""

from django.http import HttpResponse
from django.shortcuts import render

from kapstone.clinic.drugs.doses import unbooked_doses
from kapstone.clinic.drugs.draws import draws_open
from kapstone.clinic.drugs.forms import PeriodForm
from kapstone.clinic.drugs.queries import (
    blind_to,
    containers_standing,
    day_of,
    entries_that_do_not_add_up,
)
from kapstone.clinic.drugs.reports import (
    between,
    days_between,
    differences_csv,
    entries_csv,
    on_hand_csv,
)
from kapstone.core.access.doors import door
from kapstone.core.access.policy import Action
from kapstone.core.people.http import Request

FILES = ("entries", "on-hand", "differences")
MOST_UNBOOKED = 200


@door("drug_draw")
def reports(request: Request) -> HttpResponse:
    """Show the entries between two days, each person's share, and whether it all adds up."""
    clinic, at = request.user.clinic, request.access.at
    form = PeriodForm(request.GET or None)
    first, last = form.days(day_of(clinic, at))
    shown = PeriodForm(initial={"since": first, "until": last})
    blind = bool(blind_to(request.user, at))
    since, until = days_between(clinic, first, last)
    unbooked = unbooked_doses(clinic, request.user, at, most=MOST_UNBOOKED)
    still_open = draws_open(clinic, request.user, at)
    context = {
        "form": shown,
        "unbooked": [one for one in unbooked if since <= one.given_at < until],
        "open_draws": [one for one in still_open if since <= one.draw.drawn_at < until],
        "may_draw": request.access.may_anywhere("drug_draw", Action.CREATE),
        "period": between(clinic, request.user, at, first, last),
        "wrong": list(entries_that_do_not_add_up(clinic)[:20]),
        "blind": blind,
        "at": at,
        "clinic": clinic,
    }
    return render(request, "drugs/reports.html", context)


@door("drug_draw")
def export(request: Request) -> HttpResponse:
    """Hand a report over as a file; whoever is counting gets none until the count is in."""
    clinic, at = request.user.clinic, request.access.at
    what = request.GET.get("what", "")
    what = what if what in FILES else FILES[0]
    hidden = blind_to(request.user, at)
    first, last = PeriodForm(request.GET or None).days(day_of(clinic, at))
    if what == "on-hand":
        text = on_hand_csv(containers_standing(clinic, at), hidden)
    elif what == "differences":
        text = differences_csv(
            between(clinic, request.user, at, first, last).differences, clinic
        )
    else:
        period = between(clinic, request.user, at, first, last)
        text = "" if hidden else entries_csv(period, clinic)
    name = f"drug-log-{what}-{first:%Y%m%d}-{last:%Y%m%d}.csv"
    return HttpResponse(
        text,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )

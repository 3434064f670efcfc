"""One's calendar elsewhere: the page that makes its address, and the feed itself."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from kapstone.clinic.reminders.actions import make_feed, withdraw_feed
from kapstone.clinic.reminders.feeds import calendar_behind, feed_of
from kapstone.clinic.reminders.forms import FeedForm
from kapstone.core.access.doors import door, public_door
from kapstone.core.access.policy import Action
from kapstone.core.people.http import Request, posted
from kapstone.core.people.models import Role
from kapstone.core.ui.pages import see_other


@door("own_settings", write=Action.CREATE)
def calendar(request: Request) -> HttpResponse:
    """Say whether there is an address; make one and show it once, or take it back."""
    user, at = request.user, request.access.at
    form, made = FeedForm(posted(request)), ""
    if form.is_valid():
        if form.cleaned_data["do"] == "withdraw":
            gone = withdraw_feed(by=user, at=at)
            words = "The address opens nothing now." if gone else "There was no address."
            messages.success(request, words)
            return see_other("reminders:calendar")
        words = make_feed(by=user, at=at).words
        made = request.build_absolute_uri(f"/calendar/{words}/")
    in_app = user.role == Role.PATIENT
    context: dict[str, Any] = {
        "form": form,
        "made": made,
        "feed": feed_of(user),
        "patient_app": in_app,
        "frame": "ui/patient.html" if in_app else "ui/clinic.html",
    }
    status = 422 if request.method == "POST" and not form.is_valid() else 200
    return render(request, "reminders/calendar.html", context, status=status)


def feed(request: HttpRequest, token: str) -> HttpResponse:
    """Give the calendar to whoever brings its secret address; else there is nothing here."""
    found = calendar_behind(token, timezone.now())
    if found is None:
        raise Http404
    return HttpResponse(found, content_type="text/calendar; charset=utf-8")


feed_door = public_door(feed, write=None)

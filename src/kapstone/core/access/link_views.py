"""What the link in a message leads to: one button, and then the one page it is for."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone

from kapstone.catalogue.post import Opens, load_post
from kapstone.core.access.doors import public_door
from kapstone.core.access.links import carry, use_link
from kapstone.core.people.models import User

PAGES = {
    Opens.LETTER: "/me/going-home/",
    Opens.PLAN: "/me/plan/",
    Opens.CHECK_IN: "/me/check-in/",
    Opens.LOG: "/me/log/",
}


@public_door
def window_link(request: HttpRequest, token: str) -> HttpResponse:
    """
    Ask for one press, then open the page.

    Programs that look through mail follow links and press nothing: a look uses nothing up and
    looks nothing up. Whatever does not open is answered with the same words.
    """
    signed_in = request.user if isinstance(request.user, User) else None
    context = {"token": token, "minutes": load_post().link_stays_minutes.value}
    if request.method != "POST":
        return render(request, "access/window_link.html", context)
    link = use_link(at=timezone.now(), words=token, signed_in=signed_in)
    if link is None:
        context["shut"] = True
        return render(request, "access/window_link.html", context, status=422)
    if signed_in is None:
        carry(request.session, link)
    return HttpResponseRedirect(PAGES[Opens(link.purpose)], status=303)

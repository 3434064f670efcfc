"""The style guide, and the choice of theme."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from kapstone.core.ui.context import THEME_COOKIE
from kapstone.core.ui.guide import guide
from kapstone.core.ui.palette import THEMES

YEAR = 365 * 24 * 3600


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Keep the chosen theme in a cookie and go back to where the person was."""
    wanted = request.POST.get("next", "/")
    fits = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    response = HttpResponseRedirect(wanted if fits else "/")
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        # Read by theme.js too, so that a page can turn dark before it is drawn.
        response.set_cookie(
            THEME_COOKIE, theme, max_age=YEAR, samesite="Lax", secure=request.is_secure()
        )
    return response


@require_GET
def styleguide(request: HttpRequest) -> HttpResponse:
    """Show each component and chart, in the four themes, on fixed sample data."""
    theme = request.GET.get("theme", "")
    shown = {"theme": theme} if theme in THEMES else {}
    return render(request, "ui/styleguide.html", {**guide(), **shown})

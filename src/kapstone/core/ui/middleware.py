"""Headers that every dynamic page carries."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

Handler = Callable[[HttpRequest], HttpResponseBase]
PERMISSIONS = "camera=(), geolocation=(), microphone=(self), payment=(), usb=()"


class NoStore:
    """Keep pages out of every cache, and vary them by whether htmx asked for a part."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Set the headers on the way out, save those a view set on purpose."""
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Referrer-Policy", "same-origin")
        patch_vary_headers(response, ["HX-Request"])
        return response

"""Headers that every page carries."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

# Nothing here needs the device's senses, so a page that was broken into gets none of them.
PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"


class PageHeaders:
    """
    Keep pages out of every store, and whole pages apart from fragments.

    One address answers a whole page or a part of it, as htmx asks; and a tablet that is handed
    on must not show the last patient from its cache.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, with the headers added."""
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        patch_vary_headers(response, ["HX-Request"])
        return response

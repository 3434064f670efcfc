"""What the HTTP server loads: Django behind the bridge, and event streams beside it."""

import gc
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kapstone.site.settings")

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from kapstone.site.bridge import Bridge
from kapstone.site.hub import Hub, connect_as_django_does
from kapstone.site.live import Live


def settle() -> None:
    """
    Load every page, then tell the collector that the program is no garbage.

    A full collection walks whatever is alive, over 100,000 objects of code that never die, in
    the middle of somebody's page; set aside, they cost nothing more.
    """
    _ = get_resolver().url_patterns
    gc.collect()
    gc.freeze()


application = Live(
    Bridge(
        get_wsgi_application(),
        body_limit_bytes=settings.BODY_LIMIT_BYTES,
        threads=settings.THREADS,
    ),
    Hub(connect_as_django_does),
)
settle()

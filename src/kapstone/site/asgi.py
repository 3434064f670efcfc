"""What the HTTP server loads: Django behind the bridge."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kapstone.site.settings")

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from kapstone.site.bridge import Bridge

application = Bridge(
    get_wsgi_application(),
    body_limit_bytes=settings.BODY_LIMIT_BYTES,
    threads=settings.THREADS,
)

"""One transaction, one fence and one access for each request; errors become pages."""

from collections.abc import Callable
from dataclasses import replace

from django.db import IntegrityError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.deprecation import MiddlewareMixin
from psycopg.errors import ExclusionViolation, UniqueViolation

from kapstone.core.access.doors import make_access
from kapstone.core.access.fences import stand_in
from kapstone.core.people.models import User
from kapstone.core.ui.errors import PAGES
from kapstone.core.ui.parts import ErrorPage
from kapstone.errors import KapstoneError

# Somebody wrote the same thing first, here or where this user cannot see it.
CLASHES = (UniqueViolation, ExclusionViolation)


class ClinicFence:
    """
    Run each request in one transaction, inside the fence of the user's clinic.

    Checking a right and reading the record happen in the same transaction, so a right withdrawn
    before it began is seen. Whatever a failed request wrote is rolled back.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Open the transaction, set the fence, answer, and close both."""
        user = request.user
        timezone.deactivate()
        with transaction.atomic():
            if isinstance(user, User):
                stand_in(clinic_id=user.clinic_id, user_id=user.pk)
                timezone.activate(user.clinic.time_zone)
                request.access = make_access(user)  # type: ignore[attr-defined]  # see Request
            response = self.get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        return response


class ErrorPages(MiddlewareMixin):
    """Turn an error that Kapstone raised on purpose into a page that says what to do."""

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        """Answer a Kapstone error or a clash of two writers; leave the rest to the 500 page."""
        if isinstance(exception, IntegrityError) and isinstance(exception.__cause__, CLASHES):
            # The database's own words name tables, and may name what the reader must not know.
            return self._page(request, 409, PAGES[409])
        if not isinstance(exception, KapstoneError) or exception.status >= 500:
            return None
        page = PAGES.get(exception.status, PAGES[400])
        return self._page(request, exception.status, replace(page, happened=str(exception)))

    def _page(self, request: HttpRequest, status: int, page: ErrorPage) -> HttpResponse:
        if connection.in_atomic_block:
            transaction.set_rollback(True)
        return render(request, "ui/error.html", {"problem": page}, status=status)

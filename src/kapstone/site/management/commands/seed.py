"""Fill an empty database with the synthetic clinic."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from kapstone.core.people.models import Clinic
from kapstone.site.demo.seed import seed


class Command(BaseCommand):
    """Write the synthetic clinic, as of now or a moment given."""

    help = "Fill an empty database with the synthetic clinic."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the moment that counts as now."""
        parser.add_argument("--now", help="an ISO time with its zone; the present if left out")

    def handle(self, *args: Any, **options: Any) -> None:
        """Refuse a database that holds a clinic; otherwise write, naming each patient."""
        if Clinic.objects.exists():
            raise CommandError("This database holds a clinic already. Nothing was written.")
        now = parse_datetime(options["now"]) if options["now"] else timezone.now()
        if now is None or now.tzinfo is None:
            raise CommandError("--now takes an ISO time with its zone: 2026-03-02T10:00+00:00.")
        seed(now, tell=self._tell if options["verbosity"] else lambda words: None)

    def _tell(self, words: str) -> None:
        self.stdout.write(f"  {words}")

"""Do what is due by the clock; run it every minute."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from kapstone.site.ticking import tick


class Command(BaseCommand):
    """Remind, escalate and tidy, in each clinic."""

    help = "Do what is due by the clock. Run it every minute."

    def handle(self, *args: Any, **options: Any) -> None:
        """Tick once; fail if a job failed, so that whoever runs the clock hears of it."""
        done = tick(at=timezone.now())
        if not done.was_first:
            self.stdout.write("Another tick is still at work.")
        if done.failed:
            raise CommandError(f"Failed: {', '.join(done.failed)}. The log says how.")

"""Migrate, then raise the fences: a table never exists without its row-level security."""

from typing import Any

from django.core.management.commands.migrate import Command as Migrate
from django.db import connections

from kapstone.core.access.fences import raise_fences


class Command(Migrate):
    """Django's migrate, followed by grants and row-level security on every table."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the migrations as the owner of the tables, then the fences."""
        super().handle(*args, **options)
        if options.get("plan") or options.get("check_unapplied"):
            return
        fenced = raise_fences(connections[options["database"]])
        if options["verbosity"] >= 1:
            self.stdout.write(f"  Fences raised on {fenced} tables.")

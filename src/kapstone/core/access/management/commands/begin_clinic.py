"""``kapstone begin_clinic``: open a clinic and give its first administrator a way in."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from kapstone.core.access.staff import ONE_TIME_LASTS, House, begin_clinic
from kapstone.errors import InvalidInput


class Command(BaseCommand):
    """Open a clinic; everyone else of it is added by its administrator."""

    help = "Open a clinic, and show the one-time password of its first administrator once."

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the clinic and its first administrator."""
        parser.add_argument("slug", help="its short name in addresses, such as oak-house")
        parser.add_argument("name", help="its name as people read it")
        parser.add_argument("--time-zone", required=True, help="such as Europe/London")
        parser.add_argument("--phone", required=True, help="where patients reach it")
        parser.add_argument("--administrator", required=True, help="the name to sign in with")

    def handle(self, *args: Any, **given: Any) -> None:
        """
        Open the clinic.

        Raises
        ------
        CommandError
            If a name is taken or the time zone is none.
        """
        house = House(
            slug=given["slug"],
            name=given["name"],
            time_zone=given["time_zone"],
            phone=given["phone"],
        )
        try:
            opened = begin_clinic(
                at=timezone.now(), house=house, username=given["administrator"]
            )
        except InvalidInput as wrong:
            raise CommandError(" ".join(wrong.fields.values())) from None
        self.stdout.write(
            f"{house.name} is open. {opened.user.username} signs in with {opened.password}\n"
            f"This is shown once, and is good for {ONE_TIME_LASTS.days} days."
        )

"""What the tests of the drug log share: a cabinet, two nurses, a prescriber and a patient."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

from tests.builders import NINE, make_patient, make_user

from kapstone.clinic.drugs.actions import (
    add_place,
    draw_up,
    give_from_draw,
    open_count,
    receive,
    submit_count,
    waste_from_draw,
)
from kapstone.clinic.drugs.models import Container, CountLine, Draw, Movement, Place
from kapstone.clinic.drugs.rules import Delivery, Waste
from kapstone.core.access.actions import assign_to_room
from kapstone.core.access.fences import stand_in
from kapstone.core.people.models import Clinic, Patient, Role, User

HOUR = timedelta(hours=1)
EXPIRES = date(2026, 6, 30)
FULL = Decimal("500.00")
BROKEN = Waste(reason="broken", method="denatured")
REST = Waste(reason="rest", method="denatured")


def mg(amount) -> Decimal:
    return Decimal(str(amount))


@dataclass(slots=True, kw_only=True)
class Scene:
    clinic: Clinic
    nurse: User
    second: User
    prescriber: User
    administrator: User
    auditor: User
    therapist: User
    patient: Patient
    cabinet: Place

    def receive(self, **change) -> list[Container]:
        """Take a delivery in and give its containers."""
        at = change.pop("at", NINE)
        given = {
            "product": "ketamine-50",
            "lot": "A-1",
            "expires_on": EXPIRES,
            "supplier": "Northern Wholesale",
            "received_at": at,
            "containers": 1,
            "contents_mg": FULL,
        }
        delivery = Delivery(**{**given, **change})
        receipt = receive(by=self.nurse, at=at, delivery=delivery, place=self.cabinet)
        return list(receipt.containers.order_by("number"))

    def vial(self, **change) -> Container:
        return self.receive(**change)[0]

    def draw(self, container: Container, amount="60", **change) -> Draw:
        given = {
            "by": self.nurse,
            "at": NINE,
            "patient": self.patient,
            "container": container,
            "amount_mg": mg(amount),
        }
        return draw_up(**{**given, **change})

    def give(self, draw: Draw, amount, **change) -> Movement:
        given = {"by": self.nurse, "at": NINE, "draw": draw, "amount_mg": mg(amount)}
        return give_from_draw(**{**given, **change})

    def waste(self, draw: Draw, amount, **change) -> Movement:
        given = {
            "by": self.nurse,
            "at": NINE,
            "draw": draw,
            "amount_mg": mg(amount),
            "waste": REST,
            "witness": self.second,
        }
        return waste_from_draw(**{**given, **change})

    def count(self, container: Container, found, **change) -> CountLine:
        by, at = change.get("by", self.nurse), change.get("at", NINE)
        count = open_count(by=by, at=at, container=container)
        (line,) = submit_count(by=by, at=at, count=count, counted_mg={container.pk: mg(found)})
        return line

    def balance(self, container: Container) -> Decimal:
        return container.movements.order_by("-seq").first().balance_mg

    def stand(self, user: User | None = None) -> None:
        """Step back inside the fence after a request by the client."""
        stand_in(clinic_id=self.clinic.pk, user_id=user.pk if user else None)


def make_scene(slug: str = "oak-house", zone: str = "UTC") -> Scene:
    clinic = Clinic.objects.create(slug=slug, name=slug, phone="555 0100", time_zone=zone)
    stand_in(clinic_id=clinic.pk, user_id=None)
    prescriber = make_user(clinic, Role.PRESCRIBER)
    therapist = make_user(clinic, Role.THERAPIST)
    nurse = make_user(clinic, Role.NURSE)
    patient = make_patient(clinic, team=(prescriber,), at=NINE - 30 * 24 * HOUR)
    assign_to_room(
        by=prescriber,
        at=NINE,
        patient=patient,
        member=nurse,
        session_key=uuid4(),
        session_at=NINE + HOUR,
    )
    return Scene(
        clinic=clinic,
        nurse=nurse,
        second=make_user(clinic, Role.NURSE),
        prescriber=prescriber,
        administrator=make_user(clinic, Role.ADMINISTRATOR),
        auditor=make_user(clinic, Role.AUDITOR),
        therapist=therapist,
        patient=patient,
        cabinet=add_place(by=nurse, at=NINE, name="Cabinet"),
    )

"""The drug log of the synthetic clinic: deliveries, a draw for each dose, counts, one hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from kapstone.clinic.dosing.actions import book_dose
from kapstone.clinic.dosing.models import DoseGiven
from kapstone.clinic.drugs.actions import (
    add_place,
    draw_up,
    hold_lot,
    open_count,
    receive,
    submit_count,
    waste_from_draw,
)
from kapstone.clinic.drugs.models import Container, Place
from kapstone.clinic.drugs.queries import containers_standing
from kapstone.clinic.drugs.rules import Delivery, Waste
from kapstone.core.people.models import Patient
from kapstone.site.demo.stagehands import Scene

VIAL_MG, NEEDLE_MG = Decimal(500), Decimal(5)  # a rest stays in the syringe and is wasted
OPEN_FOR = timedelta(hours=1)  # the living dose's rest is not wasted yet
SPARE_VIALS, MISSING_MG = 4, Decimal(10)
REST = Waste(reason="rest", method="denatured")


@dataclass(slots=True)
class Cabinet:
    """The cabinet in the making, and the vial that is open."""

    scene: Scene
    place: Place
    lots: int = 0
    vial: Container | None = None
    left_mg: Decimal = Decimal(0)

    def deliver(self, at: datetime, *, containers: int, **change: object) -> list[Container]:
        """Take one delivery in."""
        self.lots += 1
        given = {
            "product": "ketamine-50",
            "lot": f"KT{self.lots + 240:04}",
            "contents_mg": VIAL_MG,
            **change,
        }
        delivery = Delivery(
            expires_on=(self.scene.now + timedelta(days=400)).date(),
            supplier="Northern Wholesale",
            supplier_number="RN0012345",
            invoice=f"NW-{self.lots + 7100}",
            received_at=at,
            containers=containers,
            **given,  # type: ignore[arg-type]  # one table for every delivery
        )
        receipt = receive(
            by=self.scene.users["administrator"], at=at, delivery=delivery, place=self.place
        )
        return list(receipt.containers.order_by("number"))

    def enough(self, wanted_mg: Decimal, at: datetime) -> Container:
        """Give a vial that holds enough, taking a new one in where none does."""
        if self.vial is None or self.left_mg < wanted_mg:
            (self.vial,) = self.deliver(at - timedelta(days=1), containers=1)
            self.left_mg = VIAL_MG
        self.left_mg -= wanted_mg
        return self.vial


def fill_cabinet(scene: Scene) -> None:
    """Write the whole drug log, from the first dose of the clinic to now."""
    doses = list(_doses())
    begun = (doses[0].given_at if doses else scene.now) - timedelta(days=3)
    place = add_place(by=scene.users["administrator"], at=begun, name="Cabinet A")
    add_place(by=scene.users["administrator"], at=begun, name="Room 1 safe")
    cabinet = Cabinet(scene, place)
    for dose in doses:
        _book(cabinet, dose)
    spare = _stock_up(cabinet)
    _count_all(cabinet, scene.now - timedelta(minutes=50))
    nurse, at = scene.users["nurse-two"], scene.now - timedelta(minutes=20)
    count = open_count(by=nurse, at=at, container=spare)
    submit_count(by=nurse, at=at, count=count, counted_mg={spare.pk: VIAL_MG - MISSING_MG})


def _doses() -> Iterator[DoseGiven]:
    """Give the doses that stand, in order."""
    rows = DoseGiven.objects.filter(corrected_by__isnull=True, amount_mg__gt=0)
    yield from rows.select_related("session__subjects__only_patient", "recorded_by").order_by(
        "given_at", "pk"
    )


def _book(cabinet: Cabinet, dose: DoseGiven) -> None:
    """Draw a dose up with a little over, give it, and waste the rest before the other nurse."""
    scene, nurse = cabinet.scene, dose.recorded_by
    drawn_at = dose.given_at - timedelta(minutes=6)
    amount = dose.amount_mg + NEEDLE_MG
    draw = draw_up(
        by=nurse,
        at=drawn_at,
        patient=Patient.objects.get(alone=dose.subjects_id),
        container=cabinet.enough(amount, drawn_at),
        amount_mg=amount,
        session_key=dose.session.key,
    )
    book_dose(by=nurse, at=dose.given_at, dose=dose, draw=draw)
    if dose.given_at + OPEN_FOR > scene.now:
        return
    other = "nurse-two" if nurse.username == "nurse" else "nurse"
    waste_from_draw(
        by=nurse,
        at=dose.given_at + timedelta(minutes=9),
        draw=draw,
        amount_mg=NEEDLE_MG,
        waste=REST,
        witness=scene.users[other],
    )


def _count_all(cabinet: Cabinet, at: datetime) -> None:
    """Count the whole place; all of it agrees."""
    nurse = cabinet.scene.users["nurse-two"]
    count = open_count(by=nurse, at=at, place=cabinet.place)
    found = {
        one.container.pk: one.balance_mg
        for one in containers_standing(cabinet.scene.clinic, at)
    }
    submit_count(by=nurse, at=at + timedelta(minutes=8), count=count, counted_mg=found)


def _stock_up(cabinet: Cabinet) -> Container:
    """Keep some vials, a box of lozenges, a lot in quarantine; give a vial to miscount."""
    scene, at = cabinet.scene, cabinet.scene.now - timedelta(hours=28)
    cabinet.deliver(at, containers=SPARE_VIALS)
    cabinet.deliver(
        at,
        containers=1,
        product="ketamine-lozenge-100",
        lot="CP-0917",
        contents_mg=Decimal(3000),
    )
    cloudy = cabinet.deliver(
        at, containers=2, product="ketamine-10", lot="KT0198", contents_mg=Decimal(200)
    )
    hold_lot(
        by=scene.users["nurse"],
        at=scene.now - timedelta(hours=26),
        lot=cloudy[0].receipt.lot,
        why="quarantine",
        reason="Cloudy in one of the two vials; the maker is asked.",
        reference="NW-Q-318",
    )
    (spare,) = cabinet.deliver(at, containers=1)
    return spare

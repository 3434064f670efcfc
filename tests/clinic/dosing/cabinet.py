"""A cabinet beside the room: what the tests of doses and draws share."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tests.builders import NINE, make_user
from tests.clinic.dosing.scene import MINUTE, PLANNED, Scene

from kapstone.clinic.drugs.actions import add_place, draw_up, receive, waste_from_draw
from kapstone.clinic.drugs.draws import left_of
from kapstone.clinic.drugs.models import Container, Draw, Place
from kapstone.clinic.drugs.rules import Delivery, Waste
from kapstone.core.people.models import Role, User

REST = Waste(reason="rest", method="denatured")


@dataclass(slots=True)
class Cabinet:
    scene: Scene
    place: Place
    second: User

    def vial(self, lot="A-1", *, expires_on=date(2027, 6, 30), mg=500, product="ketamine-50"):
        delivery = Delivery(
            product=product,
            lot=lot,
            expires_on=expires_on,
            supplier="Northern Wholesale",
            received_at=NINE,
            containers=1,
            contents_mg=Decimal(mg),
        )
        receipt = receive(by=self.scene.nurse, at=NINE, delivery=delivery, place=self.place)
        return receipt.containers.get()

    def draw(self, container: Container, mg="58", *, minute: float = 16, **change) -> Draw:
        given = {
            "by": self.scene.nurse,
            "at": PLANNED + minute * MINUTE,
            "patient": self.scene.patient,
            "container": container,
            "amount_mg": Decimal(mg),
            "session_key": self.scene.session.key,
        }
        return draw_up(**(given | change))

    def waste(self, draw: Draw, *, minute: float = 40):
        return waste_from_draw(
            by=self.scene.nurse,
            at=PLANNED + minute * MINUTE,
            draw=draw,
            amount_mg=left_of(draw),
            waste=REST,
            witness=self.second,
        )

    def balance(self, container: Container) -> Decimal:
        return container.movements.order_by("-seq").first().balance_mg


def make_cabinet(scene: Scene) -> Cabinet:
    place = add_place(by=scene.nurse, at=NINE, name="Cabinet")
    return Cabinet(scene, place, make_user(scene.clinic, Role.NURSE))

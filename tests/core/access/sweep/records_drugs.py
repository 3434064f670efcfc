"""Plant the drug log: a cabinet for each clinic, and a draw for each patient."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests.core.access.sweep.canaries import canary
from tests.core.access.sweep.planter import Planter
from tests.core.access.sweep.world import DAY, HOUR, PATIENTS, World

from kapstone.clinic.drugs.models import (
    Container,
    Count,
    CountLine,
    Draw,
    Lot,
    LotHold,
    Movement,
    Place,
    Placement,
    Receipt,
)
from kapstone.core.access.fences import stand_in
from kapstone.core.people.models import User

FULL, DRAWN = Decimal("500.00"), Decimal("13.37")


def _keeper(world: World, slug: str) -> User:
    return world.users["prescriber-clinic" if slug == "oak" else "far-therapist"]


def _container(world: World, slug: str, number: int) -> Container:
    keeper = _keeper(world, slug)
    stand_in(clinic_id=keeper.clinic_id, user_id=keeper.pk)
    given = {"clinic_id": keeper.clinic_id, "recorded_at": world.at, "recorded_by": keeper}
    lot, _ = Lot.objects.get_or_create(
        clinic_id=keeper.clinic_id,
        product="ketamine-50",
        number="A-1",
        defaults={
            "book_version": 1,
            "expires_on": (world.at + 90 * DAY).date(),
            "recorded_at": world.at,
            "recorded_by": keeper,
        },
    )
    receipt = Receipt.objects.create(
        **given,
        lot=lot,
        supplier=canary("drug_stock", slug_about(slug)),
        containers_count=1,
        contents_mg=FULL,
        received_at=world.at - 10 * DAY,
    )
    container = Container.objects.create(
        **given, receipt=receipt, number=number, contents_mg=FULL
    )
    Movement.objects.create(
        **given,
        container=container,
        kind="received",
        change_mg=FULL,
        happened_at=world.at - 10 * DAY,
    )
    return container


def slug_about(slug: str) -> str:
    """Name whose canaries the stock of a clinic holds: those of somebody who is no patient."""
    return "new" if slug == "oak" else "newfar"


def drawn(p: Planter) -> None:
    """Draw up for a patient, with nothing accounted for yet."""
    slug = p.clinic.slug
    container = _container(p.world, slug, 10 + list(PATIENTS).index(p.code))
    draw = p.put(
        Draw,
        by=_keeper(p.world, slug),
        container=container,
        amount_mg=DRAWN,
        session_key=p.keys["session_key"],
        drawn_at=p.at - HOUR,
    )
    Movement.objects.create(
        clinic=p.clinic,
        recorded_at=p.at,
        recorded_by=draw.recorded_by,
        container=container,
        kind="drawn",
        change_mg=-DRAWN,
        draw=draw,
        draw_change_mg=DRAWN,
        happened_at=p.at - HOUR,
    )
    p.keys["draw_key"] = draw.key


def plant_stock(world: World, slug: str) -> dict[str, Any]:
    """Plant a cabinet with a container, a frozen one, a hold, and a count begun."""
    keeper = _keeper(world, slug)
    word = canary("drug_stock", slug_about(slug))
    given = {"clinic_id": keeper.clinic_id, "recorded_at": world.at, "recorded_by": keeper}
    container, frozen = _container(world, slug, 1), _container(world, slug, 2)
    place = Place.objects.create(**given, name="Cabinet")
    for one in (container, frozen):
        Placement.objects.create(**given, container=one, place=place)
    done = Count.objects.create(**given, container=frozen)
    line = CountLine.objects.create(**given, count=done, container=frozen, counted_mg=FULL - 20)
    done.closed_at = world.at
    done.save(update_fields=["closed_at"])
    other = Lot.objects.create(
        **given,
        product="ketamine-10",
        book_version=1,
        number="Q-1",
        expires_on=(world.at + 90 * DAY).date(),
    )
    stopped = LotHold.objects.create(**given, lot=other, why="quarantine", reason=word)
    count = Count.objects.create(**given, container=container)
    wasted = Movement.objects.create(
        **given,
        container=container,
        kind="wasted",
        change_mg=Decimal("-10.00"),
        reason="broken",
        method="denatured",
        detail=word,
        witness=_witness(world, slug),
        happened_at=world.at - timedelta(minutes=5),
    )
    return {
        "container_key": container.entry_id,
        "movement_key": wasted.entry_id,
        "count_key": count.entry_id,
        "line_key": line.entry_id,
        "lot_key": other.entry_id,
        "hold_key": stopped.entry_id,
    }


def _witness(world: World, slug: str) -> User:
    return world.users["nurse-clinic" if slug == "oak" else "far-administrator"]

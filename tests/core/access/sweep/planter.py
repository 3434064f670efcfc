"""Write records straight into the tables, each free text a canary."""

from decimal import Decimal
from typing import Any

from django.db import models
from tests.core.access.sweep.canaries import AMOUNTS_MG, WEIGHTS_KG, canary
from tests.core.access.sweep.world import HOUR, World

from kapstone.core.access.fences import stand_in
from kapstone.core.access.models import SharingGrant
from kapstone.core.people.models import User

SHORTEST = 31  # a canary
PARTS = {
    ("ProgressNote", "plan"): "progress_note_plan",
    ("ProgressNote", "risk_flags"): "progress_note_plan",
}


def is_free_text(field: Any) -> bool:
    """Say whether a field holds words of people, long enough for a canary."""
    words = isinstance(field, models.CharField | models.TextField)
    return words and not field.choices and (field.max_length or SHORTEST) >= SHORTEST


class Planter:
    """Writes records about one patient, and keeps the arguments of their addresses."""

    def __init__(self, world: World, code: str) -> None:
        self.world, self.at, self.code = world, world.at, code
        self.patient = world.patients[code]
        self.subjects = self.patient.alone
        self.clinic = self.patient.clinic
        self.room = world.rooms[self.clinic.slug]
        author = "author" if self.clinic.slug == "oak" else "far-therapist"
        self.author = world.users[author]
        self.signs_in = self.patient.user
        self.amount = Decimal(AMOUNTS_MG[code])
        self.weight = Decimal(WEIGHTS_KG[code])
        self.keys: dict[str, Any] = {
            "patient_key": self.patient.key,
            "clinic_slug": self.clinic.slug,
        }

    def word(self, record_class: str) -> str:
        """Make a canary of this patient."""
        return canary(record_class, self.code)

    def put(self, model: Any, *, by: User | None = None, holds: str = "", **given: Any) -> Any:
        """Write one record of care; a free text that is not given becomes a canary."""
        by = by or self.author
        for field in model._meta.concrete_fields:
            if is_free_text(field) and not field.null and field.name not in given:
                part = PARTS.get((model.__name__, field.name))
                given[field.name] = self.word(holds or part or model.record_class)
        stand_in(clinic_id=self.clinic.pk, user_id=by.pk)
        row = model.objects.create(
            clinic=self.clinic,
            subjects=self.subjects,
            recorded_at=given.pop("recorded_at", self.at),
            recorded_by=by,
            **given,
        )
        self.world.planted.append(row)
        return row


def share(p: Planter, record: Any, item_class: str, audience: str) -> SharingGrant:
    """Share one record of the patient's own."""
    return p.put(
        SharingGrant,
        by=p.signs_in,
        item_class=item_class,
        item=record.entry_id,
        audience=audience,
    )


def take_back(p: Planter, grant: SharingGrant) -> None:
    """Withdraw a grant, an hour ago."""
    grant.withdrawn_at = p.at - HOUR
    grant.save(update_fields=["withdrawn_at"])

"""What the pages of preparation show: the checklist of one dose, block by block."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from kapstone.catalogue.checklists import (
    AskedOf,
    Block,
    Checklist,
    ChecklistItem,
    ItemKind,
    load_checklist,
)
from kapstone.catalogue.orders import load_programmes
from kapstone.clinic.course.models import Course
from kapstone.clinic.preparation.models import PreparationCheck
from kapstone.clinic.preparation.queries import checks_of
from kapstone.clinic.scheduling.models import Appointment

BLOCKS = {
    Block.INTENTION: "Intention",
    Block.SET: "State of mind",
    Block.SETTING: "Room and people",
    Block.BODY: "Body",
    Block.AGREEMENTS: "Agreements",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemShown:
    """One item with its standing answer in words."""

    item: ChecklistItem
    answer: str
    check: PreparationCheck | None

    @property
    def is_open(self) -> bool:
        """Whether nobody has answered it yet."""
        return self.check is None

    @property
    def is_no(self) -> bool:
        """Whether the answer is a no."""
        return self.check is not None and self.check.value is False

    @property
    def of_patient(self) -> bool:
        """Whether the patient is the one to ask."""
        return self.item.asked_of is AskedOf.PATIENT

    @property
    def is_yes_no(self) -> bool:
        """Whether two buttons are enough."""
        return self.item.kind is ItemKind.YES_NO


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockShown:
    """One block of the checklist; what is open stands first."""

    name: str
    items: tuple[ItemShown, ...]
    done: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistShown:
    """The checklist of one dose."""

    number: int
    blocks: tuple[BlockShown, ...]
    done: int
    total: int

    @property
    def items(self) -> tuple[ItemShown, ...]:
        """Give every item, in the order of the blocks."""
        return tuple(item for block in self.blocks for item in block.items)


def next_dose_number(course: Course, at: datetime) -> int:
    """Say which dose is prepared now: the next one booked, or the first."""
    booked = (
        Appointment.objects.filter(
            subjects_id=course.subjects_id,
            kind=Appointment.Kind.DOSING,
            cancelled_at__isnull=True,
            attended_at__isnull=True,
            missed_at__isnull=True,
            ends_at__gte=at,
            number__isnull=False,
        )
        .order_by("starts_at")
        .values_list("number", flat=True)
        .first()
    )
    return min(booked or 1, course.planned_sessions)


def conditions_of(course: Course) -> frozenset[str]:
    """Name what a course calls for beyond the items that always apply: its routes."""
    routes = {one.code: one.routes for one in load_programmes().presets}
    return frozenset(routes.get(course.programme, ()))


def checklist_of(course: Course, number: int) -> ChecklistShown:
    """Gather the checklist of one dose, in one query."""
    checklist = load_checklist()
    answers = checks_of(course, number)
    conditions = conditions_of(course)
    blocks = tuple(_block(checklist, block, conditions, answers) for block in BLOCKS)
    return ChecklistShown(
        number=number,
        blocks=blocks,
        done=sum(block.done for block in blocks),
        total=sum(len(block.items) for block in blocks),
    )


def _block(
    checklist: Checklist,
    block: Block,
    conditions: frozenset[str],
    answers: Mapping[str, PreparationCheck],
) -> BlockShown:
    items = tuple(
        ItemShown(
            item=item,
            answer=answer_in_words(item, answers[item.code].value)
            if item.code in answers
            else "",
            check=answers.get(item.code),
        )
        for item in checklist.block(block, conditions=conditions)
    )
    return BlockShown(
        name=BLOCKS[block],
        items=tuple(sorted(items, key=lambda one: not (one.is_open or one.is_no))),
        done=sum(not one.is_open for one in items),
    )


def answer_in_words(item: ChecklistItem, value: object) -> str:
    """Say an answer as people would."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, int | float):
        return f"{value:g}"
    labels = {option.code: option.label for option in item.options}
    return labels.get(str(value), str(value))

"""The safety plan as it is shown: headings from the catalogue, words from the patient."""

from dataclasses import dataclass

from kapstone.catalogue.safety_plan import safety_plan_sheet
from kapstone.clinic.measures.models import SafetyPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPart:
    """One heading with what the patient wrote under it."""

    name: str
    words: str


def plan_headings() -> dict[str, tuple[str, str]]:
    """Give each heading's code, name and hint, in order."""
    return {one.code: (one.name, one.hint) for one in safety_plan_sheet().headings}


def plan_shown(plan: SafetyPlan | None) -> tuple[PlanPart, ...]:
    """Give the parts that hold words, in the order of the headings."""
    if plan is None:
        return ()
    return tuple(
        PlanPart(name=name, words=plan.sections[code])
        for code, (name, _) in plan_headings().items()
        if plan.sections.get(code)
    )

"""The table of one person's screening: what was found, what was said, whose call it is."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render

from kapstone.catalogue.contraindications import AskedOf, Question, State
from kapstone.catalogue.instruments import load_instrument
from kapstone.clinic.course.rules import INDICATIONS
from kapstone.clinic.measures.queries import safety_calls_open
from kapstone.clinic.scheduling.queries import answer_on
from kapstone.clinic.screening.actions import answer_data, lift_rule
from kapstone.clinic.screening.forms import AnswersForm, LiftForm, field_name
from kapstone.clinic.screening.models import Screening
from kapstone.clinic.screening.pages import (
    baseline_figures,
    lines_of,
    newest_lifts,
    value_in_words,
)
from kapstone.clinic.screening.queries import (
    answers_and_readings,
    judged,
    rules_of,
    screening_facts,
    screening_patient,
    signatures_of,
    suicide_risk,
)
from kapstone.clinic.screening.rules import (
    BODY,
    MEDICINES,
    READING,
    ScreeningFacts,
    age_on,
    check_screening,
    given,
    medicines_are_due,
    screening_rows,
)
from kapstone.clinic.screening.views.queue import open_to
from kapstone.clinic.screening.views.shared import attempt, screening_of, status_of
from kapstone.core.access.doors import door
from kapstone.core.access.policy import Action, Mode
from kapstone.core.people.http import Request, posted
from kapstone.core.people.models import Patient
from kapstone.core.ui.pages import see_other
from kapstone.errors import Weight

_PARTS = {"C06": (READING,), "C20": (BODY,), "M-list": (MEDICINES,)}
_COMPUTED = {"C06.systolic", "C06.diastolic", "C20.bmi", "C26.age", "C27.age"}


@door("screening", of=screening_of, existence=True)
def screening(request: Request, **kwargs: Any) -> HttpResponse:
    """Show the table, or to some no more than that there is one."""
    shown: Screening = request.target.record
    patient = screening_patient(shown)
    if request.decision.mode == Mode.EXISTENCE:
        known = {"patient": patient, "screening": shown}
        return render(request, "screening/exists.html", known)
    at = request.access.at
    facts = screening_facts(shown, at, ages_count=True)
    findings = tuple(check_screening(facts))
    signatures = signatures_of(shown)
    later = screening_facts(shown, at, ages_count=False) if signatures else facts
    wish = shown.request if _may(request, "appointment_request", Action.READ) else None
    lines = lines_of(
        facts,
        *answers_and_readings(shown),
        newest_lifts(list(shown.lifts.select_related("recorded_by"))),
    )
    context: dict[str, Any] = {
        "screening": shown,
        "patient": patient,
        "age": age_on(patient.born_on, facts.on),
        "indication": INDICATIONS.get(shown.indication, shown.indication),
        "wish": wish,
        "answer_on": answer_on(wish) if wish and not signatures else None,
        "figures": _figures(request, patient),
        "lines": [line for line in lines if line.row.state is not State.CLEAR],
        "clear": [line for line in lines if line.row.state is State.CLEAR],
        "open": open_to(request),
        "rules": facts.rules,
        "judged": judged(shown, tuple(check_screening(later)), at),
        "signatures": signatures,
        "asked": list(shown.more_asked.select_related("recorded_by").order_by("-asked_at")),
        "to_go": sum(finding.weight is Weight.BLOCK for finding in findings),
        "conditions": any(finding.weight is Weight.CAUTION for finding in findings),
        "crisis": _crisis(request, patient, facts),
        "may_answer": _may(request, "screening", Action.CREATE),
        "may_lift": _may(request, "screening", Action.AMEND),
        "may_sign": _may(request, "screening", Action.SIGN),
        "may_open_course": _may(request, "course", Action.CREATE),
        "at": at,
    }
    return render(request, "screening/screening.html", context)


def _may(request: Request, code: str, action: Action) -> bool:
    allowed: bool = request.access.may(code, action, request.target.subjects)
    return allowed


def _figures(request: Request, patient: Patient) -> tuple[object, ...]:
    return baseline_figures(
        patient,
        scores=_may(request, "measure", Action.READ),
        suicidality=_may(request, "suicidality", Action.READ),
    )


def _crisis(request: Request, patient: Patient, facts: ScreeningFacts) -> dict[str, Any] | None:
    """Give what must be done at once for this patient, the call first."""
    if not _may(request, "suicidality", Action.READ):
        return None
    calls = list(safety_calls_open(Patient.objects.filter(pk=patient.pk), request.access.at))
    risk = suicide_risk(facts)
    steps = next(
        (one.steps for one in load_instrument("asq").critical if one.code == f"asq.{risk}"), ()
    )
    if not calls and not steps:
        return None
    return {"calls": calls, "steps": steps, "acute": risk == "acute"}


def _questions(facts: ScreeningFacts, code: str | None = None) -> tuple[Question, ...]:
    """List the questions that a person answers: of one rule, or of all."""
    return tuple(
        question
        for rule in facts.rules.rules
        if rule.at_screening and code in (None, rule.code)
        for question in rule.questions
        if question.code not in _COMPUTED and question.asked_of is not AskedOf.RECORD
    )


def _standing(facts: ScreeningFacts) -> dict[str, object]:
    """Give what still counts. What is too old is asked again, never carried over by a press."""
    listed = not medicines_are_due(facts)
    return {**given(facts), MEDICINES: list(facts.medicines or ()) if listed else None}


def _initial(facts: ScreeningFacts) -> dict[str, object]:
    standing = _standing(facts)
    medicines = standing.pop(MEDICINES)
    return {
        **{field_name(code): value for code, value in standing.items()},
        "taken_at": facts.at,
        MEDICINES: "\n".join(medicines) if isinstance(medicines, list) else "",
    }


@door("screening", read=Action.CREATE, write=Action.CREATE, of=screening_of)
def answers(request: Request, **kwargs: Any) -> HttpResponse:
    """Go through every question on one page; only what is new is written."""
    shown: Screening = request.target.record
    facts = screening_facts(shown, request.access.at, ages_count=True)
    form = AnswersForm(
        posted(request),
        questions=_questions(facts),
        items=facts.baseline.items,
        parts=(READING, BODY, MEDICINES),
        with_words=False,
        initial={**_initial(facts), "source": "patient"},
    )
    written = _write(request, shown, facts, form)
    if written is not None:
        messages.success(request, written)
        return see_other("screening:screening", screening_key=shown.key)
    context = {
        "screening": shown,
        "patient": screening_patient(shown),
        "form": form,
        "groups": _grouped(facts, form),
    }
    return render(request, "screening/answers.html", context, status=status_of(request))


def _grouped(facts: ScreeningFacts, form: AnswersForm) -> list[tuple[str, list[Any]]]:
    """Put the fields of the sheet under the names of their rules."""
    groups = [
        (rule.name, [form[field_name(q.code)] for q in _questions(facts, rule.code)])
        for rule in facts.rules.rules
        if rule.at_screening and rule.code != "C06"
    ]
    pressure = [form[field_name(q.code)] for q in _questions(facts, "C06")]
    pressure += [form[name] for name in ("systolic", "diastolic", "taken_at")]
    groups.insert(0, (facts.rules.rule("C06").name, pressure))
    groups.append(("Height and weight", [form["height"], form["weight"]]))
    groups.append(("Medicines", [form[MEDICINES], form["no_medicines"]]))
    groups.append(("On file", [form[field_name(item.code)] for item in facts.baseline.items]))
    return [(name, fields) for name, fields in groups if fields]


def _write(
    request: Request, shown: Screening, facts: ScreeningFacts, form: AnswersForm
) -> str | None:
    """Write what is new on the form; say in words what came of it."""
    if not form.is_valid():
        return None
    new = form.answers(_standing(facts))
    if not new:
        return "Nothing new was entered."
    written = attempt(
        form,
        lambda: answer_data(
            by=request.user, at=request.access.at, screening=shown, answers=new
        ),
        form.name_of,
    )
    if written is None:
        return None
    return f"Kept: {len(written)} answer{'s' if len(written) != 1 else ''}."


@door("screening", read=Action.CREATE, write=Action.CREATE, of=screening_of)
def rule(request: Request, *, rule: str, **kwargs: Any) -> HttpResponse:
    """Show one row by itself: answer it, see what was answered before, weigh it."""
    shown: Screening = request.target.record
    facts = screening_facts(shown, request.access.at, ages_count=True)
    row = next((one for one in screening_rows(facts) if one.code == rule), None)
    items = tuple(item for item in facts.baseline.items if item.code == rule)
    questions = _questions(facts, rule)
    parts = _PARTS.get("M-list" if rule.startswith("M-") else rule, ())
    if row is None and not (items or questions):
        raise Http404
    form = AnswersForm(
        posted(request),
        questions=questions,
        items=items,
        parts=parts,
        initial={**_initial(facts), "source": "clinician"},
    )
    written = _write(request, shown, facts, form)
    if written is not None:
        messages.success(request, written)
        return see_other("screening:screening", screening_key=shown.key)
    return _rule_page(request, shown, facts, rule, {"form": form}, status_of(request))


def _rule_page(
    request: Request,
    shown: Screening,
    facts: ScreeningFacts,
    code: str,
    context: dict[str, Any],
    status: int,
) -> HttpResponse:
    rows = {row.code: row for row in screening_rows(facts)}
    about = MEDICINES if code.startswith("M-") else code
    history = shown.answers.filter(rule=about).select_related("recorded_by")
    context = {
        "screening": shown,
        "patient": screening_patient(shown),
        "code": code,
        "row": rows.get(code),
        "history": [
            (one, value_in_words(rules_of(shown), one.datum, one.value))
            for one in history.order_by("-answered_at", "-pk")[:20]
        ],
        "lifts": shown.lifts.filter(rule=code).select_related("recorded_by"),
        "may_lift": _may(request, "screening", Action.AMEND),
        "lift_form": LiftForm(initial={"entry_id": uuid4()}),
        **context,
    }
    return render(request, "screening/rule.html", context, status=status)


@door("screening", read=None, write=Action.AMEND, of=screening_of)
def lift(request: Request, *, rule: str, **kwargs: Any) -> HttpResponse:
    """Sign a reason to go on although a rule says to weigh."""
    shown: Screening = request.target.record
    form = LiftForm(request.POST)
    lifted = attempt(
        form,
        lambda: lift_rule(
            by=request.user,
            at=request.access.at,
            screening=shown,
            rule=rule,
            reason=form.cleaned_data["reason"],
            entry_id=form.cleaned_data["entry_id"],
        ),
    )
    if lifted is not None:
        messages.success(request, "Weighed, and signed with your name.")
        return see_other("screening:screening", screening_key=shown.key)
    facts = screening_facts(shown, request.access.at, ages_count=True)
    answers_form = AnswersForm(
        questions=_questions(facts, rule),
        parts=_PARTS.get("M-list" if rule.startswith("M-") else rule, ()),
        initial={**_initial(facts), "source": "clinician"},
    )
    context = {"form": answers_form, "lift_form": form}
    return _rule_page(request, shown, facts, rule, context, 422)

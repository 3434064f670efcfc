"""Plant what comes before the first dose: screening, consent, measures."""

from tests.core.access.sweep.planter import Planter
from tests.core.access.sweep.world import DAY, HOUR

from kapstone.catalogue.contraindications import load_rules
from kapstone.clinic.consent.models import (
    ConsentAskedAgain,
    ConsentChoice,
    ConsentHandover,
    ConsentSignature,
    ConsentTalk,
    ConsentWithdrawal,
)
from kapstone.clinic.consent.rules import TOUCH
from kapstone.clinic.consent.texts import current_template
from kapstone.clinic.measures.models import (
    Answers,
    DraftAnswer,
    MeasureRequest,
    SafetyCall,
    SafetyCallDone,
    SafetyPlan,
)
from kapstone.clinic.screening.models import (
    EligibilitySignature,
    MoreAsked,
    RuleLift,
    Screening,
    ScreeningAnswer,
)
from kapstone.clinic.screening.queries import version_of

PHQ_9 = {f"phq9-{n}": 1 for n in range(1, 10)}


def screening(p: Planter) -> None:
    """An open screening with answers, a rule weighed, one signature, and more asked."""
    version = version_of(load_rules())
    begun = p.put(
        Screening, indication="depression", rules_version=version, started_at=p.at - 20 * DAY
    )
    p.keys |= {"screening_key": begun.key, "rule": "C01"}
    p.put(
        ScreeningAnswer,
        screening=begun,
        rule="C01",
        datum="C01.allergy",
        value="no",
        source="patient",
        answered_at=p.at - 19 * DAY,
    )
    p.put(
        ScreeningAnswer,
        screening=begun,
        rule="medicines",
        datum="medicines",
        value=[p.word("screening")],
        source="patient",
        answered_at=p.at - 19 * DAY,
    )
    p.put(RuleLift, screening=begun, rule="C09", lifted_at=p.at - 18 * DAY)
    p.put(MoreAsked, screening=begun, asked_at=p.at - 18 * DAY)
    p.put(
        EligibilitySignature,
        screening=begun,
        capacity="mental-health",
        verdict="eligible",
        findings={},
        rules_version=version,
        signed_at=p.at - 18 * DAY,
    )


def consent(p: Planter) -> None:
    """A talk, choices on the way, a signature, a part taken back, and a new asking."""
    template = current_template()
    level = template.touch_levels[0]
    version = {"template": template.code, "template_version": str(template.version)}
    p.put(ConsentTalk, has_capacity=True, explained_at=p.at - HOUR, **version)
    p.put(
        ConsentChoice,
        by=p.signs_in,
        question="K01",
        value=True,
        chosen_at=p.at - HOUR,
        **version,
    )
    signature = p.put(
        ConsentSignature,
        text_sha256="0" * 64,
        elements={element.code: True for element in template.elements} | {TOUCH: level.code},
        method="typed",
        explained_by=p.author,
        has_capacity=True,
        signed_at=p.at - 15 * DAY,
        fill_ins={one.code: p.word("consent") for one in template.fill_ins},
        **version,
    )
    p.put(ConsentHandover, expires_at=p.at + HOUR, ended_at=p.at)
    p.put(ConsentWithdrawal, signature=signature, element="K15", withdrawn_at=p.at - DAY)
    p.put(ConsentAskedAgain, reason="dose", asked_at=p.at - 2 * HOUR)
    p.keys |= {"signature_key": signature.key, "code": "K03"}


def measures(p: Planter) -> None:
    """One questionnaire asked and begun, one answered nine days ago, one today; a call."""
    request = p.put(MeasureRequest, instrument="phq-9", point="baseline", due_at=p.at + DAY)
    p.put(
        DraftAnswer,
        by=p.signs_in,
        request=request,
        item="phq9-1",
        value=1,
        saved_at=p.at - HOUR,
    )
    for days, holds in ((9, "measure"), (0, "measure_today")):
        answers = p.put(
            Answers,
            by=p.signs_in,
            holds=holds,
            instrument="phq-9",
            instrument_version="1",
            items=PHQ_9,
            answered_at=p.at - days * DAY,
            total=9,
            scoring_rule="phq-9-1",
        )
    call = p.put(
        SafetyCall,
        trigger="phq9-item9-1",
        answers=answers,
        request=request,
        priority="same-day",
        raised_at=p.at,
        due_at=p.at + 4 * HOUR,
    )
    p.put(SafetyCallDone, call=call, outcome="not-reached", at=p.at)
    p.put(
        SafetyPlan,
        by=p.signs_in,
        sections={"signs": p.word("suicidality")},
        written_at=p.at,
    )
    p.keys |= {
        "measures.request_key": request.key,
        "call_key": call.key,
        "instrument": "phq-9",
    }

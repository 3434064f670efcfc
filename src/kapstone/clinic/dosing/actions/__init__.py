"""Every change of the day of the dose: order, plan, check, sign, write, give, correct, go."""

from kapstone.clinic.dosing.actions.booking import book_dose, draw_for_dose
from kapstone.clinic.dosing.actions.checking import answer_check, lift_check, sign_session
from kapstone.clinic.dosing.actions.going import discharge, give_letter
from kapstone.clinic.dosing.actions.holding import Decided, decide_held
from kapstone.clinic.dosing.actions.ordering import (
    order_dose,
    plan_session,
    revoke_order,
)
from kapstone.clinic.dosing.actions.reporting import AdverseEventSeen, record_adverse_event
from kapstone.clinic.dosing.actions.reviewing import EventJudged, review_adverse_event
from kapstone.clinic.dosing.actions.writing import correct_entry, give_dose, record_entry
from kapstone.clinic.dosing.order_facts import OrderWanted
from kapstone.clinic.dosing.steps import Stamp

__all__ = [
    "AdverseEventSeen",
    "Decided",
    "EventJudged",
    "OrderWanted",
    "Stamp",
    "answer_check",
    "book_dose",
    "correct_entry",
    "decide_held",
    "discharge",
    "draw_for_dose",
    "give_dose",
    "give_letter",
    "lift_check",
    "order_dose",
    "plan_session",
    "record_adverse_event",
    "record_entry",
    "review_adverse_event",
    "revoke_order",
    "sign_session",
]

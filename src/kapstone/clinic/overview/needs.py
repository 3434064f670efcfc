"""What needs whom: the most urgent first, each with its deadline and one act."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from kapstone.clinic.dosing.not_given import doses_to_book_again
from kapstone.clinic.integration.queries import Gap
from kapstone.clinic.measures.models import MeasureRequest, SafetyCall
from kapstone.clinic.measures.queries import requests_open, safety_calls_open
from kapstone.clinic.overview.queries import members_of
from kapstone.clinic.overview.waiting import beginnings
from kapstone.clinic.overview.windows import booking_address, hours_words
from kapstone.clinic.scheduling.queries import requests_waiting
from kapstone.core.access.queries import glass_to_review
from kapstone.core.access.standing import Access
from kapstone.core.people.models import Patient
from kapstone.core.ui.parts import Act, Need, Tone

Members = Mapping[int, Sequence[Patient]]

SHOWN = 12
OVERDUE_NAMED = 3
BOOK_AGAIN_SINCE = timedelta(days=14)  # judgement: by then the course is talked over anew


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """One need and its place: smaller is more urgent."""

    rank: tuple[int, datetime]
    need: Need


def needs_of(
    access: Access, zone: ZoneInfo, gaps: Sequence[Gap], rooms: Sequence[Ranked] = ()
) -> tuple[Need, ...]:
    """Gather what this user must act on, from every class that they may read."""
    calls, late = _calls_open(access), _measures_late(access)
    members = members_of([one.subjects_id for one in (*calls, *late)])
    ranked = [
        *_calls(calls, members, access.at, zone),
        *rooms,
        *_gaps(access, gaps),
        *_doses_to_book_again(access, zone),
        *_measures(late, members, access.at),
        *(Ranked(rank=(5, one.since), need=one.need) for one in beginnings(access)),
        *_glass(access),
        *_requests(access),
    ]
    ranked.sort(key=lambda one: one.rank)
    return tuple(_only_first_red([one.need for one in ranked]))


def _only_first_red(needs: list[Need]) -> Iterator[Need]:
    """Fill at most one item red; the rest keep their words and icon."""
    seen = False
    for need in needs:
        if need.tone is Tone.RED and seen:
            yield Need(
                who=need.who,
                what=need.what,
                why=need.why,
                icon=need.icon,
                tone=Tone.AMBER,
                act=need.act,
            )
        else:
            seen = seen or need.tone is Tone.RED
            yield need


def _calls_open(access: Access) -> Sequence[SafetyCall]:
    found = (
        safety_calls_open(access.visible("suicidality"), access.at)
        .select_related(None)
        .prefetch_related(None)
    )
    return list(found[:SHOWN])


def _measures_late(access: Access) -> Sequence[MeasureRequest]:
    late = requests_open(access.visible("measure"), access.at).filter(due_at__lt=access.at)
    return list(late[: SHOWN * 4])


def _calls(
    calls: Sequence[SafetyCall], members: Members, at: datetime, zone: ZoneInfo
) -> Iterator[Ranked]:
    for call in calls:
        patients = members.get(call.subjects_id, ())
        if not patients:
            continue
        level = 0 if call.priority == SafetyCall.Priority.EMERGENCY else 1
        yield Ranked(
            rank=(level, call.due_at),
            need=Need(
                who=patients[0].screen_name,
                what=call.sentence,
                why=_deadline(call, at, zone),
                icon="phone-call",
                tone=Tone.RED,
                act=Act(
                    label="Call",
                    href=f"/patients/{patients[0].key}/measures/",
                    kind="call",
                    icon="phone",
                ),
            ),
        )


def _deadline(call: SafetyCall, at: datetime, zone: ZoneInfo) -> str:
    raised, due = call.raised_at.astimezone(zone), call.due_at.astimezone(zone)
    late = " It is overdue." if call.due_at < at else ""
    day = "" if due.date() == at.astimezone(zone).date() else f"{due:%a} "
    return f"Answered {raised:%H:%M}. A person must have called by {day}{due:%H:%M}.{late}"


def _gaps(access: Access, gaps: Sequence[Gap]) -> Iterator[Ranked]:
    may_book = access.may_anywhere("appointment", "create")
    for gap in gaps:
        yield Ranked(
            rank=(3, gap.open_until),
            need=Need(
                who=gap.patient.screen_name,
                what="Nothing booked in the open window",
                why=f"{hours_words(gap.hours_left)} of the most open time left.",
                icon="calendar-plus",
                tone=Tone.AMBER,
                act=Act(label="Book", href=booking_address(gap), key="b") if may_book else None,
            ),
        )


def _doses_to_book_again(access: Access, zone: ZoneInfo) -> Iterator[Ranked]:
    """Offer a new booking for a dose not given, saying no more of why than its booking does."""
    if not access.may_anywhere("appointment", "create"):
        return
    visible = access.visible("appointment")
    today = access.at.astimezone(zone).date()
    for session in doses_to_book_again(visible, access.at - BOOK_AGAIN_SINCE)[:SHOWN]:
        patient, booked = session.subjects.only_patient, session.appointment
        planned = session.planned_at.astimezone(zone)
        day = "today" if planned.date() == today else f"on {planned:%a %-d %b}"
        why = (booked.cancel_reason or "").partition(": ")[2] if booked is not None else ""
        room = f"&room={booked.room_id}" if booked is not None and booked.room_id else ""
        yield Ranked(
            rank=(3, session.planned_at),
            need=Need(
                who=patient.screen_name,
                what=f"Dose not given {day}, book again",
                why=f"{why.capitalize()}." if why else "",
                icon="calendar-plus",
                tone=Tone.AMBER,
                act=Act(
                    label="Book",
                    href=f"/patients/{patient.key}/book/?kind=dosing{room}",
                ),
            ),
        )


def _measures(
    late: Sequence[MeasureRequest], members: Members, at: datetime
) -> Iterator[Ranked]:
    if not late:
        return
    names = [
        f"{patient.screen_name} {one.instrument.upper()}"
        for one in late
        for patient in members.get(one.subjects_id, ())
    ]
    more = f" and {len(names) - OVERDUE_NAMED} more" if len(names) > OVERDUE_NAMED else ""
    days = (at - late[0].due_at) // timedelta(days=1)
    first = members[late[0].subjects_id][0]
    yield Ranked(
        rank=(5, late[0].due_at),
        need=Need(
            who=f"{len(late)} measure{'s' if len(late) != 1 else ''} overdue",
            what=", ".join(names[:OVERDUE_NAMED]) + more,
            why=f"Oldest {days} day{'s' if days != 1 else ''}." if days else "Due today.",
            icon="clipboard-list",
            act=Act(label="See", href=f"/patients/{first.key}/measures/"),
        ),
    )


def _glass(access: Access) -> Iterator[Ranked]:
    if not access.may_anywhere("break_glass", "sign"):
        return
    for broken in glass_to_review(access.user.clinic_id)[:SHOWN]:
        yield Ranked(
            rank=(4, broken.review_due_at),
            need=Need(
                who=broken.patient.number,
                what="Record opened outside the care team",
                why=f"Review by {broken.review_due_at:%-d %b}.",
                icon="shield-alert",
                act=Act(label="Review", href=f"/audit/glass/{broken.key}/"),
            ),
        )


def _requests(access: Access) -> Iterator[Ranked]:
    if not access.may_anywhere("appointment_request", "create"):
        return
    waiting = requests_waiting(access.user.clinic, access.at)
    if not waiting:
        return
    late = sum(one.is_late for one in waiting)
    oldest = waiting[0]
    yield Ranked(
        rank=(4 if late else 6, oldest.answer_by),
        need=Need(
            who=f"{len(waiting)} request{'s' if len(waiting) != 1 else ''} to answer",
            what=f"Oldest {oldest.request.reference}",
            why=f"{late} past what was promised." if late else "All within what was promised.",
            icon="message-circle",
            tone=Tone.AMBER if late else Tone.PLAIN,
            act=Act(label="Read", href="/requests/"),
        ),
    )

"""Going home: discharged when all is met and signed, or left against advice."""

from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.db import transaction

from kapstone.catalogue.discharge import load_discharge
from kapstone.clinic.dosing.entries import Change, State
from kapstone.clinic.dosing.going_home import check_discharge
from kapstone.clinic.dosing.letters import letter_lines
from kapstone.clinic.dosing.models import DosingSession, HomeLetter, SessionSignature
from kapstone.clinic.dosing.queries import Chart, chart_of, patient_of
from kapstone.clinic.dosing.record import Stage
from kapstone.clinic.dosing.rules import REASON_LEAST
from kapstone.clinic.dosing.steps import (
    NOW,
    open_chart,
    refuse_if_closed,
    row_of,
    write,
    write_signature,
)
from kapstone.core.access.policy import Action
from kapstone.core.access.standing import require
from kapstone.core.audit.actions import note
from kapstone.core.people.locks import hold
from kapstone.core.people.models import Notice, User
from kapstone.core.post.outbox import queue_for
from kapstone.errors import Finding, InvalidInput, Refused, Weight


@transaction.atomic
def give_letter(
    *, by: User, at: datetime, session: DosingSession, entry_id: UUID | None = None
) -> HomeLetter:
    """
    Keep the written instructions as given, and put them in the patient's app in the same act.

    A letter given again is a new one: what was booked meanwhile stands in it.

    Raises
    ------
    NotAllowed
        If the user may not write in this session.
    """
    patient = patient_of(session)
    require(
        by=by, at=at, record_class="dosing_session", action=Action.CREATE, subjects=[patient.pk]
    )
    hold("session", session.pk)
    done = HomeLetter.objects.filter(entry_id=entry_id).first() if entry_id else None
    if done is not None:
        return done
    sheet, text = load_discharge(), "\n".join(letter_lines(session, at))
    letter = HomeLetter.objects.create(
        **row_of(session, by, at, entry_id),
        sheet=f"{sheet.code}.v{sheet.version}",
        text=text,
        text_sha256=sha256(text.encode()).hexdigest(),
        given_at=at,
    )
    if patient.user is not None:
        Notice.objects.create(
            clinic_id=session.clinic_id,
            to=patient.user,
            about=patient,
            kind="letter-home",
            text="What to do at home is in your app, under Today.",
            at=at,
        )
    queue_for(
        at=at, by=by, patient=patient, kind="letter-home", once=f"letter/{letter.entry_id}"
    )
    note(
        by=by,
        at=at,
        deed="letter-given",
        record=letter,
        clinic_id=session.clinic_id,
        subjects=[patient.pk],
        sent=patient.user is not None,
    )
    return letter


@transaction.atomic
def discharge(
    *,
    by: User,
    at: datetime,
    session: DosingSession,
    against_advice: bool = False,
    reason: str = "",
    entry_id: UUID | None = None,
) -> SessionSignature:
    """
    Sign that this person may go home; the last signature needed closes the session.

    With ``against_advice`` it records instead that they left, what was tried and with whom
    they went; one signature is enough and the criteria do not stop it.

    Raises
    ------
    NotAllowed
        If the user may not sign in this session.
    InvalidInput
        If leaving against advice says too little.
    Refused
        If a criterion is not met, no dose was given, or the session is over.
    """
    patient = patient_of(session)
    require(
        by=by, at=at, record_class="dosing_session", action=Action.SIGN, subjects=[patient.pk]
    )
    chart = open_chart(session, at)
    meanings = SessionSignature.Meaning
    meaning = meanings.AGAINST_ADVICE if against_advice else meanings.DISCHARGE
    done = session.signatures.filter(meaning=meaning, recorded_by=by).first()
    if done is not None:
        return done
    refuse_if_closed(chart)
    if chart.stage is not Stage.DOSED:
        words = "No dose was given. Choose Not today at the gate."
        raise Refused([Finding("no-dose", Weight.BLOCK, words)])
    if against_advice:
        if len(reason.strip()) < REASON_LEAST:
            raise InvalidInput(
                {"reason": "Say why, what was tried, who went with them, who calls when."}
            )
    else:
        _check_ready(chart)
    row = write_signature(
        by=by, at=at, chart=chart, meaning=meaning, reason=reason, entry_id=entry_id
    )
    note(
        by=by,
        at=at,
        deed="session-signed",
        record=row,
        clinic_id=session.clinic_id,
        subjects=[patient.pk],
        meaning=meaning,
    )
    _close(by, at, chart, against_advice=against_advice)
    return row


def _check_ready(chart: Chart) -> None:
    findings = list(check_discharge(chart.going_home))
    if findings:
        raise Refused(findings)


def _close(by: User, at: datetime, chart: Chart, *, against_advice: bool) -> None:
    """Write that the person left, once every signature needed is there."""
    if against_advice:
        state = State(change=Change.ROOM, item="left-against-advice")
    elif chart_of(chart.session, at).going_home.is_signed:
        state = State(change=Change.ROOM, item="went-home")
    else:
        return
    row = write(by=by, at=at, chart=chart, payload=state, stamp=NOW)
    note(
        by=by,
        at=at,
        deed="session-closed",
        record=row,
        clinic_id=chart.session.clinic_id,
        subjects=[chart.patient.pk],
        how=state.item,
    )

"""Leaving: the letter home, printed and sent in one act, and leaving against advice."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from kapstone.catalogue.discharge import load_discharge
from kapstone.catalogue.post import Opens
from kapstone.clinic.dosing.actions import discharge, give_letter
from kapstone.clinic.dosing.forms import AgainstAdviceForm
from kapstone.clinic.dosing.letters import letter_lines, newest_letter
from kapstone.clinic.dosing.views.targets import chart_at, of_session, read_uuid, reasons
from kapstone.clinic.scheduling.actions import book_appointment
from kapstone.clinic.scheduling.models import Appointment
from kapstone.core.access.doors import door, of_self, through_link
from kapstone.core.access.policy import Action
from kapstone.core.people.http import Request, posted
from kapstone.errors import InvalidInput, Refused

CALL_LENGTH = timedelta(minutes=20)


@door("dosing_session", read=Action.SIGN, write=Action.SIGN, of=of_session)
def against_advice(request: Request, **kwargs: Any) -> HttpResponse:
    """Record that the person leaves against advice, and book the call that follows."""
    chart = chart_at(request)
    form = AgainstAdviceForm(posted(request))
    may_book = request.access.may("appointment", Action.CREATE, chart.patient.pk)
    try:
        if form.is_valid():
            with transaction.atomic():
                if may_book:
                    _book(request, form)
                discharge(
                    by=request.user,
                    at=request.access.at,
                    session=chart.session,
                    against_advice=True,
                    reason=form.said,
                    entry_id=form.cleaned_data["entry_id"],
                )
            answer = redirect("dosing:discharge", session_key=chart.session.key)
            answer.status_code = 303
            return answer
    except (InvalidInput, Refused) as fault:
        for words in reasons(fault):
            form.add_error(None, words)
    context = {
        "session": chart.session,
        "patient": chart.patient,
        "form": form,
        "may_book": may_book,
        "path": next(one for one in load_discharge().paths if one.code == "against-advice"),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "dosing/against_advice.html", context, status=status)


def _book(request: Request, form: AgainstAdviceForm) -> None:
    """Book the call, unless this very press booked it before."""
    starts_at = form.cleaned_data["call_at"]
    book_appointment(
        by=request.user,
        at=request.access.at,
        patients=[request.target.record.subjects.only_patient],
        kind=Appointment.Kind.CALL,
        starts_at=starts_at,
        ends_at=starts_at + CALL_LENGTH,
        with_user=request.user,
        room=None,
        entry_id=form.cleaned_data["entry_id"],
    )


@door("dosing_session", read=Action.CREATE, write=Action.CREATE, of=of_session)
def instructions(request: Request, **kwargs: Any) -> HttpResponse:
    """Show what the patient takes home; print it and send it in one act."""
    chart, at = chart_at(request), request.access.at
    if request.method == "POST":
        entry_id = read_uuid(request.POST.get("entry_id", ""))
        give_letter(by=request.user, at=at, session=chart.session, entry_id=entry_id)
        answer = redirect("dosing:instructions", session_key=chart.session.key)
        answer.status_code = 303
        return answer
    letter = chart.letter
    context = {
        "session": chart.session,
        "patient": chart.patient,
        "clinic": chart.session.clinic,
        "letter": letter,
        "lines": letter.text.splitlines() if letter else letter_lines(chart.session, at),
        "letter_id": uuid4(),
        "has_app": chart.patient.user_id is not None,
        "at": at,
    }
    return render(request, "dosing/instructions.html", context)


@through_link(Opens.LETTER)
@door("dosing_session", of=of_self)
def own_letter(request: Request, **kwargs: Any) -> HttpResponse:
    """Show patients what they were told to do at home, as it was given."""
    letter = newest_letter(request.target.record)
    if letter is None:
        raise Http404
    context = {"letter": letter, "lines": letter.text.splitlines()}
    return render(request, "dosing/own_letter.html", context)

"""The session record and the downtime sheet as PDF."""

from pathlib import Path
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect

from kapstone.clinic.dosing.downtime import DOWNTIME, DowntimePaper, downtime_paper
from kapstone.clinic.dosing.papers import RECORD, RecordPaper, name_of, record_paper
from kapstone.clinic.dosing.queries import Chart, adverse_events_of
from kapstone.clinic.dosing.record import Stage
from kapstone.clinic.dosing.templatetags.dosing import stage_words
from kapstone.clinic.dosing.views.targets import chart_at, of_session
from kapstone.core.access.doors import door
from kapstone.core.access.policy import Action
from kapstone.core.people.http import Request
from kapstone.core.people.models import Role
from kapstone.core.ui.paper import pdf_of


@door("dosing_session", of=of_session)
def record_pdf(request: Request, **kwargs: Any) -> HttpResponse:
    """Give the record of a session as one PDF."""
    chart = chart_at(request)
    if request.user.role == Role.PATIENT and not chart.stage.is_closed:
        raise Http404  # as the page: the patient reads it once the session is over
    may = request.access.may
    told = record_paper(
        chart,
        stage_words=stage_words(chart.stage),
        order=chart.order if may("dose_order", "read", chart.patient.pk) else None,
        events=adverse_events_of(chart.session)
        if may("adverse_event", "read", chart.patient.pk)
        else (),
    )
    return _pdf(RECORD, told, name_of("session-record", chart, request.access.at))


@door("dosing_session", read=Action.CREATE, of=of_session)
def downtime(request: Request, **kwargs: Any) -> HttpResponse:
    """Give the sheet to go on with on paper, from the moment that the gate is signed."""
    chart = chart_at(request)
    if not has_downtime(chart):
        messages.info(request, "The downtime sheet is there from the gate until they go home.")
        return redirect("dosing:record", session_key=chart.session.key)
    may_card = request.access.may("emergency_card", "read", chart.patient.pk)
    told = downtime_paper(chart, card=chart.card if may_card else None)
    return _pdf(DOWNTIME, told, name_of("downtime", chart, request.access.at))


def has_downtime(chart: Chart) -> bool:
    """Whether a session has come as far as to need the sheet, and is not over."""
    return chart.stage in {Stage.READY, Stage.DOSED}


def _pdf(template: Path, told: RecordPaper | DowntimePaper, name: str) -> HttpResponse:
    answer = HttpResponse(pdf_of(template, told), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}"'
    return answer

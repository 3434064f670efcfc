"""The journal: private by default, shared entry by entry, taken back at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render

from kapstone.catalogue.words import load_words
from kapstone.clinic.practice.actions import (
    JournalWords,
    share_entry,
    unshare_entry,
    write_journal,
)
from kapstone.clinic.practice.forms import JournalForm
from kapstone.clinic.practice.frame import own_frame
from kapstone.clinic.practice.models import JournalEntry
from kapstone.clinic.practice.queries import is_shared, journal_visible
from kapstone.clinic.practice.rules import speaks_of_crisis
from kapstone.clinic.window.queries import window_of
from kapstone.core.access.doors import Target, door, of_self, target_of
from kapstone.core.access.policy import Action
from kapstone.core.people.http import Request, posted
from kapstone.core.people.models import Patient
from kapstone.core.ui.pages import see_other
from kapstone.errors import InvalidInput, Stale


def of_entry(request: Request, **kwargs: Any) -> Target:
    """Find the journal entry that ``entry_key`` names; PostgreSQL hides every other's."""
    entry = (
        JournalEntry.objects.filter(key=kwargs["entry_key"]).select_related("subjects").first()
    )
    if entry is None:
        raise Http404
    return target_of(entry)


def _prompt(request: Request, patient: Patient) -> str:
    window = window_of(patient, request.access.at, points=1)
    turn = request.GET.get("turn", "")
    turns = int(turn) if turn.isdecimal() and len(turn) < 4 else 0
    day = request.access.at.astimezone(window.zone).day
    return load_words().prompt(window.phase, day + turns)


@door("journal_private", write=Action.CREATE, of=of_self)
def journal(request: Request, **kwargs: Any) -> HttpResponse:
    """List one's own entries, and write one."""
    patient, at = request.target.record, request.access.at
    form = JournalForm(posted(request))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            entry = write_journal(
                by=request.user,
                at=at,
                patient=patient,
                words=JournalWords(text=given["text"], prompt=given["prompt"]),
                share=given["share"] == "team",
                entry_id=given["entry_id"],
            )
            return see_other("practice:entry", entry_key=entry.key)
    context = own_frame(
        request,
        patient,
        form=form,
        prompt=form["prompt"].value() or _prompt(request, patient),
        next_turn=_next_turn(request),
        entries=journal_visible(request.user, patient, at),
    )
    return render(request, "practice/journal.html", context, status=status)


def _next_turn(request: Request) -> int:
    turn = request.GET.get("turn", "")
    return int(turn) + 1 if turn.isdecimal() and len(turn) < 4 else 1


@door("journal_private", write=Action.AMEND, of=of_entry)
def entry(request: Request, **kwargs: Any) -> HttpResponse:
    """Show one entry; POST rewords it, and the earlier wording is no longer shared."""
    record = request.target.record
    patient = record.subjects.only_patient
    form = JournalForm(posted(request), initial={"text": record.text})
    status, stale = 200, ""
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                newer = write_journal(
                    by=request.user,
                    at=request.access.at,
                    patient=patient,
                    words=JournalWords(text=form.cleaned_data["text"], prompt=record.prompt),
                    share=form.cleaned_data["share"] == "team",
                    replaces=record,
                    entry_id=form.cleaned_data["entry_id"],
                )
                return see_other("practice:entry", entry_key=newer.key)
            except (Stale, InvalidInput) as wrong:
                stale = str(wrong)
    context = own_frame(
        request,
        patient,
        entry=record,
        form=form,
        stale=stale,
        shared=is_shared(record),
        newer=JournalEntry.objects.filter(replaces=record).first(),
        just_written=request.access.at - record.written_at < timedelta(minutes=2),
        help_nearer=speaks_of_crisis(record.text),
    )
    return render(request, "practice/entry.html", context, status=status)


@door("journal_private", read=None, write=Action.AMEND, of=of_entry)
def share(request: Request, **kwargs: Any) -> HttpResponse:
    """Share this entry with the care team, or take it back; the next read obeys."""
    record = request.target.record
    if request.POST.get("share") == "yes":
        share_entry(by=request.user, at=request.access.at, entry=record)
    else:
        unshare_entry(by=request.user, at=request.access.at, entry=record)
    return see_other("practice:entry", entry_key=record.key)


@door("journal_private", of=of_self)
def export(request: Request, **kwargs: Any) -> HttpResponse:
    """Hand over the whole journal as plain text."""
    patient = request.target.record
    zone = patient.clinic.zone
    parts = [
        f"{seen.entry.written_at.astimezone(zone):%A %-d %B %Y, %H:%M}\n"
        f"{seen.entry.prompt}\n\n{seen.entry.text}\n"
        for seen in reversed(journal_visible(request.user, patient, request.access.at))
    ]
    body = "\n----\n\n".join(parts)
    return HttpResponse(
        body,
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="journal.txt"'},
    )

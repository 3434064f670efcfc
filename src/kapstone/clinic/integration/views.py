"""Notes of integration: the chart part for the team, the sealed part for its author alone."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render

from kapstone.catalogue.modalities import modalities
from kapstone.clinic.integration.actions import (
    keep_commitment,
    let_go_commitment,
    write_progress_note,
    write_psychotherapy_note,
)
from kapstone.clinic.integration.forms import NoteForm, SealedForm, note_initial
from kapstone.clinic.integration.models import Commitment, ProgressNote, PsychotherapyNote
from kapstone.clinic.integration.queries import (
    commitments_open,
    notes_of,
    sealed_notes_of,
    session_ending,
)
from kapstone.clinic.integration.reading import notes_read
from kapstone.clinic.integration.rules import reminders
from kapstone.clinic.preparation.queries import forks_of
from kapstone.core.access.doors import Target, door, of_patient, of_self, target_of
from kapstone.core.access.policy import Action, Mode
from kapstone.core.people.http import Request, posted
from kapstone.core.people.models import Patient, Role
from kapstone.core.ui.pages import see_other
from kapstone.errors import Finding, InvalidInput, Refused, Stale

_NO_FINDINGS: tuple[Finding, ...] = ()


def of_note(request: Request, **kwargs: Any) -> Target:
    """Find the progress note that ``note_key`` names."""
    note = (
        ProgressNote.objects.filter(key=kwargs["note_key"])
        .select_related("subjects", "recorded_by", "appointment")
        .first()
    )
    if note is None:
        raise Http404
    return target_of(note)


def of_sealed(request: Request, **kwargs: Any) -> Target:
    """Find the sealed note that ``sealed_key`` names; PostgreSQL hides every other author's."""
    note = (
        PsychotherapyNote.objects.filter(key=kwargs["sealed_key"])
        .select_related("subjects")
        .first()
    )
    if note is None:
        raise Http404
    return target_of(note)


def of_own_sealed(request: Request, **kwargs: Any) -> Target:
    """Find the patient; whoever writes a sealed note is its author."""
    found = of_patient(request, **kwargs)
    return Target(record=found.record, subjects=found.subjects, author_id=request.user.pk)


def of_commitment(request: Request, **kwargs: Any) -> Target:
    """Find the commitment that ``commitment_id`` names."""
    found = (
        Commitment.objects.filter(entry_id=kwargs["commitment_id"])
        .select_related("subjects")
        .first()
    )
    if found is None:
        raise Http404
    return target_of(found)


def _patient_of(request: Request, code: str) -> Patient:
    """Give whose chart a record is shown in: of several, the first that the reader reads."""
    patients = list(Patient.objects.filter(pk__in=request.target.subjects).order_by("pk"))
    read = (one for one in patients if request.access.may(code, Action.READ, one.pk))
    return next(read, patients[0])


@door("progress_note", of=of_patient, limited=True)
def notes(request: Request, **kwargs: Any) -> HttpResponse:
    """List the notes that stand, the newest first; in the room only plan and risk."""
    if request.user.role == Role.PATIENT:
        return see_other("integration:own_notes")
    patient, access = request.target.record, request.access
    whole = request.decision.mode is not Mode.LIMITED
    may_seal = access.decide(
        "psychotherapy_note", Action.CREATE, [patient.pk], author_id=request.user.pk
    ).allowed
    context = {
        "patient": patient,
        "whole": whole,
        "sees_trails": access.may("trail", Action.READ, patient.pk),
        "notes": notes_read(patient, notes_of(patient)),
        "commitments": commitments_open(patient) if whole else (),
        "modalities": modalities().values()
        if access.may("progress_note", Action.CREATE, patient.pk)
        else (),
        "may_seal": may_seal,
        "sealed": sealed_notes_of(request.user, patient) if may_seal else (),
    }
    return render(request, "integration/notes.html", context)


@door("progress_note", of=of_self)
def own_notes(request: Request, **kwargs: Any) -> HttpResponse:
    """
    Show a patient the notes about them alone.

    A note about two people opens to neither of them until both have agreed.
    """
    patient = request.target.record
    alone = notes_of(patient).filter(subjects=patient.alone_id)
    context = {"notes": notes_read(patient, alone)}
    return render(request, "integration/own_notes.html", context)


@door("progress_note", read=Action.CREATE, write=Action.CREATE, of=of_patient)
def write(request: Request, **kwargs: Any) -> HttpResponse:
    """Write the note of a session, in the fields of one way of working."""
    sheet = modalities().get(kwargs["modality"])
    if sheet is None:
        raise Http404
    patient, at = request.target.record, request.access.at
    ended = session_ending(patient, at)
    form = NoteForm(
        posted(request),
        modality=sheet,
        forks=forks_of(patient),
        initial=note_initial(sheet, ended.ends_at if ended else at),
    )
    status, findings = 200, _NO_FINDINGS
    if request.method == "POST":
        status, findings = _kept(request, form, patient, appointment=ended)
        if status == 303:
            return see_other("integration:notes", patient_key=patient.key)
    context = {"patient": patient, "form": form, "findings": findings}
    return _form_page(request, context, status)


def _kept(
    request: Request, form: NoteForm, patient: Patient, **more: Any
) -> tuple[int, tuple[Finding, ...]]:
    """Try to keep a note; give the status, and the cautions that stand against it."""
    if not form.is_valid():
        return 422, ()
    try:
        write_progress_note(
            by=request.user,
            at=request.access.at,
            patient=patient,
            words=form.words(),
            entry_id=form.cleaned_data["entry_id"],
            **more,
        )
    except InvalidInput as wrong:
        form.put_faults(wrong.fields)
        return 422, ()
    except Stale as late:
        form.add_error(None, str(late))
        return 409, ()
    except Refused as refusal:
        return 422, refusal.findings
    return 303, ()


def _form_page(request: Request, context: dict[str, Any], status: int) -> HttpResponse:
    sheet = context["form"].modality
    context |= {"modality": sheet, "reminders": reminders(sheet)}
    return render(request, "integration/write.html", context, status=status)


@door("progress_note", read=Action.AMEND, write=Action.AMEND, of=of_note)
def correct(request: Request, **kwargs: Any) -> HttpResponse:
    """Correct one's own note by a new version; the first stays in the record."""
    note = request.target.record
    sheet = modalities().get(note.modality)
    if sheet is None:
        raise Http404
    patient = _patient_of(request, "progress_note")
    values = note_initial(sheet, note.ended_at, note.fields) | {
        "started_at": note.started_at,
        "minutes": round((note.ended_at - note.started_at).total_seconds() / 60),
        "summary": note.summary,
        "plan": note.plan,
        "risk_flags": note.risk_flags,
        "forks": note.fields.get("forks", []),
        "caution_reason": note.fields.get("caution_reason", ""),
    }
    form = NoteForm(posted(request), modality=sheet, forks=forks_of(patient), initial=values)
    status, findings = 200, _NO_FINDINGS
    if request.method == "POST":
        status, findings = _kept(
            request, form, patient, appointment=note.appointment, replaces=note
        )
        if status == 303:
            return see_other("integration:notes", patient_key=patient.key)
    context = {"patient": patient, "form": form, "findings": findings, "note": note}
    return _form_page(request, context, status)


@door("psychotherapy_note", read=Action.CREATE, write=Action.CREATE, of=of_own_sealed)
def seal(request: Request, **kwargs: Any) -> HttpResponse:
    """Write a note that only its author reads; what others need is refused here."""
    patient = request.target.record
    form = SealedForm(posted(request))
    status, findings = 200, _NO_FINDINGS
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                write_psychotherapy_note(
                    by=request.user,
                    at=request.access.at,
                    patient=patient,
                    text=form.cleaned_data["text"],
                    entry_id=form.cleaned_data["entry_id"],
                )
                return see_other("integration:notes", patient_key=patient.key)
            except InvalidInput as wrong:
                form.add_error("text", wrong.fields["text"])
            except Refused as refusal:
                findings = refusal.findings
    context = {
        "patient": patient,
        "form": form,
        "findings": findings,
        "modalities": modalities().values(),
    }
    return render(request, "integration/seal.html", context, status=status)


@door("psychotherapy_note", of=of_sealed)
def sealed(request: Request, **kwargs: Any) -> HttpResponse:
    """Read one's own sealed note."""
    note = request.target.record
    context = {"patient": _patient_of(request, "identity"), "note": note}
    return render(request, "integration/sealed.html", context)


@door("practice", read=None, write=Action.CREATE, of=of_commitment, both=True)
def keep(request: Request, **kwargs: Any) -> HttpResponse:
    """Say that a commitment was kept, or let it go."""
    commitment = request.target.record
    deed = let_go_commitment if request.POST.get("deed") == "let-go" else keep_commitment
    deed(by=request.user, at=request.access.at, commitment=commitment)
    if request.user.role == Role.PATIENT:
        return see_other("integration:own_notes")
    patient = _patient_of(request, "progress_note")
    return see_other("integration:notes", patient_key=patient.key)

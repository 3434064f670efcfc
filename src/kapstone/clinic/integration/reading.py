"""A note as it is read: its lines in the catalogue's order, its cautions, its forks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kapstone.catalogue.modalities import Modality, modalities
from kapstone.clinic.integration.models import ProgressNote
from kapstone.clinic.integration.records import Line, record_lines
from kapstone.clinic.preparation.models import Fork
from kapstone.core.people.models import Patient
from kapstone.core.people.subjects import sets_with


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRead:
    """One progress note, ready for the page."""

    note: ProgressNote
    modality: Modality | None  # None where the catalogue no longer holds it
    lines: tuple[Line, ...]
    cautions: tuple[str, ...]
    caution_reason: str
    forks: tuple[Fork, ...]

    @property
    def name(self) -> str:
        """Name the modality."""
        return self.modality.name if self.modality else self.note.modality


def notes_read(patient: Patient, notes: Iterable[ProgressNote]) -> tuple[NoteRead, ...]:
    """Make notes ready to read; one query more than the notes themselves."""
    forks = {
        str(fork.key): fork for fork in Fork.objects.filter(subjects_id__in=sets_with(patient))
    }
    return tuple(_read(note, forks) for note in notes)


def _read(note: ProgressNote, forks: dict[str, Fork]) -> NoteRead:
    sheet = modalities().get(note.modality)
    return NoteRead(
        note=note,
        modality=sheet,
        lines=tuple(record_lines(sheet, note.fields)) if sheet else (),
        cautions=tuple(_cautions(note, sheet)),
        caution_reason=str(note.fields.get("caution_reason", "")),
        forks=tuple(forks[key] for key in note.fields.get("forks", ()) if key in forks),
    )


def _cautions(note: ProgressNote, sheet: Modality | None) -> Iterator[str]:
    """Say each caution that was passed over; one without words of its own by its code."""
    sentences = {one.code: one.sentence for one in sheet.cautions} if sheet else {}
    for code in note.fields.get("cautions", ()):
        yield sentences.get(code, code.replace("-", " ").capitalize() + ".")

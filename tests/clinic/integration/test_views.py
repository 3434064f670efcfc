from dataclasses import replace
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.builders import NINE, make_user
from tests.clinic.days import sign_in, words_on
from tests.clinic.walk import DAY, HOUR, join_walk

from kapstone.catalogue.modalities import modalities
from kapstone.clinic.integration.actions import (
    CommitmentWords,
    NoteWords,
    write_progress_note,
    write_psychotherapy_note,
)
from kapstone.clinic.integration.models import Commitment, ProgressNote, PsychotherapyNote
from kapstone.core.access.actions import assign_to_room, join_care_team
from kapstone.core.people.models import Role

AT = NINE + 2 * DAY
WORDS = NoteWords(
    modality="cbt",
    summary="Rehearsed the call.",
    plan="Walk before calling.",
    risk_flags="Passive thoughts, plan reviewed.",
    started_at=AT - 2 * HOUR,
    ended_at=AT - HOUR,
    fields={"situation": "Sunday night", "belief_before": 90},
)
CBT = {
    "minutes": "50",
    "started_at": "2026-03-04T08:00",
    "summary": "Rehearsed the call.",
    "field-situation": "Sunday night",
    "field-thought": "It will go wrong",
    "field-belief_before": "90",
    "field-belief_after": "40",
    "field-plan": "Call at ten",
    "field-done_last": "none",
}


@pytest.fixture
def opened(walk, at_clock):
    """Give a walk two days after a dose."""
    walk.give(NINE)
    at_clock(AT)
    return walk


@pytest.fixture
def theirs(opened):
    return sign_in(opened, opened.therapist)


def root(walk) -> str:
    return f"/patients/{walk.patient.key}/integration/"


def put(walk, words=WORDS, **change) -> ProgressNote:
    given = {"by": walk.therapist, "at": AT, "patient": walk.patient, "words": words}
    return write_progress_note(**{**given, **change})


def test_without_a_note_the_page_says_what_fills_it(opened, theirs):
    said = words_on(theirs.get(root(opened)))
    assert "No note yet." in said
    for sheet in modalities().values():
        assert sheet.name in said


@pytest.mark.parametrize("code", modalities())
def test_every_way_of_working_has_its_own_form(opened, theirs, code):
    sheet = modalities()[code]
    said = words_on(theirs.get(f"{root(opened)}new/{code}/"))
    for one in sheet.fields:
        assert one.label in said
    assert sheet.evidence_words in said
    assert ("Exploratory." in said) is sheet.exploratory


def test_a_note_is_written_and_read_in_the_order_of_its_fields(opened, theirs):
    fork = opened.fork(NINE)
    sent = {
        **CBT,
        "entry_id": uuid4(),
        "forks": str(fork.key),
        "commitment": "Call at ten",
        "commitment_practice": "new-trail",
    }
    said = words_on(theirs.post(f"{root(opened)}new/cbt/", sent, follow=True))
    assert "Rehearsed the call." in said
    assert said.index("Sunday night") < said.index("It will go wrong") < said.index("40 of 100")
    assert "Call at ten" in said
    opened.stand()
    note = ProgressNote.objects.get()
    assert (note.ended_at - note.started_at).total_seconds() == 3000
    assert note.fields["forks"] == [str(fork.key)]
    assert Commitment.objects.get().practice == "new-trail"


def test_a_double_press_writes_one_note(opened, theirs):
    sent = {**CBT, "entry_id": uuid4()}
    for _ in range(2):
        assert theirs.post(f"{root(opened)}new/cbt/", sent).status_code == 303
    opened.stand()
    assert ProgressNote.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"summary": ""}, "Say in a sentence what was worked on."),
        ({"minutes": "4"}, "Write minutes from 5 to 300."),
        ({"started_at": "soon"}, "Enter a date and a time"),
        ({"started_at": "2026-03-09T08:00"}, "has not begun yet"),
        ({"field-belief_after": "101"}, "Write a number from 0 to 100."),
        ({"field-thought": ""}, "Thought: this is needed."),
        ({"field-done_last": "perhaps"}, "choose one of these"),
        ({"forks": "no-such-fork"}, "this patient's forks"),
        ({"forks": str(uuid4())}, "this patient's forks"),
        ({"commitment_practice": "flying"}, "Choose one of the practices."),
        ({"entry_id": "x"}, "Open this page again"),
    ],
)
def test_a_wrong_note_is_answered_beside_its_field_and_kept(opened, theirs, change, words):
    sent = {"entry_id": uuid4(), **CBT, **change}
    response = theirs.post(f"{root(opened)}new/cbt/", sent)
    assert response.status_code == 422
    page = response.content.decode()
    assert words in words_on(response).replace("&#x27;", "'")
    assert "There is a problem" in page
    assert "Call at ten" in page  # what was typed is still there
    opened.stand()
    assert not ProgressNote.objects.exists()


def test_a_caution_asks_for_a_reason_and_keeps_it(opened, theirs, at_clock):
    at_clock(NINE + 6 * HOUR)
    sent = {
        "entry_id": uuid4(),
        "started_at": "2026-03-02T14:00",
        "minutes": "30",
        "summary": "Grounding.",
        "field-target": "The stairs",
        "field-negative_belief": "I am small",
        "field-positive_belief": "It is over",
        "field-voc_start": "2",
        "field-voc_end": "3",
        "field-sud_start": "9",
        "field-sud_end": "8",
        "field-complete": "no",
    }
    address = f"{root(opened)}new/emdr/"
    refused = theirs.post(address, sent)
    assert refused.status_code == 422
    assert "EMDR is not done on the day of a dose." in words_on(refused)
    assert "Distress was above 7 at the end." in words_on(refused)
    kept = theirs.post(
        address, {**sent, "caution_reason": "Flashback on arrival."}, follow=True
    )
    assert "Done because: Flashback on arrival." in words_on(kept)


def test_a_note_is_corrected_by_its_author_alone(opened, theirs):
    note = put(opened)
    address = f"/notes/{note.key}/correct/"
    page = theirs.get(address)
    assert "Rehearsed the call." in page.content.decode()
    sent = {**CBT, "entry_id": uuid4(), "summary": "Corrected summary."}
    assert "Corrected summary." in words_on(theirs.post(address, sent, follow=True))
    late = theirs.post(address, {**sent, "entry_id": uuid4()})
    assert late.status_code == 409
    opened.stand()
    colleague = make_user(opened.clinic, Role.THERAPIST)
    join_care_team(by=opened.therapist, at=NINE, patient=opened.patient, member=colleague)
    assert sign_in(opened, colleague).get(address).status_code == 404


def test_the_room_nurse_sees_plan_and_risk_alone(opened):
    put(opened)
    nurse = make_user(opened.clinic, Role.NURSE)
    assign_to_room(
        by=opened.therapist,
        at=AT,
        patient=opened.patient,
        member=nurse,
        session_key=uuid4(),
        session_at=AT,
    )
    said = words_on(sign_in(opened, nurse).get(root(opened)))
    assert "Walk before calling." in said
    assert "Passive thoughts, plan reviewed." in said
    assert "Rehearsed the call." not in said
    assert "Sunday night" not in said


def test_the_patient_reads_their_own_notes_and_says_what_was_kept(opened):
    note = put(opened, replace(WORDS, commitments=[CommitmentWords(text="Walk daily")]))
    client = sign_in(opened, opened.patient.user)
    assert client.get(root(opened)).headers["Location"] == "/me/notes/"
    said = words_on(client.get("/me/notes/"))
    assert "Rehearsed the call." in said
    assert "You agreed: Walk daily" in said
    entry_id = note.commitments.get().entry_id
    kept = client.post(f"/commitments/{entry_id}/", {"deed": "keep"}, follow=True)
    assert "Kept." in words_on(kept)


def test_a_commitment_is_let_go_by_the_therapist(opened, theirs):
    note = put(opened, replace(WORDS, commitments=[CommitmentWords(text="Walk daily")]))
    entry_id = note.commitments.get().entry_id
    said = words_on(theirs.post(f"/commitments/{entry_id}/", {"deed": "let-go"}, follow=True))
    assert "Nothing is open." in said
    again = theirs.post(f"/commitments/{entry_id}/", {"deed": "keep"})
    assert again.status_code == 422


# --- The sealed note -------------------------------------------------------------------------


def test_the_editor_says_which_note_is_which(opened, theirs):
    assert "The care team reads this" in words_on(theirs.get(f"{root(opened)}new/ifs/"))
    assert "You alone can open this" in words_on(theirs.get(f"{root(opened)}sealed/"))


def test_safety_words_are_refused_in_the_sealed_note_and_nothing_is_lost(opened, theirs):
    sent = {"entry_id": uuid4(), "text": "He spoke of suicide and of the sea."}
    response = theirs.post(f"{root(opened)}sealed/", sent)
    assert response.status_code == 422
    assert "“suicide” speaks of risk." in words_on(response)
    assert "and of the sea" in response.content.decode()
    put(opened, replace(WORDS, risk_flags="Suicidal thoughts, plan reviewed."))
    assert theirs.post(f"{root(opened)}sealed/", sent).status_code == 303


def test_a_sealed_note_opens_for_its_author_and_for_nobody_else(opened, theirs):
    opened.stand(opened.therapist)
    note = write_psychotherapy_note(
        by=opened.therapist, at=AT, patient=opened.patient, text="CANARY of the stairs"
    )
    address = f"/notes/sealed/{note.key}/"
    assert "CANARY" in words_on(theirs.get(address))
    opened.stand()
    colleague = make_user(opened.clinic, Role.THERAPIST)
    join_care_team(by=opened.therapist, at=NINE, patient=opened.patient, member=colleague)
    auditor = make_user(opened.clinic, Role.AUDITOR)
    for other in (colleague, opened.prescriber, auditor, opened.patient.user):
        client = sign_in(opened, other)
        assert client.get(address).status_code == 404
        assert "CANARY" not in client.get(root(opened), follow=True).content.decode()


def test_an_author_who_left_the_team_no_longer_opens_it(opened, at_clock):
    opened.stand()
    leaver = make_user(opened.clinic, Role.THERAPIST)
    place = join_care_team(by=opened.therapist, at=NINE, patient=opened.patient, member=leaver)
    opened.stand(leaver)
    note = write_psychotherapy_note(
        by=leaver, at=AT, patient=opened.patient, text="Of the stairs"
    )
    opened.stand()
    place.ends_at = AT
    place.save(update_fields=["ends_at"])
    at_clock(AT + HOUR)
    assert sign_in(opened, leaver).get(f"/notes/sealed/{note.key}/").status_code == 404


@pytest.mark.parametrize("end", ["new/crystals/", "new/../"])
def test_a_way_of_working_that_is_not_there_is_not_found(opened, theirs, end):
    assert theirs.get(root(opened) + end).status_code == 404


def test_an_empty_sealed_note_is_answered_in_words(opened, theirs):
    response = theirs.post(f"{root(opened)}sealed/", {"entry_id": uuid4(), "text": " "})
    assert response.status_code == 422
    opened.stand(opened.therapist)
    assert not PsychotherapyNote.objects.exists()


def test_another_patients_note_is_not_found(opened):
    other = join_walk(opened.clinic)
    note = put(opened)
    client = sign_in(opened, other.therapist)
    assert client.get(f"/notes/{note.key}/correct/").status_code == 404
    assert client.get(root(opened)).status_code == 404


def test_queries_do_not_grow_with_notes(opened, theirs):
    fork = opened.fork(NINE)
    words = replace(WORDS, forks=[fork], commitments=[CommitmentWords(text="Walk", fork=fork)])
    put(opened, words)
    theirs.get(root(opened))
    with CaptureQueriesContext(connection) as few:
        theirs.get(root(opened))
    opened.stand()
    for _ in range(4):
        put(opened, words)
    with CaptureQueriesContext(connection) as many:
        theirs.get(root(opened))
    assert len(many) == len(few) <= 34

"""The second fence: PostgreSQL itself refuses, whatever the app forgets."""

import uuid

import pytest
from django.db import DatabaseError, ProgrammingError, connection, transaction
from tests.builders import NINE, make_clinic, make_patient, make_user

from kapstone.clinic.integration.models import PsychotherapyNote
from kapstone.clinic.practice.models import JournalEntry
from kapstone.core.access.actions import share_item, withdraw_grant
from kapstone.core.access.fences import acting_in, fence_of, fenced_models, stand_in
from kapstone.core.people.models import CareTeamMember, EmergencyCard, Patient, Role, User

pytestmark = pytest.mark.django_db


def one(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()


def test_the_app_owns_no_table_and_cannot_step_over_the_fence():
    user, superuser, bypass = one(
        "SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
    )
    owned = one("SELECT count(*) FROM pg_tables WHERE tableowner = current_user")
    assert user == "kapstone_app"
    assert (superuser, bypass, owned[0]) == (False, False, 0)


@pytest.mark.parametrize(
    "model", [model for model in fenced_models() if fence_of(model) != "open"]
)
def test_every_table_of_care_has_its_row_fence_forced(model):
    enabled, forced = one(
        "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = %s::regclass",
        model._meta.db_table,
    )
    assert (enabled, forced) == (True, True)


def test_another_clinic_sees_no_row_even_when_the_app_forgets_to_filter():
    ours = make_clinic("oak-house")
    patient = make_patient(ours)
    theirs = make_clinic("elm-house")
    assert not Patient.objects.exists()
    stand_in(clinic_id=ours.pk, user_id=None)
    assert Patient.objects.get() == patient
    stand_in(clinic_id=theirs.pk, user_id=None)
    assert not Patient.objects.filter(pk=patient.pk).exists()


def test_without_a_clinic_no_row_is_seen():
    make_patient(make_clinic())
    stand_in(clinic_id=None, user_id=None)
    assert not Patient.objects.exists()


def test_a_row_cannot_be_written_into_another_clinic():
    ours = make_clinic("oak-house")
    therapist = make_user(ours, Role.THERAPIST)
    patient = make_patient(ours)
    theirs = make_clinic("elm-house")
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        CareTeamMember.objects.create(
            clinic=ours, patient=patient, user=therapist, starts_at=NINE
        )
    assert theirs.pk != ours.pk


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE people_emergencycard SET allergies = 'none'",
        "DELETE FROM people_emergencycard",
        "DELETE FROM audit_auditentry",
        "UPDATE audit_auditentry SET by = 'nobody'",
        "TRUNCATE audit_auditentry",
        "DELETE FROM people_patient",
    ],
)
def test_the_app_may_not_change_or_delete_what_was_written(statement):
    clinic = make_clinic()
    nurse = make_user(clinic, Role.NURSE)
    EmergencyCard.objects.create(
        clinic=clinic,
        subjects=make_patient(clinic).alone,
        recorded_at=NINE,
        recorded_by=nurse,
        allergies="penicillin",
    )
    refused = pytest.raises(DatabaseError, match="permission denied")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_closing_column_is_written_once():
    clinic = make_clinic()
    therapist = make_user(clinic, Role.THERAPIST)
    patient = make_patient(clinic, team=(therapist,))
    place = CareTeamMember.objects.get(patient=patient)
    place.ends_at = NINE
    place.save(update_fields=["ends_at"])
    place.ends_at = None
    with pytest.raises(DatabaseError, match="written once"), transaction.atomic():
        place.save(update_fields=["ends_at"])


def sealed(model, patient, author, **fields):
    stand_in(clinic_id=patient.clinic_id, user_id=author.pk)
    return model.objects.create(
        clinic_id=patient.clinic_id,
        subjects=patient.alone,
        recorded_at=NINE,
        recorded_by=author,
        written_at=NINE,
        text="nobody else reads this",
        **fields,
    )


def test_a_psychotherapy_note_is_a_row_only_for_its_author():
    clinic = make_clinic()
    author, colleague = (make_user(clinic, Role.THERAPIST) for _ in range(2))
    patient = make_patient(clinic, team=(author,))
    sealed(PsychotherapyNote, patient, author)
    stand_in(clinic_id=clinic.pk, user_id=colleague.pk)
    assert not PsychotherapyNote.objects.exists()
    stand_in(clinic_id=clinic.pk, user_id=author.pk)
    assert PsychotherapyNote.objects.count() == 1


def test_nobody_writes_a_sealed_row_in_anothers_name():
    clinic = make_clinic()
    author, other = (make_user(clinic, Role.THERAPIST) for _ in range(2))
    patient = make_patient(clinic)
    stand_in(clinic_id=clinic.pk, user_id=other.pk)
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        PsychotherapyNote.objects.create(
            clinic=clinic,
            subjects=patient.alone,
            recorded_at=NINE,
            recorded_by=author,
            written_at=NINE,
            text="forged",
        )


def test_a_private_journal_is_seen_by_others_only_while_a_grant_lives():
    clinic = make_clinic()
    therapist = make_user(clinic, Role.THERAPIST)
    patient = make_patient(clinic, team=(therapist,), signs_in=True)
    entry = sealed(JournalEntry, patient, patient.user, device_at=NINE)

    def therapist_sees():
        stand_in(clinic_id=clinic.pk, user_id=therapist.pk)
        seen = JournalEntry.objects.exists()
        stand_in(clinic_id=clinic.pk, user_id=patient.user.pk)
        return seen

    assert not therapist_sees()
    grant = share_item(
        by=patient.user, at=NINE, record=entry, item_class="journal_shared", audience="team"
    )
    assert therapist_sees()
    withdraw_grant(by=patient.user, at=NINE, grant=grant)
    assert not therapist_sees()


def test_acting_in_steps_back_to_where_it_stood():
    ours, theirs = make_clinic("oak-house"), make_clinic("elm-house")
    stand_in(clinic_id=ours.pk, user_id=7)
    with acting_in(clinic_id=theirs.pk):
        assert one("SELECT kapstone_clinic(), kapstone_user()") == (theirs.pk, None)
    assert one("SELECT kapstone_clinic(), kapstone_user()") == (ours.pk, 7)


def test_a_model_without_a_fence_is_an_error():
    class Bare:
        class _meta:
            auto_created = False
            label = "bare"

    with pytest.raises(Exception, match="does not say which fence"):
        fence_of(Bare)


def test_user_keys_cannot_be_guessed():
    assert isinstance(User._meta.get_field("key").default(), uuid.UUID)

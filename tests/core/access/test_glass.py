"""Breaking the glass: a reason, a proof, an hour, told at once and in the evening, reviewed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from tests.builders import make_clinic, make_patient, make_user

from kapstone.core.access import jobs
from kapstone.core.access.actions import join_care_team
from kapstone.core.access.fences import acting_in, stand_in
from kapstone.core.access.glass import (
    LEAST_REASON,
    break_glass,
    review_glass,
)
from kapstone.core.access.models import BrokenGlass, GlassReview
from kapstone.core.access.policy import Action, Mode, matrix
from kapstone.core.access.standing import Access
from kapstone.core.audit.models import AccessEntry, AuditEntry
from kapstone.core.people.models import Clinic, Notice, Patient, Role, User
from kapstone.errors import InvalidInput, NotAllowed, Stale

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough password"  # noqa: S105  of nobody
REASON = "Covering for a colleague who is ill today."
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SEALED = {"psychotherapy_note", "journal_private", "private_safety"}


@dataclass(slots=True, kw_only=True)
class Scene:
    at: datetime
    clinic: Clinic
    patient: Patient
    lead: User
    member: User
    auditor: User
    outsider: User

    def stand(self):
        stand_in(clinic_id=self.clinic.pk, user_id=None)

    def breaks(self, by=None, at=None, **change):
        given = {"reason_code": "cover", "reason": REASON, "password": PASSWORD, **change}
        return break_glass(
            by=by or self.outsider, at=at or self.at, patient=self.patient, **given
        )

    def told(self, user, kind="glass-broken"):
        return list(Notice.objects.filter(to=user, kind=kind))


@pytest.fixture
def scene(db):
    clinic, at = make_clinic(), timezone.now()
    lead, member = (make_user(clinic, Role.THERAPIST) for _ in range(2))
    patient = make_patient(clinic, signs_in=True, at=at - DAY)
    join_care_team(by=lead, at=at - DAY, patient=patient, member=lead, is_lead=True)
    join_care_team(by=lead, at=at - DAY, patient=patient, member=member)
    outsider = make_user(clinic, Role.THERAPIST)
    outsider.set_password(PASSWORD)
    outsider.save()
    return Scene(
        at=at,
        clinic=clinic,
        patient=patient,
        lead=lead,
        member=member,
        auditor=make_user(clinic, Role.AUDITOR),
        outsider=outsider,
    )


def mode(user, code, patient, at):
    return Access(user, at).decide(code, Action.READ, [patient.pk]).mode


# --- Who, why, and with what proof


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.ADMINISTRATOR, Role.RESEARCHER])
def test_only_clinicians_break_the_glass(scene, role):
    other = make_user(scene.clinic, role)
    other.set_password(PASSWORD)
    with pytest.raises(NotAllowed):
        scene.breaks(by=other)


def test_a_clinician_of_another_clinic_breaks_nothing(scene):
    far = make_user(make_clinic("elm-house"), Role.PRESCRIBER)
    far.set_password(PASSWORD)
    scene.stand()
    with pytest.raises(NotAllowed):
        scene.breaks(by=far)


@pytest.mark.parametrize("password", ["", "not that one", PASSWORD.upper()])
def test_without_a_fresh_proof_nothing_opens_and_nobody_is_told(scene, password):
    with pytest.raises(NotAllowed):
        scene.breaks(password=password)
    assert not BrokenGlass.objects.exists()
    assert not Notice.objects.exists()


@pytest.mark.parametrize(
    "reason", ["", "need it", " " * LEAST_REASON, "x" * (LEAST_REASON - 1)]
)
def test_a_reason_that_says_nothing_opens_nothing(scene, reason):
    with pytest.raises(InvalidInput, match="at least 20 characters"):
        scene.breaks(reason=reason)
    assert not BrokenGlass.objects.exists()


# --- What opens, for how long


def test_it_opens_for_an_hour_and_not_a_moment_longer(scene):
    scene.breaks()
    end = scene.at + HOUR
    ask = (scene.outsider, "screening", scene.patient)
    assert mode(*ask, scene.at - timedelta(seconds=1)) is Mode.NOTHING
    assert mode(*ask, scene.at) is Mode.GLASS
    assert mode(*ask, end - timedelta(seconds=1)) is Mode.GLASS
    assert mode(*ask, end) is Mode.NOTHING


def test_the_database_keeps_no_glass_open_for_longer(scene):
    broken = scene.breaks()
    assert broken.expires_at - broken.opened_at == HOUR
    with pytest.raises(IntegrityError, match="within_the_hour"), transaction.atomic():
        BrokenGlass.objects.create(
            clinic=scene.clinic,
            user=scene.outsider,
            patient=scene.patient,
            reason_code="cover",
            reason=REASON,
            opened_at=scene.at,
            expires_at=scene.at + HOUR + MINUTE,
            review_due_at=scene.at,
        )


def test_it_opens_one_patient_to_one_user(scene):
    scene.breaks()
    other = make_patient(scene.clinic, at=scene.at)
    assert mode(scene.outsider, "screening", other, scene.at) is Mode.NOTHING
    colleague = make_user(scene.clinic, Role.THERAPIST)
    assert mode(colleague, "screening", scene.patient, scene.at) is Mode.NOTHING


@pytest.mark.parametrize("code", sorted(matrix()))
def test_it_writes_nothing_and_never_opens_what_is_sealed(scene, code):
    before = Access(scene.outsider, scene.at)
    could = {
        action: before.decide(code, action, [scene.patient.pk]).allowed for action in Action
    }
    scene.breaks()
    after = Access(scene.outsider, scene.at)
    for action in set(Action) - {Action.READ}:
        assert after.decide(code, action, [scene.patient.pk]).allowed == could[action]
    if code in SEALED:
        assert not after.decide(code, Action.READ, [scene.patient.pk]).allowed


# --- Whose record is meant


def seek(client, scene, **change):
    client.force_login(scene.outsider, "kapstone.core.people.signed_in.SignedIn")
    given = {"number": scene.patient.number, "born_on": str(scene.patient.born_on), **change}
    answer = client.post(reverse("access:outside"), given)
    scene.stand()
    return answer


def test_a_number_and_a_birth_date_lead_to_the_question_why(client, scene):
    answer = seek(client, scene, number=scene.patient.number.lower())
    assert answer.status_code == 303
    assert answer["Location"] == reverse("access:glass", args=[scene.patient.key])


@pytest.mark.parametrize("change", [{"number": "K-0000"}, {"born_on": "1985-04-13"}])
def test_one_of_the_two_leads_nowhere_and_is_on_record(client, scene, change):
    answer = seek(client, scene, **change)
    assert answer.status_code == 422
    assert "Nobody here has this number and this date of birth." in answer.content.decode()
    tried = AuditEntry.objects.get(deed="record-sought")
    assert (tried.subjects, tried.detail) == ([], {"found": False})


def test_a_patient_of_another_clinic_is_not_found(client, scene):
    far = make_patient(make_clinic("elm-house"), at=scene.at)
    scene.stand()
    assert seek(client, scene, number=far.number).status_code == 422


def test_a_role_that_never_breaks_the_glass_seeks_nobody(client, scene):
    desk = make_user(scene.clinic, Role.FRONT_DESK)
    client.force_login(desk, "kapstone.core.people.signed_in.SignedIn")
    assert client.get(reverse("access:outside")).status_code == 403


# --- Who is told


def test_the_lead_and_the_auditors_are_told_in_the_same_transaction(scene):
    scene.breaks()
    assert len(scene.told(scene.lead)) == len(scene.told(scene.auditor)) == 1
    assert not scene.told(scene.member)
    assert scene.told(scene.lead)[0].at == scene.at


def test_where_nobody_leads_the_whole_team_is_told(scene):
    patient = make_patient(scene.clinic, team=(scene.lead,), at=scene.at - DAY)
    join_care_team(by=scene.lead, at=scene.at - DAY, patient=patient, member=scene.member)
    scene.patient = patient
    scene.breaks()
    assert scene.told(scene.lead)
    assert scene.told(scene.member)


def test_if_nobody_can_be_told_nothing_opens(scene, monkeypatch):
    def fails(**fields):
        raise RuntimeError("the notice was not written")

    monkeypatch.setattr(Notice.objects, "create", fails)
    with pytest.raises(RuntimeError), transaction.atomic():
        scene.breaks()
    assert not BrokenGlass.objects.exists()


def test_a_notice_names_a_number_and_nothing_clinical(scene):
    scene.breaks()
    (notice,) = scene.told(scene.auditor)
    assert scene.patient.number in notice.text
    assert scene.patient.screen_name not in notice.text
    assert scene.patient.legal_name not in notice.text


def test_it_is_in_the_trail(scene):
    scene.breaks()
    entry = AuditEntry.objects.get(deed="glass-broken")
    assert (entry.by_id, entry.subjects) == (scene.outsider.pk, [scene.patient.pk])
    assert REASON not in str(entry.detail)


# --- The pages


def knock(client, scene, **change):
    client.force_login(scene.outsider, "kapstone.core.people.signed_in.SignedIn")
    given = {"reason_code": "cover", "reason": REASON, "password": PASSWORD, **change}
    answer = client.post(reverse("access:glass", args=[scene.patient.key]), given)
    scene.stand()
    return answer


def test_each_page_opened_through_it_is_on_record_and_shown_to_the_patient(client, scene):
    assert knock(client, scene).status_code == 302
    page = client.get(f"/patients/{scene.patient.key}/")
    assert page.status_code == 200
    assert "Glass broken" in page.content.decode()
    scene.stand()
    look = AccessEntry.objects.get(record_class="identity", by_id=scene.outsider.pk)
    assert (look.allowed, look.reason, look.relation) == (True, "glass broken", "clinic")
    client.force_login(scene.patient.user, "kapstone.core.people.signed_in.SignedIn")
    seen = client.get(reverse("access:who_looked")).content.decode()
    assert REASON in seen
    assert str(scene.outsider) in seen


@pytest.mark.parametrize(
    "change",
    [
        {"password": "guess"},
        {"reason": "short"},
        {"reason_code": "curious"},
        {"reason": ""},
        {"password": ""},
    ],
)
def test_a_form_that_is_not_whole_opens_nothing(client, scene, change):
    answer = knock(client, scene, **change)
    assert answer.status_code == 422
    assert not BrokenGlass.objects.exists()
    assert client.get(f"/patients/{scene.patient.key}/").status_code == 404


def test_guessing_the_password_of_a_session_left_open_locks_the_name(client, scene):
    answers = [knock(client, scene, password=f"guess {n}").status_code for n in range(5)]
    assert answers[-1] == 429
    assert knock(client, scene).status_code == 429
    assert not BrokenGlass.objects.exists()


# --- The review


def test_an_auditor_reviews_it_once(scene):
    broken = scene.breaks()
    given = {"glass": broken, "was_justified": True, "comment": "On call that day."}
    review_glass(by=scene.auditor, at=scene.at, **given)
    with pytest.raises(Stale):
        review_glass(by=scene.auditor, at=scene.at, **given)
    assert GlassReview.objects.count() == 1


def test_nobody_else_reviews_it(scene):
    broken = scene.breaks()
    for user in (scene.outsider, scene.lead, make_user(scene.clinic, Role.ADMINISTRATOR)):
        with pytest.raises(NotAllowed):
            review_glass(
                by=user, at=scene.at, glass=broken, was_justified=True, comment="Fine."
            )


def test_it_waits_for_review_from_the_start_and_says_when_it_is_late(client, scene):
    broken = scene.breaks(at=scene.at - 6 * DAY)
    assert broken.review_due_at < scene.at
    client.force_login(scene.auditor, "kapstone.core.people.signed_in.SignedIn")
    page = client.get(reverse("access:audit")).content.decode()
    assert reverse("access:glass_review", args=[broken.key]) in page
    assert "Overdue" in page


@pytest.mark.parametrize(
    ("opened", "due"),
    [
        pytest.param("2026-03-02", "2026-03-05", id="Monday to Thursday"),
        pytest.param("2026-03-05", "2026-03-10", id="Thursday to Tuesday"),
        pytest.param("2026-03-07", "2026-03-11", id="Saturday to Wednesday"),
    ],
)
def test_the_review_is_due_in_three_working_days(scene, opened, due):
    scene.at = datetime.fromisoformat(f"{opened}T12:00:00+00:00")
    assert f"{scene.breaks().review_due_at:%Y-%m-%d}" == due


def test_a_reason_that_the_catalogue_does_not_know_opens_nothing(scene):
    with pytest.raises(InvalidInput, match="one of the reasons"):
        scene.breaks(reason_code="curious")


# --- The same evening


def local(scene, hour, minute=0, days=0):
    zone = ZoneInfo(scene.clinic.time_zone)
    day = scene.at.astimezone(zone).date() + days * DAY
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)


def tick(scene, at):
    with acting_in(clinic_id=scene.clinic.pk):
        jobs.tick(clinic=scene.clinic, at=at)
    scene.stand()


@pytest.fixture
def berlin(scene):
    scene.clinic.time_zone = "Europe/Berlin"
    return scene


def test_the_same_evening_the_reader_and_the_auditor_are_told_what_was_opened(berlin):
    scene = berlin
    opened = local(scene, 14)
    broken = scene.breaks(at=opened)
    for minute in (1, 2):
        AccessEntry.objects.create(
            clinic_id=scene.clinic.pk,
            at=opened + minute * MINUTE,
            by=scene.outsider.username,
            by_id=scene.outsider.pk,
            role="therapist",
            relation="clinic",
            record_class="screening",
            action="read",
            subjects=[scene.patient.pk],
            address="/",
            allowed=True,
            reason="glass broken",
        )
    tick(scene, local(scene, 17, 59))
    assert not scene.told(scene.outsider, "glass-evening")
    tick(scene, local(scene, 18))
    (own,) = scene.told(scene.outsider, "glass-evening")
    (audits,) = scene.told(scene.auditor, "glass-evening")
    assert f"2 pages of the record of {scene.patient.number}" in own.text
    assert str(broken.user) in audits.text


@pytest.mark.parametrize(
    ("opened", "told"),
    [
        pytest.param((18, 1, 0), (18, 0, 1), id="after six: the next evening"),
        pytest.param((0, 1, 0), (18, 0, 0), id="just after midnight"),
        pytest.param((18, 0, 0), (18, 0, 0), id="at six sharp"),
    ],
)
def test_the_evening_is_the_clinics_own(berlin, opened, told):
    scene = berlin
    scene.breaks(at=local(scene, *opened))
    due = local(scene, *told)
    tick(scene, due - MINUTE)
    assert not scene.told(scene.outsider, "glass-evening")
    tick(scene, due)
    assert len(scene.told(scene.outsider, "glass-evening")) == 1


def test_telling_again_or_late_tells_once(berlin):
    scene = berlin
    scene.breaks(at=local(scene, 14))
    scene.breaks(at=local(scene, 15))
    for late in (0, 1, 60):
        tick(scene, local(scene, 20) + late * MINUTE)
    tick(scene, local(scene, 18, days=1))
    assert len(scene.told(scene.outsider, "glass-evening")) == 2
    assert len(scene.told(scene.auditor, "glass-evening")) == 2
    assert AuditEntry.objects.filter(deed="glass-told").count() == 2


def test_a_clinic_is_told_of_its_own_glass_alone(berlin):
    scene = berlin
    scene.breaks(at=local(scene, 14))
    elm = make_clinic("elm-house")
    with acting_in(clinic_id=elm.pk):
        jobs.tick(clinic=elm, at=local(scene, 20))
    scene.stand()
    assert not Notice.objects.filter(kind="glass-evening").exists()

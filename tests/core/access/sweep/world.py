"""
The world of the sweep: two clinics, a couple, four patients with a record of every class.

Records are written straight into the tables, not through actions, so that the sweep depends on
no stage's rules; every free text holds a canary.
"""

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.core.access.sweep.canaries import canary

from kapstone.clinic.consent.models import ConsentSignature, ConsentWithdrawal
from kapstone.clinic.course.models import Course
from kapstone.clinic.dosing.models import (
    AdverseEvent,
    CheckAnswer,
    DoseGiven,
    DoseOrder,
    DosingSession,
    SessionEntry,
    SessionSignature,
)
from kapstone.clinic.integration.models import Commitment, ProgressNote, PsychotherapyNote
from kapstone.clinic.measures.models import (
    Answers,
    MeasureRequest,
    SafetyCall,
    SafetyCallDone,
    SafetyPlan,
)
from kapstone.clinic.outcomes.models import CourseReview
from kapstone.clinic.practice.models import (
    CheckIn,
    ForkWalk,
    JournalEntry,
    PracticeLog,
    PracticePlan,
)
from kapstone.clinic.preparation.models import Fork, Intention, PreparationCheck
from kapstone.clinic.scheduling.models import Appointment, AppointmentRequest, Room
from kapstone.clinic.screening.models import (
    EligibilitySignature,
    RuleLift,
    Screening,
    ScreeningAnswer,
)
from kapstone.core.access.fences import stand_in
from kapstone.core.access.models import BrokenGlass, SharingGrant
from kapstone.core.people.models import (
    CareTeamMember,
    Clinic,
    ContactDetails,
    EmergencyCard,
    PartnerLink,
    Patient,
    Role,
    RoomDuty,
    Subjects,
    SubjectsMember,
    User,
)
from kapstone.core.people.subjects import set_key

PHQ_9 = {f"phq9-{n}": 1 for n in range(1, 10)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Someone who knocks on doors, and how they stand to the main patient."""

    code: str
    user: User | None
    column: str  # the column of the expectation that answers for them; "" for a stranger
    glass: bool = False


@dataclass(slots=True)
class World:
    """Everything the sweep needs: who knocks, and what stands behind each address."""

    at: datetime
    clinics: dict[str, Clinic] = field(default_factory=dict)
    patients: dict[str, Patient] = field(default_factory=dict)
    keys: dict[str, dict[str, Any]] = field(default_factory=dict)  # patient -> url argument
    principals: list[Principal] = field(default_factory=list)
    users: dict[str, User] = field(default_factory=dict)


def build(at: datetime) -> World:
    """Build the world inside the current transaction."""
    world = World(at=at)
    for slug in ("oak", "elm"):
        world.clinics[slug] = Clinic.objects.create(
            slug=slug, name=slug.capitalize(), phone="555 0100"
        )
    _staff(world)
    for code, slug in (("own", "oak"), ("partner", "oak"), ("other", "oak"), ("far", "elm")):
        _patient(world, code, slug)
    _relations(world)
    for code, patient in world.patients.items():
        author = "author" if patient.clinic.slug == "oak" else "far-therapist"
        world.keys[code] = Records(world, code, world.users[author]).plant()
    _principals(world)
    return world


def _user(world: World, code: str, role: str, slug: str = "oak", **rest: Any) -> None:
    world.users[code] = User.objects.create(
        username=code, display_name=code, role=role, clinic=world.clinics[slug], **rest
    )


def _staff(world: World) -> None:
    for code in ("author", "team", "clinic", "ended", "glass"):
        _user(world, code, Role.THERAPIST)
    for code in ("prescriber-team", "prescriber-clinic"):
        _user(world, code, Role.PRESCRIBER)
    for code in ("nurse-room", "nurse-clinic", "nurse-ended"):
        _user(world, code, Role.NURSE)
    _user(world, "desk", Role.FRONT_DESK)
    _user(world, "administrator", Role.ADMINISTRATOR)
    _user(world, "researcher", Role.RESEARCHER)
    _user(world, "auditor", Role.AUDITOR)
    _user(world, "far-therapist", Role.THERAPIST, "elm")
    _user(world, "far-administrator", Role.ADMINISTRATOR, "elm")
    _user(world, "disabled", Role.THERAPIST, is_active=False)


def _patient(world: World, code: str, slug: str) -> None:
    clinic = world.clinics[slug]
    stand_in(clinic_id=clinic.pk, user_id=None)
    _user(world, f"patient-{code}", Role.PATIENT, slug)
    patient = Patient(
        clinic=clinic,
        number=f"N-{code}",
        screen_name=f"Tree {code}",
        legal_name=canary("identity_limited", code),
        born_on=date(1985, 4, 12),
        user=world.users[f"patient-{code}"],
        registered_at=world.at,
    )
    patient.alone = Subjects.objects.create(clinic=clinic, key=set_key([patient]))
    patient.save(force_insert=True)
    SubjectsMember.objects.create(clinic=clinic, subjects=patient.alone, patient=patient)
    world.patients[code] = patient


def _relations(world: World) -> None:
    own, oak, at = world.patients["own"], world.clinics["oak"], world.at
    month = timedelta(days=30)
    stand_in(clinic_id=oak.pk, user_id=None)
    for code, ends in (
        ("author", None),
        ("team", None),
        ("prescriber-team", None),
        ("disabled", None),
        ("ended", at - timedelta(seconds=1)),
    ):
        CareTeamMember.objects.create(
            clinic=oak,
            patient=own,
            user=world.users[code],
            is_lead=code == "team",
            starts_at=at - month,
            ends_at=ends,
        )
    for code, shift in (("nurse-room", timedelta(0)), ("nurse-ended", timedelta(days=3))):
        RoomDuty.objects.create(
            clinic=oak,
            patient=own,
            user=world.users[code],
            session_key=uuid.uuid4(),
            starts_at=at - timedelta(hours=2) - shift,
            ends_at=at + timedelta(hours=24) - shift,
        )
    PartnerLink.objects.create(
        clinic=oak, one=own, other=world.patients["partner"], starts_at=at - month
    )
    BrokenGlass.objects.create(
        clinic=oak,
        user=world.users["glass"],
        patient=own,
        reason_code="cover",
        reason="Covering for a colleague who is away today.",
        opened_at=at - timedelta(minutes=5),
        expires_at=at + timedelta(minutes=55),
        review_due_at=at + timedelta(days=3),
    )


def _principals(world: World) -> None:
    for code, column in (
        ("stranger", ""),
        ("patient-own", "patient.self"),
        ("patient-partner", "patient.partner"),
        ("patient-other", "patient.none"),
        ("patient-far", "patient.none"),
        ("author", "therapist.author"),
        ("team", "therapist.team"),
        ("clinic", "therapist.clinic"),
        ("ended", "therapist.clinic"),
        ("glass", "therapist.clinic"),
        ("prescriber-team", "prescriber.team"),
        ("prescriber-clinic", "prescriber.clinic"),
        ("nurse-room", "nurse.room"),
        ("nurse-clinic", "nurse.clinic"),
        ("nurse-ended", "nurse.clinic"),
        ("desk", "front-desk.clinic"),
        ("administrator", "administrator.clinic"),
        ("researcher", "researcher.clinic"),
        ("auditor", "auditor.clinic"),
        ("far-therapist", "therapist.none"),
        ("far-administrator", "administrator.none"),
        ("disabled", ""),
    ):
        world.principals.append(
            Principal(
                code=code,
                user=world.users.get(code),
                column=column,
                glass=code == "glass",
            )
        )


class Records:
    """Plants one record of every class about one patient."""

    def __init__(self, world: World, code: str, author: User) -> None:
        self.at, self.code, self.author = world.at, code, author
        self.patient = world.patients[code]
        self.signs_in = self.patient.user
        self.clinic = self.patient.clinic

    def put(self, model: Any, *, by: User | None = None, **fields: Any) -> Any:
        """Write one record of care about this patient."""
        by = by or self.author
        stand_in(clinic_id=self.clinic.pk, user_id=by.pk)
        return model.objects.create(
            clinic=self.clinic,
            subjects=self.patient.alone,
            recorded_at=self.at,
            recorded_by=by,
            **fields,
        )

    def word(self, record_class: str) -> str:
        """Make a canary of this patient."""
        return canary(record_class, self.code)

    def plant(self) -> dict[str, Any]:
        """Write everything, and give the value of each argument an address may take."""
        stand_in(clinic_id=self.clinic.pk, user_id=self.author.pk)
        keys: dict[str, Any] = {"patient_key": self.patient.key, "number": 1}
        self._person(keys)
        self._screening(keys)
        self._measures(keys)
        course = self._course(keys)
        self._dosing(keys, course)
        self._after(keys, course)
        self._journal(keys)
        return keys

    def _person(self, keys: dict[str, Any]) -> None:
        self.put(ContactDetails, phone="555 0199", email="", contact_name=self.word("identity"))
        self.put(
            EmergencyCard,
            allergies=self.word("emergency_card"),
            weight_kg=Decimal("70.0"),
            weighed_at=self.at,
        )
        request = AppointmentRequest.objects.create(
            clinic=self.clinic,
            reference=f"R-{self.code}",
            name=self.word("appointment_request"),
            contact=self.word("appointment_request"),
            brings=self.word("appointment_request"),
            for_whom="alone",
            received_at=self.at,
            patient=self.patient,
        )
        keys["appointment_request_key"] = request.key
        room = Room.objects.create(clinic=self.clinic, name="Room 1")
        appointment = self.put(
            Appointment,
            kind="integration",
            modality="ifs",
            room=room,
            with_user=self.author,
            starts_at=self.at + timedelta(days=1, minutes=7 * len(self.code)),
            ends_at=self.at + timedelta(days=1, minutes=7 * len(self.code) + 5),
        )
        keys["appointment_key"] = appointment.key
        self.appointment = appointment

    def _screening(self, keys: dict[str, Any]) -> None:
        screening = self.put(
            Screening, indication="depression", rules_version="1", started_at=self.at
        )
        keys["screening_key"] = screening.key
        self.put(
            ScreeningAnswer,
            screening=screening,
            rule="C01",
            datum="hypersensitivity",
            value=False,
            detail=self.word("screening"),
            source="patient",
            answered_at=self.at,
        )
        self.put(
            RuleLift,
            screening=screening,
            rule="C09",
            reason=self.word("screening"),
            lifted_at=self.at,
        )
        self.put(
            EligibilitySignature,
            screening=screening,
            capacity="mental-health",
            verdict="eligible",
            reason=self.word("screening"),
            findings=[],
            rules_version="1",
            signed_at=self.at,
        )
        signature = self.put(
            ConsentSignature,
            template="kap-core",
            template_version="1",
            text_sha256="0" * 64,
            elements={},
            signed_name=self.word("consent"),
            method="typed",
            explained_by=self.author,
            has_capacity=True,
            signed_at=self.at,
        )
        keys["signature_key"] = signature.key
        self.put(
            ConsentWithdrawal,
            signature=signature,
            element="K15",
            reason=self.word("consent"),
            withdrawn_at=self.at,
        )

    def _measures(self, keys: dict[str, Any]) -> None:
        request = self.put(
            MeasureRequest,
            instrument="phq-9",
            point="baseline",
            due_at=self.at + timedelta(days=1),
        )
        keys["request_key"] = request.key
        answers = self.put(
            Answers,
            by=self.signs_in,
            instrument="phq-9",
            instrument_version="1",
            items=PHQ_9,
            answered_at=self.at - timedelta(days=9),
            total=9,
            band=self.word("measure")[:32],
            scoring_rule="phq-9-1",
        )
        keys["answers_key"] = answers.key
        call = self.put(
            SafetyCall,
            trigger="phq9-item9-1",
            sentence=self.word("suicidality"),
            answers=answers,
            priority="same-day",
            raised_at=self.at,
            due_at=self.at + timedelta(hours=4),
        )
        keys["call_key"] = call.key
        self.put(
            SafetyCallDone,
            call=call,
            outcome="not-reached",
            summary=self.word("suicidality"),
            at=self.at,
        )
        self.put(
            SafetyPlan,
            by=self.signs_in,
            sections={"signs": self.word("suicidality")},
            written_at=self.at,
        )

    def _course(self, keys: dict[str, Any]) -> Course:
        course: Course = self.put(
            Course,
            indication="depression",
            programme="kap-im-weekly",
            planned_sessions=6,
            started_at=self.at - timedelta(days=20),
        )
        keys["course_key"] = course.key
        self.put(
            Intention,
            by=self.signs_in,
            course=course,
            text=self.word("intention"),
            category="unsure",
            set_at=self.at,
        )
        self.fork = self.put(
            Fork,
            by=self.signs_in,
            course=course,
            cue=self.word("trail"),
            old_trail=self.word("trail"),
            new_trail=self.word("trail"),
            named_at=self.at - timedelta(days=15),
        )
        keys["fork_key"] = self.fork.key
        self.put(
            PreparationCheck,
            course=course,
            number=1,
            item="playlist",
            value=self.word("preparation"),
            checked_at=self.at,
        )
        review = self.put(
            CourseReview,
            course=course,
            point="middle",
            figures={},
            decision="go-on",
            reason=self.word("review"),
            patient_agrees=True,
            decided_at=self.at,
        )
        keys["review_key"] = review.key
        return course

    def _dosing(self, keys: dict[str, Any], course: Course) -> None:
        given = self.at - timedelta(hours=30)
        order = self.put(
            DoseOrder,
            course=course,
            number=1,
            product="racemic",
            route="IM",
            amount_mg=Decimal(50),
            max_session_mg=Decimal(50),
            weight_kg=Decimal(70),
            weighed_at=given,
            rationale="start-low",
            reason=self.word("dose_order"),
            signed_at=given,
        )
        session = self.put(
            DosingSession, course=course, number=1, order=order, planned_at=given
        )
        keys["session_key"] = session.key
        self.put(
            CheckAnswer,
            session=session,
            phase="gate",
            check_code="G4",
            value={"any": False},
            lift_reason=self.word("dosing_session"),
            answered_at=given,
        )
        self.put(
            SessionSignature,
            session=session,
            meaning="gate",
            printed_name=self.word("dosing_session"),
            role="therapist",
            signed_at=given,
        )
        self.put(
            SessionEntry,
            session=session,
            kind="note",
            payload={"speaker": "therapist", "text": self.word("dosing_session")},
            observed_at=given,
            device_at=given,
        )
        entry = self.put(
            SessionEntry,
            session=session,
            kind="dose",
            payload={"amount_mg": "50", "route": "IM", "product": "racemic"},
            observed_at=given,
            device_at=given,
        )
        self.put(
            DoseGiven,
            session=session,
            entry=entry,
            product="racemic",
            route="IM",
            amount_mg=Decimal(50),
            weight_kg=Decimal(70),
            given_at=given,
        )
        self.put(
            AdverseEvent,
            session=session,
            term="nausea",
            grade=1,
            began_at=given,
            description=self.word("adverse_event"),
        )

    def _after(self, keys: dict[str, Any], course: Course) -> None:
        progress = self.put(
            ProgressNote,
            appointment=self.appointment,
            modality="ifs",
            fields={"parts": self.word("progress_note")},
            summary=self.word("progress_note"),
            plan=self.word("progress_note_plan"),
            started_at=self.at - timedelta(hours=3),
            ended_at=self.at - timedelta(hours=2),
            signed_at=self.at,
        )
        keys["note_key"] = progress.key
        commitment = self.put(
            Commitment, note=progress, text=self.word("progress_note"), fork=self.fork
        )
        keys["commitment_id"] = commitment.entry_id
        sealed = self.put(
            PsychotherapyNote, text=self.word("psychotherapy_note"), written_at=self.at
        )
        keys["sealed_key"] = sealed.key
        keys["practice"], keys["modality"] = "breathe", "reflection"
        walk = self.put(
            ForkWalk,
            by=self.signs_in,
            fork=self.fork,
            which="new",
            word=self.word("trail"),
            walked_at=self.at - timedelta(hours=1),
            device_at=self.at,
        )
        keys["walk_id"] = walk.entry_id
        self.put(
            PracticePlan, practice="breathe", target=self.word("practice"), agreed_at=self.at
        )
        self.put(
            PracticeLog,
            by=self.signs_in,
            practice="breathe",
            minutes=5,
            done_at=self.at,
            device_at=self.at,
        )
        self.put(
            CheckIn,
            by=self.signs_in,
            day=self.at.date(),
            weather="fog",
            checked_in_at=self.at,
            device_at=self.at,
        )

    def _journal(self, keys: dict[str, Any]) -> None:
        for record_class in ("journal_private", "journal_shared"):
            entry = self.put(
                JournalEntry,
                by=self.signs_in,
                text=self.word(record_class),
                written_at=self.at,
                device_at=self.at,
            )
            if record_class == "journal_shared":
                self.put(
                    SharingGrant,
                    by=self.signs_in,
                    item_class="journal_shared",
                    item=entry.entry_id,
                    audience="team",
                )
        keys["entry_key"] = keys["journal_key"] = entry.key
        stand_in(clinic_id=self.clinic.pk, user_id=self.author.pk)
        glass = BrokenGlass.objects.create(
            clinic=self.clinic,
            user=self.author,
            patient=self.patient,
            reason_code="cover",
            reason=self.word("break_glass"),
            opened_at=self.at - timedelta(days=9),
            expires_at=self.at - timedelta(days=9) + timedelta(hours=1),
            review_due_at=self.at,
        )
        keys["glass_key"] = glass.key

"""
Register patients and staff, and change who stands in which relation to whom.

These actions live above ``people`` because each of them asks the policy first.
"""

import uuid
from datetime import date, datetime, timedelta

from django.db import transaction

from kapstone.core.access.models import SharingGrant
from kapstone.core.access.policy import Action
from kapstone.core.access.standing import require
from kapstone.core.audit.actions import note
from kapstone.core.people.models import (
    CareRecord,
    CareTeamMember,
    Notice,
    PartnerLink,
    Patient,
    Role,
    RoomDuty,
    Subjects,
    SubjectsMember,
    User,
)
from kapstone.core.people.subjects import patient_ids, set_key
from kapstone.errors import InvalidInput, NotAllowed

ROOM_BEFORE = timedelta(hours=2)  # security.md 3.1, judgement
ROOM_AFTER = timedelta(hours=24)


@transaction.atomic
def register_patient(
    *, by: User, at: datetime, number: str, screen_name: str, legal_name: str, born_on: date
) -> Patient:
    """
    Register a person as a patient of the clinic, with a set of subjects of their own.

    Raises
    ------
    NotAllowed
        If the user's role does not register patients.
    InvalidInput
        If the birth date lies ahead, or the number is taken.
    """
    if by.role not in {Role.FRONT_DESK, Role.PRESCRIBER, Role.THERAPIST}:
        raise NotAllowed("Front desk, a therapist or a prescriber registers patients.")
    if born_on > at.date():
        raise InvalidInput({"born_on": "The date of birth lies ahead."})
    if Patient.objects.filter(clinic_id=by.clinic_id, number=number).exists():
        raise InvalidInput({"number": f"{number} is already taken."})
    key = uuid.uuid4()
    patient = Patient(
        clinic_id=by.clinic_id,
        key=key,
        number=number,
        screen_name=screen_name,
        legal_name=legal_name,
        born_on=born_on,
        registered_at=at,
    )
    patient.alone = Subjects.objects.create(clinic_id=by.clinic_id, key=set_key([patient]))
    patient.save(force_insert=True)
    SubjectsMember.objects.create(
        clinic_id=by.clinic_id, subjects=patient.alone, patient=patient
    )
    note(
        by=by,
        at=at,
        deed="patient-registered",
        record=patient,
        clinic_id=patient.clinic_id,
        subjects=[patient.pk],
    )
    return patient


@transaction.atomic
def join_care_team(
    *, by: User, at: datetime, patient: Patient, member: User, is_lead: bool = False
) -> CareTeamMember:
    """
    Give a therapist or prescriber a place in a patient's care team.

    Whoever registers the first member of an empty team may be anyone whose role may write the
    class anywhere in the clinic; after that the policy decides by relation.

    Raises
    ------
    NotAllowed
        If the policy does not let this user change the team, or the member is of another
        clinic or of a role that no team has.
    """
    first = not CareTeamMember.objects.filter(patient=patient).exists()
    if not (first and by.pk == member.pk):
        require(
            by=by, at=at, record_class="care_team", action=Action.CREATE, subjects=[patient.pk]
        )
    if member.clinic_id != patient.clinic_id or member.role not in {
        Role.THERAPIST,
        Role.PRESCRIBER,
    }:
        raise NotAllowed("A care team is made of this clinic's therapists and prescribers.")
    place = CareTeamMember.objects.create(
        clinic_id=patient.clinic_id, patient=patient, user=member, is_lead=is_lead, starts_at=at
    )
    note(
        by=by,
        at=at,
        deed="care-team-joined",
        record=place,
        clinic_id=patient.clinic_id,
        subjects=[patient.pk],
        member=member.username,
    )
    return place


@transaction.atomic
def leave_care_team(*, by: User, at: datetime, place: CareTeamMember) -> CareTeamMember:
    """
    End a place in a care team, from this moment.

    Raises
    ------
    NotAllowed
        If the policy does not let this user change the team.
    """
    require(
        by=by,
        at=at,
        record_class="care_team",
        action=Action.CREATE,
        subjects=[place.patient_id],
    )
    place.ends_at = at
    place.save(update_fields=["ends_at"])
    note(
        by=by,
        at=at,
        deed="care-team-left",
        record=place,
        clinic_id=place.clinic_id,
        subjects=[place.patient_id],
    )
    return place


@transaction.atomic
def assign_to_room(
    *,
    by: User,
    at: datetime,
    patient: Patient,
    member: User,
    session_key: uuid.UUID,
    session_at: datetime,
) -> RoomDuty:
    """
    Assign a nurse to one dosing session, from 2 h before until 24 h after it; once.

    Raises
    ------
    NotAllowed
        If the policy does not let this user book the patient's appointments.
    """
    require(
        by=by, at=at, record_class="appointment", action=Action.AMEND, subjects=[patient.pk]
    )
    standing = RoomDuty.objects.filter(
        patient=patient, user=member, session_key=session_key, ended_at__isnull=True
    ).first()
    if standing is not None:
        return standing
    duty = RoomDuty.objects.create(
        clinic_id=patient.clinic_id,
        patient=patient,
        user=member,
        session_key=session_key,
        starts_at=session_at - ROOM_BEFORE,
        ends_at=session_at + ROOM_AFTER,
    )
    note(
        by=by,
        at=at,
        deed="room-assigned",
        record=duty,
        clinic_id=patient.clinic_id,
        subjects=[patient.pk],
        member=member.username,
    )
    return duty


@transaction.atomic
def link_partners(*, by: User, at: datetime, one: Patient, other: Patient) -> PartnerLink:
    """
    Link two patients as a couple; each keeps an own record.

    Raises
    ------
    NotAllowed
        If the user may not change the care of both.
    InvalidInput
        If both are one person, or sign in through one account.
    """
    for patient in (one, other):
        require(
            by=by, at=at, record_class="care_team", action=Action.CREATE, subjects=[patient.pk]
        )
    if one.pk == other.pk:
        raise InvalidInput({"other": "A couple is two people."})
    link = PartnerLink.objects.create(
        clinic_id=one.clinic_id, one=one, other=other, starts_at=at
    )
    note(
        by=by,
        at=at,
        deed="partners-linked",
        record=link,
        clinic_id=one.clinic_id,
        subjects=[one.pk, other.pk],
    )
    return link


@transaction.atomic
def share_item(
    *, by: User, at: datetime, record: CareRecord, item_class: str, audience: str
) -> SharingGrant:
    """
    Share one record of one's own; sharing it again changes nothing.

    Raises
    ------
    NotAllowed
        If the record is not the user's own.
    """
    subjects = patient_ids(record.subjects)
    require(by=by, at=at, record_class="sharing_grant", action=Action.CREATE, subjects=subjects)
    if record.recorded_by_id != by.pk:
        raise NotAllowed("Only what you wrote yourself is yours to share.")
    live = SharingGrant.objects.filter(
        item=record.entry_id, audience=audience, withdrawn_at__isnull=True
    ).first()
    if live is not None:
        return live
    grant = SharingGrant.objects.create(
        clinic_id=record.clinic_id,
        subjects=record.subjects,
        recorded_at=at,
        recorded_by=by,
        item_class=item_class,
        item=record.entry_id,
        audience=audience,
    )
    note(
        by=by,
        at=at,
        deed="item-shared",
        record=grant,
        clinic_id=record.clinic_id,
        subjects=subjects,
        audience=audience,
    )
    return grant


@transaction.atomic
def withdraw_grant(*, by: User, at: datetime, grant: SharingGrant) -> SharingGrant:
    """
    Take a sharing back; the next read is already refused.

    Raises
    ------
    NotAllowed
        If the grant is not the user's own.
    """
    subjects = patient_ids(grant.subjects)
    require(by=by, at=at, record_class="sharing_grant", action=Action.CREATE, subjects=subjects)
    if grant.withdrawn_at is None:
        grant.withdrawn_at = at
        grant.save(update_fields=["withdrawn_at"])
        note(
            by=by,
            at=at,
            deed="sharing-withdrawn",
            record=grant,
            clinic_id=grant.clinic_id,
            subjects=subjects,
        )
    return grant


@transaction.atomic
def put_notice_away(*, by: User, at: datetime, notice: Notice) -> Notice:
    """
    Put a notice away, once its reader has seen it.

    Raises
    ------
    NotAllowed
        If the notice is somebody else's.
    """
    if notice.to_id != by.pk:
        raise NotAllowed("This notice is somebody else's.")
    if notice.seen_at is None:
        notice.seen_at = at
        notice.save(update_fields=["seen_at"])
        note(by=by, at=at, deed="notice-seen", record=notice, clinic_id=notice.clinic_id)
    return notice

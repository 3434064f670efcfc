"""
How a user stands to patients, read afresh in the transaction of the request.

Nothing here is kept between requests: a membership ended or a grant withdrawn by a committed
transaction is gone for every read that begins after it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import compress
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from kapstone.core.access.models import BrokenGlass, SharingGrant
from kapstone.core.access.policy import (
    Action,
    Decision,
    Question,
    Relation,
    decide,
    may_anywhere,
    record_class,
)
from kapstone.core.people.models import (
    CareTeamMember,
    PartnerLink,
    Patient,
    Role,
    RoomDuty,
    User,
)
from kapstone.errors import NotAllowed

_TEAM_ROLES = {Role.THERAPIST, Role.PRESCRIBER}
_NOBODYS = 0  # no patient has this id
# What opens a list; a grant or a broken glass opens single records.
_LISTED = (Relation.CLINIC, Relation.TEAM, Relation.ROOM, Relation.SELF)


def team_memberships(user: User, at: datetime) -> QuerySet[CareTeamMember]:
    """List a user's open places in care teams."""
    still_open = Q(ends_at__isnull=True) | Q(ends_at__gt=at)
    return CareTeamMember.objects.filter(still_open, user=user, starts_at__lte=at)


def room_duties(user: User, at: datetime) -> QuerySet[RoomDuty]:
    """List a user's assignments to dosing sessions that hold now."""
    return RoomDuty.objects.filter(
        user=user, starts_at__lte=at, ends_at__gt=at, ended_at__isnull=True
    )


def partner_links(patient: Patient, at: datetime) -> QuerySet[PartnerLink]:
    """List a patient's open couple links."""
    still_open = Q(ends_at__isnull=True) | Q(ends_at__gt=at)
    return PartnerLink.objects.filter(
        still_open, Q(one=patient) | Q(other=patient), starts_at__lte=at
    )


def own_patient(user: User) -> Patient | None:
    """Give the patient that signs in as this user, if there is one."""
    return Patient.objects.filter(user=user).first() if user.role == Role.PATIENT else None


def _partners(patient: Patient, at: datetime) -> set[int]:
    pairs = partner_links(patient, at).values_list("one_id", "other_id")
    return {person for pair in pairs for person in pair} - {patient.pk}


def relations_to(
    user: User, patients: Collection[int], at: datetime
) -> Mapping[int, frozenset[Relation]]:
    """
    Find every relation of a user to each of these patients.

    A patient of another clinic yields no relation at all: row-level security hides the rows,
    and the clinic is compared here as well.
    """
    if not user.is_active or not patients:
        return {patient: frozenset() for patient in patients}
    here = Patient.objects.filter(pk__in=patients, clinic_id=user.clinic_id)
    finder = _patient_relations if user.role == Role.PATIENT else _staff_relations
    found = {patient: frozenset(relations) for patient, relations in finder(user, here, at)}
    return {patient: found.get(patient, frozenset()) for patient in patients}


def _patient_relations(
    user: User, here: QuerySet[Patient], at: datetime
) -> Iterator[tuple[int, set[Relation]]]:
    own = own_patient(user)
    if own is None:
        return
    known = set(here.values_list("pk", flat=True))
    partners = _partners(own, at) if known - {own.pk} else set()
    for patient in known:
        which = ((Relation.SELF, {own.pk}), (Relation.PARTNER, partners))
        yield patient, {relation for relation, whom in which if patient in whom}


def _staff_relations(
    user: User, here: QuerySet[Patient], at: datetime
) -> Iterator[tuple[int, set[Relation]]]:
    """Give them in one query: every request about a patient asks this."""
    of_them = {"patient": OuterRef("pk")}
    closer: dict[Relation, QuerySet[Any]] = {}
    if user.role in _TEAM_ROLES:
        closer[Relation.TEAM] = team_memberships(user, at).filter(**of_them)
    if user.role == Role.NURSE:
        closer[Relation.ROOM] = room_duties(user, at).filter(**of_them)
    rows = here.values_list("pk", *(Exists(which) for which in closer.values()))
    for patient, *holds in rows:
        yield patient, {Relation.CLINIC, *compress(closer, holds)}


def glass_broken_by(user: User, patients: Collection[int], at: datetime) -> frozenset[int]:
    """Give those of the patients for whom this user's glass is broken now."""
    if user.role == Role.PATIENT:
        return frozenset()
    broken = BrokenGlass.objects.filter(
        user=user, patient__in=patients, opened_at__lte=at, expires_at__gt=at
    )
    return frozenset(broken.values_list("patient_id", flat=True))


def is_granted(item: UUID, *, to_partner: bool) -> bool:
    """Say whether a live grant covers this item for the audience that asks."""
    audience = SharingGrant.Audience.PARTNER if to_partner else SharingGrant.Audience.TEAM
    return SharingGrant.objects.filter(
        item=item, audience=audience, withdrawn_at__isnull=True
    ).exists()


class Access:
    """
    One user's access during one request: asks the database once for each patient.

    Made by the middleware and kept for the request only.
    """

    def __init__(self, user: User, at: datetime) -> None:
        self.user = user
        self.at = at
        self._relations: dict[int, frozenset[Relation]] = {}
        self._glass: dict[int, bool] = {}
        self._lists: dict[frozenset[Relation], QuerySet[Patient]] = {}

    def learn(self, patients: Iterable[int]) -> None:
        """Find the relations to these patients in one go, before a list asks one by one."""
        new = [patient for patient in patients if patient not in self._relations]
        if new:
            self._relations.update(relations_to(self.user, new, self.at))

    def _broken(self, patients: Collection[int], action: Action) -> set[int]:
        """Give those whose glass is broken; it opens reading alone, so only reading asks."""
        if action is not Action.READ:
            return set()
        if any(patient not in self._glass for patient in patients):
            new = [patient for patient in self._relations if patient not in self._glass]
            broken = glass_broken_by(self.user, new, self.at)
            self._glass.update({patient: patient in broken for patient in new})
        return {patient for patient in patients if self._glass[patient]}

    def decide(
        self,
        code: str,
        action: Action,
        patients: Collection[int],
        *,
        author_id: int | None = None,
        item: UUID | None = None,
    ) -> Decision:
        """Ask the policy about a record with these subjects."""
        self.learn(patients)
        relations = {patient: self._relations[patient] for patient in patients}
        to_partner = self.user.role == Role.PATIENT
        granted = item is not None and is_granted(item, to_partner=to_partner)
        return decide(
            Question(
                role=self.user.role,
                record_class=code,
                action=action,
                relations=relations,
                is_author=author_id is not None and author_id == self.user.pk,
                granted=granted,
                glass=self._broken(patients, action),
            )
        )

    def may(self, code: str, action: Action | str, patient: int | Collection[int]) -> bool:
        """Say yes or no, and for reading only if the whole record may be seen."""
        patients = (patient,) if isinstance(patient, int) else tuple(patient)
        decision = self.decide(code, Action(action), patients)
        return decision.allowed and decision.mode in {"full", "glass"}

    def visible(self, code: str, *, limited: bool = False) -> QuerySet[Patient]:
        """List as ``patients_visible``, put together once for classes that open alike."""
        relations = _relations_that_open(self.user, code, limited=limited)
        if relations not in self._lists:
            self._lists[relations] = _patients_of(self.user, relations, self.at)
        return self._lists[relations].all()

    def may_anywhere(self, code: str, action: Action | str = Action.READ) -> bool:
        """Say whether this role could ever do this to anyone."""
        return may_anywhere(self.user.role, code, Action(action))


def require(
    *,
    by: User,
    at: datetime,
    record_class: str,
    action: Action | str,
    subjects: Collection[int],
    author_id: int | None = None,
) -> Decision:
    """
    Refuse unless the policy allows; the first line of every action.

    Raises
    ------
    NotAllowed
        If the policy says no, or has nothing to say.
    """
    decision = Access(by, at).decide(
        record_class, Action(action), subjects, author_id=author_id
    )
    if not decision.allowed:
        raise NotAllowed("Your role or your place in the care team does not allow this.")
    return decision


def decide_here(user: User, code: str, action: Action | str) -> Decision:
    """
    Ask the policy about what belongs to the clinic and to no patient, such as its stock.

    The user stands to it as to anyone of the clinic; a patient stands in no relation.
    """
    here: dict[int, frozenset[Relation]] = {}
    if user.is_active and user.role != Role.PATIENT:
        here = {_NOBODYS: frozenset({Relation.CLINIC})}
    return decide(
        Question(role=user.role, record_class=code, action=Action(action), relations=here)
    )


def require_here(*, by: User, record_class: str, action: Action | str) -> Decision:
    """
    Refuse unless the policy allows; the first line of an action on what is nobody's record.

    Raises
    ------
    NotAllowed
        If the policy says no, or has nothing to say.
    """
    decision = decide_here(by, record_class, action)
    if not decision.allowed:
        raise NotAllowed("Your role does not allow this.")
    return decision


def patients_visible(
    user: User, code: str, at: datetime, *, limited: bool = False
) -> QuerySet[Patient]:
    """
    List the patients whose records of one class this user may read whole.

    With ``limited`` also those of whom the user reads limited fields only.

    This is the scope of every list: a list never asks patient by patient. Cells that need a
    grant or a broken glass open single records, never a list.
    """
    return _patients_of(user, _relations_that_open(user, code, limited=limited), at)


def _relations_that_open(user: User, code: str, *, limited: bool) -> frozenset[Relation]:
    """Say by which relations this user reads records of one class in lists."""
    if not user.is_active:
        return frozenset()
    row = record_class(code)
    wanted = {"R", "L"} if limited else {"R"}
    return frozenset(one for one in _LISTED if wanted & set(row.letters(user.role, one)))


def _patients_of(user: User, relations: frozenset[Relation], at: datetime) -> QuerySet[Patient]:
    """List the patients to whom this user stands in any of these relations."""
    patients = Patient.objects.filter(clinic_id=user.clinic_id)
    if Relation.CLINIC in relations:
        return patients
    scope = Q(pk__in=[])
    if Relation.TEAM in relations:
        scope |= Q(Exists(team_memberships(user, at).filter(patient=OuterRef("pk"))))
    if Relation.ROOM in relations:
        scope |= Q(Exists(room_duties(user, at).filter(patient=OuterRef("pk"))))
    if Relation.SELF in relations:
        scope |= Q(user=user)
    return patients.filter(scope)

"""Read the trail: who did what, who looked, whose glass is broken, what waits for a user."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db.models import Q, QuerySet

from kapstone.core.access.models import BrokenGlass
from kapstone.core.audit.models import AccessEntry, AuditEntry
from kapstone.core.people.models import Notice, Patient, Role, User

# How the access log marks a look that only a broken glass allowed.
THROUGH_GLASS = "glass broken"


def looks_at(patient: Patient) -> QuerySet[AccessEntry]:
    """List every look at, and refusal of, a patient's records, the newest first."""
    return AccessEntry.objects.filter(subjects__contains=[patient.pk]).order_by("-at")


def looks_through(glass: BrokenGlass) -> QuerySet[AccessEntry]:
    """List what was opened because a glass was broken, the earliest first."""
    return AccessEntry.objects.filter(
        clinic_id=glass.clinic_id,
        by_id=glass.user_id,
        subjects__contains=[glass.patient_id],
        at__gte=glass.opened_at,
        at__lt=glass.expires_at,
        allowed=True,
        reason=THROUGH_GLASS,
    ).order_by("at", "pk")


def glass_about(patient: Patient) -> QuerySet[BrokenGlass]:
    """List each breaking of the glass for a patient, the newest first."""
    rows = BrokenGlass.objects.filter(patient=patient).select_related("user", "review")
    return rows.order_by("-opened_at")


def deeds(clinic_id: int) -> QuerySet[AuditEntry]:
    """List the deeds of one clinic, the newest first."""
    return AuditEntry.objects.filter(clinic_id=clinic_id).order_by("-at", "-pk")


def looks(clinic_id: int) -> QuerySet[AccessEntry]:
    """List the looks and refusals of one clinic, the newest first."""
    return AccessEntry.objects.filter(clinic_id=clinic_id).order_by("-at", "-pk")


def glass_to_review(clinic_id: int) -> QuerySet[BrokenGlass]:
    """List each breaking of the glass that no auditor has reviewed, the oldest first."""
    return (
        BrokenGlass.objects.filter(clinic_id=clinic_id, review__isnull=True)
        .select_related("user", "patient")
        .order_by("review_due_at")
    )


def glass_live(user: User, patient: Patient, at: datetime) -> BrokenGlass | None:
    """Give the user's glass for this patient while it is broken."""
    return (
        BrokenGlass.objects.filter(user=user, patient=patient, opened_at__lte=at)
        .filter(expires_at__gt=at)
        .order_by("-expires_at")
        .first()
    )


def notices_unseen(user: User) -> QuerySet[Notice]:
    """List what Kapstone has told a user and they have not yet put away."""
    return Notice.objects.filter(to=user, seen_at__isnull=True).order_by("-at")


def names_of(users: Collection[int]) -> Mapping[int, str]:
    """Give the names by which colleagues and patients know these users."""
    return {user.pk: str(user) for user in User.objects.filter(pk__in=users)}


def numbers_of(patients: Collection[int]) -> Mapping[int, str]:
    """Give the numbers of these patients."""
    return dict(Patient.objects.filter(pk__in=patients).values_list("pk", "number"))


def patients_named(clinic_id: int, words: str) -> QuerySet[Patient]:
    """Find patients by number or screen name, for the auditor's filter."""
    return Patient.objects.filter(clinic_id=clinic_id).filter(
        Q(number__iexact=words) | Q(screen_name__iexact=words)
    )


def usernames_of(clinic_id: int, words: str) -> list[str]:
    """Find people by the name they sign in with or are shown by, for the auditor's filter."""
    people = User.objects.filter(clinic_id=clinic_id)
    found = people.filter(Q(username__iexact=words) | Q(display_name__iexact=words))
    return [words, *found.values_list("username", flat=True)]


def demo_accounts() -> list[User]:
    """List one account a role, of synthetic clinics only."""
    synthetic = User.objects.filter(clinic__is_synthetic=True, is_active=True)
    order = {role: place for place, role in enumerate(Role.values)}
    accounts = synthetic.order_by("role", "pk").distinct("role")
    return sorted(accounts, key=lambda user: order[user.role])

"""
Doors: every address declares which record class it opens, and asks the policy before it does.

``@door("dosing_session", write=Action.CREATE, of=session_of)`` wraps a view. ``of`` finds what
the address points to and says whose record it is. A view that no door wraps is reported by the
system checks, and the app does not start.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import wraps
from typing import Any, cast
from urllib.parse import quote
from uuid import UUID

from django.conf import settings
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
)
from django.utils import timezone

from kapstone.catalogue.post import Opens
from kapstone.core.access.fences import stand_in
from kapstone.core.access.kept import ask_to_sign_in, page_before
from kapstone.core.access.links import holder_of
from kapstone.core.access.policy import Action, Decision, Mode, record_class
from kapstone.core.access.queries import THROUGH_GLASS
from kapstone.core.access.standing import Access
from kapstone.core.audit.models import AccessEntry
from kapstone.core.people.http import Request
from kapstone.core.people.models import CareRecord, Patient, Role, User
from kapstone.core.people.subjects import patient_ids, sets_with
from kapstone.core.ui.errors import error_page
from kapstone.errors import NotAllowed

View = Callable[..., HttpResponse]
OWN_APP = "/me/"
OWN_PASSWORD = "/account/password/"  # noqa: S105  an address
ABOUT_ONESELF = "own_settings"  # the one board that everybody has


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What an address points to: the record, and the patients that it is about."""

    record: Any
    subjects: tuple[int, ...]
    author_id: int | None = None
    item: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorSpec:
    """What a route declares about itself; the registry and the sweep read it."""

    record_class: str
    read: Action | None
    write: Action | None
    public: bool
    has_target: bool
    both: bool = False
    modes: frozenset[Mode] = field(default_factory=frozenset)
    watched_for: timedelta | None = None  # a screen that asks again by itself is one look
    through: frozenset[Opens] = field(default_factory=frozenset)  # links that open it

    @property
    def methods(self) -> tuple[str, ...]:
        """List the HTTP methods that the door answers."""
        reading = ("GET", "HEAD") if self.read else ()
        return (*reading, "POST") if self.write else reading


def of_patient(request: Request, **kwargs: Any) -> Target:
    """Find the patient that ``patient_key`` in the address names."""
    patient = Patient.objects.filter(key=kwargs["patient_key"]).first()
    if patient is None:
        raise Http404
    return Target(record=patient, subjects=(patient.pk,))


def own_sets(request: Request) -> tuple[int, ...]:
    """
    List the sets of subjects that hold the patient who is signed in.

    For the addresses of the patient app that name a record: it is the asker's own, or it does
    not exist here, whatever the policy would let others read elsewhere.
    """
    return sets_with(of_self(request).record)


def of_self(request: Request, **kwargs: Any) -> Target:
    """Find the patient that is signed in: the whole of the patient app is about them."""
    patient = Patient.objects.filter(user=request.user).first()
    if patient is None:
        raise Http404
    return Target(record=patient, subjects=(patient.pk,))


def target_of(record: CareRecord) -> Target:
    """Describe a record of care to the door: its subjects, author and item."""
    return Target(
        record=record,
        subjects=patient_ids(record.subjects),
        author_id=record.recorded_by_id,
        item=record.entry_id,
    )


def _client_address(request: HttpRequest) -> str:
    return request.path[:300]


def _log(request: Request, spec: DoorSpec, target: Target | None, decision: Decision) -> None:
    """Keep one row for each look at, or refusal of, a record about a patient."""
    user, action = request.user, _action(request, spec)
    if target is None or (decision.allowed and user.role == Role.PATIENT):
        return
    if decision.allowed and _is_still_watching(request, spec):
        return
    AccessEntry.objects.create(
        clinic_id=user.clinic_id,
        at=request.access.at,
        by=user.username,
        by_id=user.pk,
        role=user.role,
        relation=str(decision.relation or "none"),
        record_class=spec.record_class,
        action=str(action),
        subjects=sorted(target.subjects),
        address=_client_address(request),
        allowed=decision.allowed,
        reason=THROUGH_GLASS if decision.mode is Mode.GLASS else decision.reason,
    )


def _is_still_watching(request: Request, spec: DoorSpec) -> bool:
    """Whether this look is one that a screen left open has been logged for already."""
    if spec.watched_for is None:
        return False
    return AccessEntry.objects.filter(
        clinic_id=request.user.clinic_id,
        at__gt=request.access.at - spec.watched_for,
        by_id=request.user.pk,
        address=_client_address(request),
        allowed=True,
    ).exists()


def _action(request: HttpRequest, spec: DoorSpec) -> Action:
    if request.method in {"GET", "HEAD"}:
        return cast("Action", spec.read)
    return cast("Action", spec.write)


def _to_sign_in(request: HttpRequest, spec: DoorSpec) -> HttpResponse:
    """
    Send a stranger to sign in, and lose nothing that they typed.

    htmx follows a header, since it would swap a redirect; but a form, or a screen that watches,
    has typing beside it, and the page's own script decides (``ui/js/sending.js``).
    """
    writes = request.method == "POST"
    back = page_before(request) if writes else request.get_full_path()
    address = f"{settings.LOGIN_URL}?next={quote(back)}"
    if request.headers.get("HX-Request") == "true":
        stays = writes or spec.watched_for is not None
        return HttpResponse(
            status=401, headers={"Location" if stays else "HX-Redirect": address}
        )
    return ask_to_sign_in(request) if writes else HttpResponseRedirect(address)


def _to_own_password(request: HttpRequest) -> HttpResponse:
    """Send whoever has a one-time password to choose their own: it opens nothing else."""
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=401, headers={"HX-Redirect": OWN_PASSWORD})
    return HttpResponseRedirect(OWN_PASSWORD, status=303)


def _let_in_by_link(request: HttpRequest, guarded: View) -> bool:
    """Let whoever holds a link for this door in as its patient, for this one request."""
    spec = cast("DoorSpec", spec_of(guarded))
    holder = holder_of(request.session, spec.through, timezone.now())
    if holder is None:
        return False
    stand_in(clinic_id=holder.clinic_id, user_id=holder.pk)
    timezone.activate(holder.clinic.time_zone)
    request.user = holder
    request.access = make_access(holder)  # type: ignore[attr-defined]  # see Request
    request.by_link = True  # type: ignore[attr-defined]  # the page shows no way on
    return True


def _is_the_clinics(request: Request, spec: DoorSpec, action: Action) -> bool:
    """
    Say whether this is for those who work here, whatever a patient's own cell grants.

    A board gathers many people's records, and being one of them opens none. What a patient
    writes, they write in their own app: at the clinic's addresses the same act is a
    clinician's.
    """
    if request.user.role != Role.PATIENT:
        return False
    if not spec.has_target:
        return spec.record_class != ABOUT_ONESELF
    writes = action is not Action.READ
    return writes and not spec.both and not request.path.startswith(OWN_APP)


def _not_a_method(request: HttpRequest, spec: DoorSpec) -> HttpResponse:
    answer = error_page(request, 405)
    answer.headers["Allow"] = ", ".join(spec.methods)
    return answer


def _ask(request: Request, spec: DoorSpec, target: Target | None) -> Decision:
    action = _action(request, spec)
    if _is_the_clinics(request, spec, action):
        return Decision(allowed=False, reason="for those who work here")
    if target is None:
        allowed = request.access.may_anywhere(spec.record_class, action)
        return Decision(allowed=allowed, mode=Mode.FULL, reason="" if allowed else "role")
    decision: Decision = request.access.decide(
        spec.record_class,
        action,
        target.subjects,
        author_id=target.author_id,
        item=target.item,
    )
    if decision.allowed and action is Action.READ and decision.mode not in spec.modes:
        return Decision(allowed=False, relation=decision.relation, reason="limited fields only")
    return decision


def door(
    code: str,
    *,
    read: Action | None = Action.READ,
    write: Action | None = None,
    of: Callable[..., Target] | None = None,
    limited: bool = False,
    existence: bool = False,
    both: bool = False,
    watched_for: timedelta | None = None,
) -> Callable[[View], View]:
    """
    Wrap a view in the policy.

    Parameters
    ----------
    code : the record class that the address opens
    read : the action that GET and HEAD stand for; None where there is nothing to read
    write : the action that POST stands for; None where nothing can be written
    of : finds the record from the address and says whose it is; None for a board or a list,
        which must scope its own rows with ``patients_visible``
    limited : the view knows how to show limited fields (``request.access`` tells which)
    existence : the view knows how to show no more than that a record exists
    watched_for : a screen asks this address again by itself; within this time it is one look
    both : a patient may write here too, although it is not an address of the patient app

    Notes
    -----
    Absent and forbidden look the same: 404, with one body.
    """
    record_class(code)
    modes = {Mode.FULL, Mode.GLASS}
    modes |= {Mode.LIMITED} if limited else set()
    modes |= {Mode.EXISTENCE} if existence else set()
    spec = DoorSpec(
        record_class=code,
        read=read,
        write=write,
        public=False,
        has_target=of is not None,
        both=both,
        modes=frozenset(modes),
        watched_for=watched_for,
    )

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            if not isinstance(request.user, User) and not _let_in_by_link(request, guarded):
                return _to_sign_in(request, spec)
            if request.method not in spec.methods:
                return _not_a_method(request, spec)
            request = cast("Request", request)
            if request.user.one_time_until is not None and request.path != OWN_PASSWORD:
                return _to_own_password(request)
            target = of(request, **kwargs) if of else None
            decision = _ask(request, spec, target)
            _log(request, spec, target, decision)
            if not decision.allowed:
                if target is not None:
                    raise Http404
                raise NotAllowed("Your role does not open this page.")
            request.target, request.decision = target, decision
            return view(request, **kwargs)

        guarded.kapstone_door = spec  # type: ignore[attr-defined]  # read by the registry
        return guarded

    return wrap


def through_link(purpose: Opens) -> Callable[[View], View]:
    """
    Let links of one purpose open a door too, to their patient alone; put it above the door.

    The policy is asked as if that patient had signed in; no other door knows of the link.
    """

    def wrap(guarded: View) -> View:
        spec = cast("DoorSpec", spec_of(guarded))
        opened = replace(spec, through=frozenset({purpose}))
        guarded.kapstone_door = opened  # type: ignore[attr-defined]  # read by the registry
        return guarded

    return wrap


def public_door(
    view: View, *, read: Action | None = Action.READ, write: Action | None = Action.CREATE
) -> View:
    """Wrap a view that anyone may see, signed in or not; it shows no record of care."""
    spec = DoorSpec(
        record_class="public",
        read=read,
        write=write,
        public=True,
        has_target=False,
    )

    @wraps(view)
    def open_view(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if request.method not in spec.methods:
            return _not_a_method(request, spec)
        return view(request, **kwargs)

    open_view.kapstone_door = spec  # type: ignore[attr-defined]  # read by the registry
    return open_view


def spec_of(view: Callable[..., Any]) -> DoorSpec | None:
    """Give what a view declared, or None if no door wraps it."""
    return getattr(view, "kapstone_door", None)


def make_access(user: User) -> Access:
    """Start a user's access for one request, at this moment."""
    return Access(user, timezone.now())

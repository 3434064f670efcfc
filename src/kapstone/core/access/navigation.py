"""Which places a user's rail, tabs and first page lead to; the policy decides each one."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from kapstone.core.access.policy import Action, may_anywhere
from kapstone.core.people.models import Role, User
from kapstone.core.ui.parts import NavItem


@dataclass(frozen=True, slots=True)
class Place:
    """
    One place: its words, its icon, its address, and the record class it opens.

    ``also`` names the addresses outside its own that belong to it.
    """

    label: str
    icon: str
    href: str
    record_class: str
    apart: bool = False
    also: tuple[str, ...] = ()

    def holds(self, path: str) -> bool:
        """Say whether an address is in this place."""
        return path.startswith((self.href, *self.also))


RAIL = (
    Place("Today", "sunrise", "/today/", "today"),
    Place(
        "Patients",
        "users",
        "/patients/",
        "identity",
        also=("/sessions/", "/courses/", "/notes/", "/commitments/", "/safety-calls/"),
    ),
    Place(
        "Requests",
        "clipboard-list",
        "/requests/",
        "appointment_request",
        also=("/screening/",),
    ),
    Place("Schedule", "calendar-days", "/schedule/", "appointment", also=("/appointments/",)),
    Place("Outcomes", "chart-spline", "/outcomes/", "clinic_outcomes"),
    Place("Drug log", "pill", "/drugs/", "drug_stock"),
    Place("Post", "mail", "/post/", "post", apart=True),
    Place("Clinic", "users-round", "/people/", "users", apart=True, also=("/rooms/",)),
    Place("Audit", "shield-check", "/audit/", "audit_log"),
)
TABS = (
    NavItem(label="Window", icon="sunrise", href="/me/"),
    NavItem(label="Trails", icon="trees", href="/me/trails/"),
    NavItem(label="Log", icon="footprints", href="/me/log/", central=True),
    NavItem(label="Journal", icon="notebook-pen", href="/me/journal/"),
    NavItem(label="Plan", icon="calendar-days", href="/me/plan/"),
)
PUBLIC = (
    NavItem(label="How it works", href="/how-it-works/"),
    NavItem(label="Is it for me?", href="/is-it-for-me/"),
    NavItem(label="Questions", href="/questions/"),
    NavItem(label="Sign in", href="/sign-in/"),
)
FIRST_PAGE = {
    Role.PATIENT: "/me/",
    Role.RESEARCHER: "/outcomes/",
    Role.AUDITOR: "/audit/",
}


def first_page(user: User) -> str:
    """Give the page where a user's next act is."""
    return FIRST_PAGE.get(Role(user.role), "/today/")


def _is_current(href: str, path: str) -> bool:
    return path == href if href in {"/me/", "/"} else path.startswith(href)


def rail_for(user: User, path: str) -> tuple[NavItem, ...]:
    """List the places of the clinic's rail that this role may ever open."""
    return tuple(
        NavItem(
            label=place.label,
            icon=place.icon,
            href=place.href,
            apart=place.apart,
            current=place.holds(path),
        )
        for place in RAIL
        if may_anywhere(user.role, place.record_class, Action.READ)
    )


def _marked(items: tuple[NavItem, ...], path: str) -> tuple[NavItem, ...]:
    return tuple(
        NavItem(
            label=item.label,
            icon=item.icon,
            href=item.href,
            central=item.central,
            current=_is_current(item.href, path),
        )
        for item in items
    )


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Give templates the rail, the tabs and the signed-in user; a context processor."""
    user = getattr(request, "user", None)
    if getattr(request, "by_link", False):
        return {"nav": (), "help_href": "/help/", "by_link": True}
    if not isinstance(user, User):
        return {"nav": _marked(PUBLIC, request.path), "help_href": "/help/"}
    if user.role == Role.PATIENT:
        return {
            "tabs": _marked(TABS, request.path),
            "nav": _marked(PUBLIC[:3], request.path),
            "help_href": "/me/help/",
            "signed_in_as": str(user),
            "sign_out_href": "/sign-out/",
        }
    return {
        "nav": rail_for(user, request.path),
        "signed_in_as": str(user),
        "account_href": "/account/",
        "sign_out_href": "/sign-out/",
    }

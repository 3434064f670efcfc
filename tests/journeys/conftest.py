"""Sign in, and find the addresses of the cast."""

import psycopg
import pytest

from kapstone.site import postgres

PASSWORD = "walk the new trail"  # noqa: S105  the demo's, printed by it


@pytest.fixture
def sign_in(page):
    """Sign in as one of the demo's people, on a page that keeps their session."""

    def as_user(username):
        page.context.clear_cookies()
        page.goto("/sign-in/")
        page.get_by_label("Name", exact=True).fill(username)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url(lambda address: "/sign-in/" not in address)
        return page

    return as_user


class Keys:
    """The keys in the addresses of the served clinic, by screen name."""

    def __init__(self, database):
        server = postgres.ensure()
        with psycopg.connect(server.conninfo(user=postgres.OWNER, database=database)) as link:
            link.execute(
                "SELECT set_config('kapstone.clinic', (SELECT min(id)::text"
                " FROM people_clinic), false)"
            )
            self.patients = dict(
                link.execute("SELECT screen_name, key::text FROM people_patient").fetchall()
            )
            self.sessions = dict(
                link.execute(
                    "SELECT p.screen_name, s.key::text FROM dosing_dosingsession s"
                    " JOIN people_patient p ON p.alone_id = s.subjects_id ORDER BY s.planned_at"
                ).fetchall()
            )
            self.screenings = dict(
                link.execute(
                    "SELECT p.screen_name, s.key::text FROM screening_screening s"
                    " JOIN people_patient p ON p.alone_id = s.subjects_id"
                ).fetchall()
            )
            self.courses = dict(
                link.execute(
                    "SELECT p.screen_name, c.key::text FROM course_course c"
                    " JOIN people_patient p ON p.alone_id = c.subjects_id"
                ).fetchall()
            )


@pytest.fixture(scope="module")
def keys(served_clinic):
    """Give the keys of the cast's patients, sessions, screenings and courses."""
    return Keys(served_clinic.database)

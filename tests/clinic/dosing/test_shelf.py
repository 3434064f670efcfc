"""Several charts opened together: as true as each alone, and no dearer."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.builders import NINE, make_patient
from tests.clinic.dosing.scene import BASELINE, MINUTE, PLANNED, sign_consent_for

from kapstone.clinic.consent.models import ConsentAskedAgain
from kapstone.clinic.course.models import Course
from kapstone.clinic.dosing.actions import plan_session
from kapstone.clinic.dosing.models import DosingSession
from kapstone.clinic.dosing.queries import chart_of, charts_of
from kapstone.clinic.dosing.shelf import Shelf
from kapstone.clinic.screening.decision import Standing
from kapstone.core.access.actions import join_care_team

AT = PLANNED + 12 * MINUTE
DAY = timedelta(days=1)


def another(scene, name: str) -> DosingSession:
    """Plan a dose for somebody else of the clinic, whom nobody has screened."""
    patient = make_patient(
        scene.clinic, team=[scene.therapist], screen_name=name, at=NINE - 30 * DAY
    )
    join_care_team(
        by=scene.therapist, at=NINE - 30 * DAY, patient=patient, member=scene.prescriber
    )
    course = Course.objects.create(
        clinic=scene.clinic,
        subjects=patient.alone,
        recorded_at=NINE + DAY,
        recorded_by=scene.prescriber,
        indication="depression",
        programme="kap-im-weekly",
        planned_sessions=6,
        started_at=NINE + DAY,
    )
    return plan_session(
        by=scene.prescriber, at=NINE + 2 * DAY, course=course, number=1, planned_at=PLANNED
    )


@pytest.fixture
def sessions(screened_scene):
    """Give three sessions: one at its gate, one of a consent gone stale, one of nothing."""
    scene = screened_scene
    scene.order()
    scene.fill_gate()
    scene.sign_gate()
    scene.write(BASELINE, minute=11)
    stale, empty = another(scene, "Beech"), another(scene, "Cedar")
    patient = stale.subjects.only_patient
    sign_consent_for(patient, scene.therapist, NINE + DAY)
    ConsentAskedAgain.objects.create(
        clinic=scene.clinic,
        subjects=patient.alone,
        recorded_at=NINE + 2 * DAY,
        recorded_by=scene.therapist,
        reason=ConsentAskedAgain.Reason.values[0],
        asked_at=NINE + 2 * DAY,
    )
    return list(
        DosingSession.objects.filter(pk__in=[scene.session.pk, stale.pk, empty.pk]).order_by(
            "pk"
        )
    )


def said(chart):
    """Say everything that a board shows of a chart."""
    return (
        chart.stage,
        chart.gate,
        chart.record,
        chart.signatures,
        chart.order,
        chart.consent,
        chart.eligibility,
        chart.earlier_dose_at,
    )


def fresh(sessions):
    """Load the same sessions again, so that nothing known of them is left."""
    rows = DosingSession.objects.filter(pk__in=[one.pk for one in sessions]).order_by("pk")
    return list(rows.select_related("course", "clinic", "subjects__only_patient"))


def test_together_they_say_what_each_says_alone(sessions):
    together = charts_of(Shelf(sessions, AT))
    for chart, session in zip(together, sessions, strict=True):
        assert said(chart) == said(chart_of(session, AT))
    one, stale, empty = together
    assert one.gate.of("G2").is_go
    assert one.consent is not None
    assert one.eligibility.is_eligible
    assert stale.consent is None
    assert empty.eligibility.standing is Standing.NOT_STARTED
    assert not empty.record.seen


def test_ten_cost_what_one_costs(sessions):
    def cost(rows):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            for chart in charts_of(Shelf(rows, AT)):
                said(chart)
        return len(asked)

    assert cost(fresh(sessions)) <= cost(fresh(sessions[:1]))

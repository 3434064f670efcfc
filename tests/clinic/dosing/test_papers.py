"""The session record and the downtime sheet on paper: what they say, when they are there."""

import pytest
from django.urls import reverse
from tests.builders import make_user
from tests.clinic.dosing.scene import BASELINE, MINUTE, PLANNED

from kapstone.clinic.dosing.actions import correct_entry
from kapstone.clinic.dosing.downtime import downtime_paper
from kapstone.clinic.dosing.entries import Mistake, Note, Speaker, Vitals
from kapstone.clinic.dosing.papers import record_paper
from kapstone.clinic.dosing.queries import chart_of
from kapstone.core.people.models import EmergencyCard, Role

HIGH = Vitals(systolic_mmhg=190, diastolic_mmhg=80, heart_rate_per_min=72, spo2_percent=98)
ODD = "The <sea> #image(1)."


@pytest.fixture
def ask(scene, client, monkeypatch):
    def asked(name, *, user=None, minute=60):
        moment = PLANNED + minute * MINUTE
        monkeypatch.setattr("django.utils.timezone.now", lambda: moment)
        client.force_login(user or scene.nurse)
        where = reverse(f"dosing:{name}", kwargs={"session_key": scene.session.key})
        answer = client.get(where)
        scene.stand()
        return answer

    return asked


def sheet(scene, minute=15):
    chart = chart_of(scene.session, PLANNED + minute * MINUTE)
    return downtime_paper(chart, card=chart.card)


class TestRecord:
    def test_it_says_all_that_the_page_says_and_shows_what_was_struck(self, scene):
        scene.dosed()
        said = scene.write(Note(speaker=Speaker.PATIENT, text=ODD), minute=30)
        scene.write(HIGH, minute=40)
        correct_entry(
            by=scene.nurse,
            at=PLANNED + 45 * MINUTE,
            entry=said,
            mistake=Mistake.WRONG_KEY,
            instead=None,
        )
        chart = chart_of(scene.session, PLANNED + 60 * MINUTE)
        told = record_paper(chart, stage_words="In the room", order=chart.order, events=())
        assert told.name == scene.patient.legal_name
        assert "at most 80 mg" in told.who
        assert "Given 53 mg" in told.who
        (struck,) = [one for one in told.feed if one.is_struck]
        assert (struck.words, struck.is_voice) == (ODD, True)
        assert any("190" in one and "Not answered." in one for one in told.crossings)
        assert any("SpO₂ 98" in one.words for one in told.feed)
        assert len(told.signatures) == 2
        assert {code for code, _, _ in told.checks} >= {"G1", "G8", "G15"}
        assert "<style>" in told.chart

    def test_it_is_a_pdf_for_staff_and_for_the_patient_once_it_is_over(self, scene, ask):
        scene.dosed()
        scene.write(Note(speaker=Speaker.PATIENT, text=ODD), minute=30)
        answer = ask("record_pdf")
        assert answer.content.startswith(b"%PDF-")
        assert answer["Content-Type"] == "application/pdf"
        assert scene.patient.legal_name not in answer["Content-Disposition"]
        assert "no-store" in answer["Cache-Control"]
        own = scene.patient.user = make_user(scene.clinic, Role.PATIENT)
        scene.patient.save(update_fields=["user"])
        assert ask("record_pdf", user=own).status_code == 404


class TestDowntime:
    def test_it_is_there_from_the_signed_gate_on(self, scene, ask):
        link = reverse("dosing:downtime", kwargs={"session_key": scene.session.key})
        scene.order()
        scene.fill_gate()
        early = ask("downtime", minute=12)
        assert early.status_code == 302
        assert early["Location"] == reverse("dosing:record", args=[scene.session.key])
        assert link not in ask("gate", minute=12).content.decode()
        scene.sign_gate()
        assert ask("downtime", minute=12).content.startswith(b"%PDF-")
        for page in ("gate", "room"):
            assert link in ask(page, minute=12).content.decode(), page

    def test_it_carries_what_the_room_needs_on_paper(self, scene):
        EmergencyCard.objects.create(
            clinic=scene.clinic,
            subjects=scene.patient.alone,
            recorded_at=PLANNED,
            recorded_by=scene.nurse,
            allergies="latex",
            airway="narrow",
        )
        scene.order()
        scene.fill_gate()
        told = sheet(scene)
        assert told.name == scene.patient.screen_name
        order = dict(told.order)
        assert order["Dose"] == "53 mg IM, Racemic ketamine"
        assert order["At most"] == "80 mg in this session"
        assert order["Weight"].startswith("81 kg")
        assert order["Given so far"] == "nothing"
        assert "At the gate" in told.baseline
        assert "126" in told.baseline  # what was measured last
        assert dict(told.card)["Allergies"] == "latex"
        assert dict(told.card)["Airway"] == "narrow"
        levels = {level: when for level, when, _ in told.limits}
        assert list(levels) == ["Emergency", "Act", "Tell"]
        assert levels["Tell"].startswith("Systolic 165 or more; Systolic below 90")
        assert "Systolic 180 or more a second time" in levels["Act"]
        assert told.due[:2] == ("dose", "+5 min")
        assert told.due[-1] == " "
        assert told.steps[0] == "Drug stopped"

    def test_after_the_dose_its_times_are_those_of_the_clock(self, scene):
        scene.dosed()
        told = sheet(scene, minute=40)
        assert told.baseline.startswith("128/78")
        assert told.due[0] == f"{PLANNED + 50 * MINUTE:%H:%M}"
        assert dict(told.order)["Given so far"] == "53 mg"
        assert "Card" in dict(told.card)

    @pytest.mark.parametrize(("route", "first"), [("IM", "+5 min"), ("IV", "+10 min")])
    def test_its_schedule_is_that_of_the_route(self, scene, route, first):
        more = {"duration_min": 40} if route == "IV" else {}
        scene.order(route=route, **more)
        assert sheet(scene).due[1] == first

    def test_without_an_order_no_drug_is_given(self, scene):
        scene.write(BASELINE, minute=5)
        assert dict(sheet(scene).order) == {"Order": "none is signed: no drug is given"}
        assert set(sheet(scene).due) == {" "}

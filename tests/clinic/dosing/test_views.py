"""The pages: what they show, what they refuse in words, and how much they ask the database."""

import re
from dataclasses import replace
from datetime import UTC
from decimal import Decimal
from hashlib import sha256
from uuid import uuid4

import pytest
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from tests.builders import make_user
from tests.clinic.dosing.scene import BASELINE, DAY, HOUR, MINUTE, PLANNED, SIGNS, make_scene

from kapstone.clinic.dosing.actions import discharge, sign_session
from kapstone.clinic.dosing.check_lists import gate_checks, not_today_reasons
from kapstone.clinic.dosing.checks import read_check
from kapstone.clinic.dosing.entries import Event, Happening, Note, Speaker
from kapstone.clinic.dosing.forms import CheckForm
from kapstone.clinic.dosing.models import (
    AdverseEvent,
    CheckAnswer,
    DoseGiven,
    DoseOrder,
    DosingSession,
    HomeLetter,
    SessionEntry,
    SessionSignature,
)
from kapstone.clinic.dosing.queries import record_of, session_state
from kapstone.clinic.dosing.record import Stage
from kapstone.clinic.scheduling.models import Appointment
from kapstone.core.audit.models import AccessEntry
from kapstone.core.people.models import Notice, Role

PASSWORD = "a long enough word"  # noqa: S105


class Screen:
    """One person's screen at one minute of the day of the dose."""

    def __init__(self, scene, client, monkeypatch):
        self.scene, self.client, self.monkeypatch = scene, client, monkeypatch

    def at(self, minute):
        self.monkeypatch.setattr("django.utils.timezone.now", lambda: PLANNED + minute * MINUTE)
        return self

    def as_(self, user):
        self.client.force_login(user)
        return self

    def address(self, name, **kwargs):
        kwargs = kwargs or {"session_key": self.scene.session.key}
        return reverse(f"dosing:{name}", kwargs=kwargs)

    def get(self, name, query="", htmx="", **kwargs):
        headers = {"HX-Request": "true", "HX-Target": htmx} if htmx else {}
        answer = self.client.get(self.address(name, **kwargs) + query, headers=headers)
        self.scene.stand()
        return answer

    def post(self, name, data, htmx="", **kwargs):
        headers = {"HX-Request": "true", "HX-Target": htmx} if htmx else {}
        answer = self.client.post(self.address(name, **kwargs), data, headers=headers)
        self.scene.stand()
        return answer

    def entry(self, kind, htmx="", **values):
        data = {"kind": kind, "entry_id": str(uuid4()), **values}
        return self.post("entries", data, htmx=htmx)


@pytest.fixture
def screen(scene, client, monkeypatch):
    return Screen(scene, client, monkeypatch).at(0).as_(scene.nurse)


def text(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def ticked(body):
    """List the controls of the page itself that stand ticked."""
    inputs = re.findall(r"<input[^>]*>", body)
    return [one for one in inputs if " checked" in one and "data-keys-switch" not in one]


class TestTheGate:
    def test_it_shows_fifteen_checks_and_nothing_filled_in(self, screen):
        answer = screen.get("gate")
        body = answer.content.decode()
        assert answer.status_code == 200
        assert "of 15 go" in text(answer)
        assert not ticked(body)
        assert not re.findall(r'<input type="(?:text|number)"[^>]*value="[^"]', body)
        assert screen.scene.patient.legal_name in body
        assert "12 April 1985" in body

    def test_no_control_answers_more_than_one_check(self, screen):
        body = screen.get("gate").content.decode()
        for form in re.findall(r"<form.*?</form>", body, re.S):
            assert len(set(re.findall(r'name="check" value="([^"]+)"', form))) <= 1

    def test_an_answer_may_be_given_again_and_starts_empty(self, screen):
        screen.scene.answer("G4", screen.scene.answers()["G4"])
        assert 'name="illness"' not in screen.get("gate").content.decode()
        body = screen.get("gate", "?again=G4").content.decode()
        assert 'name="illness"' in body
        assert not ticked(body)

    def test_one_answer_is_kept_and_comes_back_to_its_place(self, screen):
        answer = screen.post("gate", {"check": "G3", "entry_id": uuid4(), "still_wants": "yes"})
        assert answer.status_code == 303
        assert answer["Location"].endswith("/gate/#G3")
        assert CheckAnswer.objects.get().value["still_wants"] is True

    def test_vital_signs_are_kept_as_numbers(self, screen):
        values = {"systolic_mmhg": "128", "diastolic_mmhg": "78", **SIGNS}
        answer = screen.post("gate", {"check": "G8", "entry_id": uuid4(), **values})
        assert answer.status_code == 303
        assert CheckAnswer.objects.get().value["temperature_c"] == 36.6

    def test_times_are_read_in_the_clinics_zone(self):
        sent = QueryDict(mutable=True)
        sent.update(
            {
                "check": "G7",
                "entry_id": str(uuid4()),
                "last_solid_at": "2026-03-08T01:30",
                "last_clear_at": "2026-03-08T03:30",
            }
        )
        with timezone.override("America/New_York"):  # clocks went forward at 2:00 that night
            form = CheckForm(gate_checks()["G7"], sent)
            assert form.is_valid()
        assert form.value["last_clear_at"].astimezone(UTC).hour == 7
        assert read_check(gate_checks()["G7"], form.value)["last_solid_at"].endswith("-05:00")

    @pytest.mark.parametrize(
        ("check", "values", "words"),
        [
            ("G1", {"says_name": "yes"}, "date of birth, and it matches: answer it"),
            ("G5", {"result": "perhaps"}, "Test today: answer it"),
            ("G7", {"last_solid_at": "noon"}, "Last solid food: enter the day and time"),
            ("G8", {"systolic_mmhg": "12o"}, "Diastolic pressure: enter the value"),
            (
                "G8",
                {"systolic_mmhg": "999", "diastolic_mmhg": "78", **SIGNS},
                "Systolic pressure: enter a whole number from 0 to 400",
            ),
            (
                "G8",
                {"systolic_mmhg": "80", "diastolic_mmhg": "120", **SIGNS},
                "Check 80/120: diastolic is not below systolic",
            ),
            (
                "G7",
                {"last_solid_at": "2099-01-01T06:00", "last_clear_at": "2026-01-01T06:00"},
                "Last solid food: that time lies ahead",
            ),
            ("G13", {"name": "Sam", "confirmed": "yes"}, "Their phone: answer it"),
        ],
    )
    def test_what_is_left_open_is_said_beside_it_and_nothing_written(
        self, screen, check, values, words
    ):
        answer = screen.post("gate", {"check": check, "entry_id": uuid4(), **values})
        assert answer.status_code == 422
        assert words in text(answer)
        assert 'role="alert"' in answer.content.decode()
        assert not CheckAnswer.objects.exists()
        typed = next((v for v in values.values() if v not in ("yes", "perhaps")), "")
        assert str(typed) in answer.content.decode()

    @pytest.mark.parametrize("check", ["G99", "", "D4", "G2"])
    def test_a_check_that_is_not_answered_here_is_refused(self, screen, check):
        answer = screen.post("gate", {"check": check, "entry_id": uuid4()})
        assert answer.status_code == 422

    def test_signing_names_every_check_that_is_open(self, screen):
        answer = screen.post("sign_gate", {})
        assert answer.status_code == 422
        assert "G8, " in text(answer)
        assert not SessionSignature.objects.exists()

    def test_two_people_sign_and_the_room_opens(self, screen):
        screen.scene.order()
        screen.scene.fill_gate()
        screen.at(10)
        assert "I have checked this gate" in text(screen.get("gate"))
        assert screen.post("sign_gate", {}).status_code == 303
        assert "one more signature" in text(screen.get("gate"))
        screen.as_(screen.scene.prescriber)
        assert screen.post("sign_gate", {}).status_code == 303
        body = screen.get("gate").content.decode()
        assert screen.address("room") in body

    def test_a_lift_is_offered_to_the_prescriber_alone(self, screen):
        scene = screen.scene
        scene.order()
        scene.fill_gate()
        for minute, systolic in ((12, 152), (17, 150), (22, 150)):
            scene.pressure(systolic, 92, minute=minute)
        screen.at(23)
        lift = screen.address("lift")
        assert lift not in screen.get("gate").content.decode()
        screen.as_(scene.prescriber)
        assert lift in screen.get("gate").content.decode()
        data = {"check": "G8", "entry_id": uuid4(), "reason": "short"}
        answer = screen.post("lift", data)
        assert answer.status_code == 422
        assert "at least 20 characters" in text(answer)
        answer = screen.post("lift", {**data, "reason": "Settled; seen twice; agreed by both."})
        assert answer.status_code == 303
        assert "Lifted" in text(screen.get("gate"))

    def test_what_cannot_be_lifted_is_a_clear_refusal(self, screen):
        screen.as_(screen.scene.prescriber)
        data = {"check": "G1", "entry_id": uuid4(), "reason": "A reason that is long enough."}
        answer = screen.post("lift", data)
        assert answer.status_code == 422
        assert "cannot be lifted" in text(answer)


class TestNotToday:
    def test_each_reason_is_one_tap(self, screen):
        body = screen.get("not_today").content.decode()
        assert body.count('name="reason"') == len(not_today_reasons())

    def test_one_tap_ends_it(self, screen):
        answer = screen.post("not_today", {"entry_id": uuid4(), "reason": "unwell"})
        assert answer.status_code == 303
        assert session_state(screen.scene.session) is Stage.NOT_TODAY
        assert "Not today. Ill today" in text(screen.get("gate"))

    @pytest.mark.parametrize("data", [{}, {"reason": "bored"}, {"reason": "other"}])
    def test_it_needs_a_reason(self, screen, data):
        answer = screen.post("not_today", {"entry_id": uuid4(), **data})
        assert answer.status_code == 422
        assert not SessionSignature.objects.exists()


class TestTheRoom:
    @pytest.fixture(autouse=True)
    def dosed(self, screen):
        screen.scene.dosed()
        screen.at(30)

    def test_it_shows_the_screen_name_and_never_the_legal_one(self, screen):
        screen.scene.write(Note(speaker=Speaker.PATIENT, text="It is small."), minute=28)
        body = screen.get("room").content.decode()
        assert screen.scene.patient.screen_name in body
        assert screen.scene.patient.legal_name not in body
        assert '<q class="voice">It is small.</q>' in body
        assert "A record and a reminder, not an alarm" in body

    def test_identity_stands_at_each_dose(self, screen):
        body = screen.get("room", "?tab=dose").content.decode()
        assert screen.scene.patient.legal_name in body
        assert "12 April 1985" in body

    def test_the_clock_counts_from_the_dose(self, screen):
        body = screen.get("room").content.decode()
        dosed = (PLANNED + 20 * MINUTE).isoformat()
        assert f'data-since="{dosed}"' in body
        assert f'data-until="{(PLANNED + 25 * MINUTE).isoformat()}"' in body

    def test_the_last_values_are_shown_and_never_filled_in(self, screen):
        body = screen.get("room").content.decode()
        assert "last 128" in body
        for tile in re.findall(r"<input[^>]*data-tile[^>]*>", body):
            assert 'value=""' in tile
        assert not ticked(body)

    @pytest.mark.parametrize("tab", ["vitals", "event", "note", "dose", "nonsense"])
    def test_each_tab_is_a_page_and_a_part(self, screen, tab):
        page = screen.get("room", f"?tab={tab}")
        part = screen.get("room", f"?tab={tab}", htmx="panel")
        assert page.status_code == part.status_code == 200
        assert "<html" in page.content.decode()
        assert part.content.decode().lstrip().startswith('<section class="entry" id="panel"')

    def test_before_the_gate_the_room_is_shut(self, screen):
        scene = screen.scene
        SessionEntry.objects.none()
        scene.session = DosingSession.objects.create(
            clinic=scene.clinic,
            subjects=scene.patient.alone,
            recorded_at=PLANNED,
            recorded_by=scene.nurse,
            course=scene.course,
            number=2,
            planned_at=PLANNED + DAY,
        )
        answer = screen.get("room")
        assert "not open yet" in text(answer)

    def test_a_full_set_is_saved_without_script(self, screen):
        answer = screen.entry(
            "vitals",
            systolic_mmhg="146",
            diastolic_mmhg="90",
            heart_rate_per_min="88",
            spo2_percent="97",
            alertness="4",
            tab="vitals",
        )
        assert answer.status_code == 303
        assert answer["Location"] == screen.address("room") + "?tab=vitals"
        last = record_of(screen.scene.session).seen[-1].vitals
        assert (last.systolic_mmhg, last.alertness) == (146, 4)

    def test_a_set_saved_by_htmx_gives_back_an_empty_pad_and_the_new_state(self, screen):
        answer = screen.entry("vitals", htmx="panel", systolic_mmhg="146", alertness="4")
        body = answer.content.decode()
        assert answer.status_code == 200
        assert body.lstrip().startswith('<section class="entry" id="panel"')
        for part in ("live", "clocks", "crossings", "glance", "container"):
            assert re.search(rf'id="{part}"[^>]*hx-swap-oob="true"', body), part
        assert "146/-" in body

    def test_a_double_press_is_saved_once(self, screen):
        data = {"kind": "note", "entry_id": uuid4(), "speaker": "observer", "text": "Still."}
        for _ in range(2):
            assert screen.post("entries", data).status_code == 303
        assert SessionEntry.objects.filter(kind="note").count() == 1

    def test_the_same_id_with_other_words_is_refused(self, screen):
        data = {"kind": "note", "entry_id": uuid4(), "speaker": "observer", "text": "Still."}
        screen.post("entries", data)
        answer = screen.post("entries", {**data, "text": "Moves."})
        assert answer.status_code == 422
        assert "was used before" in text(answer)

    def test_a_doubtful_value_is_asked_about_on_the_same_pad(self, screen):
        values = {"systolic_mmhg": "90", "diastolic_mmhg": "146"}
        answer = screen.entry("vitals", htmx="panel", **values)
        body = answer.content.decode()
        assert answer.status_code == 422
        assert "Check 90/146" in body
        assert 'value="146"' in body
        assert "It is true: save as it is" in body
        assert not SessionEntry.objects.filter(kind="vitals", payload__systolic_mmhg=90)
        assert screen.entry("vitals", **values, is_confirmed="true").status_code == 303

    @pytest.mark.parametrize(
        ("kind", "values", "words"),
        [
            ("vitals", {}, "Enter at least one value"),
            ("vitals", {"spo2_percent": "101"}, "from 0 to 100"),
            ("vitals", {"pulse": "70"}, "is not part of this kind"),
            ("note", {"text": "hm"}, "Who: choose one"),
            ("note", {"speaker": "patient"}, "Note: write a few words"),
            ("event", {"event": "other"}, "Other: write what happened"),
            ("event", {"event": "dance"}, "Event: choose one"),
            ("no-value", {}, "Reason: choose one"),
            ("state", {"change": "emergency", "item": "panic"}, "is not one of the items"),
            ("dose", {"amount_mg": "50"}, "Product: choose one"),
            ("poem", {}, "is not a kind of entry"),
            ("", {}, "is not a kind of entry"),
            ("vitals", {"alertness": "5", "observed_time": "25:99"}, "a time such as 10:42"),
            ("vitals", {"alertness": "5", "device_at": "yesterday"}, "device's clock"),
            ("vitals", {"alertness": "5", "device_seq": "-1"}, "sequence number"),
            ("vitals", {"alertness": "5", "entry_id": "x"}, "no id"),
            ("vitals", {"alertness": "5", "observed_time": "12:00"}, "lies ahead"),
        ],
    )
    def test_what_is_wrong_is_a_sentence_and_nothing_is_written(
        self, screen, kind, values, words
    ):
        before = SessionEntry.objects.count()
        answer = screen.entry(kind, htmx="panel", **values)
        assert answer.status_code == 422
        assert words in text(answer).replace("&#x27;", "'")
        assert 'role="alert"' in answer.content.decode()
        assert SessionEntry.objects.count() == before

    def test_the_device_stamp_is_kept(self, screen):
        screen.entry(
            "no-value",
            reason="cuff-off",
            device_at="2026-03-09T09:29:58.000Z",
            device_id="tablet",
            device_seq="4",
        )
        row = SessionEntry.objects.get(kind="no-value")
        assert (row.device_id, row.device_seq) == ("tablet", 4)
        assert row.device_at.isoformat() == "2026-03-09T09:29:58+00:00"

    def test_an_earlier_time_may_be_said(self, screen):
        screen.entry("vitals", alertness="5", observed_time="09:27")
        row = SessionEntry.objects.filter(kind="vitals").latest("pk")
        assert row.observed_at == PLANNED + 27 * MINUTE
        assert row.recorded_at == PLANNED + 30 * MINUTE

    def test_a_degree_goes_with_a_chip_that_has_one(self, screen):
        screen.entry("event", event="nausea", degree="2")
        screen.entry("event", event="bathroom", degree="2")
        degrees = [one.happening.degree for one in record_of(screen.scene.session).happened]
        assert degrees == [2, None]

    def test_a_crossing_stays_until_it_is_answered(self, screen):
        row = screen.scene.write(replace(BASELINE, systolic_mmhg=170), minute=29.5)
        body = screen.get("room").content.decode()
        assert "Systolic 170 is 165 or more" in body
        assert 'class="crossing"' in body
        answer = screen.entry(
            "answer",
            htmx="live",
            entry=str(row.entry_id),
            parameter="systolic_mmhg",
            reply="told",
        )
        assert answer.status_code == 200
        assert 'id="panel"' not in answer.content.decode()
        assert 'class="crossing"' not in screen.get("room").content.decode()

    def test_a_limit_to_act_is_said_aloud_with_the_steps(self, screen):
        screen.scene.write(Happening(event=Event.SIGN, sign="chest-pain"), minute=29)
        body = screen.get("room").content.decode()
        assert re.search(r'role="alert"><form class="crossing act"', body)
        assert screen.address("help") in body

    def test_an_answer_to_nothing_leaves_the_pad_alone(self, screen):
        answer = screen.entry(
            "answer", htmx="live", entry=str(uuid4()), parameter="rass", reply="told"
        )
        assert answer.status_code == 422
        assert "no such crossing" in text(answer)
        assert 'id="panel"' not in answer.content.decode()

    def test_a_watching_screen_is_left_alone_until_something_changes(self, screen):
        body = screen.get("room").content.decode()
        rev = re.search(r"live/\?rev=([^\"]+)", body)[1]
        assert screen.get("live", f"?rev={rev}", htmx="live").status_code == 204
        screen.scene.write(BASELINE, minute=29)
        answer = screen.get("live", f"?rev={rev}", htmx="live")
        assert answer.status_code == 200
        assert answer.content.decode().lstrip().startswith('<section class="live')
        assert screen.get("live", "?rev=old").status_code == 302

    def test_a_screen_left_open_is_logged_now_and_then_and_not_each_time(self, screen):
        looks = AccessEntry.objects.filter(address=screen.address("live"))
        for minute in (30, 30.1, 30.2, 39, 41):
            screen.at(minute).get("live", "?rev=old", htmx="live")
        assert looks.count() == 2
        screen.at(42).as_(screen.scene.therapist).get("live", "?rev=old", htmx="live")
        assert looks.count() == 3

    def test_a_dose_beyond_the_order_is_refused_in_words(self, screen):
        answer = screen.post(
            "dose",
            {
                "entry_id": uuid4(),
                "product": "racemic",
                "route": "IM",
                "amount_mg": "53",
                "is_identity_checked": "true",
            },
            htmx="panel",
        )
        assert answer.status_code == 422
        assert "above the most ordered" in text(answer)
        assert 'value="53"' in answer.content.decode()
        assert DoseGiven.objects.count() == 1

    def second(self, screen, **change):
        screen.scene.write(BASELINE, minute=29)
        prescriber = screen.scene.prescriber
        prescriber.set_password(PASSWORD)
        prescriber.save()
        data = {
            "entry_id": uuid4(),
            "product": "racemic",
            "route": "IM",
            "amount_mg": "20",
            "mg_per_ml": "50",
            "volume_ml": "0.4",
            "is_identity_checked": "true",
            "witness": prescriber.username,
            "witness_password": PASSWORD,
        }
        return screen.post("dose", data | change)

    def test_a_second_dose_with_a_second_person(self, screen):
        assert self.second(screen).status_code == 303
        assert record_of(screen.scene.session).given_mg == 73

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"witness_password": "guess"}, "name or password is not right"),
            ({"witness": "nobody"}, "name or password is not right"),
            ({"witness": ""}, "second person beside you"),
            ({"volume_ml": "4"}, "is 200 mg, not 20 mg"),
        ],
    )
    def test_a_second_dose_that_is_not_right(self, screen, change, words):
        answer = self.second(screen, **change)
        assert answer.status_code == 422
        assert words in text(answer)
        assert PASSWORD not in answer.content.decode()
        assert DoseGiven.objects.count() == 1

    def test_an_entry_is_corrected_on_its_own_page(self, screen):
        row = screen.scene.write(replace(BASELINE, systolic_mmhg=182), minute=29)
        where = {"session_key": screen.scene.session.key, "entry_id": row.entry_id}
        body = screen.get("correct", **where).content.decode()
        assert "182/78" in body
        shown = dict(re.findall(r'name="(\w+)" inputmode="\w+" value="([\d.]+)"', body))
        assert shown["systolic_mmhg"] == "182"  # whoever mends one value keeps the others
        data = {"entry_id": uuid4(), "mistake": "wrong-key", "what": "instead", **shown}
        same = screen.post("correct", data, **where)
        assert same.status_code == 422
        assert "Nothing is changed yet" in text(same)
        data["systolic_mmhg"] = "128"
        assert screen.post("correct", data, **where).status_code == 303
        body = screen.get("room").content.decode()
        assert re.search(r'<s class="struck">182/78', body)
        assert "corrected: wrong key" in body
        assert "Systolic 182" not in body

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            ({"what": "instead", "alertness": "5"}, "Choose what was wrong"),
            ({"what": "instead", "mistake": "wrong-key"}, "Enter at least one value"),
            ({"what": "nothing", "mistake": "other"}, "Say what was wrong"),
        ],
    )
    def test_a_correction_says_why_and_what(self, screen, data, words):
        row = screen.scene.write(BASELINE, minute=29)
        where = {"session_key": screen.scene.session.key, "entry_id": row.entry_id}
        answer = screen.post("correct", {"entry_id": uuid4(), **data}, **where)
        assert answer.status_code == 422
        assert words in text(answer)
        assert not SessionEntry.objects.filter(kind="correction").exists()

    def test_a_dose_not_given_at_all_is_one_press(self, screen):
        entry = DoseGiven.objects.get().entry
        where = {"session_key": screen.scene.session.key, "entry_id": entry.entry_id}
        assert "No dose was given" in text(screen.get("correct", **where))
        data = {"entry_id": uuid4(), "mistake": "wrong-patient", "what": "nothing"}
        assert screen.post("correct", data, **where).status_code == 303
        assert record_of(screen.scene.session).given_mg == 0

    def test_a_dose_is_corrected_to_the_milligram(self, screen):
        entry = DoseGiven.objects.get().entry
        where = {"session_key": screen.scene.session.key, "entry_id": entry.entry_id}
        data = {
            "entry_id": uuid4(),
            "mistake": "wrong-key",
            "what": "instead",
            "amount_mg": "50.5",
        }
        assert screen.post("correct", data, **where).status_code == 303
        assert record_of(screen.scene.session).doses[0].dose.amount_mg == Decimal("50.50")

    def test_an_entry_of_another_session_is_not_found(self, screen):
        where = {"session_key": screen.scene.session.key, "entry_id": uuid4()}
        assert screen.get("correct", **where).status_code == 404

    def test_the_emergency_card_keeps_the_time_of_each_tap(self, screen):
        body = screen.get("help").content.decode()
        assert screen.scene.clinic.emergency_number in body
        answer = screen.entry("state", change="emergency", item="oxygen", then="help")
        assert answer["Location"] == screen.address("help")
        assert "09:30:00" in text(screen.get("help"))

    def test_the_container_is_changed_in_a_line(self, screen):
        screen.entry("state", change="container", item="music", value="Rain")
        assert "Rain" in text(screen.get("room"))


class TestGoingHome:
    def test_each_criterion_has_its_evidence(self, screen):
        screen.scene.dosed()
        said = text(screen.at(60).get("discharge"))
        assert "80 min to go" in said or "81 min to go" in said
        assert "of 10 ready" in said

    def test_an_answer_is_kept(self, screen):
        screen.scene.dosed()
        screen.at(150)
        answer = screen.post("discharge", {"check": "D4", "entry_id": uuid4(), "walks": "yes"})
        assert answer.status_code == 303
        assert CheckAnswer.objects.get(check_code="D4").value == {"walks": True}

    def test_an_answer_left_open_is_said_and_not_written(self, screen):
        screen.scene.dosed()
        answer = screen.at(150).post(
            "discharge", {"check": "D7", "entry_id": uuid4(), "thoughts": "none"}
        )
        assert answer.status_code == 422
        assert "The therapist agrees: answer it" in text(answer)
        assert not CheckAnswer.objects.filter(phase="discharge").exists()

    def test_signing_too_early_names_what_is_missing(self, screen):
        screen.scene.dosed()
        answer = screen.at(60).post("sign_home", {})
        assert answer.status_code == 422
        assert "Walks steadily" in text(answer)

    def test_two_sign_and_the_record_is_closed(self, screen):
        screen.scene.to_going_home()
        screen.at(145)
        assert "I sign that this person may go home" in text(screen.get("discharge"))
        assert screen.post("sign_home", {}).status_code == 303
        assert "another person signs" in text(screen.get("discharge"))
        screen.as_(screen.scene.therapist).post("sign_home", {})
        assert "Went home" in text(screen.get("discharge"))
        assert "only reads" in text(screen.get("room"))

    def test_staying_is_always_open_and_written(self, screen):
        screen.scene.dosed()
        assert screen.at(60).post("stay", {}).status_code == 303
        row = SessionEntry.objects.get(kind="state")
        assert row.payload["value"] == "look again at 10:15"

    def test_staying_pressed_twice_is_written_once(self, screen):
        screen.scene.dosed()
        pressed = {"entry_id": uuid4()}
        assert screen.at(60).post("stay", pressed).status_code == 303
        assert screen.at(61).post("stay", pressed).status_code == 303
        assert "Look again at 10:15" in text(screen.get("discharge"))
        assert SessionEntry.objects.filter(kind="state").count() == 1
        form = screen.get("discharge").content.decode().split('/stay/"', 1)[1]
        assert 'name="entry_id"' in form.partition("</form>")[0]

    LEAVES = {
        "why": "Wants to be at home",
        "tried": "Water, quiet, a talk with the prescriber at 10:20",
        "company": "Her brother, by car",
        "call_at": "2026-03-10T09:00",
    }

    def test_leaving_against_advice_says_how(self, screen):
        screen.scene.dosed()
        screen.at(60)
        assert "Call the next morning" in text(screen.get("against_advice"))
        for left_out in self.LEAVES:
            short = {k: v for k, v in self.LEAVES.items() if k != left_out}
            answer = screen.post("against_advice", {"entry_id": uuid4(), **short})
            assert answer.status_code == 422
        done = screen.post("against_advice", {"entry_id": uuid4(), **self.LEAVES})
        assert done.status_code == 303
        assert session_state(screen.scene.session) is Stage.LEFT
        signed = SessionSignature.objects.get(meaning="against-advice")
        assert signed.reason.startswith("Why: Wants to be at home. Tried: Water")
        assert "With: Her brother, by car. Call: 10 Mar 09:00." in signed.reason
        assert not Appointment.objects.filter(kind="call").exists()  # a nurse does not book

    def test_who_may_book_books_the_call_in_the_same_act(self, screen):
        screen.scene.dosed()
        screen.at(60).as_(screen.scene.therapist)
        pressed = {"entry_id": uuid4(), **self.LEAVES}
        assert screen.post("against_advice", pressed).status_code == 303
        call = Appointment.objects.get(kind="call")
        assert f"{call.starts_at:%d %H:%M}" in {"10 09:00", "10 08:00", "10 13:00", "10 14:00"}
        assert call.with_user == screen.scene.therapist

    def test_the_instructions_are_one_page(self, screen):
        said = text(screen.get("instructions"))
        assert "No driving and no machines until tomorrow" in said
        assert screen.scene.clinic.phone in said

    def test_the_letter_is_kept_and_sent_in_one_act(self, screen):
        scene = screen.scene
        scene.patient.user = make_user(scene.clinic, Role.PATIENT)
        scene.patient.save(update_fields=["user"])
        scene.dosed()
        scene.book("call", PLANNED + 23 * HOUR)
        pressed = {"entry_id": uuid4()}
        for _ in range(2):  # a double press gives one letter
            assert screen.at(100).post("instructions", pressed).status_code == 303
        letter = HomeLetter.objects.get()
        assert "No driving and no machines" in letter.text
        assert ": call." in letter.text
        assert letter.text_sha256 == sha256(letter.text.encode()).hexdigest()
        assert Notice.objects.get(to=scene.patient.user).kind == "letter-home"
        assert "Kept word for word" in text(screen.get("instructions"))
        screen.as_(scene.patient.user)
        own = screen.client.get("/me/going-home/")
        assert "No driving and no machines" in own.content.decode()

    def test_no_letter_no_page(self, screen):
        scene = screen.scene
        scene.patient.user = make_user(scene.clinic, Role.PATIENT)
        scene.patient.save(update_fields=["user"])
        screen.as_(scene.patient.user)
        assert screen.client.get("/me/going-home/").status_code == 404


class TestOrdersAndSessions:
    def order(self, screen, **change):
        data = {
            "entry_id": uuid4(),
            "product": "racemic",
            "route": "IM",
            "amount_mg": "53",
            "max_session_mg": "53",
            "weight_kg": "81",
            "weighed_at": "2026-03-08T09:00",
            "may_give": "nurse-or-prescriber",
            "rationale": "start-low",
        }
        where = {"patient_key": screen.scene.patient.key, "number": 1}
        return screen.post("order", data | change, **where)

    @pytest.fixture(autouse=True)
    def prescriber(self, screen):
        screen.as_(screen.scene.prescriber)

    def test_nothing_is_suggested(self, screen):
        where = {"patient_key": screen.scene.patient.key, "number": 1}
        body = screen.get("order", **where).content.decode()
        assert "Kapstone never suggests a dose" in body
        assert not ticked(body)
        assert not re.findall(r'name="amount_mg"[^>]*value="', body)
        assert "Trial: up to 0.75 mg/kg" in body

    def test_an_order_is_signed(self, screen):
        assert self.order(screen).status_code == 303
        assert DoseOrder.objects.get().amount_mg == Decimal(53)

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"amount_mg": "85", "max_session_mg": "85"}, "Say why."),
            ({"amount_mg": "170", "max_session_mg": "170"}, "Stop."),
            ({"amount_mg": "53", "max_session_mg": "50"}, "above the most you allow"),
            ({"amount_mg": "-1"}, "enter a number above 0"),
            ({"amount_mg": "lots"}, "enter a number above 0"),
            ({"rationale": ""}, "This field is required"),
            ({"route": "IV"}, "how many minutes"),
            ({"mg_per_ml": "10", "volume_ml": "1.06"}, "is 10.6 mg, not 53 mg"),
            ({"weighed_at": "2026-02-01T09:00"}, "Weigh again"),
            ({"may_give": ""}, "This field is required"),
            ({"amount_mg": "53,5"}, "Write a point, not a comma"),
            ({"amount_mg": ".53"}, "Write the nought before the point"),
            ({"amount_mg": "5e1"}, "enter a number above 0"),
            ({"amount_mg": "5_3"}, "enter a number above 0"),
        ],
    )
    def test_what_stops_an_order_is_said_and_nothing_written(self, screen, change, words):
        answer = self.order(screen, **change)
        assert answer.status_code == 422
        assert words in text(answer)
        assert not DoseOrder.objects.exists()

    def test_an_order_is_worked_out_before_it_is_signed(self, screen):
        answer = self.order(screen, look="yes")
        assert answer.status_code == 200
        said = text(answer)
        assert "53 mg is 0.65 mg/kg" in " ".join(said.split())
        assert "5.3 mL at 10 mg/mL, 1.06 mL at 50 mg/mL, 0.53 mL at 100 mg/mL" in said
        assert "Nothing was signed yet" in said
        assert not DoseOrder.objects.exists()

    def test_working_it_out_says_what_it_would_pass(self, screen):
        answer = self.order(screen, look="yes", amount_mg="85", max_session_mg="85")
        assert answer.status_code == 200
        assert "Say why." in text(answer)
        assert "No limit is passed" not in text(answer)

    def test_a_signed_order_says_both_amounts_the_weight_and_who_may_give(self, screen):
        self.order(
            screen, amount_mg="85", max_session_mg="85", reason="Agreed in the team today."
        )
        where = {"patient_key": screen.scene.patient.key, "number": 1}
        said = text(screen.get("order", **where))
        assert "85 mg IM , 1.05 mg/kg" in said
        assert "On 81 kg, weighed 8 Mar 2026, 1 day ago" in said
        assert "A nurse or a prescriber may give it" in said
        assert "Start low, then observe" in said
        assert "Reason: Agreed in the team today" in said

    def test_an_order_is_taken_back(self, screen):
        self.order(screen)
        where = {"patient_key": screen.scene.patient.key, "number": 1}
        assert screen.post("order", {"revoke": "yes"}, **where).status_code == 303
        assert "No order is signed" in text(screen.get("order", **where))

    @pytest.mark.parametrize("number", [0, 7])
    def test_a_dose_outside_the_course_is_not_found(self, screen, number):
        where = {"patient_key": screen.scene.patient.key, "number": number}
        assert screen.get("order", **where).status_code == 404

    def test_others_read_an_order_and_do_not_sign(self, screen):
        screen.scene.order()
        screen.as_(screen.scene.nurse)
        where = {"patient_key": screen.scene.patient.key, "number": 1}
        body = screen.get("order", **where).content.decode()
        assert "53 mg IM" in body
        assert "Sign the order" not in body
        assert self.order(screen).status_code == 404

    def test_sessions_are_listed_and_planned(self, screen):
        where = {"patient_key": screen.scene.patient.key}
        assert "Planned" in text(screen.get("sessions", **where))
        data = {"entry_id": uuid4(), "number": "2", "planned_at": "2026-03-16T09:00"}
        assert screen.post("sessions", data, **where).status_code == 303
        again = screen.post("sessions", {**data, "entry_id": uuid4()}, **where)
        assert again.status_code == 422
        assert "already has a session" in text(again)

    def test_adverse_events_are_recorded(self, screen):
        data = {
            "entry_id": uuid4(),
            "term": "nausea",
            "grade": "2",
            "began_at": "2026-03-09T08:55",
        }
        assert screen.post("adverse_events", data).status_code == 303
        assert "Nausea, grade 2" in text(screen.get("adverse_events"))
        wrong = screen.post("adverse_events", {**data, "entry_id": uuid4(), "term": "x"})
        assert wrong.status_code == 422
        ahead = {**data, "entry_id": uuid4(), "began_at": "2026-03-10T08:55"}
        assert "in the future" in text(screen.post("adverse_events", ahead))
        assert AdverseEvent.objects.count() == 1


class TestTheRecord:
    def test_it_holds_everything_with_corrections_and_signatures(self, screen):
        at = screen.scene.to_going_home()
        screen.scene.write(Note(speaker=Speaker.PATIENT, text="It is small."), minute=60)
        for by in (screen.scene.nurse, screen.scene.therapist):
            discharge(by=by, at=at, session=screen.scene.session)
        said = text(screen.at(150).get("record"))
        for words in (
            screen.scene.patient.legal_name,
            "Racemic ketamine 53 mg IM, lot A12",
            "It is small.",
            "This person may go home",
            "I have checked this gate",
            "They said their full name, and it matches: yes",
            "Went home",
        ):
            assert words in said

    def test_the_patient_reads_it_once_it_is_over(self, screen):
        patient = screen.scene.patient
        patient.user = make_user(screen.scene.clinic, Role.PATIENT)
        patient.save(update_fields=["user"])
        at = screen.scene.to_going_home()
        screen.at(150).as_(patient.user)
        assert screen.get("record").status_code == 404
        for by in (screen.scene.nurse, screen.scene.therapist):
            discharge(by=by, at=at, session=screen.scene.session)
        assert screen.get("record").status_code == 200
        for closed in ("gate", "room", "discharge", "help"):
            assert screen.get(closed).status_code == 404


@pytest.mark.parametrize(
    "name", ["gate", "room", "discharge", "record", "help", "not_today", "adverse_events"]
)
@pytest.mark.parametrize("who", ["front desk", "administrator", "nurse elsewhere", "stranger"])
def test_nobody_else_opens_these_pages(screen, name, who):
    roles = {"front desk": Role.FRONT_DESK, "administrator": Role.ADMINISTRATOR}
    if who == "stranger":
        other = make_scene("other-house")
        user = other.nurse
    else:
        user = make_user(screen.scene.clinic, roles.get(who, Role.NURSE))
    screen.scene.stand()
    assert screen.as_(user).get(name).status_code in {403, 404}


class TestQueries:
    """A page asks the database as often for two hours of entries as for two sets."""

    LIMITS = {"room": 30, "gate": 45, "discharge": 30, "record": 30, "help": 22}

    def grown(self, screen):
        for minute in range(30, 130, 4):
            screen.scene.write(BASELINE, minute=minute)
            screen.scene.write(Note(speaker=Speaker.OBSERVER, text="Still."), minute=minute)

    @pytest.mark.parametrize("name", sorted(LIMITS))
    def test_the_number_is_fixed(self, screen, name, django_assert_max_num_queries):
        screen.scene.dosed()
        screen.at(25).get(name)
        with django_assert_max_num_queries(self.LIMITS[name]) as few:
            screen.get(name)
        self.grown(screen)
        screen.at(131)
        with django_assert_max_num_queries(len(few.captured_queries)):
            screen.get(name)

    def test_a_watching_screen_asks_little(self, screen, django_assert_max_num_queries):
        screen.scene.dosed()
        body = screen.at(25).get("room").content.decode()
        rev = re.search(r"live/\?rev=([^\"]+)", body)[1]
        with django_assert_max_num_queries(16):
            assert screen.get("live", f"?rev={rev}", htmx="live").status_code == 204

    def test_the_list_of_sessions(self, screen, django_assert_max_num_queries):
        where = {"patient_key": screen.scene.patient.key}
        with django_assert_max_num_queries(20):
            screen.get("sessions", **where)


def test_signing_not_today_frees_the_appointments_number(screen):
    sign_session(
        by=screen.scene.nurse,
        at=PLANNED,
        session=screen.scene.session,
        meaning="not-today",
        reason="unwell",
    )
    where = {"patient_key": screen.scene.patient.key}
    assert "Not on that day" in text(screen.get("sessions", **where))

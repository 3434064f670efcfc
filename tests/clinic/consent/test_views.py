"""The pages of consent: reading, choosing, signing, withdrawing, and what the clinic sees."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone
from tests.builders import make_clinic, make_patient, make_user
from tests.clinic.consent.scene import DAY, HOUR

from kapstone.clinic.consent.models import ConsentChoice, ConsentSignature, ConsentWithdrawal
from kapstone.clinic.consent.queries import consent_in_force
from kapstone.clinic.consent.texts import text_for
from kapstone.clinic.measures.rest import LastDose, _tellers, tell_last_dose
from kapstone.core.people.models import Role

NOW = timezone.now()


@pytest.fixture
def own(client, scene):
    client.force_login(scene.person)
    return client


@pytest.fixture
def staff(client, scene):
    client.force_login(scene.prescriber)
    return client


@pytest.fixture
def after_a_dose():
    tell_last_dose(
        lambda patient, at: LastDose(given_at=at - 5 * HOUR, rest_until=at + 9 * HOUR)
    )
    yield
    _tellers.pop()


def page(name, **given):
    return reverse(f"consent:{name}", kwargs=given)


def said(response) -> str:
    return response.content.decode()


def name_and_hash(scene):
    sha = text_for(scene.patient, NOW).sha256
    return {"entry_id": uuid4(), "text_sha256": sha, "signed_name": "Test Patient"}


def test_the_patient_begins_with_the_first_topic(own):
    shown = said(own.get(page("own_consent")))
    assert page("topic", code="K01") in shown
    assert "Begin" in shown


def test_yes_and_no_are_the_same_button_twice(own):
    shown = said(own.get(page("topic", code="K01")))
    yes = shown[shown.index('value="yes"') - 40 : shown.index('value="yes"')]
    no = shown[shown.index('value="no"') - 40 : shown.index('value="no"')]
    assert 'class="btn"' in yes
    assert 'class="btn"' in no


def test_no_touch_stands_first_and_nothing_is_preselected(own):
    shown = said(own.get(page("topic", code="K13")))
    assert shown.index("No touch.") < shown.index("My hand, if I ask.")
    assert "checked" not in shown


def test_a_choice_is_kept_and_leads_on(own, scene):
    response = own.post(page("topic", code="K01"), {"answer": "yes"})
    assert response["Location"] == page("topic", code="K02")
    assert ConsentChoice.objects.get().value is True


def test_the_patient_goes_on_where_they_stopped(own):
    own.post(page("topic", code="K01"), {"answer": "no"})
    shown = said(own.get(page("own_consent")))
    assert page("topic", code="K02") in shown
    assert "I do not agree" in shown


def test_a_page_without_a_choice_comes_back_with_a_sentence(own):
    response = own.post(page("topic", code="K13"), {})
    assert response.status_code == 422
    assert "Choose one of these." in said(response)


@pytest.mark.parametrize("code", ["K99", "K18", "x"])
def test_a_topic_that_is_not_on_this_patients_form_is_not_found(own, code):
    assert own.get(page("topic", code=code)).status_code == 404


def test_a_wrong_check_answer_explains_and_allows_again(own, scene):
    own.post(page("topic", code="K09"), {"answer": "yes"})
    for _ in range(3):
        response = own.post(page("check", code="K09"), {"answer": "evening"})
        assert response.status_code == 200  # the answer is kept, and counted
        assert "after a night of sleep, even if you feel fine" in said(response)
    assert f"tel:{scene.clinic.phone.replace(' ', '')}" in said(response)
    right = own.post(page("check", code="K09"), {"answer": "next-day"})
    assert right["Location"] == page("topic", code="K10")


def test_a_page_with_a_check_leads_to_it(own):
    response = own.post(page("topic", code="K03"), {"answer": "yes"})
    assert response["Location"] == page("check", code="K03")


def test_recording_may_be_agreed_to_use_by_use_or_not_at_all(own):
    own.post(page("topic", code="K15"), {"uses": ["supervision"]})
    own.post(page("topic", code="K15"), {})
    assert [one.value for one in ConsentChoice.objects.order_by("pk")] == [["supervision"], []]


def test_wishes_may_be_left_open(own):
    own.post(page("topic", code="K14"), {"music": "Quiet"})
    assert ConsentChoice.objects.get().value == {"music": "Quiet"}


def test_signing_keeps_name_text_and_device_and_is_in_force(own, scene):
    scene.explain(at=NOW - HOUR)
    scene.choose(at=NOW - HOUR)
    shown = said(own.get(page("sign")))
    assert "went through it with you" in shown
    response = own.post(page("sign"), name_and_hash(scene), headers={"user-agent": "Phone 7"})
    assert response.status_code == 302
    signature = ConsentSignature.objects.get()
    assert (signature.signed_name, signature.device) == ("Test Patient", "Phone 7")
    assert "You have agreed" in said(own.get(page("own_consent")))


def test_signing_too_soon_says_why_and_keeps_the_name(own, scene):
    response = own.post(page("sign"), name_and_hash(scene))
    assert response.status_code == 422
    assert "goes through this with you before you sign" in said(response)
    assert 'value="Test Patient"' in said(response)
    assert not ConsentSignature.objects.exists()


def test_after_a_dose_the_form_is_read_and_not_answered(own, scene, after_a_dose):
    scene.explain(at=NOW - 6 * HOUR)
    scene.choose(at=NOW - 6 * HOUR)
    assert "I agree</button>" not in said(own.get(page("topic", code="K01")))
    assert own.post(page("topic", code="K01"), {"answer": "yes"}).status_code == 422
    response = own.post(page("sign"), name_and_hash(scene))
    assert response.status_code == 422
    assert "less than 24 hours ago" in said(response)


def test_after_a_dose_consent_is_taken_back_as_at_any_hour(own, scene, after_a_dose):
    scene.consent(at=NOW - 2 * DAY)
    response = own.post(page("withdraw"), {"entry_id": uuid4(), "element": "all"})
    assert response.status_code == 302
    assert ConsentWithdrawal.objects.get().element == ""
    assert "You took it back" in said(own.get(page("own_consent")))


def test_one_part_is_taken_back_by_itself(own, scene):
    scene.consent(at=NOW - 2 * DAY, K13="hand")
    shown = said(own.get(page("withdraw")))
    assert shown.index("Touch") < shown.index("What this medicine is")
    own.post(page("withdraw"), {"entry_id": uuid4(), "element": "K13"})
    held = consent_in_force(scene.patient, timezone.now())
    assert held.touch == "none"


def test_what_cannot_be_taken_back_comes_back_with_a_sentence(own, scene):
    scene.consent(at=NOW - 2 * DAY)
    for element in ("K99", ""):
        response = own.post(page("withdraw"), {"entry_id": uuid4(), "element": element})
        assert response.status_code == 422
        assert "Choose what is taken back." in said(response)
    assert not ConsentWithdrawal.objects.exists()


def test_the_copy_holds_the_words_and_the_hash(own, scene):
    assert own.get(page("own_copy")).status_code == 404
    signature = scene.consent(at=NOW - 2 * DAY)
    shown = said(own.get(page("own_copy")))
    assert signature.text_sha256 in shown
    assert "the text that was signed" in shown


# --- The clinic ------------------------------------------------------------------------------


def test_the_clinic_sees_why_no_consent_is_in_force(staff, scene):
    shown = said(staff.get(page("consent", patient_key=scene.patient.key)))
    assert "No consent has been signed." in shown
    assert "Nothing signed yet." in shown


def test_the_clinic_sees_what_holds_and_what_changed(staff, scene):
    scene.consent(at=NOW - 9 * DAY)
    scene.consent(at=NOW - 2 * DAY, K13="hand")
    scene.withdraw("K19", at=NOW - DAY)
    shown = said(staff.get(page("consent", patient_key=scene.patient.key)))
    assert "In force" in shown
    assert "from “No touch” to “My hand, if I ask”" in shown
    assert "taken back" in shown


def test_the_talk_is_attested_by_therapist_or_prescriber(client, scene):
    for user in (scene.therapist, scene.prescriber):
        client.force_login(user)
        sent = {"entry_id": uuid4(), "has_capacity": "yes", "words": "Asked about driving."}
        address = page("explain", patient_key=scene.patient.key)
        assert client.get(address).status_code == 200
        assert client.post(address, sent).status_code == 302
    assert "Asked about driving." in said(
        client.get(page("consent", patient_key=scene.patient.key))
    )


def test_a_talk_without_a_word_on_capacity_comes_back(staff, scene):
    address = page("explain", patient_key=scene.patient.key)
    response = staff.post(address, {"entry_id": uuid4()})
    assert response.status_code == 422
    assert "Say whether the patient can decide" in said(response)


def test_a_prescriber_asks_again_and_records_a_withdrawal(staff, scene):
    scene.consent(at=NOW - 2 * DAY)
    key = scene.patient.key
    sent = {"entry_id": uuid4(), "reason": "pregnancy"}
    assert staff.post(page("ask_again", patient_key=key), sent).status_code == 302
    assert "Pregnancy".lower() in said(staff.get(page("consent", patient_key=key)))
    sent = {"entry_id": uuid4(), "element": "all", "reason": "Said on the telephone."}
    assert staff.post(page("record_withdrawal", patient_key=key), sent).status_code == 302
    assert ConsentWithdrawal.objects.get().recorded_by == scene.prescriber


def test_the_signed_text_is_printed_for_the_clinic_too(staff, scene):
    signature = scene.consent(at=NOW - 2 * DAY)
    key = scene.patient.key
    address = page("copy", patient_key=key, signature_key=signature.key)
    assert signature.text_sha256 in said(staff.get(address))
    assert staff.get(page("copy", patient_key=key, signature_key=uuid4())).status_code == 404


def test_a_copy_is_not_found_under_another_patient(staff, scene):
    other = make_patient(scene.clinic, team=(scene.prescriber,), screen_name="Rowan")
    signature = scene.consent(at=NOW - 2 * DAY)
    address = page("copy", patient_key=other.key, signature_key=signature.key)
    assert staff.get(address).status_code == 404


@pytest.mark.parametrize("role", ["front-desk", "administrator", "researcher", "nurse"])
def test_roles_without_the_right_see_no_consent(client, scene, role):
    scene.consent(at=NOW - timedelta(days=2))
    client.force_login(make_user(scene.clinic, role))
    response = client.get(page("consent", patient_key=scene.patient.key))
    assert response.status_code == 404


def test_a_therapist_reads_and_does_not_record_a_withdrawal(client, scene):
    client.force_login(scene.therapist)
    key = scene.patient.key
    assert client.get(page("consent", patient_key=key)).status_code == 200
    assert client.get(page("record_withdrawal", patient_key=key)).status_code == 404


def test_another_clinic_sees_nothing(client, scene):
    client.force_login(make_user(make_clinic("rowan-yard"), Role.PRESCRIBER))
    assert client.get(page("consent", patient_key=scene.patient.key)).status_code == 404


def test_before_the_talk_there_is_reading_and_no_form_to_sign(own):
    response = own.get(page("sign"))
    assert "Then you can sign here" in said(response)
    assert 'name="signed_name"' not in said(response)

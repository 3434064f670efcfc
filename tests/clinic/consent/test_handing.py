"""Sign here, in the clinic: the patient's own choices and name, somebody else's tablet."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from tests.builders import make_patient, make_user
from tests.clinic.consent.scene import DAY

from kapstone.clinic.consent.actions import choose_in_consent, sign_consent
from kapstone.clinic.consent.handing import (
    HANDOVER_HOLDS,
    Place,
    confirm_handover,
    hand_over,
    take_back,
)
from kapstone.clinic.consent.models import ConsentChoice, ConsentHandover, ConsentSignature
from kapstone.clinic.consent.queries import consent_in_force
from kapstone.clinic.consent.texts import everything_agreed, text_for
from kapstone.core.access.actions import leave_care_team
from kapstone.core.audit.models import AuditEntry
from kapstone.core.people.models import CareTeamMember, Role
from kapstone.errors import NotAllowed, Refused

MINUTE = timedelta(minutes=1)


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def handed(scene, now):
    """Hand a tablet over by the therapist, and let the patient say that it is them."""
    scene.explain(at=now - MINUTE)
    handover = hand_over(by=scene.therapist, at=now, patient=scene.patient)
    who = {"by": scene.therapist, "at": now, "patient": scene.patient, "handover": handover}
    return confirm_handover(**who)


def choose_all(scene, handover, at):
    for question, value in everything_agreed(text_for(scene.patient, at)).items():
        choose_in_consent(
            by=scene.therapist,
            at=at,
            patient=scene.patient,
            question=question,
            value=value,
            handover=handover,
        )


def sign(scene, handover, at, **change):
    given = {
        "by": scene.therapist,
        "at": at,
        "patient": scene.patient,
        "signed_name": scene.patient.legal_name,
        "text_sha256": text_for(scene.patient, at).sha256,
        "last_dose_at": None,
        "place": Place(device="a tablet", handover=handover),
    }
    return sign_consent(**given | change)


# --- What is kept


def test_it_is_the_patients_consent_with_its_witness(scene, handed, now):
    choose_all(scene, handed, now)
    signature = sign(scene, handed, now + MINUTE)
    assert signature.method == ConsentSignature.Method.WITNESSED
    assert signature.handover == handed
    assert handed.recorded_by == scene.therapist
    assert signature.explained_by == scene.prescriber
    assert signature.signed_name == scene.patient.legal_name
    assert consent_in_force(scene.patient, now + MINUTE) is not None
    assert set(ConsentChoice.objects.values_list("handover", flat=True)) == {handed.pk}
    deeds = set(AuditEntry.objects.values_list("deed", flat=True))
    assert {"consent-tablet-handed-over", "consent-patient-confirmed"} <= deeds


def test_the_witness_cannot_sign_with_their_own_name(scene, handed, now):
    choose_all(scene, handed, now)
    with pytest.raises(Refused) as refused:
        sign(scene, handed, now, signed_name=f" {str(scene.therapist).upper()} ")
    assert {one.code for one in refused.value.findings} == {"witness-name"}


def test_without_a_tablet_in_the_patients_hands_the_therapist_chooses_nothing(scene, now):
    with pytest.raises(NotAllowed):
        choose_all(scene, None, now)
    with pytest.raises(NotAllowed):
        sign(scene, None, now)


@pytest.mark.parametrize("case", ["ended", "run out", "not confirmed", "another's", "left"])
def test_a_tablet_holds_only_for_its_patient_its_witness_and_its_time(scene, now, case):
    scene.explain(at=now - MINUTE)
    patient, at = scene.patient, now
    if case == "another's":
        patient = make_patient(scene.clinic, team=(scene.therapist,))
    handover = hand_over(by=scene.therapist, at=now, patient=patient)
    if case != "not confirmed":
        confirm_handover(by=scene.therapist, at=now, patient=patient, handover=handover)
    if case == "ended":
        take_back(by=scene.therapist, at=now, patient=patient, handover=handover)
    if case == "left":
        place = CareTeamMember.objects.get(patient=patient, user=scene.therapist)
        leave_care_team(by=scene.therapist, at=now, place=place)
    if case == "run out":
        at = now + HANDOVER_HOLDS
    with pytest.raises(NotAllowed):
        choose_all(scene, handover, at + timedelta(seconds=1))


@pytest.mark.parametrize("role", [Role.NURSE, Role.FRONT_DESK, Role.THERAPIST, Role.PATIENT])
def test_nobody_outside_the_team_hands_a_tablet_over(scene, now, role):
    with pytest.raises(NotAllowed):
        hand_over(by=make_user(scene.clinic, role), at=now, patient=scene.patient)


def test_the_same_press_again_hands_over_once(scene, now):
    entry = uuid4()
    given = {"by": scene.therapist, "at": now, "patient": scene.patient, "entry_id": entry}
    assert hand_over(**given) == hand_over(**given)
    assert ConsentHandover.objects.count() == 1


def test_the_table_keeps_no_witness_without_a_tablet(scene, handed, now):
    choose_all(scene, handed, now)
    row = ConsentSignature.objects.filter(pk=sign(scene, handed, now).pk).values().get()
    for change in ({"handover_id": None}, {"method": "typed"}):
        fresh = {name: value for name, value in row.items() if name != "id"} | change
        fresh |= {"key": uuid4(), "entry_id": uuid4()}
        with pytest.raises(IntegrityError, match="was_handed_over"), transaction.atomic():
            ConsentSignature.objects.create(**fresh)


# --- The tablet


def page(name, **given):
    return reverse(f"consent:{name}", kwargs=given)


def said(response):
    return response.content.decode()


@pytest.fixture
def tablet(client, scene, now):
    """Give a browser that the therapist has handed over."""
    scene.explain(at=now - MINUTE)
    client.force_login(scene.therapist, "kapstone.core.people.signed_in.SignedIn")
    address = page("hand_over", patient_key=scene.patient.key)
    assert "Sign here, in the clinic" in said(client.get(address))
    refused = client.post(address, {"entry_id": uuid4()})
    assert (refused.status_code, "Check who it is first" in said(refused)) == (422, True)
    given = client.post(address, {"entry_id": uuid4(), "is_checked": "on"})
    assert given.headers["Location"] == page("handed")
    return client


def test_nothing_of_the_clinic_is_within_reach_of_the_tablet(tablet, scene):
    for address in ("/today/", f"/patients/{scene.patient.key}/consent/", "/me/"):
        assert tablet.get(address).headers["Location"].startswith("/sign-in/")


def test_the_patient_sees_who_they_are_before_anything_can_be_chosen(tablet, scene):
    shown = said(tablet.get(page("handed")))
    assert scene.patient.legal_name in shown
    assert "12 April 1985" in shown
    first = page("handed_topic", code="K01")
    assert tablet.get(first).headers["Location"] == page("handed")
    assert tablet.post(first, {"answer": "yes"}).headers["Location"] == page("handed")
    scene.stand(scene.therapist)
    assert not ConsentChoice.objects.exists()
    assert tablet.post(page("handed")).headers["Location"] == first
    assert "I do not agree" in said(tablet.get(first))


def test_the_form_is_walked_signed_and_given_back(tablet, scene, now):
    tablet.post(page("handed"))
    tablet.post(page("handed_topic", code="K01"), {"answer": "yes"})
    scene.stand(scene.therapist)
    assert ConsentChoice.objects.get().value is True
    handover = ConsentHandover.objects.get()
    choose_all(scene, handover, timezone.now())
    shown = said(tablet.get(page("handed_sign")))
    assert f"{scene.therapist} handed you this tablet" in shown
    assert scene.patient.legal_name in shown
    scene.stand(scene.therapist)
    form = {
        "entry_id": uuid4(),
        "text_sha256": text_for(scene.patient, now).sha256,
        "signed_name": scene.patient.legal_name,
    }
    done = tablet.post(page("handed_sign"), form, follow=True)
    assert "Thank you. It is signed." in said(done)
    again = tablet.get(page("handed_topic", code="K01"))
    assert "in nobody's hands" in said(again).replace("&#x27;", "'")
    scene.stand(scene.therapist)
    assert ConsentHandover.objects.get().ended_at is not None
    assert consent_in_force(scene.patient, timezone.now()) is not None


def test_giving_it_back_keeps_what_was_chosen_and_signs_nothing(tablet, scene):
    tablet.post(page("handed"))
    tablet.post(page("handed_topic", code="K01"), {"answer": "no"})
    assert "Nothing was signed" in said(tablet.post(page("handed_back")))
    assert tablet.post(page("handed_topic", code="K02"), {"answer": "yes"}).status_code == 409
    scene.stand(scene.therapist)
    assert not ConsentSignature.objects.exists()
    assert ConsentChoice.objects.count() == 1


def test_a_tablet_left_lying_shuts_itself(tablet, scene):
    scene.stand(scene.therapist)
    ours = ConsentHandover.objects.get()
    assert ours.expires_at - ours.recorded_at == HANDOVER_HOLDS < DAY
    tablet.post(page("handed"))
    take_back(by=scene.therapist, at=timezone.now(), patient=scene.patient, handover=ours)
    assert tablet.post(page("handed_topic", code="K01"), {"answer": "yes"}).status_code == 409


def test_whoever_signs_in_again_finds_no_tablet_in_their_hands(tablet, scene):
    tablet.force_login(scene.therapist, "kapstone.core.people.signed_in.SignedIn")
    assert "nobody" in said(tablet.get(page("handed_sign")))


def test_the_clinic_reads_who_witnessed(scene, handed, now, client):
    choose_all(scene, handed, now)
    signature = sign(scene, handed, now)
    client.force_login(scene.prescriber, "kapstone.core.people.signed_in.SignedIn")
    shown = said(client.get(page("consent", patient_key=scene.patient.key)))
    assert f"witnessed by {scene.therapist}" in shown
    copy = page("copy", patient_key=scene.patient.key, signature_key=signature.key)
    assert f"by {scene.therapist}, who handed over the tablet" in said(client.get(copy))


# --- From the review, back to the review


def test_an_answer_changed_from_the_review_leads_back_to_it(client, scene, now):
    scene.choose(at=now - MINUTE)
    client.force_login(scene.person, "kapstone.core.people.signed_in.SignedIn")
    topic = page("topic", code="K15") + "?back=review"
    assert topic in said(client.get(page("sign")))
    assert f'action="{topic}"' in said(client.get(topic))
    assert client.post(topic, {}).headers["Location"] == page("sign")
    onward = client.post(page("topic", code="K15"), {})
    assert onward.headers["Location"] != page("sign")

"""Explaining, choosing, signing, withdrawing, and what is in force."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from tests.builders import NINE, make_patient, make_user
from tests.clinic.consent.scene import DAY, HOUR

from kapstone.catalogue.consent import load_consent
from kapstone.clinic.consent.actions import (
    ask_consent_again,
    choose_in_consent,
    explain_consent,
    withdraw_consent,
)
from kapstone.clinic.consent.models import ConsentSignature, ConsentWithdrawal
from kapstone.clinic.consent.queries import wrong_answers
from kapstone.clinic.consent.texts import text_for, text_signed
from kapstone.core.access.actions import link_partners
from kapstone.core.audit.models import AuditEntry
from kapstone.errors import InvalidInput, NotAllowed, Refused

SOON = NINE + 2 * HOUR


def test_what_was_explained_chosen_and_signed_is_in_force(scene):
    signature = scene.consent(K13="hand")
    held = scene.in_force(SOON)
    assert held.signature == signature
    assert held.expires_at == signature.signed_at + timedelta(days=365)
    assert (held.touch, held.agrees("K01"), held.agrees("K19")) == ("hand", True, False)
    assert signature.explained_by == scene.prescriber


def test_nothing_signed_is_nothing_in_force(scene):
    assert scene.in_force(NINE) is None
    assert scene.reasons(NINE) == ["no-consent"]


def test_touch_is_none_unless_it_was_chosen(scene):
    scene.consent()
    assert scene.in_force(SOON).touch == "none"


def test_the_signature_holds_the_text_as_it_was_read(scene):
    signature = scene.consent()
    scene.clinic.phone = "555 0199"
    assert text_signed(signature).sha256 == signature.text_sha256


def test_withdrawing_holds_from_that_moment(scene):
    scene.consent()
    scene.withdraw(at=NINE + DAY)
    assert scene.in_force(NINE + DAY - HOUR) is not None
    assert scene.in_force(NINE + DAY) is None
    assert scene.reasons(NINE + DAY) == ["consent-withdrawn"]


def test_taking_back_a_page_that_is_not_needed_leaves_the_rest(scene):
    scene.consent(K13="hand", K19=True)
    scene.withdraw("K13")
    held = scene.in_force(NINE + DAY)
    assert (held.touch, held.agrees("K19")) == ("none", True)


def test_taking_back_a_page_that_is_needed_ends_the_consent(scene):
    scene.consent()
    scene.withdraw("K11")
    assert scene.reasons(NINE + DAY) == ["element-withdrawn"]


def test_an_older_signature_never_comes_back_into_force(scene):
    scene.consent()
    scene.consent(at=NINE + DAY)
    scene.withdraw(at=NINE + 2 * DAY)
    assert scene.in_force(NINE + 3 * DAY) is None


def test_withdrawing_twice_writes_once(scene):
    scene.consent()
    assert scene.withdraw() == scene.withdraw(at=NINE + 2 * DAY)
    assert ConsentWithdrawal.objects.count() == 1


def test_withdrawing_works_in_the_hours_after_a_dose_too(scene):
    scene.consent()
    withdraw_consent(by=scene.person, at=NINE + 2 * HOUR, patient=scene.patient)
    assert scene.in_force(NINE + 2 * HOUR) is None


def test_there_is_nothing_to_take_back_before_signing(scene):
    with pytest.raises(Refused):
        scene.withdraw()


def test_no_page_is_taken_back_that_was_not_signed(scene):
    scene.consent()
    with pytest.raises(InvalidInput):
        scene.withdraw("K99")


def test_after_a_year_consent_is_no_longer_in_force(scene):
    signature = scene.consent()
    assert scene.in_force(signature.signed_at + 365 * DAY) is not None
    assert scene.reasons(signature.signed_at + 366 * DAY) == ["consent-too-old"]


def test_new_words_on_a_needed_page_end_the_consent(scene, monkeypatch):
    from dataclasses import replace

    scene.consent()
    form = load_consent()
    elements = tuple(
        replace(one, text=("Something else.",)) if one.code == "K05" else one
        for one in form.elements
    )
    newer = replace(form, version=2, elements=elements)
    for module in ("queries", "texts"):
        monkeypatch.setattr(
            f"kapstone.clinic.consent.{module}.load_consent",
            lambda version=None: form if version == 1 else newer,
        )
    assert scene.reasons(SOON) == ["consent-outdated"]


def test_a_new_version_that_leaves_the_needed_pages_alone_does_not(scene, monkeypatch):
    from dataclasses import replace

    scene.consent()
    form = load_consent()
    newer = replace(form, version=2, intro=("Other opening words.",))
    for module in ("queries", "texts"):
        monkeypatch.setattr(
            f"kapstone.clinic.consent.{module}.load_consent",
            lambda version=None: form if version == 1 else newer,
        )
    assert scene.in_force(SOON) is not None


def test_a_change_of_route_asks_for_a_new_consent(scene):
    scene.consent()
    ask_consent_again(by=scene.prescriber, at=NINE + DAY, patient=scene.patient, reason="route")
    assert scene.reasons(NINE + DAY) == ["consent-needed-again"]
    scene.consent(at=NINE + 2 * DAY)
    assert scene.in_force(NINE + 3 * DAY) is not None


def test_becoming_a_couple_needs_the_page_about_couples(scene):
    other = make_patient(scene.clinic, team=(scene.therapist,), screen_name="Rowan")
    scene.consent()
    link_partners(by=scene.therapist, at=NINE + DAY, one=scene.patient, other=other)
    assert scene.reasons(NINE + DAY) == ["consent-incomplete"]


# --- Signing ---------------------------------------------------------------------------------


def refusal(scene, **change):
    with pytest.raises(Refused) as refused:
        scene.sign(**change)
    assert not ConsentSignature.objects.exists()
    return [finding.code for finding in refused.value.findings]


def test_nobody_signs_what_nobody_explained(scene):
    scene.choose()
    assert refusal(scene) == ["not-explained"]


def test_nobody_signs_without_capacity(scene):
    scene.explain(has_capacity=False)
    scene.choose()
    assert refusal(scene) == ["no-capacity"]


def test_nobody_signs_within_a_day_of_a_dose(scene):
    scene.explain()
    scene.choose()
    assert refusal(scene, last_dose_at=NINE - 20 * HOUR) == ["too-soon-after-dose"]


def test_a_no_on_one_page_signs_nothing(scene):
    scene.explain()
    scene.choose(K06=False)
    assert refusal(scene) == ["not-agreed"]


def test_a_wrong_check_answer_waits_for_a_right_one_and_then_allows(scene):
    scene.explain()
    scene.choose(**{"K09.check": "evening"})
    assert refusal(scene) == ["checks-open"]
    choose_in_consent(
        by=scene.person, at=NINE, patient=scene.patient, question="K09.check", value="next-day"
    )
    assert scene.sign()
    assert wrong_answers(scene.patient, load_consent(), "K09.check") == 1


def test_a_text_that_was_not_read_is_not_signed(scene):
    scene.explain()
    scene.choose()
    assert refusal(scene, text_sha256="0" * 64) == ["text-changed"]


def test_choices_made_before_the_last_signature_are_not_signed_again(scene):
    scene.consent()
    scene.withdraw()
    scene.explain(at=NINE + 2 * DAY)
    with pytest.raises(Refused) as refused:
        scene.sign(at=NINE + 2 * DAY)
    assert "pages-open" in [finding.code for finding in refused.value.findings]


def test_a_second_press_signs_once(scene):
    entry_id = uuid4()
    scene.explain()
    scene.choose()
    assert scene.sign(entry_id=entry_id) == scene.sign(entry_id=entry_id)


@pytest.mark.parametrize("role", ["front-desk", "administrator", "nurse", "auditor"])
def test_only_patient_and_prescriber_sign(scene, role):
    scene.explain()
    scene.choose()
    with pytest.raises(NotAllowed):
        scene.sign(by=make_user(scene.clinic, role))


def test_a_therapist_explains_and_does_not_sign(scene):
    explain_consent(by=scene.therapist, at=NINE, patient=scene.patient, has_capacity=True)
    with pytest.raises(NotAllowed):
        scene.sign(by=scene.therapist)


def test_what_a_prescriber_enters_was_signed_on_paper(scene):
    scene.explain()
    scene.choose()
    assert scene.sign(by=scene.prescriber).method == "paper"


def test_nobody_but_the_patient_chooses(scene):
    with pytest.raises(NotAllowed):
        choose_in_consent(
            by=scene.prescriber, at=NINE, patient=scene.patient, question="K01", value=True
        )


@pytest.mark.parametrize(
    ("question", "value"), [("K01", "maybe"), ("K99", True), ("K03.check", "x")]
)
def test_a_page_refuses_what_it_does_not_offer(scene, question, value):
    with pytest.raises(InvalidInput):
        choose_in_consent(
            by=scene.person, at=NINE, patient=scene.patient, question=question, value=value
        )


def test_the_form_names_the_clinic_and_what_is_planned(scene):
    words = " ".join(
        words for page in text_for(scene.patient, NINE).pages for words in page.paragraphs
    )
    assert scene.clinic.name in words
    assert "{" not in words


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"has_capacity": False}, "consent_needs_capacity"),
        ({"text_sha256": "not a hash"}, "consent_names_its_text"),
    ],
)
def test_the_database_refuses_a_signature_that_cannot_be_true(scene, change, constraint):
    signature = scene.consent()
    fields = {
        field.name: getattr(signature, field.name)
        for field in ConsentSignature._meta.concrete_fields
        if field.name not in {"id", "key", "entry_id"}
    }
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ConsentSignature.objects.create(**fields | change)


def test_every_step_is_in_the_audit_trail(scene):
    scene.consent()
    scene.withdraw()
    deeds = set(AuditEntry.objects.values_list("deed", flat=True))
    assert {"consent-explained", "consent-signed", "consent-withdrawn"} <= deeds

"""Consent: what was explained, chosen, signed, taken back, and asked for again."""

import uuid

from django.db import models
from django.db.models import F, Q

from kapstone.core.people.models import CareRecord, User


class ConsentTalk(CareRecord):
    """
    A clinician explained one version of the form, and attests that the patient can decide.

    Written before a patient may sign. A judgement of capacity is part of screening, so that is
    the class that guards it.
    """

    record_class = "screening"

    template = models.CharField(max_length=32)
    template_version = models.CharField(max_length=16)
    has_capacity = models.BooleanField()
    words = models.CharField(max_length=500, blank=True)
    explained_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["subjects", "-explained_at"], name="talk_newest")]

    def __str__(self) -> str:
        """Say which version was explained when."""
        return f"{self.template} v{self.template_version}, {self.explained_at:%Y-%m-%d}"


class ConsentHandover(CareRecord):
    """
    A tablet handed to a patient, in the clinic, to read and sign on; who wrote it witnesses.

    The witness is signed out as it is handed over. It ends when it is given back, when the
    patient has signed, or by itself.
    """

    record_class = "consent_witness"
    closes = ("confirmed_at", "ended_at")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    expires_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)  # "yes, this is me"
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_handover_holds_a_while", condition=Q(expires_at__gt=F("recorded_at"))
            )
        ]

    def __str__(self) -> str:
        """Say when the tablet was handed over."""
        return f"handed over {self.recorded_at:%Y-%m-%d %H:%M}"


class ConsentChoice(CareRecord):
    """
    What a patient chose on one page of a form they have not signed yet. The newest stands.

    Kept here and never on the device, so that they can stop and resume. ``question`` is the
    code of an element, or of a check question, whose value is the answer chosen.
    """

    record_class = "consent"

    template = models.CharField(max_length=32)
    template_version = models.CharField(max_length=16)
    question = models.CharField(max_length=24)
    value = models.JSONField()
    chosen_at = models.DateTimeField()
    handover = models.ForeignKey(
        ConsentHandover, models.PROTECT, null=True, blank=True, related_name="choices"
    )

    class Meta:
        indexes = [
            models.Index(fields=["subjects", "question", "chosen_at"], name="choice_newest")
        ]

    def __str__(self) -> str:
        """Say which page, never the choice."""
        return f"{self.question} at {self.chosen_at:%Y-%m-%d %H:%M}"


class ConsentSignature(CareRecord):
    """Agreement, element by element, to one version of one form."""

    record_class = "consent"

    class Method(models.TextChoices):
        """How the name was given."""

        TYPED = "typed"
        DRAWN = "drawn"
        PAPER = "paper"
        WITNESSED = "witness", "Typed in the clinic, witnessed"

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    template = models.CharField(max_length=32)
    template_version = models.CharField(max_length=16)
    text_sha256 = models.CharField(max_length=64)
    elements = models.JSONField()  # element code -> true, false, or a chosen level
    signed_name = models.CharField(max_length=200)
    method = models.CharField(max_length=8, choices=Method)
    explained_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    has_capacity = models.BooleanField()
    signed_at = models.DateTimeField()
    fill_ins = models.JSONField(default=dict)  # the clinic's words as they were read
    device = models.CharField(max_length=200, blank=True)  # what the browser says it is
    handover = models.ForeignKey(
        ConsentHandover, models.PROTECT, null=True, blank=True, related_name="signatures"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="consent_needs_capacity", condition=Q(has_capacity=True)
            ),
            models.CheckConstraint(
                name="consent_names_its_text",
                condition=Q(text_sha256__regex=r"^[0-9a-f]{64}$"),
            ),
            models.CheckConstraint(
                name="a_witnessed_consent_was_handed_over",
                condition=Q(method="witness", handover__isnull=False)
                | (~Q(method="witness") & Q(handover__isnull=True)),
            ),
        ]
        indexes = [models.Index(fields=["subjects", "-signed_at"], name="consent_newest")]

    def __str__(self) -> str:
        """Say which version was signed when."""
        return f"{self.template} v{self.template_version}, {self.signed_at:%Y-%m-%d}"


class ConsentWithdrawal(CareRecord):
    """The patient takes back the whole consent, or one element of it. Holds at once."""

    record_class = "consent"

    signature = models.ForeignKey(ConsentSignature, models.PROTECT, related_name="withdrawals")
    element = models.CharField(max_length=8, blank=True)  # empty: all of it
    reason = models.CharField(max_length=500, blank=True)
    withdrawn_at = models.DateTimeField()

    def __str__(self) -> str:
        """Say what was taken back."""
        return f"{self.element or 'all'} withdrawn {self.withdrawn_at:%Y-%m-%d}"


class ConsentAskedAgain(CareRecord):
    """Something changed, so that what was signed before this moment no longer holds."""

    record_class = "consent"

    class Reason(models.TextChoices):
        """What changed (clinical.md 2: triggers of a new consent)."""

        ROUTE = "route", "Another route or product"
        INDICATION = "indication", "Another indication"
        DOSE = "dose", "A dose outside the range that was agreed"
        COMPANY = "company", "Together with a partner or a group"
        RECORDING = "recording", "Another purpose of recording"
        PREGNANCY = "pregnancy", "Pregnancy"
        EVENT = "event", "A serious unwanted event"

    reason = models.CharField(max_length=16, choices=Reason)
    words = models.CharField(max_length=500, blank=True)
    asked_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["subjects", "-asked_at"], name="asked_again_newest")]

    def __str__(self) -> str:
        """Say why consent is asked for again."""
        return self.get_reason_display()

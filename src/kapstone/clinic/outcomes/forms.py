"""Shape of what is written when a course is reviewed."""

from typing import Any
from uuid import uuid4

from django import forms

from kapstone.clinic.outcomes.models import CourseReview
from kapstone.clinic.outcomes.rules import SHORTEST_REASON, Decided

YES_NO = (("yes", "Yes"), ("no", "No"))
_TOO_LONG = "Keep it to 2000 characters."


class ReviewForm(forms.Form):
    """What was decided together. No decision is chosen beforehand."""

    entry_id = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages=dict.fromkeys(
            ("required", "invalid"), "Open this page again, then try once more."
        ),
    )
    point = forms.ChoiceField(
        label="Which review is this?",
        choices=CourseReview.Point.choices,
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), "Choose which review this is."
        ),
    )
    decision = forms.ChoiceField(
        label="What was decided together?",
        choices=CourseReview.Decision.choices,
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), "Choose what was decided."
        ),
    )
    patient_agrees = forms.ChoiceField(
        label="Does the patient agree?",
        choices=YES_NO,
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), "Say whether the patient agrees."
        ),
    )
    reason = forms.CharField(
        label="Why",
        help_text=f"At least {SHORTEST_REASON} characters. The patient can read it.",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={
            "max_length": _TOO_LONG,
            "required": f"Say in at least {SHORTEST_REASON} characters why.",
        },
    )
    without_data = forms.CharField(
        label="Why the decision cannot wait for the end score",
        help_text="Only for the review after the series, where that score is missing.",
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"max_length": _TOO_LONG},
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["entry_id"].initial = uuid4

    def decided(self) -> Decided:
        """Give what was decided, once the form is valid."""
        given = self.cleaned_data
        return Decided(
            decision=given["decision"],
            reason=given["reason"],
            patient_agrees=given["patient_agrees"] == "yes",
            without_data=given["without_data"],
        )

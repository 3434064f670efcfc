"""What the pages of screening accept: shape and range only."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms

from kapstone.catalogue.baseline import Item
from kapstone.catalogue.contraindications import Question, QuestionKind
from kapstone.clinic.course.rules import INDICATIONS
from kapstone.clinic.scheduling.forms import entry_id_field
from kapstone.clinic.scheduling.queries import people_to_book
from kapstone.clinic.screening.answers import Answer
from kapstone.clinic.screening.rules import BODY, MEDICINES, READING
from kapstone.core.people.models import Role, User

SOURCES = (
    ("patient", "The patient said so"),
    ("clinician", "A clinician found out"),
    ("record", "It is in a record"),
    ("laboratory", "A laboratory measured it"),
    ("letter", "A letter says so"),
)
YES_NO: tuple[tuple[str, str], ...] = (("yes", "Yes"), ("no", "No"), ("unsure", "Not sure"))
_NO_DAY = "Enter a date, such as 2026-03-02."
_WHEN = "%Y-%m-%dT%H:%M"


def field_name(code: str) -> str:
    """Make a code fit for the name of a control."""
    return code.replace(".", "--")


def question_field(question: Question) -> forms.Field:
    """Make the field of one question; any question may be left open."""
    label = question.for_clinician
    hint = f"Ask: “{question.for_patient}”" if question.for_patient else ""
    if question.kind is QuestionKind.NUMBER:
        says = f"Enter a number from {question.low:g} to {question.high:g}."
        return forms.FloatField(
            label=label,
            help_text=question.unit,
            required=False,
            min_value=question.low,
            max_value=question.high,
            widget=forms.NumberInput(
                attrs={"step": "any", "inputmode": "decimal", "class": "short"}
            ),
            error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), says),
        )
    if question.kind is QuestionKind.DATE:
        return day_field(label, hint)
    choices: tuple[tuple[str, str], ...] = YES_NO
    if question.kind is QuestionKind.CHOICE:
        choices = tuple((option.code, option.label) for option in question.options)
    return forms.ChoiceField(
        label=label,
        help_text=hint,
        required=False,
        choices=choices,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "Choose one of the answers."},
    )


def day_field(label: str, hint: str = "") -> forms.DateField:
    """Make the field of a date."""
    return forms.DateField(
        label=label,
        help_text=hint,
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "class": "short"}, format="%Y-%m-%d"),
        error_messages={"invalid": _NO_DAY},
    )


def _number(label: str, unit: str) -> forms.FloatField:
    return forms.FloatField(
        label=label,
        help_text=unit,
        required=False,
        widget=forms.NumberInput(
            attrs={"step": "any", "inputmode": "decimal", "class": "short"}
        ),
        error_messages={"invalid": "Enter a number."},
    )


class AnswersForm(forms.Form):
    """Answers to some questions, with who gave them. What is left open is not written."""

    def __init__(
        self,
        *args: Any,
        questions: Sequence[Question] = (),
        items: Sequence[Item] = (),
        parts: Sequence[str] = (),
        with_words: bool = True,
        **given: Any,
    ) -> None:
        super().__init__(*args, **given)
        self.codes: list[str] = []
        for question in questions:
            self._add(question.code, question_field(question))
        for item in items:
            self._add(item.code, day_field(f"{item.name}: done on", item.what))
        self.parts = parts
        if MEDICINES in parts:
            self.fields[MEDICINES] = forms.CharField(
                label="Medicines and substances, one on each line",
                help_text="With dose. Leave the box empty and tick below if there are none.",
                required=False,
                max_length=8000,
                widget=forms.Textarea(attrs={"rows": 6}),
            )
            self.fields["no_medicines"] = forms.BooleanField(
                label="No medicines or substances at all", required=False
            )
        if READING in parts:
            self.fields["systolic"] = _number("Systolic, seated", "mmHg")
            self.fields["diastolic"] = _number("Diastolic, seated", "mmHg")
            self.fields["taken_at"] = forms.DateTimeField(
                label="Taken at",
                required=False,
                widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_WHEN),
                error_messages={"invalid": "Enter a date and a time."},
            )
        if BODY in parts:
            self.fields["height"] = _number("Height", "cm")
            self.fields["weight"] = _number("Weight", "kg")
        self.fields["source"] = forms.ChoiceField(
            label="How do you know?",
            choices=SOURCES,
            error_messages={"invalid_choice": "Say how you know."},
        )
        if with_words:
            self.fields["words"] = forms.CharField(
                label="In their words, or a note",
                required=False,
                max_length=1000,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    def _add(self, code: str, field: forms.Field) -> None:
        self.fields[field_name(code)] = field
        self.codes.append(code)

    def answers(self, standing: Mapping[str, object]) -> list[Answer]:
        """Give what was answered and is new, as the action takes it."""
        given = self.cleaned_data
        found = [
            self._answer(code, given[field_name(code)])
            for code in self.codes
            if given[field_name(code)] not in (None, "")
            and (given[field_name(code)] != standing.get(code) or given.get("words"))
        ]
        return [*found, *self._part_answers(standing)]

    def _answer(self, datum: str, value: object, at: datetime | None = None) -> Answer:
        return Answer(
            datum=datum,
            value=value,
            source=self.cleaned_data["source"],
            detail=self.cleaned_data.get("words", ""),
            answered_at=at,
        )

    def _part_answers(self, standing: Mapping[str, object]) -> list[Answer]:
        given, found = self.cleaned_data, []
        if MEDICINES in self.parts and (given[MEDICINES] or given["no_medicines"]):
            named = [line.strip() for line in given[MEDICINES].splitlines() if line.strip()]
            if named != standing.get(MEDICINES):
                found.append(self._answer(MEDICINES, named))
        if READING in self.parts and (given["systolic"] or given["diastolic"]):
            pair = {"systolic_mmhg": given["systolic"], "diastolic_mmhg": given["diastolic"]}
            found.append(self._answer(READING, pair, given["taken_at"]))
        if BODY in self.parts and (given["height"] or given["weight"]):
            pair = {"height_cm": given["height"], "weight_kg": given["weight"]}
            found.append(self._answer(BODY, pair))
        return found

    def clean(self) -> dict[str, Any]:
        """Refuse a list of medicines beside the word that there are none."""
        given: dict[str, Any] = super().clean() or {}
        if given.get(MEDICINES) and given.get("no_medicines"):
            self.add_error("no_medicines", "There is a list above. Empty it, or untick this.")
        return given

    def name_of(self, datum: str) -> str | None:
        """Name the control that an error about a datum belongs to."""
        firsts = {READING: "systolic", BODY: "height"}
        name = firsts.get(datum, field_name(datum))
        return name if name in self.fields else None


class LiftForm(forms.Form):
    """A prescriber's reason to go on."""

    entry_id = entry_id_field()
    reason = forms.CharField(
        label="Your reason, signed with your name",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write your reason: it is signed with your name."},
    )


class MoreForm(forms.Form):
    """What is still wanted."""

    entry_id = entry_id_field()
    words = forms.CharField(
        label="What is wanted, and from whom",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Say what is wanted, and from whom."},
    )


class SignForm(forms.Form):
    """In which capacity someone signs."""

    entry_id = entry_id_field()
    capacity = forms.ChoiceField(
        label="I sign as",
        choices=(("prescriber", "Prescriber"), ("mental-health", "Mental-health professional")),
        widget=forms.RadioSelect,
        error_messages={
            "required": "Say in which capacity you sign.",
            "invalid_choice": "Say in which capacity you sign.",
        },
    )


class NotNowForm(SignForm):
    """Why not now, and the letter that goes out."""

    reason = forms.CharField(
        label="Why not now, for the record",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why not now."},
    )
    letter = forms.CharField(
        label="The letter to the patient",
        help_text="Kapstone does not send it: print it, or copy it to the way they asked for.",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 14}),
        error_messages={"required": "Write the letter, and say where help is."},
    )


class TakeUpForm(forms.Form):
    """What help is asked for, and who else is on the care team."""

    entry_id = entry_id_field()
    indication = forms.ChoiceField(
        label="Asks for help with",
        choices=tuple(INDICATIONS.items()),
        error_messages={"required": "Choose what help is asked for."},
    )
    colleague = forms.ModelChoiceField(
        queryset=User.objects.none(),
        required=False,
        empty_label="Nobody yet",
        help_text="A decision needs the signature of a prescriber and of a therapist.",
        error_messages={"invalid_choice": "Choose somebody of this clinic."},
    )

    def __init__(self, *args: Any, by: User, **given: Any) -> None:
        super().__init__(*args, **given)
        other = Role.PRESCRIBER if by.role == Role.THERAPIST else Role.THERAPIST
        chosen = self.fields["colleague"]
        chosen.label = f"{other.label} on the care team"
        chosen.queryset = people_to_book(by.clinic_id).filter(role=other)  # type: ignore[attr-defined]  # a ModelChoiceField

"""What the pages of the day of the dose accept: shape and range only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

from django import forms
from django.http import QueryDict
from django.utils import timezone

from kapstone.catalogue.orders import load_order_checks
from kapstone.catalogue.thresholds import load_thresholds
from kapstone.clinic.dosing.actions import OrderWanted, Stamp
from kapstone.clinic.dosing.check_lists import not_today_reasons
from kapstone.clinic.dosing.checks import CONFIRMED, Asked, Check, Question
from kapstone.clinic.dosing.fields import number_field, when_field
from kapstone.errors import InvalidInput
from kapstone.science.events import Product, Route

YES_NO = (("yes", "Yes"), ("no", "No"))
ROUTES = (
    (Route.INTRAMUSCULAR.value, "Into muscle (IM)"),
    (Route.INTRAVENOUS.value, "Into a vein (IV)"),
    (Route.SUBLINGUAL.value, "Under the tongue (SL)"),
    (Route.SUBCUTANEOUS.value, "Under the skin (SC)"),
    (Route.INTRANASAL.value, "Into the nose (IN)"),
    (Route.ORAL.value, "Swallowed (PO)"),
)
PRODUCTS = (
    (Product.RACEMIC.value, "Racemic ketamine"),
    (Product.ESKETAMINE_DEVICE.value, "Esketamine nasal device"),
)


def _choose(field: forms.Field, choices: list[Any]) -> None:
    """Give a declared choice field its choices from the catalogue."""
    cast("forms.ChoiceField", field).choices = choices


def _unit_of(sign: str) -> str:
    """Give the unit a sign is measured in, as the threshold file has it."""
    return next((one.unit for one in load_thresholds().parameters if one.code == sign), "")


def _question_field(question: Question) -> forms.Field:
    says = f"{question.words}: answer it."
    if question.asked is Asked.TIME:
        return when_field(question.words)
    if question.asked is Asked.TEXT:
        return forms.CharField(
            label=question.words,
            max_length=200,
            required=question.needed,
            error_messages={"required": says},
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        )
    if question.asked is Asked.SIGN:
        return forms.CharField(
            label=question.words,
            help_text=_unit_of(question.name),
            max_length=6,
            error_messages={"required": f"{question.words}: enter the value."},
            widget=forms.TextInput(
                attrs={"inputmode": "decimal", "autocomplete": "off", "class": "short"}
            ),
        )
    choices = YES_NO if question.asked is Asked.YES_NO else question.choices
    return forms.ChoiceField(
        label=question.words,
        choices=choices,
        required=question.needed,
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), says),
    )


class CheckForm(forms.Form):
    """The questions of one check; each starts empty, whatever was answered before."""

    entry_id = forms.UUIDField(widget=forms.HiddenInput)
    check = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, check: Check, data: QueryDict | None = None) -> None:
        super().__init__(
            data,
            initial={"entry_id": uuid4(), "check": check.code},
            auto_id=f"{check.code}-%s",
        )
        self.asked = check
        for question in check.questions:
            self.fields[question.name] = _question_field(question)
        if data is not None and data.get(CONFIRMED):
            self._ask_whether_true()

    def _ask_whether_true(self) -> None:
        """Ask, once a value is doubted and not before, whether it is true all the same."""
        self.fields[CONFIRMED] = forms.BooleanField(
            label="Measured again, and true", required=False
        )

    @property
    def value(self) -> Mapping[str, Any]:
        """Give the answers as the act wants them."""
        names = [question.name for question in self.asked.questions]
        if CONFIRMED in self.fields:
            names.append(CONFIRMED)
        return {name: self.cleaned_data[name] for name in names}

    @property
    def is_one_tap(self) -> bool:
        """Whether it is a single yes or no: then two buttons are enough."""
        (first, *more) = self.asked.questions or (None,)
        return first is not None and not more and first.asked is Asked.YES_NO

    @property
    def name(self) -> str:
        """Name the one question of a check of one tap."""
        return self.asked.questions[0].name

    @property
    def question(self) -> str:
        """Say the one question of a check of one tap."""
        return self.asked.questions[0].words

    def refuse(self, wrong: InvalidInput) -> None:
        """Put what an act found beside its question."""
        for name, words in wrong.fields.items():
            self.add_error(name if name in self.fields else None, words)
        if "" in wrong.fields and self.asked.is_measured:
            self._ask_whether_true()


class ReasonForm(forms.Form):
    """A reason in words: for a lift, or for leaving against advice."""

    entry_id = forms.UUIDField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label="Reason",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say why."},
    )

    def __init__(self, data: QueryDict | None = None, *, label: str = "Reason") -> None:
        super().__init__(data, initial={"entry_id": uuid4()})
        self.fields["reason"].label = label


class AgainstAdviceForm(forms.Form):
    """Leaving against advice: why, what was tried, with whom, and when they are called."""

    entry_id = forms.UUIDField(widget=forms.HiddenInput)
    why = forms.CharField(label="Why they leave", max_length=140)
    tried = forms.CharField(label="What was tried, and when", max_length=140)
    company = forms.CharField(label="Who is with them, and how they travel", max_length=120)
    call_at = when_field("When they are called", hint="The next morning at the latest.")

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data, initial={"entry_id": uuid4()})

    @property
    def said(self) -> str:
        """Give the four answers as they are signed."""
        given = self.cleaned_data
        call = timezone.localtime(given["call_at"])
        return (
            f"Why: {given['why']}. Tried: {given['tried']}. With: {given['company']}. "
            f"Call: {call:%-d %b %H:%M}."
        )


class NotTodayForm(forms.Form):
    """One reason for not going on today."""

    entry_id = forms.UUIDField(widget=forms.HiddenInput)
    reason = forms.ChoiceField(
        label="One reason",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one reason."},
    )
    words = forms.CharField(
        label="In words", max_length=400, required=False, help_text="Needed for another reason."
    )

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data, initial={"entry_id": uuid4()})
        _choose(self.fields["reason"], list(not_today_reasons().items()))

    @property
    def said(self) -> str:
        """Give the reason as it is kept: its code, then the words."""
        words = self.cleaned_data["words"].strip()
        return f"{self.cleaned_data['reason']}{f': {words}' if words else ''}"


class OrderForm(forms.Form):
    """An order for one dose. Nothing is suggested and nothing is filled in beforehand."""

    entry_id = forms.UUIDField(widget=forms.HiddenInput)
    product = forms.ChoiceField(label="Product", choices=PRODUCTS, widget=forms.RadioSelect)
    route = forms.ChoiceField(label="Route", choices=ROUTES, widget=forms.RadioSelect)
    amount_mg = number_field("Dose in mg", high="2000")
    max_session_mg = number_field(
        "Most for the whole session in mg",
        high="2000",
        hint="The same as the dose, unless a second dose may be given.",
    )
    duration_min = number_field(
        "Minutes of the infusion", high="360", places=1, required=False, hint="IV only."
    )
    weight_kg = number_field("Weight in kg", high="650", places=1)
    weighed_at = when_field("Weighed on")
    mg_per_ml = number_field(
        "Strength in mg/mL",
        high="200",
        required=False,
        hint="Checks the units, with the volume.",
    )
    volume_ml = number_field("Volume in mL", high="100", places=3, required=False)
    may_give = forms.ChoiceField(label="Who may give it", widget=forms.RadioSelect)
    rationale = forms.ChoiceField(label="Why this amount", widget=forms.RadioSelect)
    reason = forms.CharField(
        label="Reason, where a limit is passed",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, data: QueryDict | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        checks = load_order_checks()
        rationales = [(one.code, one.words) for one in checks.rationales]
        _choose(self.fields["rationale"], rationales)
        _choose(self.fields["may_give"], [(one.code, one.words) for one in checks.givers])

    def wanted(self, number: int) -> OrderWanted:
        """Give the order as the act wants it."""
        given = {name: self.cleaned_data[name] for name in self.fields if name != "entry_id"}
        given["product"], given["route"] = Product(given["product"]), Route(given["route"])
        return OrderWanted(number=number, **given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What the room sent: the kind, its named values as typed, and its stamp."""

    kind: str
    values: Mapping[str, str]
    stamp: Stamp


_STAMP = ("entry_id", "observed_time", "device_at", "device_id", "device_seq")
_ASIDE = {
    "csrfmiddlewaretoken",
    "kind",
    "tab",
    "then",
    "only",
    "witness",
    "witness_password",
    *_STAMP,
}


def read_posted(data: QueryDict, at: datetime) -> Posted:
    """
    Take apart what a form of the room sent; its values are read by ``reading.read_payload``.

    Raises
    ------
    InvalidInput
        If the id, a clock or the sequence number cannot be read.
    """
    faults: dict[str, str] = {}
    stamp = Stamp(
        entry_id=_uuid(data.get("entry_id", ""), faults),
        observed_at=_observed(data.get("observed_time", ""), at, faults),
        device_at=_iso(data.get("device_at", ""), faults),
        device_id=data.get("device_id", "")[:64],
        device_seq=_sequence(data.get("device_seq", ""), faults),
    )
    if faults:
        raise InvalidInput(faults)
    values = {name: str(data[name]) for name in data if name not in _ASIDE and data[name]}
    return Posted(kind=data.get("kind", ""), values=values, stamp=stamp)


def _uuid(raw: str, faults: dict[str, str]) -> UUID | None:
    try:
        return UUID(raw)
    except ValueError:
        faults["entry_id"] = "The entry has no id. Reload the page, then enter it again."
        return None


def _observed(raw: str, at: datetime, faults: dict[str, str]) -> datetime | None:
    """Read a time of today in the clinic's zone; one still ahead was yesterday's."""
    if not raw:
        return None
    try:
        clock = time.fromisoformat(raw)
    except ValueError:
        faults["observed_time"] = "At: enter a time such as 10:42."
        return None
    here = at.astimezone(timezone.get_current_timezone())
    day: date = here.date()
    moment = datetime.combine(day, clock.replace(tzinfo=None), here.tzinfo)
    if moment > at + timedelta(hours=12):
        moment -= timedelta(days=1)
    return moment


def _iso(raw: str, faults: dict[str, str]) -> datetime | None:
    if not raw:
        return None
    try:
        moment = datetime.fromisoformat(raw.replace("Z", "+00:00"))
    except ValueError:
        moment = datetime.min  # noqa: DTZ901  only to be refused just below
    if moment.tzinfo is None:
        faults["device_at"] = "The device's clock cannot be read."
        return None
    return moment


def _sequence(raw: str, faults: dict[str, str]) -> int | None:
    if not raw:
        return None
    if not raw.isdecimal() or int(raw) > 2**31 - 1:
        faults["device_seq"] = "The device's sequence number cannot be read."
        return None
    return int(raw)

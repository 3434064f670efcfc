"""
What is written in the room: one frozen shape for each kind of entry.

``reading.read_payload`` turns plain JSON from a form, a device or the database into one of
these; ``as_json`` turns it back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar
from uuid import UUID

from kapstone.science.events import Product, Route

SIGN_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "systolic_mmhg": "Systolic pressure",
        "diastolic_mmhg": "Diastolic pressure",
        "heart_rate_per_min": "Pulse",
        "spo2_percent": "SpO2",
        "breaths_per_min": "Breathing rate",
        "temperature_c": "Temperature",
        "alertness": "Alertness",
        "rass": "RASS",
        "distress": "Distress",
        "nausea": "Nausea",
        "perception": "Changed perception",
        "depth": "Depth",
    }
)
WHOLE = frozenset(SIGN_NAMES) - {"temperature_c"}


class Kind(StrEnum):
    """What kind of entry it is; the same codes as ``SessionEntry.Kind``."""

    VITALS = "vitals"
    NO_VALUE = "no-value"
    DOSE = "dose"
    EVENT = "event"
    NOTE = "note"
    CORRECTION = "correction"
    ANSWER = "answer"
    STATE = "state"


class Absent(StrEnum):
    """Why a vital sign has no value."""

    CUFF_OFF = "cuff-off"
    DECLINED = "declined"
    ASLEEP = "asleep"
    DEVICE_FAULT = "device-fault"


class Event(StrEnum):
    """What happened, as a chip names it."""

    EYESHADE = "eyeshade"
    MUSIC = "music"
    NAUSEA = "nausea"
    VOMITED = "vomited"
    TEARFUL = "tearful"
    ANXIOUS = "anxious"
    MOVEMENT = "movement"
    TOUCH = "touch"
    TALKING = "talking"
    BATHROOM = "bathroom"
    MEDICINE = "medicine"
    ASKS_TO_STOP = "asks-to-stop"
    SIGN = "sign"  # one of the signs in the threshold file
    OTHER = "other"


class Speaker(StrEnum):
    """Whose words or observation a note holds."""

    PATIENT = "patient"
    THERAPIST = "therapist"
    OBSERVER = "observer"


class Reply(StrEnum):
    """How a crossing was answered."""

    TOLD = "told"
    REPEATED = "repeated"
    ARTEFACT = "artefact"


class Mistake(StrEnum):
    """Why an entry is corrected."""

    WRONG_KEY = "wrong-key"
    WRONG_PATIENT = "wrong-patient"
    WRONG_TIME = "wrong-time"
    OTHER = "other"


class Change(StrEnum):
    """What a state entry says changed."""

    ROOM = "room"  # opened, or left: went-home, against-advice
    CONTAINER = "container"  # music, lights, eyeshade, blanket, people
    EMERGENCY = "emergency"  # a step of the emergency card, stamped
    STAY = "stay"  # not ready to go home yet: look again at a time
    CHECK = "check"  # an item ticked, or one tick of it taken back with a reason
    HANDOVER = "handover"  # watching begins, is offered to somebody, is accepted by them
    RECONCILE = "reconcile"  # a prescriber says of one dose in question that it stands
    VERIFY = "verify"  # a second person has compared an entry with the paper


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """One set of vital signs; what was not measured is None and is drawn as missing."""

    kind: ClassVar[Kind] = Kind.VITALS

    systolic_mmhg: int | None = None
    diastolic_mmhg: int | None = None
    heart_rate_per_min: int | None = None
    spo2_percent: int | None = None
    breaths_per_min: int | None = None
    temperature_c: float | None = None
    alertness: int | None = None  # MOAA/S, 5 to 0
    rass: int | None = None
    distress: int | None = None  # 0 to 10
    nausea: int | None = None  # 0 none, 1 mild, 2 moderate, 3 vomiting
    perception: int | None = None  # 0 to 10
    depth: int | None = None  # own steps, 0 none to 4 no recall; the therapist's view
    is_dissociated_with_reflexes: bool = False  # a remark beside alertness; it still counts
    is_confirmed: bool = False  # looked at again, and true


@dataclass(frozen=True, slots=True, kw_only=True)
class NoValue:
    """A set was due and could not be had, with the reason."""

    kind: ClassVar[Kind] = Kind.NO_VALUE

    reason: Absent


@dataclass(frozen=True, slots=True, kw_only=True)
class Dose:
    """What reached the patient. ``amount_mg`` zero stands only in a correction: not given."""

    kind: ClassVar[Kind] = Kind.DOSE

    product: Product
    route: Route
    amount_mg: Decimal
    duration_min: Decimal | None = None
    hold_min: Decimal | None = None
    is_swallowed: bool | None = None
    lot: str = ""
    draw: UUID | None = None  # the key of what it was drawn up as, in the drug log
    mg_per_ml: Decimal | None = None
    volume_ml: Decimal | None = None
    is_identity_checked: bool = False
    witness_id: int | None = None
    override_reason: str = ""
    is_confirmed: bool = False  # looked at again, and true


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """An event: a chip pressed, with a degree where it has one, and a rescue medicine."""

    kind: ClassVar[Kind] = Kind.EVENT

    event: Event
    degree: int | None = None  # 0 to 3
    sign: str = ""
    detail: str = ""
    medicine: str = ""
    amount: str = ""
    route: str = ""
    ordered_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What someone said or saw."""

    kind: ClassVar[Kind] = Kind.NOTE

    speaker: Speaker
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was done about a crossing; it names the entry and the vital sign."""

    kind: ClassVar[Kind] = Kind.ANSWER

    entry: UUID
    parameter: str
    reply: Reply
    told: str = ""  # who was told


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Something about the room changed."""

    kind: ClassVar[Kind] = Kind.STATE

    change: Change
    item: str
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """The entry before was a mistake; ``instead`` is what is true, or None: nothing was."""

    kind: ClassVar[Kind] = Kind.CORRECTION

    of: Kind
    mistake: Mistake
    detail: str = ""
    instead: "Vitals | NoValue | Dose | Happening | Note | None" = None


Payload = Vitals | NoValue | Dose | Happening | Note | Answer | State | Correction
CONTAINER_ITEMS: Mapping[str, str] = MappingProxyType(
    {
        "music": "Music",
        "lights": "Lights",
        "eyeshade": "Eyeshade",
        "blanket": "Blanket",
        "people": "In the room",
    }
)


CORRECTABLE = frozenset({Kind.VITALS, Kind.NO_VALUE, Kind.DOSE, Kind.EVENT, Kind.NOTE})


def as_json(payload: Payload) -> dict[str, Any]:
    """Write a payload as plain JSON; ``read_payload`` gives the same payload back."""
    told = ((field.name, getattr(payload, field.name)) for field in fields(payload))
    return {name: _plain(value) for name, value in told if value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, (Decimal, UUID)):
        return str(value)
    return as_json(value) if isinstance(value, Payload) else value

"""
The checks before a dose (G1 to G15) and before going home (D1 to D11), with their questions.

Titles, words and who may lift come from the catalogue; here stands what is asked, one question
at a time. Nothing is filled in beforehand, and no control answers more than one question.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from kapstone.catalogue.discharge import load_discharge
from kapstone.catalogue.gate import GateLift, load_gate
from kapstone.catalogue.instruments import load_instrument
from kapstone.clinic.dosing.checks import Asked, Check, Question
from kapstone.clinic.dosing.entries import SIGN_NAMES
from kapstone.errors import InvalidInput

PARENTERAL = frozenset({"IV", "IM", "SC"})
PRESCRIBER, THERAPIST = "prescriber", "therapist"
# What the desk is told of a dose not given; every other reason is said to be clinical.
_REASON_CLASSES = {
    "patient-choice": "the patient's choice",
    "escort": "something was missing for the way home",
    "staffing": "the clinic could not give it",
    "order": "the clinic could not give it",
}


def _yes_no(*pairs: tuple[str, str]) -> tuple[Question, ...]:
    return tuple(Question(name=name, words=words) for name, words in pairs)


def _signs(*names: str) -> tuple[Question, ...]:
    return tuple(
        Question(name=name, words=SIGN_NAMES[name], asked=Asked.SIGN) for name in names
    )


def _text(name: str, words: str, *, needed: bool = True) -> Question:
    return Question(name=name, words=words, asked=Asked.TEXT, needed=needed)


def _suicide_screen() -> tuple[Question, ...]:
    """Give the questions of the screen word for word; the last once another was yes."""
    items = {item.code.replace(".", "_"): item for item in load_instrument("asq").items}
    first = tuple(name for name, item in items.items() if item.asked_when is None)
    return tuple(
        Question(
            name=name,
            words=item.text,
            needed=item.asked_when is None,
            needed_when=() if item.asked_when is None else first,
        )
        for name, item in items.items()
    )


_THOUGHTS = (("none", "None"), ("not-acute", "Yes, not acute"), ("acute", "Yes, acute"))
_GATE_QUESTIONS: Mapping[str, tuple[Question, ...]] = MappingProxyType(
    {
        "G1": _yes_no(
            ("says_name", "They said their full name, and it matches"),
            ("says_born_on", "They said their date of birth, and it matches"),
        ),
        "G3": _yes_no(("still_wants", "Still wants to go ahead today")),
        "G4": _yes_no(
            ("illness", "New illness"),
            ("new_medicine", "New or changed medicine"),
            ("new_diagnosis", "New diagnosis"),
            ("hospital", "Hospital or emergency visit"),
            ("fall", "A fall"),
        ),
        "G5": (
            Question(
                name="result",
                words="Test today",
                asked=Asked.CHOICE,
                choices=(
                    ("negative", "Negative"),
                    ("positive", "Positive"),
                    ("not-applicable", "Not applicable"),
                ),
            ),
        ),
        "G6": (
            *_yes_no(
                ("intoxicated", "Signs of intoxication or withdrawal"),
                ("other_drug", "Alcohol, cannabis or another drug today"),
                ("sedative", "Took a sedative today"),
            ),
            Question(
                name="prescribed",
                words="If so, it is prescribed to them",
                needed=False,
                needed_when=("sedative",),
            ),
            Question(
                name="what",
                words="What, how much, when",
                asked=Asked.TEXT,
                needed=False,
                needed_when=("sedative", "other_drug"),
            ),
        ),
        "G7": (
            Question(name="last_solid_at", words="Last solid food", asked=Asked.TIME),
            Question(name="last_clear_at", words="Last clear drink", asked=Asked.TIME),
        ),
        "G8": _signs(
            "systolic_mmhg",
            "diastolic_mmhg",
            "heart_rate_per_min",
            "spo2_percent",
            "breaths_per_min",
            "temperature_c",
        ),
        "G9": _suicide_screen(),
        "G10": _yes_no(
            ("oriented", "Knows person, place, day and why they are here"),
            ("mania_or_psychosis", "Signs of mania or psychosis"),
        ),
        "G11": _yes_no(
            ("urinary", "New pain, urgency or blood when passing water"),
            ("misuse", "Ketamine outside the clinic, or a craving for it"),
        ),
        "G13": (
            _text("name", "Their name"),
            _text("phone", "Their phone"),
            Question(name="comes_at", words="They come at", asked=Asked.TIME, is_ahead=True),
            *_yes_no(("confirmed", "They said that they will come")),
        ),
        "G15": _yes_no(
            ("patient", "Right person"),
            ("drug", "Right drug, lot and date"),
            ("dose", "Right dose, volume checked"),
            ("route", "Right route"),
        ),
    }
)
_ICONS: Mapping[str, str] = MappingProxyType(
    {
        "G1": "fingerprint",
        "G2": "badge-check",
        "G3": "signature",
        "G4": "history",
        "G5": "baby",
        "G6": "wine-off",
        "G7": "utensils",
        "G8": "heart-pulse",
        "G9": "life-buoy",
        "G10": "eye",
        "G11": "droplets",
        "G12": "calendar-clock",
        "G13": "car",
        "G14": "list-checks",
        "G15": "syringe",
    }
)
_HOME_QUESTIONS: Mapping[str, tuple[Question, ...]] = MappingProxyType(
    {
        "D2": (
            Question(
                name="rass",
                words="RASS now, 0 is alert and calm, from -5 to +4",
                asked=Asked.SIGN,
            ),
            *_yes_no(("oriented", "Knows person, place, day and what happened")),
        ),
        "D4": _yes_no(("walks", "Three metres and a turn, unaided, no vertigo")),
        "D5": _yes_no(("sips", "Keeps sips down, nausea mild or none")),
        "D6": _signs("perception"),
        "D7": (
            Question(
                name="thoughts",
                words="Thoughts of suicide now",
                asked=Asked.CHOICE,
                choices=_THOUGHTS,
            ),
            *_yes_no(("therapist_agrees", "The therapist agrees")),
        ),
        "D8": (
            _text("name", "Their name"),
            *_yes_no(("here", "They are here, and were told what to watch")),
        ),
        "D9": _yes_no(("given", "Given, and said back in their own words")),
    }
)
_HOME_ICONS: Mapping[str, str] = MappingProxyType(
    {
        "D1": "timer",
        "D2": "eye",
        "D3": "heart-pulse",
        "D4": "footprints",
        "D5": "cup-soda",
        "D6": "cloud-fog",
        "D7": "life-buoy",
        "D8": "user-check",
        "D9": "file-text",
        "D10": "calendar-check",
        "D11": "pen-line",
    }
)


@cache
def gate_checks(*, parenteral: bool = True) -> Mapping[str, Check]:
    """Give the fifteen checks; the list of equipment is longer for an injection."""
    gate = load_gate()
    equipment = tuple(
        Question(name=line.code.replace("-", "_"), words=line.name)
        for line in gate.equipment_for(parenteral=parenteral)
    )
    return MappingProxyType(
        {
            check.code: Check(
                code=check.code,
                title=check.title,
                ask=check.ask,
                icon=_ICONS[check.code],
                questions=equipment
                if check.code == "G14"
                else _GATE_QUESTIONS.get(check.code, ()),
                lift_by="" if check.lift_by is GateLift.NOBODY else PRESCRIBER,
                lift_with=THERAPIST if check.lift_by is GateLift.CRISIS_PATH else "",
                lift_words=check.lift_words,
                why="; ".join(str(basis) for basis in check.basis),
            )
            for check in gate.checks
        }
    )


@cache
def going_home_checks() -> Mapping[str, Check]:
    """Give the eleven criteria for going home."""
    return MappingProxyType(
        {
            criterion.code: Check(
                code=criterion.code,
                title=criterion.title,
                ask=criterion.ask,
                icon=_HOME_ICONS[criterion.code],
                questions=_HOME_QUESTIONS.get(criterion.code, ()),
                why="; ".join(str(basis) for basis in criterion.basis),
            )
            for criterion in load_discharge().criteria
        }
    )


def check_of(phase: str, code: str, route: str = "") -> Check:
    """
    Find one check.

    Raises
    ------
    InvalidInput : there is no such check in this phase
    """
    parenteral = not route or route in PARENTERAL
    lists = {"gate": gate_checks(parenteral=parenteral), "discharge": going_home_checks()}
    found = lists.get(phase, {}).get(code)
    if found is None:
        raise InvalidInput({"check": f"There is no check {code} here."})
    return found


def not_today_reasons() -> Mapping[str, str]:
    """Give the reasons for not going on today, by code."""
    return MappingProxyType({reason.code: reason.name for reason in load_gate().reasons})


def reason_class(code: str) -> str:
    """Say what kind of reason it was, for who books and may not know of the care itself."""
    return _REASON_CLASSES.get(code, "a clinical reason")

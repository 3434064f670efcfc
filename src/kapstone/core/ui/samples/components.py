"""Samples for the components, and the form that shows fields and errors."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django import forms

from kapstone.core.ui.charts.session_bar import draw_session_bar
from kapstone.core.ui.palette import THEMES, Theme, contrast
from kapstone.core.ui.parts import (
    Act,
    Figure,
    KeyHint,
    Line,
    NavItem,
    Need,
    RoomCard,
    Step,
    Tone,
)
from kapstone.core.ui.samples import clinic

NEEDS = (
    Need(
        who="Birch",
        what="PHQ-9 item 9 is 1 (was 0)",
        why="Answered 07:52. Your protocol asks for a call within 4 hours: by 11:52.",
        icon="phone-call",
        tone=Tone.RED,
        act=Act(label="Call", href="#call"),
    ),
    Need(
        who="Larch",
        what="BP 151/96 at check-in",
        why="Clinic limit 150/95. Repeat in 5 min: 10:47.",
        icon="triangle-alert",
        tone=Tone.AMBER,
        act=Act(label="Gate", href="#gate"),
    ),
    Need(
        who="Cypress",
        what="Consent version 4 not signed",
        why="Dose booked tomorrow 09:30.",
        icon="signature",
        act=Act(label="Send", href="#send", post=True),
    ),
    Need(
        who="3 measures overdue",
        what="Maple PHQ-9, Maple GAD-7, Sycamore PCL-5",
        why="Oldest 2 days. Reminders already sent twice.",
        icon="clipboard-list",
        act=Act(label="Nudge", href="#nudge"),
    ),
)

ROOM_CARDS = (
    RoomCard(
        name="Alder",
        detail="Room 2, dose 3 of 6, IM 53 mg",
        state="Inward",
        state_icon="headphones",
        state_tone=Tone.FIR,
        bar=draw_session_bar(replace(clinic.BAR, uid="card-bar")),
        figures=(
            Figure(name="BP", value="148/92", note="baseline 128/78"),
            Figure(name="Heart rate", value="88", note="baseline 72"),
            Figure(name="SpO2", value="97%", note="room air"),
            Figure(
                name="Next vitals in", value="2:45", note="nurse, therapist in room", next=True
            ),
        ),
        acts=(Act(label="Open room", href="#room", kind="pri"),),
        note="32 min since dose",
    ),
    RoomCard(
        name="Larch",
        detail="Room 1, dose 2 of 6",
        state="Waiting",
        state_icon="circle-pause",
        state_tone=Tone.AMBER,
        lines=(
            Line(icon="circle-check", strong="7 of 9", text="checks go", tone=Tone.FIR),
            Line(icon="timer", text="Blood pressure 151/96: repeat at 10:47", tone=Tone.AMBER),
            Line(icon="car", text="Ride home not yet confirmed", tone=Tone.AMBER),
        ),
        acts=(
            Act(label="Open gate", href="#gate"),
            Act(label="Hold today", href="#hold", kind="quiet"),
        ),
    ),
)

SAFETY = (
    Line(icon="shield-alert", strong="Penicillin", text="allergy", tone=Tone.RED),
    Line(icon="pill", text="Sertraline 100 mg, amlodipine 5 mg"),
    Line(icon="heart-pulse", text="Highest BP in sessions 152/94"),
    Line(icon="life-buoy", text="Safety plan 2 April"),
    Line(icon="signature", text="Consent v4 signed 20 April"),
)

SCORES = (
    Figure(name="PHQ-9", value="19", note="moderately severe"),
    Figure(name="Item 9", value="1", note="called, plan made"),
    Figure(name="GAD-7", value="14", note="moderate"),
    Figure(name="PCL-5", value="22", note="below 31"),
)

VIEWS = tuple(
    NavItem(label=label, href=f"#{label.lower().replace(' ', '-')}", current=i == 0)
    for i, label in enumerate(
        ("Timeline", "Window plan", "Sessions", "Measures", "Trails", "Record")
    )
)
WAYS = (
    NavItem(label="Curve", href="#curve", current=True),
    NavItem(label="List", href="#list"),
)
WHEN = (
    NavItem(label="Before", href="#before"),
    NavItem(label="Dose 2", href="#dose-2"),
    NavItem(label="Today", href="#today", current=True),
)
STEPS = (
    Step(label="About you", done=True),
    Step(label="Health", current=True),
    Step(label="People"),
    Step(label="Check"),
)
HINTS = (
    KeyHint(keys=("J", "K"), does="move"),
    KeyHint(keys=("Enter",), does="open"),
    KeyHint(keys=("B",), does="book"),
    KeyHint(keys=("N",), does="nudge"),
    KeyHint(keys=("?",), does="all keys"),
)
NEXT = (
    ("Today 14:00", "EMDR, video"),
    ("Fri 09:00", "IFS, proposed"),
    ("Fri 18:00", "PHQ-9 due"),
    ("Tue 19 May", "Dose 5, gate opens 08:30"),
)
PATIENT_TABS = tuple(
    NavItem(
        label=label,
        href=f"#{label.lower()}",
        icon=icon,
        current=label == "Window",
        central=label == "Log",
    )
    for label, icon in (
        ("Window", "sunrise"),
        ("Trails", "trees"),
        ("Log", "footprints"),
        ("Journal", "notebook-pen"),
        ("Plan", "calendar-days"),
    )
)


class SampleForm(forms.Form):
    """A form with one field of each kind."""

    weight = forms.DecimalField(label="Weight in kg", help_text="Weighed today, shoes off.")
    route = forms.ChoiceField(
        label="Route", choices=(("im", "Intramuscular"), ("sl", "Sublingual"))
    )
    note = forms.CharField(
        label="Note", widget=forms.Textarea(attrs={"rows": 3}), required=False
    )
    pressure = forms.ChoiceField(
        label="Has a doctor ever told you that you have high blood pressure?",
        help_text="Treated and under control still counts as yes.",
        choices=(("yes", "Yes"), ("no", "No"), ("unsure", "Not sure")),
        widget=forms.RadioSelect,
        error_messages={"required": "Choose yes, no or not sure"},
    )
    ride = forms.BooleanField(
        label="An adult takes me home", error_messages={"required": "Say who takes you home"}
    )


def wrong_form() -> SampleForm:
    """Give the sample form as it looks after an answer is missing."""
    form = SampleForm({"weight": "71.2", "route": "im"})
    form.is_valid()
    return form


@dataclass(frozen=True, slots=True)
class Swatch:
    """One colour of a theme, and its contrast on the theme's surface."""

    token: str
    value: str
    ratio: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One theme's colours."""

    code: str
    inks: tuple[Swatch, ...]
    fills: tuple[Swatch, ...]


_INKS = (
    *("ink", "ink2", "ink3", "edge", "fir", "window-ink", "heather"),
    *("moss", "bark", "lake", "amber", "red", "focus"),
)
_FILLS = ("bg", "surface", "sunk", "line", "window", "ket")


def _swatch(theme: Theme, token: str) -> Swatch:
    ratio = contrast(theme[token], theme["surface"])
    return Swatch(token, theme[token], f"{ratio:.1f}")


PANELS = tuple(
    Panel(
        code=code,
        inks=tuple(_swatch(theme, token) for token in _INKS),
        fills=tuple(_swatch(theme, token) for token in _FILLS),
    )
    for code, theme in THEMES.items()
)

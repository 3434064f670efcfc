"""The components as tags. ``{% load ui %}`` and see the style guide for each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.forms import BaseForm, BoundField
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timesince import timesince

from kapstone.core.ui import icons
from kapstone.core.ui.charts.drawing import Drawing, TableTwin
from kapstone.core.ui.charts.ridge_board import RidgeDrawing
from kapstone.core.ui.forms import Problem, draw_field, problems
from kapstone.core.ui.parts import Act, KeyHint, Line, NavItem, Need, RoomCard, Step

register = template.Library()
Given = dict[str, Any]

_JUST_NOW = timedelta(minutes=1)


@register.simple_tag
def icon(
    name: str, size: int = 18, label: str = "", stroke: float = 1.75, classes: str = ""
) -> SafeString:
    """Draw an icon; without a label it is hidden from screen readers."""
    drawn = icons.icon_svg(name, size=size, stroke=stroke, label=label, classes=classes)
    return mark_safe(drawn)  # noqa: S308  our own drawing; the label and classes are escaped


@register.simple_tag
def mark(size: int = 28, lit: bool = True) -> SafeString:
    """Draw the cairn."""
    return mark_safe(icons.mark_svg(size=size, lit=lit))  # noqa: S308  numbers only


@register.inclusion_tag("ui/parts/button.html")
def button(label: str, kind: str = "", icon: str = "", **rest: str) -> Given:
    """
    Draw a button, or with ``href`` a link that looks like one.

    ``rest`` may hold ``href``, ``name``, ``value``, ``type``, ``key`` (its shortcut),
    ``note`` (a second line) and ``size`` (sm, big, huge, wide).
    """
    known = {"href", "name", "value", "type", "key", "note", "size", "form", "id"}
    if unknown := set(rest) - known:
        message = f"A button has no {', '.join(sorted(unknown))}."
        raise ValueError(message)
    return {"label": label, "kind": kind, "icon": icon, **rest}


@register.inclusion_tag("ui/parts/act.html", takes_context=True)
def act(context: Context, act: Act, size: str = "") -> Given:
    """Draw an act: a link, or a form that posts."""
    return {"act": act, "size": size, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("ui/parts/pill.html")
def pill(label: str, tone: str = "", icon: str = "") -> Given:
    """Draw a tag: a word on a tint, with an icon."""
    return {"label": label, "tone": tone, "icon": icon}


@register.inclusion_tag("ui/parts/needs.html", takes_context=True)
def needs(context: Context, items: Sequence[Need]) -> Given:
    """List what waits for somebody, most urgent first."""
    return {"items": items, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("ui/parts/room_cards.html", takes_context=True)
def room_cards(context: Context, cards: Sequence[RoomCard]) -> Given:
    """Show the rooms that are live or waiting."""
    return {"cards": cards, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("ui/parts/figures.html")
def figures(items: Sequence[Any], ruled: bool = False) -> Given:
    """Set numbers side by side, each with its name and note."""
    return {"items": items, "ruled": ruled}


@register.inclusion_tag("ui/parts/lines.html")
def lines(items: Sequence[Line]) -> Given:
    """List facts, an icon before each."""
    return {"items": items}


@register.inclusion_tag("ui/parts/safety_strip.html")
def safety_strip(items: Sequence[Line]) -> Given:
    """Show what must be known before anything else about a patient."""
    return {"items": items}


@register.inclusion_tag("ui/parts/empty.html")
def empty(title: str, text: str = "", href: str = "", label: str = "") -> Given:
    """Say what will be here, and the one thing that fills it."""
    return {"title": title, "text": text, "href": href, "label": label}


@register.inclusion_tag("ui/parts/error_summary.html")
def error_summary(form: BaseForm | Iterable[Problem]) -> Given:
    """List what is wrong with a form, each line a link to its control."""
    found = problems(form) if isinstance(form, BaseForm) else form
    return {"problems": tuple(found)}


@register.inclusion_tag("ui/parts/field.html")
def field(
    bound: BoundField, classes: str = "", cards: bool = False, question: str = ""
) -> Given:
    """
    Draw a form field with its label, hint and error.

    ``question`` (such as "Question 3 of 7") makes the legend the heading of the page.
    """
    drawn = draw_field(bound, classes=classes)
    return {"field": drawn, "cards": cards, "question": question}


@register.inclusion_tag("ui/parts/fields.html")
def fields(form: BaseForm, cards: bool = False) -> Given:
    """Draw every field of a form, the hidden ones too."""
    return {
        "drawn": [draw_field(bound) for bound in form.visible_fields()],
        "hidden": form.hidden_fields(),
        "cards": cards,
    }


@register.inclusion_tag("ui/parts/evidence.html")
def evidence(level: int, words: str) -> Given:
    """Show how sure anyone can be: none to four dots, and words."""
    return {"dots": [i < level for i in range(4)], "words": words}


@register.inclusion_tag("ui/parts/drawing.html")
def drawing(
    drawn: Drawing, open_table: bool = False, caption: str = "", name: str = ""
) -> Given:
    """Show a chart in a figure with its table; ``name`` turns on the arrow-key cursor."""
    svg = mark_safe(drawn.svg)  # noqa: S308  every chart escapes its own text
    stops = [{"x": stop.x, "says": stop.says} for stop in drawn.stops] if name else []
    return {
        "drawing": drawn,
        "svg": svg,
        "open_table": open_table,
        "caption": caption,
        "stops": stops,
        "island": f"{name}-stops",
    }


@register.inclusion_tag("ui/parts/picture.html")
def picture(drawn: Drawing) -> Given:
    """Show a chart bare, where its table stands elsewhere on the page."""
    return {"drawing": drawn, "svg": mark_safe(drawn.svg)}  # noqa: S308  escaped by the chart


@register.inclusion_tag("ui/parts/ridge_board.html")
def ridge_board(board: RidgeDrawing) -> Given:
    """Show today's open windows, a row a patient, each with its one next act."""
    rows = [
        {"ridge": row.ridge, "drawn": mark_safe(row.svg)}  # noqa: S308  escaped by the chart
        for row in board.rows
    ]
    return {"board": board, "head": mark_safe(board.head), "rows": rows}  # noqa: S308  the same


@register.inclusion_tag("ui/parts/table_twin.html")
def table_twin(table: TableTwin, open_table: bool = False) -> Given:
    """Show the table of a chart, folded away until wanted."""
    return {"table": table, "open_table": open_table}


@register.inclusion_tag("ui/parts/tabs.html")
def tabs(items: Sequence[NavItem], label: str) -> Given:
    """Link the views of one thing; the current one is underlined."""
    return {"items": items, "label": label}


@register.inclusion_tag("ui/parts/segments.html")
def segments(items: Sequence[NavItem], label: str) -> Given:
    """Choose between a few ways of seeing the same thing."""
    return {"items": items, "label": label}


@register.inclusion_tag("ui/parts/steps.html")
def steps(items: Sequence[Step], label: str = "Steps") -> Given:
    """Show which step of several this is."""
    return {"items": items, "label": label}


@register.inclusion_tag("ui/parts/progress.html")
def progress(done: int, total: int, label: str) -> Given:
    """Show how far along, in words and as a bar."""
    return {"done": done, "total": total, "label": label}


@register.inclusion_tag("ui/parts/theme_switch.html", takes_context=True)
def theme_switch(context: Context, icons_only: bool = False, few: bool = False) -> Given:
    """Let a person choose the light of the screen; ``few`` offers light and dark alone."""
    choices = context.get("theme_choices") or ()
    shown = {name: context.get(name) for name in ("theme", "here", "csrf_token")}
    return {"icons_only": icons_only, "theme_choices": choices[: 2 if few else None], **shown}


@register.inclusion_tag("ui/parts/saved.html", takes_context=True)
def saved(context: Context, words: object, undo_href: str = "", inline: bool = False) -> Given:
    """Say that something was saved, and offer to undo it."""
    return {
        "words": words,
        "undo_href": undo_href,
        "inline": inline,
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("ui/parts/key_hints.html")
def key_hints(hints: Sequence[KeyHint]) -> Given:
    """Name the keys that work on this page."""
    return {"hints": hints}


@register.inclusion_tag("ui/parts/definitions.html")
def definitions(pairs: Iterable[tuple[str, object]]) -> Given:
    """Set out names and their values."""
    return {"pairs": tuple(pairs)}


@register.inclusion_tag("ui/parts/quote.html")
def quote(words: str, source: str = "", big: bool = False) -> Given:
    """Set a person's own words, in the voice kept for them alone."""
    return {"words": words, "source": source, "big": big}


@register.filter
def subscript(text: str) -> SafeString:
    """Set the 2 of SpO2 low: the font has no such sign of its own."""
    head, found, tail = str(text).partition("SpO2")
    if not found:
        return format_html("{}", head)
    return format_html("{}SpO<sub>2</sub>{}", head, tail)


@register.filter
def ago(since: datetime, at: datetime) -> str:
    """Say how long ago something was, in one unit: the hour and the minute stand beside it."""
    if at - since < _JUST_NOW:
        return "just now"
    return f"{timesince(since, at, depth=1)} ago"


@register.filter
def svg(drawn: str) -> SafeString:
    """Let an SVG of our own drawing through; every drawing escapes its own text."""
    return mark_safe(drawn)  # noqa: S308  drawn by kapstone.core.ui.charts

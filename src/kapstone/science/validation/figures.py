"""The pictures of the validation page. Needs matplotlib, which only the docs install."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kapstone.science.bands import band
from kapstone.science.events import DoseEvent, Route
from kapstone.science.exposure import exposure
from kapstone.science.pharmacokinetics import Site, profile
from kapstone.science.protocols import SIX, infusions
from kapstone.science.validation.arms import arm
from kapstone.science.validation.levels import kamp_levels
from kapstone.science.validation.report import timing_gains
from kapstone.science.validation.targets import kamp_series
from kapstone.science.window import window

mpl.use("svg")
mpl.rcParams["svg.hashsalt"] = "kapstone"
mpl.rcParams["svg.fonttype"] = "path"
INK, MOSS, AMBER, BARK = "#26312c", "#4f7a5b", "#c98a2b", "#7a5c46"


def draw_all(folder: Path) -> tuple[str, ...]:
    """
    Draw every picture into a folder, as SVG that is the same on every run.

    Returns the file names, in the order of the page.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, draw in _PICTURES.items():
        figure = Figure(figsize=(8.0, 4.2), layout="constrained")
        draw(figure)
        figure.savefig(folder / name, metadata={"Date": None})
    return tuple(_PICTURES)


def _axes(figure: Figure, title: str, across: str, up: str) -> Axes:
    axes = figure.add_subplot()
    axes.set_title(title, loc="left", color=INK)
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def _kamp(figure: Figure) -> None:
    axes = _axes(
        figure,
        "Kamp 2020, arterial: points published, lines the model (A, F)",
        "hours",
        "ng/mL",
    )
    hours = np.linspace(0.02, 10.0, 400)
    colours = {"K": MOSS, "N": AMBER}
    names = {"K": "ketamine", "N": "norketamine"}
    for analyte, (at, levels) in kamp_series().items():
        if analyte in colours:
            axes.plot(hours, kamp_levels(hours)[analyte], color=colours[analyte])
            axes.plot(at, levels, "o", color=colours[analyte], label=names[analyte])
    axes.set_yscale("log")
    axes.set_ylim(1.0, 600.0)
    axes.legend(frameon=False)


_ROUTES = (
    ("IV 0.5 mg/kg, 40 min", DoseEvent(time_h=0, amount_mg=35, route=Route.INTRAVENOUS,
                                       duration_h=2 / 3)),
    ("IM 0.5 mg/kg", DoseEvent(time_h=0, amount_mg=35, route=Route.INTRAMUSCULAR)),
    ("SL 100 mg, swallowed", DoseEvent(time_h=0, amount_mg=100, route=Route.SUBLINGUAL)),
    ("PO 150 mg", DoseEvent(time_h=0, amount_mg=150, route=Route.ORAL)),
    ("IN 50 mg", DoseEvent(time_h=0, amount_mg=50, route=Route.INTRANASAL)),
)  # fmt: skip


def _routes(figure: Figure) -> None:
    axes = _axes(
        figure, "Venous ketamine by route, typical 70 kg adult (A, F)", "hours", "ng/mL"
    )
    hours = np.linspace(0.0, 6.0, 361)
    for name, event in _ROUTES:
        axes.plot(hours, profile([event], hours, site=Site.VENOUS).ketamine_ng_ml, label=name)
    axes.legend(frameon=False)


_EVIDENCE = (
    ("people: visual LTP up (Sumner 2020)", 3 / 24, 4 / 24, MOSS),
    ("people: no SV2A change (Holmes 2022)", 0.98, 1.02, BARK),
    ("mouse: critical period open (Nardou 2023)", 0.0, 2.0, AMBER),
    ("mouse: spine formation up (Pryazhnikov 2018)", 3.0, 5.5, AMBER),
    ("mouse: spine density up (Phoumthipphavong 2016)", 1.0, 14.0, AMBER),
)


def _window(figure: Figure) -> None:
    axes = _axes(
        figure, "The window after one dose, with the evidence there is (D, from C)", "days", "W"
    )
    days = np.linspace(0.0, 14.0, 337)
    event = infusions((0,))
    spread = band(event, 24.0 * days, seed=1, draws=2000)
    axes.fill_between(days, spread.at(0.05), spread.at(0.95), color=AMBER, alpha=0.18)
    axes.fill_between(days, spread.at(0.25), spread.at(0.75), color=AMBER, alpha=0.3)
    axes.plot(days, window(exposure(event), 24.0 * days).openness, color=INK)
    for row, (name, start, end, colour) in enumerate(_EVIDENCE):
        height = -0.12 - 0.12 * row
        axes.plot([start, end], [height, height], color=colour, linewidth=5)
        beside = end < 6.0
        place = (end + 0.15, height - 0.03) if beside else (start, height - 0.1)
        axes.text(*place, name, fontsize=8)
    axes.set_yticks([0.0, 0.25, 0.5, 0.75, 1.0])


def _timing(figure: Figure) -> None:
    axes = _axes(
        figure, "Sessions in the window or a month later: gain by day 90 (D)",
        "learning multiplier at the peak (not known)", "MADRS points",
    )  # fmt: skip
    gains = timing_gains()
    places = np.arange(len(gains))
    axes.bar(places, [gain for gain, _ in gains.values()], color=AMBER, label="gain")
    axes.plot(places, [alone for _, alone in gains.values()], "o", color=INK,
              label="of it, an earlier start alone")  # fmt: skip
    axes.set_xticks(places, [f"{multiplier:g}" for multiplier in gains])
    axes.legend(frameon=False)


def _course(figure: Figure) -> None:
    axes = _axes(figure, "Six infusions, no therapy: rated MADRS (F)", "days", "MADRS")
    rated = arm(SIX, days=120).rated
    days = np.arange(rated.shape[0])
    for low, high, strength in ((0.05, 0.95, 0.18), (0.25, 0.75, 0.3)):
        edges = np.quantile(rated, [low, high], axis=1)
        axes.fill_between(days, edges[0], edges[1], color=MOSS, alpha=strength)
    axes.plot(days, np.median(rated, axis=1), color=INK)
    axes.plot(SIX, [1.0] * len(SIX), "D", color=AMBER)
    axes.set_ylim(0.0, 45.0)


_PICTURES: dict[str, Callable[[Figure], None]] = {
    "levels-kamp-2020.svg": _kamp,
    "levels-by-route.svg": _routes,
    "window-and-evidence.svg": _window,
    "timing-by-multiplier.svg": _timing,
    "six-infusions.svg": _course,
}

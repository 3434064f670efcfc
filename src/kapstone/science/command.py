"""The command line of the science core: ``kapstone science``, or ``python -m``."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from kapstone.errors import KapstoneError
from kapstone.science.cases import EXPOSURE_LIMIT_H, case_days, read_case
from kapstone.science.cohort import HELD_LIMIT, virtual_patients
from kapstone.science.engines import Engine, ProgressBar, running
from kapstone.science.events import EventTable, read_events
from kapstone.science.exposure import amplitude, exposure, occupancy
from kapstone.science.parameters import Parameters, load_parameters
from kapstone.science.people import Body, typical
from kapstone.science.pharmacokinetics import Site, profile
from kapstone.science.protocols import read_protocol
from kapstone.science.quantities import HOURS_PER_DAY, ModelError, QuantityError, within
from kapstone.science.streaming import simulate
from kapstone.science.window import PlainJump, window
from kapstone.science.wording import ALWAYS

REFUSED = 2
WORSE = 1


def main(argv: Sequence[str] | None = None) -> int:
    """
    Run one sub-command: results on standard output, words about them on standard error.

    Returns 0; 1 where ``validate`` finds a row worse than stated; 2 where the model refuses.
    """
    options = _parser().parse_args(argv)
    parameters = load_parameters()
    try:
        code: int = options.run(options, parameters)
    except KapstoneError as error:
        sys.stderr.write(f"kapstone science: {error}\n")
        return REFUSED
    except OSError as error:
        sys.stderr.write(f"kapstone science: {error.filename}: {error.strerror}\n")
        return REFUSED
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kapstone science", epilog=ALWAYS,
        description="From the dose given to the window and the trails.",
    )  # fmt: skip
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _profile_options(commands.add_parser("profile", help="blood levels at times"))
    _exposure_options(commands.add_parser("exposure", help="occupancy exposure of each dose"))
    _window_options(commands.add_parser("window", help="the window at days"))
    _trail_options(commands.add_parser("trail", help="one case, day by day"))
    _cohort_options(commands.add_parser("cohort", help="a virtual cohort"))
    _validate_options(commands.add_parser("validate", help="model against published values"))
    return parser


def _body_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("events", type=Path, metavar="EVENTS.csv")
    parser.add_argument("--weight-kg", type=float, help="body weight; 70 kg if not said")
    parser.add_argument("--age-years", type=float, help="age, refused under 18")
    parser.add_argument(
        "--ddi", metavar="NAME", help="another medicine, for example ticlopidine"
    )


def _profile_options(parser: argparse.ArgumentParser) -> None:
    _body_options(parser)
    parser.add_argument("--site", choices=[*Site], default=Site.ARTERIAL)
    parser.add_argument("--times", type=_numbers, required=True, help="hours, with commas")
    parser.set_defaults(run=_profile)


def _exposure_options(parser: argparse.ArgumentParser) -> None:
    _body_options(parser)
    parser.set_defaults(run=_exposure)


def _window_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--times-d", type=_numbers, required=True, help="days, with commas")
    for name in ("dose", "amplitude"):
        size = "EXPOSURE" if name == "dose" else "AMPLITUDE"
        parser.add_argument(
            f"--{name}", type=_pair, nargs="+", action="extend", default=[],
            metavar=f"DAY:{size}",
        )  # fmt: skip
    parser.set_defaults(run=_window)


def _trail_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("case", type=Path, metavar="CASE.json")
    parser.set_defaults(run=_trail)


def _cohort_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("protocol", type=Path, metavar="PROTOCOL.toml")
    parser.add_argument("--n", type=int, required=True, help="number of virtual patients")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--engine", choices=[*Engine], default=Engine.PROCESSES)
    parser.add_argument("--workers", type=int, help="as many as processors if not said")
    parser.add_argument(
        "--partitions", type=int, help="tasks; the result does not depend on it"
    )
    parser.add_argument(
        "--fast", action="store_true", help="step the days in C; needs a compiler, once"
    )
    parser.add_argument(
        "--series", type=int, default=0, metavar="K", help="also write the first K day by day"
    )
    parser.set_defaults(run=_cohort)


def _validate_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, default=Path("validation"), metavar="DIR")
    parser.add_argument("--no-figures", action="store_true", help="print the table alone")
    parser.set_defaults(run=_validate)


def _numbers(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not numbers with commas: {text!r}") from error


def _pair(text: str) -> tuple[float, float]:
    day, _, size = text.partition(":")
    try:
        return float(day), float(size)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not DAY:NUMBER: {text!r}") from error


def _print(head: str, rows: Iterable[Iterable[float | str]]) -> None:
    """Write CSV, numbers to ten digits."""
    lines = [head]
    for row in rows:
        lines.append(
            ",".join(cell if isinstance(cell, str) else f"{cell:.10g}" for cell in row)
        )
    sys.stdout.write("\n".join(lines) + "\n")


def _say(parameters: Parameters, grades: str) -> None:
    """Say which model answered, and how its answers are known."""
    sys.stderr.write(
        f"# {parameters.model_id}, parameters {parameters.sha256}, evidence: {grades}\n"
    )


def _given(options: argparse.Namespace, parameters: Parameters) -> tuple[EventTable, Body]:
    """Read the doses, and build the body: what is said here wins over the file."""
    table = read_events(options.events)
    weight = table.weight_kg if options.weight_kg is None else options.weight_kg
    body = typical(
        weight,
        interaction=options.ddi or table.interaction or "none",
        age_years=options.age_years,
        parameters=parameters,
    )
    return table, body


def _profile(options: argparse.Namespace, parameters: Parameters) -> int:
    table, body = _given(options, parameters)
    levels = profile(
        table.events, options.times, body=body, site=options.site, parameters=parameters
    )
    share = occupancy(table.events, options.times, body=body, parameters=parameters)
    rows = zip(
        levels.times_h.tolist(), levels.ketamine_ng_ml.tolist(),
        levels.norketamine_ng_ml.tolist(), share.tolist(), strict=True,
    )  # fmt: skip
    _print("time_h,ketamine_ng_ml,norketamine_ng_ml,occupancy", rows)
    _say(parameters, "levels A and F, occupancy C")
    return 0


def _exposure(options: argparse.Namespace, parameters: Parameters) -> int:
    table, body = _given(options, parameters)
    given = exposure(table.events, body=body, parameters=parameters)
    rows = [
        (
            one.time_h, one.event.amount_mg, str(one.event.route),
            float(one.exposure_h[0]), float(one.amplitude[0]),
        )
        for one in given
    ]  # fmt: skip
    _print("time_h,amount_mg,route,exposure_h,amplitude", rows)
    _say(parameters, "exposure C, amplitude D")
    return 0


def _window(options: argparse.Namespace, parameters: Parameters) -> int:
    if not options.dose and not options.amplitude:
        raise ModelError("the window follows a dose: give --dose or --amplitude")
    jumps = [
        PlainJump(
            day * HOURS_PER_DAY,
            np.atleast_1d(
                amplitude(
                    within("exposure", hours, 0.0, EXPOSURE_LIMIT_H, "h"), parameters=parameters
                )
            ),
        )
        for day, hours in options.dose
    ]
    jumps += [
        PlainJump(day * HOURS_PER_DAY, np.array([within("amplitude", size, 0.0, 10.0, "")]))
        for day, size in options.amplitude
    ]
    found = window(jumps, HOURS_PER_DAY * np.array(options.times_d), parameters=parameters)
    rows = zip(options.times_d, found.openness.tolist(), found.learning.tolist(), strict=True)
    _print("day,W,M", rows)
    _say(parameters, "D, from C")
    return 0


def _trail(options: argparse.Namespace, parameters: Parameters) -> int:
    days = case_days(read_case(options.case), parameters=parameters)
    rows = [
        (one.day, one.openness, one.relief, one.new, one.old, one.chosen, one.madrs)
        for one in days
    ]
    _print("day,W,E,n,o,q,madrs", rows)
    _say(parameters, "W, n, o, q D; E, madrs F")
    return 0


def _cohort(options: argparse.Namespace, parameters: Parameters) -> int:
    protocol = read_protocol(options.protocol)
    if not 0 <= options.series <= min(options.n, HELD_LIMIT):
        raise QuantityError(f"--series must be 0 to {min(options.n, HELD_LIMIT)}")
    if options.seed < 0:
        raise QuantityError(f"a seed must be 0 or more, got {options.seed}")
    parquet = importlib.import_module("kapstone.science.parquet")
    with running(Engine(options.engine), options.workers) as executor:
        summary = simulate(
            protocol,
            count=options.n,
            seed=options.seed,
            executor=executor,
            partitions=options.partitions,
            fast=options.fast,
            progress=ProgressBar(options.n, sys.stderr),
            parameters=parameters,
        )
    written = list(parquet.write_summary(summary, options.out))
    if options.series:
        patients = virtual_patients(
            options.series, options.seed, protocol=protocol, parameters=parameters
        )
        written.append(parquet.write_series(patients, options.out))
    sys.stdout.write("".join(f"{path}\n" for path in written))
    _say(parameters, "F on average, D in the spread")
    return 0


def _validate(options: argparse.Namespace, parameters: Parameters) -> int:
    report = importlib.import_module("kapstone.science.validation.report")
    rows = report.all_rows()
    sys.stdout.write(report.table_text(rows))
    if not options.no_figures:
        try:
            figures = importlib.import_module("kapstone.science.validation.figures")
        except ModuleNotFoundError as error:
            raise ModelError(
                "the figures need matplotlib, which the docs install: "
                "`pip install matplotlib`, or ask for --no-figures"
            ) from error
        names = figures.draw_all(options.out)
        page = options.out / "index.md"
        page.write_text(report.markdown(rows, names), encoding="utf-8")
        other = options.out / "parameters.md"
        other.write_text(report.parameter_page(), encoding="utf-8")
        written = (page.name, other.name, *names)
        sys.stdout.write("".join(f"{options.out / name}\n" for name in written))
    worse = any(row.verdict is report.Verdict.WORSE for row in rows)
    return WORSE if worse else 0

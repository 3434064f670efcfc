"""``make bench-science``: the figures the science core must hold, measured now and here."""

from __future__ import annotations

import multiprocessing
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from importlib import import_module

from tests.science.bench.workload import PROTOCOL, Solver, work, worst_gap

from kapstone.science.picture import picture
from kapstone.science.protocols import infusions
from kapstone.science.streaming import simulate

EQUAL_ERROR = 1e-4
TOLERANCES = (1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 3e-6, 1e-6, 3e-7, 1e-7, 1e-8)
CHECKED = 16
MILLION = 1_000_000


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def best_of(times: int, run: Callable[[], object], clock: Callable[[], float]) -> float:
    """Give the shortest of a few runs, seconds of the clock given."""
    taken = []
    for _ in range(times):
        start = clock()
        run()
        taken.append(clock() - start)
    return min(taken)


def peer(name: str, solve: Solver, count: int) -> float:
    """Find the loosest tolerance that is good enough, then time it: people a CPU second."""
    few = work(CHECKED)
    for relative in TOLERANCES:
        gap = worst_gap(solve(few, relative), few.reference)
        if gap <= EQUAL_ERROR:
            break
    many = work(count)
    rate = count / best_of(3, lambda: solve(many, relative), time.process_time)
    say(f"  {name:<40} rtol {relative:.0e}  error {gap:.0e}  {rate:>12,.1f} /s")
    return rate


def ours(count: int, *, fast: bool, executor: Executor | None = None) -> None:
    """Simulate a cohort to its summary."""
    simulate(PROTOCOL, count=count, seed=1, executor=executor, fast=fast)


def peers() -> float:
    """Time every peer on one core, and give the best of those that solve the whole model."""
    say(f"peers, one core, loosest tolerance with an error of at most {EQUAL_ERROR:.0e}:")
    best = 0.0
    for module, function, name, count, whole in (
        ("peer_scipy", "solve", "SciPy solve_ivp LSODA", 4, True),
        ("peer_roadrunner", "solve", "libRoadRunner (CVODE, SBML events)", 24, True),
        ("peer_numbalsoda", "solve", "numbalsoda (LSODA, compiled)", 400, True),
        ("peer_numbalsoda", "solve_reduced", "numbalsoda, model reduced by hand", 1000, False),
    ):
        try:
            solve: Solver = getattr(import_module(f"tests.science.bench.{module}"), function)
        except ModuleNotFoundError as error:
            say(f"  {name:<40} not installed ({error.name})")
            continue
        rate = peer(name, solve, count)
        best = max(best, rate) if whole else best
    return best


def verdict(label: str, value: float, limit: float, unit: str, *, least: bool = False) -> bool:
    """Say whether a figure holds."""
    held = value >= limit if least else value <= limit
    word = "at least" if least else "at most"
    say(f"{'holds' if held else 'MISSES':<7} {label}: {value:,.3g} {unit} ({word} {limit:,g})")
    return held


def growth(fast: bool) -> dict[int, float]:
    """Give CPU microseconds for each person at three sizes, on one core."""
    found = {}
    for count, times in ((10_000, 5), (100_000, 2), (MILLION, 1)):
        seconds = best_of(times, lambda n=count: ours(n, fast=fast), time.process_time)
        found[count] = 1e6 * seconds / count
        say(
            f"  {count:>9,} people: {found[count]:5.2f} us each, {1e6 / found[count]:>9,.0f} /s"
        )
    return found


def on_two_cores(fast: bool) -> float:
    """Give wall seconds for a million on two processes, started beforehand."""
    spawning = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=spawning) as two:
        ours(20_000, fast=fast, executor=two)
        return best_of(3, lambda: ours(MILLION, fast=fast, executor=two), time.perf_counter)


def memory(fast: bool) -> float:
    """Give the GiB of a fresh process and its two workers that do a million."""
    code = (
        "import resource as r, tests.science.bench.__main__ as b\n"
        f"if __name__ == '__main__':\n b.on_two_cores({fast})\n"
        " own = r.getrusage(r.RUSAGE_SELF).ru_maxrss\n"
        " worker = r.getrusage(r.RUSAGE_CHILDREN).ru_maxrss\n"
        " print((own + 2 * worker) / 1024**2)\n"
    )
    with tempfile.NamedTemporaryFile("w", suffix=".py") as file:
        file.write(code)
        file.flush()
        done = subprocess.run(
            [sys.executable, file.name], capture_output=True, text=True, check=True
        )
    return float(done.stdout)


def main() -> int:
    """Print every figure; 1 if one is missed."""
    say(f"{platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    best = peers()
    held = []
    for fast, seconds_at_most, times_at_least in ((False, 60.0, 10.0), (True, 6.0, 100.0)):
        name = "compiled days" if fast else "NumPy"
        say(f"\nKapstone, {name}, exact to 1e-7 against the peers' equations; one core:")
        ours(20_000, fast=fast)
        each = growth(fast)
        rate = 1e6 / each[MILLION]
        held += [
            verdict(
                f"{name}: a million on two cores", on_two_cores(fast), seconds_at_most, "s"
            ),
            verdict(f"{name}: growth, 1e6 over 1e4", each[MILLION] / each[10_000], 1.25, "x"),
        ]
        if best:
            over = rate / best
            held.append(
                verdict(f"{name}: over the best peer", over, times_at_least, "x", least=True)
            )
    held.append(verdict("memory, parent and two workers", memory(fast=True), 0.6, "GiB"))
    doses = infusions((0, 2, 4, 7, 9, 11))
    page = 1e3 * best_of(9, lambda: picture(doses, seed=1), time.perf_counter)
    held.append(verdict("a whole picture, band of 2,000", page, 50.0, "ms"))
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())

"""
The optional fast path: the days of a block in C, compiled on the machine that runs them.

Nothing here is needed: NumPy is the default and the specification. The file ``fast.c`` ships
as text; asked for, it is compiled once into the user's cache with the compiler that is there.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kapstone.science.daily import DailyMap
from kapstone.science.modes import Term
from kapstone.science.quantities import FloatArray, ModelError
from kapstone.science.symptoms import Mood

SOURCE = Path(__file__).with_name("fast.c")
COMPILE = ("-O3", "-march=native", "-ffast-math", "-fPIC", "-c")
LINK = ("-shared",)  # apart: linked with fast maths, the library would change how we all round
COMPILE_LIMIT_S = 120
CPU = Path("/proc/cpuinfo")
QUANTITIES = 6

_DOUBLES = ctypes.POINTER(ctypes.c_double)
_PEOPLE = (
    "left", "gone", "left_sum", "gone_sum", "share", "bonus", "on", "off", "passed",
    "strengthening", "retreading", "pruning", "forgetting", "start", "strength", "expectancy",
)  # fmt: skip
_SHARED = (
    "cap", "jump", "uses", "session_uses", "new_first", "old_first", "pull", "loss", "regain",
    "slope", "floor", "remission",
)  # fmt: skip


class _People(ctypes.Structure):
    _fields_ = [(name, _DOUBLES) for name in _PEOPLE] + [
        ("setbacks", ctypes.POINTER(ctypes.c_uint8))
    ]


class _Course(ctypes.Structure):
    _fields_ = [
        ("days", ctypes.c_int64),
        ("doses", ctypes.c_int64),
        ("dose_day", ctypes.POINTER(ctypes.c_int64)),
        ("amplitudes", _DOUBLES),
        ("sessions", _DOUBLES),
        ("practice", _DOUBLES),
        ("hope", _DOUBLES),
    ]


class _Shared(ctypes.Structure):
    _fields_ = [(name, ctypes.c_double) for name in _SHARED] + [
        ("highest", ctypes.c_double * QUANTITIES)
    ]


class _Term(ctypes.Structure):
    _fields_ = [
        ("modes", ctypes.c_int64),
        ("lag", ctypes.c_double),
        ("duration", ctypes.c_double),
        ("rates", _DOUBLES),
        ("during", _DOUBLES),
        ("after", _DOUBLES),
        ("base", _DOUBLES),
    ]


class _Tally(ctypes.Structure):
    _fields_ = [
        ("counts", ctypes.POINTER(ctypes.c_int32)),
        ("sums", _DOUBLES),
        ("responded", ctypes.POINTER(ctypes.c_int64)),
        ("remitted", ctypes.POINTER(ctypes.c_int64)),
    ]


def _doubles(values: FloatArray) -> ctypes._Pointer[ctypes.c_double]:
    return values.ctypes.data_as(_DOUBLES)


class Compiled:
    """The compiled sums and days. The arrays counted into must be C-ordered."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._days = library.kapstone_days
        self._days.restype = None
        self._occupied = library.kapstone_occupied
        self._occupied.restype = None

    def occupied(
        self, terms: Sequence[Term], nodes: FloatArray, weights: FloatArray, amounts: FloatArray
    ) -> FloatArray:
        """
        Sum occupancy over nodes: sum_m weight_m x_m/(1+x_m), shape (n,).

        ``nodes`` hours since the dose and ``weights``: (m,); ``amounts`` mg: (n,) or (1,).
        """
        kept = _Kept()
        count = max(len(amounts), *(len(term.modes.weights) for term in terms))
        laid_out = (_Term * len(terms))(*(_term(term, count, kept) for term in terms))
        found = np.empty(count)
        self._occupied(
            ctypes.c_int64(count), ctypes.c_int64(len(terms)), laid_out,
            ctypes.c_int64(len(nodes)), kept.doubles(nodes), kept.doubles(weights),
            kept.doubles(np.broadcast_to(amounts, (count,))), _doubles(found),
        )  # fmt: skip
        return found

    def days(
        self,
        stepping: DailyMap,
        mood: Mood,
        *,
        counts: NDArray[np.int32],
        sums: FloatArray,
        ends: tuple[NDArray[np.int64], NDArray[np.int64]],
        highest: Sequence[float],
        remission: float,
    ) -> None:
        """
        Step a block through its days and count it.

        Parameters
        ----------
        counts : (6, days + 1, bins), added to
        sums : (2, 6, days + 1) sums and sums of squares, added to
        ends : who responded and who remitted each day, (days + 1,) each, added to
        highest : range counted for each quantity; remission : MADRS points

        Raises
        ------
        ModelError : a sharpness other than 2, or logged walks: the C holds neither
        """
        diary, habit = stepping.diary, stepping.habit
        if habit.sharpness != 2.0 or diary.new is not None or diary.old is not None:
            raise ModelError("the fast path holds a sharpness of 2 and no logged walks")
        kept = _Kept()
        people, course = _people(stepping, mood, kept), _course(stepping, mood, kept)
        numbers = {
            "cap": stepping.cap, "jump": stepping.jump, "uses": habit.uses,
            "session_uses": habit.session_uses, "new_first": habit.new_first,
            "old_first": habit.old_first, "pull": habit.relief_pull,
            "loss": habit.setback_loss, "regain": habit.setback_regain,
            "slope": float(mood.practice[0]), "floor": mood.floor, "remission": remission,
        }  # fmt: skip
        shared = _Shared(*(numbers[name] for name in _SHARED))
        shared.highest[:] = list(highest)
        tally = _Tally(
            counts.ctypes.data_as(ctypes.POINTER(ctypes.c_int32)),
            _doubles(sums),
            *(one.ctypes.data_as(ctypes.POINTER(ctypes.c_int64)) for one in ends),
        )
        self._days(
            ctypes.c_int64(stepping.count),
            *(ctypes.byref(one) for one in (people, course, shared, tally)),
        )


class _Kept:
    """Arrays laid out for C, kept alive while it runs."""

    def __init__(self) -> None:
        self._arrays: list[NDArray[Any]] = []

    def hold(self, array: NDArray[Any]) -> NDArray[Any]:
        """Keep one array, C-ordered."""
        self._arrays.append(np.ascontiguousarray(array))
        return self._arrays[-1]

    def doubles(self, values: FloatArray) -> ctypes._Pointer[ctypes.c_double]:
        """Lay an array out, and keep it."""
        return _doubles(self.hold(values))


def _term(term: Term, count: int, kept: _Kept) -> _Term:
    """Lay one term out, modes outermost and people innermost."""
    rates, weights = term.modes.rates, term.modes.weights
    duration = term.duration_h
    during, after = np.zeros_like(weights), weights
    if duration > 0.0:
        during = weights / (rates * duration)
        after = during * -np.expm1(-rates * duration)
    size = (rates.shape[1], count)
    return _Term(
        rates.shape[1],
        term.lag_h,
        duration,
        *(kept.doubles(np.broadcast_to(one.T, size)) for one in (rates, -during, after)),
        kept.doubles(np.broadcast_to(during.sum(axis=1), (count,))),
    )


def _people(stepping: DailyMap, mood: Mood, kept: _Kept) -> _People:
    """Spread every person's numbers out to arrays of shape (count,)."""
    by, habit = stepping.factors, stepping.habit
    values = (
        by.left, by.gone, by.left_sum, by.gone_sum, by.share, by.bonus, by.on, by.off,
        by.passed,
        habit.strengthening, habit.retreading, habit.pruning, habit.forgetting,
        mood.start, mood.strength, mood.expectancy,
    )  # fmt: skip
    people = _People(*(kept.doubles(np.broadcast_to(one, (stepping.count,))) for one in values))
    if stepping.diary.setbacks is not None:
        fell = kept.hold(stepping.diary.setbacks).view(np.uint8)
        people.setbacks = fell.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))
    return people


def _course(stepping: DailyMap, mood: Mood, kept: _Kept) -> _Course:
    """Lay out what happens on which day."""
    diary = stepping.diary
    nothing = np.zeros(diary.days)
    sizes = [np.broadcast_to(dose.amplitude, (stepping.count,)) for dose in diary.doses]
    days = kept.hold(np.array([dose.day for dose in diary.doses], dtype=np.int64))
    hope = np.exp(-mood.expectancy_decay * np.arange(diary.days + 1.0))
    hope[0] = 0.0  # before treatment begins there is no expectancy yet
    return _Course(
        diary.days,
        len(sizes),
        days.ctypes.data_as(ctypes.POINTER(ctypes.c_int64)),
        kept.doubles(np.array(sizes)),
        kept.doubles(nothing if diary.sessions is None else diary.sessions),
        kept.doubles(nothing if diary.practice is None else diary.practice),
        kept.doubles(hope),
    )


@cache
def compiled() -> Compiled:
    """
    Load the fast path, compiling it first if this machine has not.

    Raises
    ------
    ModelError : there is no C compiler, or it fails; NumPy does the same work without one
    """
    library = library_path()
    if not library.exists():
        _compile(library)
    return Compiled(ctypes.CDLL(str(library)))


def library_path() -> Path:
    """Name the library by its source, its flags and this processor."""
    about = CPU.read_text(encoding="utf-8") if CPU.exists() else ""
    model = [line for line in about.splitlines() if line.startswith(("model name", "flags"))][
        :2
    ]
    parts = (SOURCE.read_text(encoding="utf-8"), *COMPILE, *LINK, platform.machine(), *model)
    name = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "kapstone" / f"science-{name}.so"


def _compile(library: Path) -> None:
    """Compile into a folder of its own, then move the library into place at once."""
    compiler = shutil.which("cc")
    if compiler is None:
        raise ModelError("the fast path needs a C compiler (cc); NumPy does the same without")
    library.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=library.parent) as folder:
        part, whole = Path(folder) / "fast.o", Path(folder) / "fast.so"
        _call(compiler, *COMPILE, str(SOURCE), "-o", str(part))
        _call(compiler, *LINK, str(part), "-o", str(whole), "-lm")
        whole.replace(library)


def _call(*words: str) -> None:
    done = subprocess.run(  # noqa: S603 -- the compiler that is there, on a file that ships
        words, capture_output=True, text=True, timeout=COMPILE_LIMIT_S, check=False
    )
    if done.returncode != 0:
        raise ModelError(f"the C compiler failed: {done.stderr.strip()[:500]}")

"""Print, at the end of a run, the figures that tests hand over with ``record_property``."""

from collections import Counter

SUMMED = "sweep"


def pytest_terminal_summary(terminalreporter):
    """Add up the parts of the sweep, wherever they ran, and say the sum in one line."""
    reports = [
        report
        for name in ("passed", "failed")
        for report in terminalreporter.stats.get(name, ())
        if report.when == "call"
    ]
    parts = [value for one in reports for key, value in one.user_properties if key == SUMMED]
    if not parts:
        return
    total = Counter()
    for part in parts:
        total.update(part)
    total["undeclared"] = max(part["undeclared"] for part in parts)
    seconds = max(part["seconds"] for part in parts)
    said = ", ".join(
        f"{total[name]:g} {name}" for name in ("cells", "leaks", "wrong denials", "faults")
    )
    terminalreporter.write_line(
        f"{SUMMED}: {said}, {total['undeclared']} undeclared routes, {seconds:.0f} s"
    )

"""Print, at the end of a run, the figures that tests hand over with ``record_property``."""

from collections import Counter

SUMMED = "sweep"
UNCHECKED = "unchecked"  # what a test could not check on this machine, in words


def pytest_terminal_summary(terminalreporter):
    """Say what could not be checked, and the sum of the sweep's parts, wherever they ran."""
    reports = [
        report
        for name in ("passed", "failed")
        for report in terminalreporter.stats.get(name, ())
        if report.when == "call"
    ]
    given = [pair for one in reports for pair in one.user_properties]
    for words in sorted({value for key, value in given if key == UNCHECKED}):
        terminalreporter.write_line(f"NOT CHECKED: {words}", red=True)
    parts = [value for key, value in given if key == SUMMED]
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

"""
The charts as they are known to be right, as text that a diff can show.

After a change on purpose: ``python -m tests.core.ui.golden`` writes them anew; read the diff.
"""

from pathlib import Path

from kapstone.core.ui.charts.ridge_board import draw_ridge_board
from kapstone.core.ui.guide import charts, smalls
from kapstone.core.ui.samples.clinic import RIDGES

FOLDER = Path(__file__).parent / "golden"
ONCE = ("dose2", "before", "ring_too", "rest")  # drawn by a function that another one shows


def drawn() -> dict[str, str]:
    """Draw every chart on its fixed sample."""
    board = draw_ridge_board(RIDGES)
    found = {name: chart.svg for name, chart in charts().items() if name not in ONCE}
    found["ridges"] = "\n".join((board.head, *(row.svg for row in board.rows)))
    found["small"] = smalls()[0].drawing.svg
    return found


def laid_out(svg: str) -> str:
    """Set one element a line."""
    return svg.replace("><", ">\n<") + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, svg in drawn().items():
        (FOLDER / f"{name}.svg").write_text(laid_out(svg), encoding="utf-8")

"""Every change of the drug book: receive, move, draw, give, waste, count, hold, reverse."""

from kapstone.clinic.drugs.actions.correcting import hold_lot, release_lot, reverse_entry
from kapstone.clinic.drugs.actions.counting import (
    open_count,
    resolve_difference,
    submit_count,
)
from kapstone.clinic.drugs.actions.drawing import (
    draw_up,
    give_from_draw,
    return_to_container,
    waste_from_draw,
)
from kapstone.clinic.drugs.actions.stock import (
    add_place,
    move_container,
    receive,
    send_away,
    waste_container,
)

__all__ = [
    "add_place",
    "draw_up",
    "give_from_draw",
    "hold_lot",
    "move_container",
    "open_count",
    "receive",
    "release_lot",
    "resolve_difference",
    "return_to_container",
    "reverse_entry",
    "send_away",
    "submit_count",
    "waste_container",
    "waste_from_draw",
]

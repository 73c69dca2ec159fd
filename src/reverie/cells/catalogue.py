"""The cells by name: the one table of them. No jax here.

A new cell is one file and one line here. Constructors are named through the package, which
imports a cell when it is made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from reverie import cells
from reverie.settings import unknown_name

if TYPE_CHECKING:
    import numpy as np

    from reverie.cells.cell import Cell


@dataclass(frozen=True)
class CellEntry:
    """What a cell is, and how one is made."""

    about: str
    constructor: Callable[[], Callable[..., Cell]]
    """Gives what takes (inputs, hidden, *, rng, **options)."""
    options: tuple[str, ...] = ()
    """Which of the options of a network it takes."""
    one_product: bool = True
    """Its recurrence is one matrix product, whose gradient is formed after the backward scan."""


CELLS: dict[str, CellEntry] = {
    "lstm": CellEntry("LSTM with a forget gate (2000)", lambda: cells.LSTM, ("forget_bias",)),
    "peephole-lstm": CellEntry(
        "LSTM whose gates see the cell (Graves 2013)",
        lambda: partial(cells.LSTM, peepholes=True),
        ("forget_bias",),
    ),
    "lstm-1997": CellEntry("LSTM without a forget gate (1997)", lambda: cells.LSTM1997),
    "mlstm": CellEntry(
        "multiplicative LSTM (Krause 2016)",
        lambda: cells.MultiplicativeLSTM,
        ("forget_bias",),
        one_product=False,
    ),
    "gru": CellEntry("GRU, reset after the product", lambda: cells.GRU),
    "gru-reset-before": CellEntry(
        "GRU, reset before the product (Cho 2014)",
        lambda: cells.GRUResetBefore,
        one_product=False,
    ),
    "mut1": CellEntry("MUT1 (Jozefowicz 2015)", lambda: cells.MUT1, one_product=False),
    "mut2": CellEntry("MUT2 (Jozefowicz 2015)", lambda: cells.MUT2, one_product=False),
    "mut3": CellEntry("MUT3 (Jozefowicz 2015)", lambda: cells.MUT3, one_product=False),
    "elman": CellEntry("simple recurrent network with tanh (Elman 1990)", lambda: cells.Elman),
    "relu": CellEntry(
        "simple recurrent network with ReLU, begun as the identity (Le 2015)", lambda: cells.IRNN
    ),
}


def cell_names() -> tuple[str, ...]:
    """The names of all cells."""
    return tuple(CELLS)


def make_cell(
    name: str, inputs: int, hidden: int, *, rng: np.random.Generator, **options: Any
) -> Cell:
    """The cell of that name, with those of the options that it takes.

    Raises InputError for a name that is not in the catalogue.
    """
    if name not in CELLS:
        raise unknown_name("cell", name, CELLS)
    entry = CELLS[name]
    taken = {option: options[option] for option in entry.options if option in options}
    return entry.constructor()(inputs, hidden, rng=rng, **taken)

"""Leaf cores: one family a file, and a catalogue of them by name.

Names are imported when they are first used, so that the catalogue can be read without jax.
"""

from typing import TYPE_CHECKING

from reverie.lazy import import_lazily

if TYPE_CHECKING:
    from reverie.cells.cell import Cell as Cell
    from reverie.cells.elman import IRNN as IRNN
    from reverie.cells.elman import Elman as Elman
    from reverie.cells.gru import GRU as GRU
    from reverie.cells.gru import GRUResetBefore as GRUResetBefore
    from reverie.cells.lstm import LSTM as LSTM
    from reverie.cells.lstm import LSTM1997 as LSTM1997
    from reverie.cells.mlstm import MultiplicativeLSTM as MultiplicativeLSTM
    from reverie.cells.mut import MUT1 as MUT1
    from reverie.cells.mut import MUT2 as MUT2
    from reverie.cells.mut import MUT3 as MUT3
    from reverie.cells.wrapper import Wrapper as Wrapper

__getattr__ = import_lazily(
    __name__,
    {
        "Cell": "cell",
        "Elman": "elman",
        "GRU": "gru",
        "GRUResetBefore": "gru",
        "IRNN": "elman",
        "LSTM": "lstm",
        "LSTM1997": "lstm",
        "MUT1": "mut",
        "MUT2": "mut",
        "MUT3": "mut",
        "MultiplicativeLSTM": "mlstm",
        "Wrapper": "wrapper",
    },
)

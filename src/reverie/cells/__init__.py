"""Leaf cores: one family a file."""

from reverie.cells.cell import Cell as Cell
from reverie.cells.cell import Recurrence as Recurrence
from reverie.cells.elman import Elman as Elman
from reverie.cells.gru import GRU as GRU
from reverie.cells.gru import GRUResetBefore as GRUResetBefore
from reverie.cells.lstm import LSTM as LSTM
from reverie.cells.lstm import LSTM1997 as LSTM1997

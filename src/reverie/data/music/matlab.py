"""The piano rolls of Boulanger-Lewandowski, Bengio and Vincent (2012), as MATLAB files.

They are already transposed to C major or C minor. A frame is an eighth, in JSB Chorales a quarter.
They come with no terms of use, and not with Reverie.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from reverie.codecs.piano_roll import PianoRoll, Roll, check_roll
from reverie.data.music.pieces import RollCollection
from reverie.data.split import Split
from reverie.errors import InputError
from reverie.formats.mat import read_cells
from reverie.formats.opening import prefix_errors

PARTS = ("traindata", "validdata", "testdata")
CHORALES = re.compile("jsb", re.IGNORECASE)


def how_to_play(path: str | Path) -> PianoRoll:
    """How long a frame of a collection is, by the name of its file, and how it is played.

    JSB Chorales are written an octave above what a choir sings: its sopranos go up to C7.
    """
    if CHORALES.search(Path(path).name):
        return PianoRoll(step=1.0, shift=-12)
    return PianoRoll(step=0.5)


def open_matlab(path: str | Path) -> RollCollection:
    """The rolls of a file with the cell arrays `traindata`, `validdata` and `testdata`.

    Raises InputError for another file, for a cell that is no piano roll, and where there is
    nothing to learn from.
    """
    path = Path(path)
    cells = read_cells(path, PARTS)
    with prefix_errors(path):
        train, valid, test = ([_roll(c, n, p) for n, c in enumerate(cells[p], 1)] for p in PARTS)
        if not train:
            raise InputError("its traindata has no pieces: name another file")
    return RollCollection(path.stem, Split(train, valid, test), how_to_play(path))


def _roll(cell: np.ndarray, number: int, part: str) -> Roll:
    with prefix_errors(f"piece {number:,} of {part}"):
        return check_roll(cell)

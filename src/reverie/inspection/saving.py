"""Where pictures and arrays go: files, whole or not at all. No numpy before there are arrays."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reverie.errors import InputError
from reverie.files import replace_file

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.figure import Figure

SUFFIXES = (".png", ".svg")
DOTS = 200
"""To the inch, of a .png and of the maps within an .svg."""


def check_suffix(path: str | Path) -> str:
    """The suffix of `path`; InputError where it is that of no picture."""
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(f"cannot draw {str(path)!r}: the name must end in {' or '.join(SUFFIXES)}")
    return suffix


def save_figure(figure: Figure, path: str | Path) -> None:
    """Write a figure to a file in the format of its suffix, the same bytes each time.

    Raises InputError for another suffix than .png or .svg, and where it cannot be written.
    """
    from matplotlib import rc_context

    suffix = check_suffix(path)
    with (
        rc_context({"svg.hashsalt": "reverie"}),
        replace_file(path, "wb") as file,
        warnings.catch_warnings(),
    ):
        # A letter that the font lacks becomes a box, which says enough.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        figure.savefig(file, format=suffix[1:], dpi=DOTS, metadata={"Date": None})


def save_arrays(arrays: Mapping[str, np.ndarray], path: str | Path) -> None:
    """Write arrays to an .npz, each under its name; InputError where it cannot be written."""
    import numpy as np

    named: dict[str, Any] = {**arrays}
    with replace_file(path, "wb") as file:
        np.savez(file, **named)  # packing would win a tenth

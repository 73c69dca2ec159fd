"""Saving figures to files. No NumPy, so that it loads at once."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from reverie.errors import InputError, require
from reverie.files import replace_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SUFFIXES = (".png", ".svg")
DOTS = 200
"""Dots per inch of a .png and of the images within an .svg."""


def check_suffix(path: str | Path) -> str:
    """The suffix of `path`; InputError where it is not that of a picture."""
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(f"cannot draw {str(path)!r}: the name must end in {' or '.join(SUFFIXES)}")
    return suffix


def save_figure(figure: Figure, path: str | Path) -> None:
    """Write a figure to a file in the format of its suffix, with reproducible bytes.

    Raises InputError for suffixes other than .png and .svg, and where it cannot be written.
    """
    suffix = check_suffix(path)
    with (
        require("matplotlib", "pictures").rc_context({"svg.hashsalt": "reverie"}),
        replace_file(path, "wb") as file,
        warnings.catch_warnings(),
    ):
        # A letter that the font lacks becomes a box, without a warning.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        figure.savefig(file, format=suffix[1:], dpi=DOTS, metadata={"Date": None})

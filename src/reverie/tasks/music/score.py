"""A tune as an engraved score."""

from __future__ import annotations

from pathlib import Path

from reverie.codecs.tune import Tune
from reverie.errors import InputError, require
from reverie.files import replace_file
from reverie.inspection.saving import check_suffix
from reverie.tasks.music.mei import mei

WIDTH, TALLEST = 2100, 60000
"""The width of the page, and the height that it has at most, in tenths of a millimetre."""
SCALE = 50
"""Percent of the size that Verovio takes for the natural one."""
ACROSS = 2100
"""The pixels of a PNG from left to right."""
OPTIONS = {
    "pageWidth": WIDTH,
    "pageHeight": TALLEST,
    "adjustPageHeight": True,
    "scale": SCALE,
    "header": "encoded",
    "footer": "none",
    "svgViewBox": True,
    # Stems of an alto that is low and of a tenor that is high do not meet.
    "spacingBraceGroup": 16,
    # Names that depend on the tune alone: the same tune gives the same file.
    "xmlIdChecksum": True,
}


def engrave(tune: Tune, *, sharps: int = 0, title: str = "") -> str:
    """The score as SVG, one page as high as it needs to be: see `notation.staves`.

    `sharps` is the key signature, less than 0 for flats; `title` stands above. Raises InputError
    without the extra "score", for what is no metre or key signature, and for tunes of more bars
    than a page can have.
    """
    text = mei(tune, sharps=sharps, title=title)
    verovio = require("verovio", "score")
    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit()
    toolkit.setOptions(OPTIONS)
    if not toolkit.loadData(text):
        raise InputError("Verovio cannot read the score of this tune: install a newer verovio")
    if toolkit.getPageCount() > 1:
        raise InputError("this tune is too long for the page of a score: give a part of it")
    return str(toolkit.renderToSVG(1))


def write(tune: Tune, path: str | Path, *, sharps: int = 0, title: str = "") -> None:
    """Write the score as .svg, or as .png with black notes on white.

    Raises InputError as `engrave` does, for other suffixes, and where it cannot be written.
    """
    suffix = check_suffix(path)
    drawn = engrave(tune, sharps=sharps, title=title)
    data = drawn.encode() if suffix == ".svg" else rasterise(drawn)
    with replace_file(path, "wb") as file:
        file.write(data)


def rasterise(drawn: str) -> bytes:
    """A PNG of what `engrave` gives. InputError without the extra "score"."""
    resvg = require("resvg_py", "score", "resvg-py")
    return bytes(resvg.svg_to_bytes(svg_string=drawn, background="white", width=ACROSS))

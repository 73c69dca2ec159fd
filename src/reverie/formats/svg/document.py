"""SVG documents: the sheet, the numbers, and the lines of still pictures."""

import math
from collections.abc import Iterable, Iterator
from itertools import pairwise
from xml.sax.saxutils import escape

import numpy as np
import numpy.typing as npt

from reverie.codecs.ink import Ink, Stroke
from reverie.formats.drawing import INK, PAPER, Page, usual_speed, widths
from reverie.formats.markup import printable

LEVELS = 10
"""The number of widths of a line that follows the speed; each is one path of the file."""


def svg_document(page: Page, title: str, elements: Iterable[str]) -> str:
    """The text of an SVG file: a sheet of paper, and `elements` drawn on it with a round pen."""
    number = Numbers(page)
    box = " ".join(map(number, page[:4]))
    scale = 2.5 / page.pen
    left, top, width, height, pen = map(number, page)
    body = "\n".join(elements)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" '
        f'width="{page.width * scale:.0f}" height="{page.height * scale:.0f}">\n'
        f"<title>{escape(printable(title))}</title>\n"
        f'<rect x="{left}" y="{top}" width="{width}" height="{height}" fill="{PAPER}"/>\n'
        f'<g fill="none" stroke="{INK}" stroke-width="{pen}" '
        f'stroke-linecap="round" stroke-linejoin="round">\n{body}\n</g>\n</svg>\n'
    )


class Numbers:
    """Formats numbers to the precision that is visible on `page`: a twentieth of the pen."""

    def __init__(self, page: Page) -> None:
        self._decimals = max(0, 1 - math.floor(math.log10(page.pen / 2)))

    def __call__(self, value: float) -> str:
        text = f"{value:.{self._decimals}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return "0" if text in ("", "-0") else text

    def line(self, points: npt.NDArray[np.floating]) -> str:
        """Points (N, 2) as the data of a path; a single one is a line of no length, a dot."""
        pairs = [f"{self(x)} {self(y)}" for x, y in points]
        return f"M{pairs[0]}" + ("L" + "L".join(pairs[1:]) if len(pairs) > 1 else "h0")


def centre_lines(ink: Ink, page: Page) -> Iterator[str]:
    """A path for each stroke, as wide as the pen."""
    number = Numbers(page)
    for stroke in ink.strokes:
        yield f'<path d="{number.line(stroke[:, :2])}"/>'


def paths_by_speed(ink: Ink, page: Page) -> Iterator[str]:
    """A path for each width, made of all the pieces that have it: thin where the pen was fast."""
    number, usual = Numbers(page), usual_speed(ink)
    pieces: dict[int, list[str]] = {}
    for stroke in ink.strokes:
        for level, piece in _pieces(stroke, widths(stroke, page.pen, usual) / page.pen):
            pieces.setdefault(level, []).append(number.line(piece))
    for level, lines in sorted(pieces.items()):
        yield f'<path stroke-width="{number(level / LEVELS * page.pen)}" d="{"".join(lines)}"/>'


def _pieces(
    stroke: Stroke, relative: npt.NDArray[np.floating]
) -> Iterator[tuple[int, npt.NDArray[np.floating]]]:
    """The stretches (N, 2) of a stroke that have one width, in tenths of the pen."""
    levels = np.rint(relative * LEVELS).astype(int)
    steps = np.maximum(levels[:-1], levels[1:]) if len(levels) > 1 else levels
    cuts = [0, *(np.flatnonzero(np.diff(steps)) + 1), len(steps)]
    for begin, end in pairwise(cuts):
        yield int(steps[begin]), stroke[begin : end + 1, :2]

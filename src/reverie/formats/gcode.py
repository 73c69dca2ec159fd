"""Ink as G-code for plotters."""

from collections.abc import Iterator
from pathlib import Path

from reverie.codecs.ink import Ink
from reverie.codecs.level import is_dot
from reverie.files import replace_file

WIDTH = 180.0
"""The larger of the width and the height of the drawing, in millimetres."""

UP, DOWN = 5.0, 0.0
"""Heights of the pen in millimetres."""

FEED = 1500
"""Millimetres per minute while the pen writes."""


def write(ink: Ink, path: str | Path) -> None:
    """Write moves in millimetres: the lower left corner of the ink is (0, 0), y points up, the pen
    touches the paper at Z 0 and is lifted to Z 5."""
    with replace_file(path) as file:
        file.writelines(f"{line}\n" for line in _lines(ink))


def _lines(ink: Ink) -> Iterator[str]:
    left, top, right, bottom = ink.bounds
    scale = 0.0 if is_dot(ink) else WIDTH / max(right - left, bottom - top)
    yield f"; {' '.join(ink.text.split()) or 'ink'}".encode("ascii", "replace").decode()
    yield "G21 ; millimetres"
    yield "G90 ; absolute positions"
    yield f"G0 Z{UP:g}"
    for stroke in ink.strokes:
        places = [
            f"X{(x - left) * scale:.3f} Y{(bottom - y) * scale:.3f}" for x, y in stroke[:, :2]
        ]
        yield f"G0 {places[0]}"
        yield f"G1 Z{DOWN:g} F{FEED}"
        for place in places[1:]:
            yield f"G1 {place} F{FEED}"
        yield f"G0 Z{UP:g}"
    yield "G0 X0 Y0"
    yield "M2 ; end"

"""Ink as a GIF in which the pen writes."""

from pathlib import Path

import numpy as np

from reverie.codecs.ink import Ink
from reverie.files import replace_file
from reverie.formats.drawing import schedule
from reverie.formats.raster import Canvas

FRAME = 0.05
"""Seconds a picture stands; browsers slow down what is much shorter."""

MOST_FRAMES = 200
"""Longer writing is shown faster."""

REST = 2.0
"""Seconds that the last picture stands, before the pen begins again."""


def draw_gif(ink: Ink, path: str | Path, *, by_speed: bool = False) -> None:
    """Write a picture that shows the ink as it is written, again and again: the pen is 2
    pixels wide, at most 1200 pixels a side."""
    canvas = Canvas(ink, pen=2, longest=1200, by_speed=by_speed)
    times = schedule(ink)
    frames = min(MOST_FRAMES, 1 + int(np.ceil(times[-1] / FRAME)))
    pictures = []
    for moment in np.linspace(0, times[-1], frames):
        canvas.draw_until(int(np.searchsorted(times, moment, "right")))
        pictures.append(canvas.picture())
    milliseconds = [int(FRAME * 1000)] * (frames - 1) + [int(REST * 1000)]
    with replace_file(path, "wb") as file:
        pictures[0].save(
            file, "GIF", save_all=True, append_images=pictures[1:], duration=milliseconds, loop=0
        )

"""Ink as an animated GIF in which the pen writes."""

from pathlib import Path

import numpy as np

from reverie.codecs.ink import Ink
from reverie.files import replace_file
from reverie.formats.drawing import schedule
from reverie.formats.raster import Canvas

FRAME = 0.05
"""Seconds per frame; browsers slow down animations with much shorter ones."""

MOST_FRAMES = 200
"""The most frames; longer writing is played faster."""

REST = 2.0
"""Seconds that the last frame stays before the animation repeats."""


def write(ink: Ink, path: str | Path, *, by_speed: bool = False) -> None:
    """Write an animation of the pen that repeats without end: the pen is 2 pixels wide, the
    picture at most 1200 pixels wide and high."""
    canvas = Canvas(ink, pen=2, longest=1200, by_speed=by_speed)
    times = schedule(ink)
    count = min(MOST_FRAMES, 1 + int(np.ceil(times[-1] / FRAME)))
    frames = []
    for moment in np.linspace(0, times[-1], count):
        canvas.draw_until(int(np.searchsorted(times, moment, "right")))
        frames.append(canvas.picture())
    milliseconds = [int(FRAME * 1000)] * (count - 1) + [int(REST * 1000)]
    with replace_file(path, "wb") as file:
        frames[0].save(
            file, "GIF", save_all=True, append_images=frames[1:], duration=milliseconds, loop=0
        )

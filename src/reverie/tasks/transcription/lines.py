"""Splitting a page of ink into lines."""

import numpy as np

from reverie.codecs.ink import FLAT, Ink

BELOW = 0.75
"""A stroke begins a new line if it is this many heights below the middle of the current one."""


def split_lines(ink: Ink) -> list[Ink]:
    """The lines of writing of an ink, in the order in which they were written.

    A line ends where the next stroke is far below it and the pen goes back to the left.
    """
    lines: list[list[np.ndarray]] = [[ink.strokes[0]]]
    for stroke in ink.strokes[1:]:
        line = np.concatenate(lines[-1])
        width = np.ptp(line[:, 0])
        height = max(float(np.ptp(np.quantile(line[:, 1], (0.05, 0.95)))), FLAT * width)
        below = float(stroke[:, 1].mean() - np.median(line[:, 1]))
        back = stroke[:, 0].min() < np.median(line[:, 0])
        if below > BELOW * height and back and width > 2 * height:
            lines.append([stroke])
        else:
            lines[-1].append(stroke)
    return [Ink(tuple(strokes), ink.text if len(lines) == 1 else "") for strokes in lines]

"""What the sensor of a whiteboard wrote down, and what it got wrong.

The numbers are those of IAM-OnDB, in units of its sensor, of which a small letter is some 150
high. They are where the data changes its nature. Of the steps within a stroke half are shorter
than 18 and 99 of 100 shorter than 63. Of those between 60 and 80, 96 of 100 go on in the
direction of the steps beside them; between 100 and 120 only 60 do, above 300 only 30. Of the 7.6
million points 122 are spikes; of 8,219 gaps 3,359 are filled, and 4,860 were lifts of the pen.

However far a lifted pen goes, it stays as it was: those who come back to the beginning of a line
to put a dot go far, and what they wrote would lie elsewhere if their way were cut short.
"""

import warnings

import numpy as np
import numpy.typing as npt

from reverie.codecs.ink import step_lengths
from reverie.errors import InputError

Points = npt.NDArray[np.float64]
"""x, y and time in seconds, (N, 3)."""

Ends = npt.NDArray[np.bool_]
"""Which points are the last of their stroke, (N,)."""

SPIKE = 75.0
"""A point is an error if the pen came to it by a step longer than this and left it by another,
to be back within half of the shorter step."""

GAP = 100.0
"""A step within a stroke that is longer misses something."""

WIDEST_GAP = 300.0
"""Up to here points are put into a gap, if the pen kept its direction; else it was lifted."""

STRAIGHT = 0.7
"""The cosine between a gap and the steps beside it from which on the pen kept its direction."""

FILLING = 50.0
"""The steps that fill a gap are no longer than this."""

NUMBERS = bytes(b if chr(b) in "0123456789.-" else 32 for b in range(256))


def parse(data: bytes) -> tuple[Points, Ends]:
    """The points of a file of IAM-OnDB's line strokes, and which of them end a stroke.

    It is read as lines of text are and not as XML, which takes five times as long.
    Raises InputError where the numbers are not those of strokes and points.
    """
    strokes = data.split(b"<Stroke ")[1:]
    counts = np.array([stroke.count(b"<Point ") for stroke in strokes], int)
    body = b" ".join(strokes).translate(NUMBERS)
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        try:
            numbers = np.fromstring(body, float, sep=" ")
        except (ValueError, DeprecationWarning):
            numbers = np.zeros(0)
    # Each stroke has a time of beginning and end, each point an x, a y and a time.
    begins = np.cumsum(2 + 3 * counts) - 2 - 3 * counts
    whole = counts.sum() and len(numbers) == (2 + 3 * counts).sum()
    if not whole or not np.isfinite(numbers).all():
        raise InputError("its strokes cannot be read: unpack or fetch it again")
    points = np.delete(numbers, np.concatenate([begins, begins + 1])).reshape(-1, 3)
    ends = np.zeros(len(points), bool)
    ends[np.cumsum(counts[counts > 0]) - 1] = True
    return points, ends


def repair(points: Points, ends: Ends) -> tuple[Points, Ends]:
    """The same writing without what only the sensor did; times begin at 0."""
    points = np.column_stack([points[:, :2], _forward(points[:, 2])])
    points, ends = _without_spikes(points, ends)
    return _without_gaps(points, ends)


def _forward(times: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """A clock that stands still where this one runs backwards."""
    return np.append(0.0, np.cumsum(np.maximum(np.diff(times), 0)))


def _without_spikes(points: Points, ends: Ends) -> tuple[Points, Ends]:
    """Without single points far from both their neighbours, which lie close together."""
    if len(points) < 3:
        return points, ends
    length = step_lengths(points)
    shorter = np.minimum(length[:-1], length[1:])
    across = np.hypot(*(points[2:, :2] - points[:-2, :2]).T)
    spike = (shorter > SPIKE) & (across < shorter / 2) & ~ends[:-2] & ~ends[1:-1]
    keep = np.concatenate([[True], ~spike, [True]])
    return points[keep], ends[keep]


def _without_gaps(points: Points, ends: Ends) -> tuple[Points, Ends]:
    """Gaps filled with points on a straight line, or made the lifts that they were."""
    length = step_lengths(points)
    gap = (length > GAP) & ~ends[:-1]
    if not gap.any():
        return points, ends
    fill = gap & (length <= WIDEST_GAP) & _straight(points, ends)
    ends = ends | np.append(gap & ~fill, False)
    pieces = np.append(np.where(fill, np.ceil(length / FILLING), 1).astype(int), 1)
    origin = np.repeat(np.arange(len(points)), pieces)
    within = np.arange(len(origin)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    steps = np.diff(points, axis=0, append=points[-1:])
    filled = points[origin] + steps[origin] * (within / pieces[origin])[:, None]
    return filled, ends[origin] & (within == pieces[origin] - 1)


def _straight(points: Points, ends: Ends) -> npt.NDArray[np.bool_]:
    """Whether each step, (N - 1,), goes on in the direction of both the steps beside it."""
    steps = np.diff(points[:, :2], axis=0)
    product = (steps[:-1] * steps[1:]).sum(1)
    lengths = step_lengths(points)
    # A stroke that is lifted between the two steps has no direction to keep.
    same = (product > STRAIGHT * lengths[:-1] * lengths[1:]) & ~ends[:-2] & ~ends[1:-1]
    return np.append(same, False) & np.append(False, same)

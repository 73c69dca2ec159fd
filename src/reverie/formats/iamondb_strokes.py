"""The stroke files of IAM-OnDB, and the repair of errors of the sensor.

Lengths are in units of the sensor; a small letter is about 150 high. The thresholds are where the
statistics of the data change. Of the steps within a stroke half are shorter
than 18 and 99 of 100 shorter than 63. Of those between 60 and 80, 96 of 100 go on in the
direction of the steps beside them; between 100 and 120 only 60 do, above 300 only 30. Of the 7.6
million points 122 are spikes; of 8,219 gaps 3,359 are filled, and 4,860 were lifts of the pen.

Moves of the lifted pen are not changed, however long: writers go back to the beginning of a line
to put a dot, and the strokes would be displaced if such a move were shortened.
"""

import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt

from reverie.codecs.ink import Ink, step_lengths
from reverie.errors import InputError
from reverie.formats.opening import prefix_errors, read_bytes

Points = npt.NDArray[np.float64]
"""x, y and time in seconds, (N, 3)."""

Ends = npt.NDArray[np.bool_]
"""Which points are the last of their stroke, (N,)."""

SPIKE = 75.0
"""A point is an error if the steps to it and from it are longer than this, and its neighbours are
closer to each other than half of the shorter step."""

GAP = 100.0
"""A longer step within a stroke is a gap."""

WIDEST_GAP = 300.0
"""A gap up to this length is filled if the pen kept its direction; any other is a pen lift."""

STRAIGHT = 0.7
"""The least cosine between a gap and the steps beside it for the pen to keep its direction."""

FILLING = 50.0
"""The longest step of the filling of a gap."""

NUMBERS = bytes(b if chr(b) in "0123456789.-" else 32 for b in range(256))


def read(path: Path) -> Ink:
    """The ink of one file, repaired; it has no text, which the database keeps in other files.

    Raises InputError for any other file.
    """
    with prefix_errors(path):
        return Ink.of_points(*repair(*parse(read_bytes(path))))


def is_line(path: Path) -> bool:
    """Whether a file is one of line strokes, by its beginning."""
    try:
        with open(path, "rb") as file:
            return b"<Stroke " in file.read(1 << 16)
    except OSError:
        return False


def parse(data: bytes) -> tuple[Points, Ends]:
    """The points of a file of IAM-OnDB's line strokes, and which of them end a stroke.

    Numbers are found by position, not by parsing XML, which takes five times as long.
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
    """The same writing without errors of the sensor; times begin at 0."""
    points = np.column_stack([points[:, :2], _make_monotonic(points[:, 2])])
    points, ends = _remove_spikes(points, ends)
    return _repair_gaps(points, ends)


def _make_monotonic(times: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Times from 0 that stand still where the given ones decrease."""
    return np.append(0.0, np.cumsum(np.maximum(np.diff(times), 0)))


def _remove_spikes(points: Points, ends: Ends) -> tuple[Points, Ends]:
    """Removes single points far from both neighbours where these are close together."""
    if len(points) < 3:
        return points, ends
    length = step_lengths(points)
    shorter = np.minimum(length[:-1], length[1:])
    across = np.hypot(*(points[2:, :2] - points[:-2, :2]).T)
    spike = (shorter > SPIKE) & (across < shorter / 2) & ~ends[:-2] & ~ends[1:-1]
    keep = np.concatenate([[True], ~spike, [True]])
    return points[keep], ends[keep]


def _repair_gaps(points: Points, ends: Ends) -> tuple[Points, Ends]:
    """Fills gaps with points on a straight line, or marks them as pen lifts."""
    length = step_lengths(points)
    gap = (length > GAP) & ~ends[:-1]
    if not gap.any():
        return points, ends
    fill = gap & (length <= WIDEST_GAP) & _keeps_direction(points, ends)
    ends = ends | np.append(gap & ~fill, False)
    pieces = np.append(np.where(fill, np.ceil(length / FILLING), 1).astype(int), 1)
    origin = np.repeat(np.arange(len(points)), pieces)
    within = np.arange(len(origin)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    steps = np.diff(points, axis=0, append=points[-1:])
    filled = points[origin] + steps[origin] * (within / pieces[origin])[:, None]
    return filled, ends[origin] & (within == pieces[origin] - 1)


def _keeps_direction(points: Points, ends: Ends) -> npt.NDArray[np.bool_]:
    """Whether each step, (N - 1,), goes on in the direction of both the steps beside it."""
    steps = np.diff(points[:, :2], axis=0)
    product = (steps[:-1] * steps[1:]).sum(1)
    lengths = step_lengths(points)
    # A stroke that is lifted between the two steps has no direction to keep.
    same = (product > STRAIGHT * lengths[:-1] * lengths[1:]) & ~ends[:-2] & ~ends[1:-1]
    return np.append(same, False) & np.append(False, same)

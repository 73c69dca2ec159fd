"""The animated strokes of an SVG picture in which the pen writes."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from reverie.codecs.ink import Ink, Stroke, step_lengths
from reverie.formats.drawing import Page, schedule
from reverie.formats.svg.document import Numbers


def animated_strokes(ink: Ink, page: Page) -> Iterator[str]:
    """A path for each stroke that grows at the speed of the pen, once (SMIL)."""
    number = Numbers(page)
    times = schedule(ink)
    total = max(float(times[-1]), 0.1)
    begins = np.cumsum([0, *(len(stroke) for stroke in ink.strokes)])
    for stroke, begin in zip(ink.strokes, begins, strict=False):
        yield _element(stroke, times[begin : begin + len(stroke)] / total, total, number)


def _element(
    stroke: Stroke, moments: npt.NDArray[np.floating], seconds: float, number: Numbers
) -> str:
    """A path with a dash as long as itself, which is pulled in while the stroke is written.

    `moments` (N,) are parts of the whole time, `seconds`. The drawn path is what holds
    without the animation, so hiding the stroke until its time is a part of the animation.
    """
    appears = _animate("visibility", [(0, "hidden"), (moments[0], "visible")], seconds, "discrete")
    if len(stroke) == 1:
        return f'<path d="{number.line(stroke[:, :2])}">{appears}</path>'
    grows = _animate("stroke-dashoffset", _growth(stroke, moments), seconds, "linear")
    return (
        f'<path pathLength="1" stroke-dasharray="1" d="{number.line(stroke[:, :2])}">'
        f"{appears}{grows}</path>"
    )


def _growth(stroke: Stroke, moments: npt.NDArray[np.floating]) -> Iterator[tuple[float, str]]:
    """The moments, and the part of the stroke that is still missing at each."""
    length = np.append(0.0, np.cumsum(step_lengths(stroke)))
    missing = 1 - length / (length[-1] or 1.0)
    yield 0.0, "1"
    for moment, rest in zip(moments, missing, strict=True):
        yield float(moment), f"{rest:.3f}".rstrip("0").rstrip(".")
    yield 1.0, "0"


def _animate(
    attribute: str,
    keys: Iterator[tuple[float, str]] | list[tuple[float, str]],
    seconds: float,
    mode: str,
) -> str:
    pairs = list(keys)
    times = ";".join(f"{min(moment, 1):.5f}".rstrip("0").rstrip(".") for moment, _ in pairs)
    values = ";".join(value for _, value in pairs)
    return (
        f'<animate attributeName="{attribute}" dur="{seconds:.2f}s" fill="freeze" '
        f'calcMode="{mode}" keyTimes="{times}" values="{values}"/>'
    )

"""The density of the predicted next point of handwriting on the page (Graves 2013, fig. 10)."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from reverie.codecs.strokes import Strokes
from reverie.distributions.bivariate import STEEPEST
from reverie.errors import InputError
from reverie.formats.drawing import pen_width
from reverie.tasks.handwriting.line_trace import LineTrace

LOST = 1e-4
"""The greatest part of the mass of a component that is neglected."""
AROUND = 8
"""The margin around a line, in widths of the pen."""
SHARP, FEWEST = 0.05, 100
"""The part of the mass that a grid may not resolve, and the least number of columns."""


class Grid(NamedTuple):
    """The centres of the cells of a page, equidistant to the right and down, in page units."""

    x: Float[np.ndarray, " X"]
    y: Float[np.ndarray, " Y"]

    @property
    def cell(self) -> tuple[float, float]:
        """The width and the height of a cell."""
        return float(self.x[1] - self.x[0]), float(self.y[1] - self.y[0])

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """The left, right, bottom and top edge; y points down."""
        width, height = self.cell
        return (
            float(self.x[0] - width / 2),
            float(self.x[-1] + width / 2),
            float(self.y[-1] + height / 2),
            float(self.y[0] - height / 2),
        )


def make_grid(line: LineTrace, strokes: Strokes, most: int) -> Grid:
    """Square cells over the page of a line, half as wide as its sharp components, with at most
    `most` columns."""
    left, top, right, bottom = line.ink.bounds
    margin = AROUND * pen_width(line.ink)
    sd = (np.array(strokes.scale) * np.exp(np.asarray(line.mixture.log_sd, np.float64))).min(-1)
    sharp = float(np.quantile(sd, SHARP, weights=line.weights, method="inverted_cdf"))
    width = right - left + 2 * margin
    columns = int(np.clip(2 * width / sharp, min(FEWEST, most), most))
    rows = max(2, math.ceil((bottom - top + 2 * margin) / width * columns))
    across, down = np.arange(columns) + 0.5, np.arange(rows) + 0.5
    return Grid(left - margin + width / columns * across, top - margin + width / columns * down)


def density(line: LineTrace, strokes: Strokes, grid: Grid) -> Float[np.ndarray, "Y X"]:
    """The density of predicted points at q, summed over steps, in points per square page unit.

        sum_t p(q | q_1 ... q_t)      q = q_t + mean + scale * offset

    Each component is blurred by half a cell, so that none falls between the cells, and is cut
    off where it is so small that at most `LOST` of its mass is neglected.

    Raises InputError where all of it lies outside the grid.
    """
    width, height = grid.cell
    gaussians = _on_page(line, strokes, (width / 2, height / 2))
    least = LOST / (width * height * len(grid.x) * len(grid.y))
    total = np.zeros((len(grid.y), len(grid.x)))
    for row in np.stack(gaussians, -1)[gaussians.peak > least]:
        _add(_Gaussians(*row), least, grid, total)
    if not total.any():
        raise InputError(
            "the model predicts no point on this page: give a line of the size of its training data"
        )
    return total


class _Gaussians(NamedTuple):
    """N Gaussians on the page, or one: their peaks, centres, covariances and determinants."""

    peak: Float[np.ndarray, "*N"]
    x: Float[np.ndarray, "*N"]
    y: Float[np.ndarray, "*N"]
    xx: Float[np.ndarray, "*N"]
    xy: Float[np.ndarray, "*N"]
    yy: Float[np.ndarray, "*N"]
    det: Float[np.ndarray, "*N"]


def _on_page(line: LineTrace, strokes: Strokes, blur: tuple[float, float]) -> _Gaussians:
    """The T M components of a line, blurred by `blur` along x and y.

    The determinant is a sum of positive terms, as 1 - rho^2 = 1 / cosh(r)^2.
    """
    mixture = line.mixture
    start = line.points[:-1, None] + strokes.mean
    centre = start + strokes.scale * np.asarray(mixture.mu, np.float64)
    sd = np.array(strokes.scale) * np.exp(np.asarray(mixture.log_sd, np.float64))
    r = np.clip(np.asarray(mixture.r, np.float64), -STEEPEST, STEEPEST)
    (bx, by), (sx, sy) = blur, (sd[..., 0], sd[..., 1])
    det = (sx * sy / np.cosh(r)) ** 2 + (sx * by) ** 2 + (bx * sy) ** 2 + (bx * by) ** 2
    peak = line.weights / (2 * np.pi * np.sqrt(det))
    x, y, xy = centre[..., 0], centre[..., 1], np.tanh(r) * sx * sy
    arrays = (peak, x, y, sx**2 + bx**2, xy, sy**2 + by**2, det)
    return _Gaussians(*(np.ravel(array) for array in arrays))


def _add(one: _Gaussians, least: float, grid: Grid, total: Float[np.ndarray, "Y X"]) -> None:
    """Adds one Gaussian to the cells in which it is `least` or more."""
    reach = np.sqrt(2 * np.log(one.peak / least))
    columns = _within(grid.x, one.x, reach * np.sqrt(one.xx))
    rows = _within(grid.y, one.y, reach * np.sqrt(one.yy))
    dx, dy = grid.x[columns] - one.x, grid.y[rows, None] - one.y
    across = dy - one.xy / one.xx * dx
    form = dx**2 / one.xx + across**2 * (one.xx / one.det)
    total[rows, columns] += one.peak * np.exp(-form / 2)


def _within(places: Float[np.ndarray, " X"], middle: np.ndarray, reach: np.ndarray) -> slice:
    """The slice of sorted positions within `reach` of the middle."""
    begin, end = np.searchsorted(places, (middle - reach, middle + reach))
    return slice(int(begin), int(end))

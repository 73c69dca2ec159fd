"""How probable the cells of a space are: its division by points, and adaptive quadrature."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np

Numbers: TypeAlias = np.ndarray

NODES, WEIGHTS = np.polynomial.legendre.leggauss(3)

PRECISE = 1e-5
"""A cell is cut while this part of the mass of a usual one is at stake."""

UNLIKE = 8.0
"""The chi-square from which on points are divided otherwise than the mass; cuts are cheap."""

MOST = 2**20
"""Evaluations after which nothing is cut any more."""


class Cells(NamedTuple):
    """B boxes in d dimensions."""

    low: Numbers
    """(B, d)"""
    high: Numbers
    """(B, d)"""
    cuts: tuple[Numbers, ...]
    """Where the cells of each level were cut in two, along one axis after the other."""

    def find(self, points: Numbers) -> Numbers:
        """The cell of each point (N, d)."""
        cell = np.zeros(len(points), int)
        for level, cut in enumerate(self.cuts):
            cell = 2 * cell + (points[:, level % points.shape[1]] >= cut[cell])
        return cell


def divide(points: Numbers, low: Numbers, high: Numbers, least: int) -> Cells:
    """Cuts a box at medians of the points (N, d) in it, as long as each cell keeps `least`."""
    groups, low, high, dimensions = points[None], low[None], high[None], points.shape[1]
    cuts: list[Numbers] = []
    while groups.shape[1] >= 2 * least:
        axis, half = len(cuts) % dimensions, groups.shape[1] // 2
        order = groups[..., axis].argsort(1)
        groups = np.take_along_axis(groups, order[..., None], 1)[:, : 2 * half]
        cut = groups[:, half - 1 : half + 1, axis].mean(1)
        groups = groups.reshape(-1, half, dimensions)
        low, high = low.repeat(2, 0), high.repeat(2, 0)
        high[::2, axis] = low[1::2, axis] = cut
        cuts.append(cut)
    return Cells(low, high, tuple(cuts))


class Open(NamedTuple):
    """Cells that may be cut further, and the points in them."""

    own: Numbers
    """(C,), the cell of the beginning of which each is a part."""
    low: Numbers
    """(C, d)"""
    high: Numbers
    """(C, d)"""
    whole: Numbers
    """(C,), the mass of each by one rule."""
    points: Numbers
    """(N, d)"""
    inside: Numbers
    """(N,), where each point is."""


def integrate(
    density: Callable[[Numbers], Numbers], cells: Cells, points: Numbers
) -> tuple[Numbers, Numbers]:
    """The mass of a density, (N, d) to (N,), in each cell, and how uncertain it is: (B,) each.

    Three Gauss-Legendre points an axis. A cell is cut in two where its 2^d parts do not sum to
    the whole, or where the points are divided among them otherwise than the mass is: they have
    seen a peak that no evaluation has met. Uncertain is by how much parts and whole differ at
    the end, and the mass of points where there is hardly any density.
    """
    low, high, _ = cells
    count, dimensions = low.shape
    axes, spent = tuple(range(1, dimensions + 1)), 0
    mass, error, whole = np.zeros(count), np.zeros(count), _rule(density, low, high)
    rate = len(points) / count / np.median(whole[whole > 0]) if whole.any() else 1.0
    at = Open(np.arange(count), low, high, whole, points, cells.find(points))
    while len(at.own):
        parts = _rule(density, *_parts(at.low, at.high)).reshape(-1, *(2,) * dimensions)
        spent += parts.size * len(NODES) ** dimensions
        seen, expected = _count(at, parts.shape), rate * parts
        apart = abs(parts.sum(axes) - at.whole)
        unlike = (np.square(seen - expected) / (expected + 1)).sum(axes) > UNLIKE
        missed = np.where(seen > 4 * expected, seen - expected, 0).sum(axes)
        missed = np.where(unlike, abs(seen - expected).sum(axes), missed) / rate
        cut = ((apart > PRECISE / count) | unlike) & (spent < MOST)
        np.add.at(mass, at.own[~cut], parts.sum(axes)[~cut])
        np.add.at(error, at.own[~cut], np.maximum(apart, missed)[~cut])
        at = _cut(at, parts, _halves(seen + expected), cut)
    return mass, error


def _cut(at: Open, parts: Numbers, halves: Numbers, cut: Numbers) -> Open:
    """Of the cells that are to be cut the halves, along the axis where they differ most."""
    axis = abs(np.diff(halves)[..., 0]).argmax(1)
    cell, along, middle = np.arange(len(axis)), axis[at.inside], (at.low + at.high) / 2
    upper = at.points[np.arange(len(along)), along] >= middle[at.inside, along]
    low, high, inside = at.low.repeat(2, 0), at.high.repeat(2, 0), 2 * at.inside + upper
    high[2 * cell, axis] = low[2 * cell + 1, axis] = middle[cell, axis]
    whole, kept = _halves(parts)[cell, axis].reshape(-1), cut.repeat(2)
    here = kept[inside]
    own, low, high, whole = (a[kept] for a in (at.own.repeat(2), low, high, whole))
    return Open(own, low, high, whole, at.points[here], (kept.cumsum() - 1)[inside[here]])


def _rule(density: Callable[[Numbers], Numbers], low: Numbers, high: Numbers) -> Numbers:
    """The mass of every cell (B,) by one rule, with no cut."""
    dimensions = low.shape[1]
    index = np.indices((len(NODES),) * dimensions).reshape(dimensions, -1).T
    points = low[:, None] + (high - low)[:, None] * (NODES[index] + 1) / 2
    values = density(points.reshape(-1, dimensions)).reshape(len(low), -1)
    mass: Numbers = values @ (WEIGHTS / 2)[index].prod(1) * (high - low).prod(1)
    return mass


def _parts(low: Numbers, high: Numbers) -> tuple[Numbers, Numbers]:
    """The 2^d parts of each cell, cut along all axes: corners (B, d) to (2^d B, d)."""
    dimensions = low.shape[1]
    corners = np.indices((2,) * dimensions).reshape(dimensions, -1).T
    size = (high - low)[:, None] / 2
    lowest = low[:, None] + corners * size
    return lowest.reshape(-1, dimensions), (lowest + size).reshape(-1, dimensions)


def _count(at: Open, shape: tuple[int, ...]) -> Numbers:
    """How many points are in each part (C, 2, ..., 2) of the cells."""
    upper = at.points >= ((at.low + at.high) / 2)[at.inside]
    index = np.ravel_multi_index((at.inside, *upper.T.astype(int)), shape)
    return np.bincount(index, minlength=int(np.prod(shape))).reshape(shape)


def _halves(parts: Numbers) -> Numbers:
    """Sums over the parts in the two halves along every axis: (B, 2, ..., 2) to (B, d, 2)."""
    axes = range(1, parts.ndim)
    sums = [parts.sum(tuple(other for other in axes if other != axis)) for axis in axes]
    return np.stack(sums, 1)

"""How often samples fall into classes of elements, against how probable the classes are."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import NamedTuple

import jax
import numpy as np

from reverie.check.comparing import Claim
from reverie.check.quadrature import Numbers, divide, integrate
from reverie.concepts import Value

LEAST = 64
"""Samples by which a cell is found; samples expected of a class, or it is joined with others."""

JOINED = 16
"""Cells that are one class."""

CLOSE = 2e-3
"""How far masses may be from 1: a little lies behind the outermost sample."""

ROUNDED = 1e-6
"""How far a sum of probabilities may be from 1 in single precision."""

FREQUENT = Claim("samples are as frequent as log_prob says", "sample and log_prob differ in a term")


class Tally(NamedTuple):
    """K classes of elements: how probable they are, and how often each was drawn."""

    mass: Numbers
    """(K,)"""
    error: Numbers
    """(K,), by how much each mass is uncertain."""
    seen: Numbers
    """(K,)"""
    others: int
    """How many samples are of no class."""


def list_elements(log_prob: Callable[[Value], Numbers], elements: Value, sampled: Value) -> Tally:
    """A class for each of the elements."""
    names, counts = np.unique(_names(_table(sampled)), return_counts=True)
    own = _names(_table(elements))
    index = names.searchsorted(own).clip(max=len(names) - 1)
    seen = np.where(names[index] == own, counts[index], 0)
    mass = np.exp(log_prob(elements))
    return Tally(mass, np.zeros(len(mass)), seen, int(counts.sum() - seen.sum()))


def divide_elements(log_prob: Callable[[Value], Numbers], sampled: Value) -> Tally | None:
    """Classes that a quarter of the samples finds, with counts of the others.

    A number that hardly ever repeats has a density. With one or two of them a class is some
    cells of their space, with none it is an element; with more there are no classes. Elements
    that are rare in what has no density are in none.
    """
    table = _table(sampled)
    first, rest = np.split(np.arange(len(table)), [len(table) // 4])
    dense = np.array([len(np.unique(column)) > len(table) / 2 for column in table.T])
    kinds = _names(table[:, ~dense])
    found, where, counts = np.unique(kinds[first], return_index=True, return_counts=True)
    if not dense.any():
        return list_elements(log_prob, rows(sampled, where), rows(sampled, rest))
    often = counts >= 8 * LEAST
    if dense.sum() > 2 or not often.any():
        return None
    tallies = []
    for kind, row in zip(found[often], where[often], strict=True):

        def density(points: Numbers, row: int = row) -> Numbers:
            whole = np.tile(table[row], (len(points), 1))
            whole[:, dense] = points
            return np.exp(log_prob(_values(whole, sampled)))

        parts = [table[part][kinds[part] == kind][:, dense] for part in (first, rest)]
        tallies.append(_divide_space(density, *parts))
    mass, error, seen = (np.concatenate(part) for part in zip(*tallies, strict=True))
    return Tally(mass, error, seen, len(rest) - int(seen.sum()))


def _divide_space(
    density: Callable[[Numbers], Numbers], first: Numbers, rest: Numbers
) -> tuple[Numbers, Numbers, Numbers]:
    """Mass, error and count of every class of cells, of points (N, d)."""
    slope = _slope(first)

    def shear(points: Numbers, by: float) -> Numbers:
        return np.concatenate([points[:, :1], points[:, 1:] + by * points[:, :1]], 1)

    def sheared_density(points: Numbers) -> Numbers:
        p = density(shear(points, slope))
        return np.where(np.isfinite(p), p, 0.0)

    first, rest = shear(first, -slope), shear(rest, -slope)
    both = np.concatenate([first, rest])
    cells = divide(first, both.min(0), both.max(0), LEAST)
    mass, error = integrate(sheared_density, cells, first)
    seen = np.bincount(cells.find(rest), minlength=len(mass))
    joined = min(JOINED, len(mass))
    mass, error, seen = (a.reshape(-1, joined).sum(1) for a in (mass, error, seen))
    return mass, error, seen


def _slope(points: Numbers) -> float:
    """What the second number gains with the first where they are close to a line; otherwise 0."""
    if points.shape[1] < 2:
        return 0.0
    low, high = np.quantile(points, [0.05, 0.95], axis=0)
    (x, xy), (_, y) = np.cov(points[((points > low) & (points < high)).all(1)].T)
    return float(xy / x) if xy**2 > x * y / 4 else 0.0


def check_support(tally: Tally, false_alarm: float) -> None:
    """Raises CheckFailed unless the classes sum to 1 and the samples are in them.

    As many may be outside as a sum that is not quite 1 leaves to chance.
    """
    claim = Claim("the probabilities sum to 1", "a normaliser is missing or taken twice")
    total = tally.mass.sum()
    claim.same("their sum", total, np.ones_like(total))
    count = tally.seen.sum() + tally.others
    expected = count * (max(1 - float(total), 0.0) + ROUNDED)
    # Chernoff's bound of a Poisson distribution.
    surplus = tally.others / expected
    chance = -expected * (1 - surplus + surplus * math.log(max(surplus, 1.0)))
    if surplus > 1 and not chance > math.log(false_alarm):
        FREQUENT.fail(f"{tally.others} of {count} samples are not in the support")


def check_sum(tally: Tally, false_alarm: float) -> None:
    """Raises CheckFailed unless the classes are as probable as the part of the samples in them."""
    claim = Claim("the probabilities sum to 1", "a normaliser is missing or taken twice")
    count = tally.seen.sum() + tally.others
    part, total = tally.seen.sum() / count, tally.mass.sum(dtype=float)
    chance = deviations(false_alarm) * math.sqrt(part * (1 - part) / count)
    allowed = CLOSE + tally.error.sum() + chance
    if not abs(total - part) <= allowed:
        claim.fail(f"they sum to {total:.4g} over {part:.4g} of all, to within {allowed:.2g}")


def check_counts(tally: Tally, false_alarm: float) -> None:
    """Raises CheckFailed unless counts are distributed as masses are: Pearson's chi-square."""
    if tally.seen[tally.mass == 0].any():
        FREQUENT.fail("a sample has the probability 0")
    scale = tally.seen.sum() / max(tally.mass.sum(dtype=float), 1e-300)
    seen, expected, error = _join_rare(tally.seen, scale * tally.mass, scale * tally.error)
    if len(seen) < 2:
        return
    off = np.maximum(abs(seen - expected) - error, 0)
    statistic = (np.square(off) / expected).sum()
    chance = jax.scipy.special.gammaincc((len(seen) - 1) / 2, statistic / 2)
    if not chance > false_alarm:
        FREQUENT.fail(
            f"chi-square is {statistic:.3g} over {len(seen)} classes, chance {chance:.1g}"
        )


def _join_rare(seen: Numbers, expected: Numbers, error: Numbers) -> list[Numbers]:
    """The same with the rarest classes as one, of which LEAST are expected or more."""
    order = expected.argsort()
    rising = expected[order]
    rare = int(rising.searchsorted(LEAST))
    if rare:
        rare = min(max(rare, int(rising.cumsum().searchsorted(LEAST)) + 1), len(order))
    starts = np.r_[0, max(rare, 1) : len(order)]
    return [np.add.reduceat(a[order].astype(float), starts) for a in (seen, expected, error)]


def deviations(false_alarm: float) -> float:
    """How many standard deviations a normal number exceeds once in 1 / `false_alarm` times."""
    return NormalDist().inv_cdf(1 - false_alarm / 2)


def rows(tree: Value, index: object) -> Value:
    """The rows of every array that an index or a slice names."""
    return jax.tree.map(lambda a: a[index], tree)


def _table(values: Value) -> Numbers:
    """Values (N, E...) as rows of numbers (N, D)."""
    leaves = [np.asarray(leaf, float) for leaf in jax.tree.leaves(values)]
    return np.concatenate([leaf.reshape(len(leaf), -1) for leaf in leaves], 1)


def _values(table: Numbers, like: Value) -> Value:
    """The values of rows of numbers, in the form of others."""
    leaves, structure = jax.tree.flatten(like)
    ends = np.cumsum([leaf[0].size for leaf in leaves])
    columns = zip(np.split(table, ends[:-1], 1), leaves, strict=True)
    return jax.tree.unflatten(
        structure, [c.reshape(-1, *leaf.shape[1:]).astype(leaf.dtype) for c, leaf in columns]
    )


def _names(table: Numbers) -> Numbers:
    """An integer for each row, the same for the same rows: a hash of 64 bits."""
    factors = np.random.default_rng(0).integers(2**63, size=table.shape[1], dtype=np.uint64)
    bits = (table + 0.0).view(np.uint64)
    mixed = (bits ^ (bits >> np.uint64(29))) * (2 * factors + np.uint64(1))
    return (mixed ^ (mixed >> np.uint64(32))).sum(1, dtype=np.uint64)

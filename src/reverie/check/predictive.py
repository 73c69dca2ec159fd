"""Properties of every distribution: log_prob, sample, mode and sharpen agree."""

from __future__ import annotations

import math
from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from reverie.check.comparing import Claim, device, host, stack
from reverie.check.frequency import (
    FREQUENT,
    check_counts,
    check_sum,
    check_support,
    deviations,
    divide_elements,
    list_elements,
    rows,
)
from reverie.check.quadrature import Numbers
from reverie.concepts import Enumerable, Key, Predictive, Value

SHARPER = 0.25
"""The bias of the distribution against which samples are weighted."""

BLOCK = 4096
"""Elements that a compiled function takes at once."""

ROOM = 2**24
"""Numbers that all samples may have together: of large elements there are fewer samples."""


def check_predictive(
    distribution: Predictive,
    *,
    key: Key,
    support: Value | None = None,
    samples: int = 2**18,
    false_alarm: float = 1e-6,
    slack: float = 1e-4,
) -> None:
    """Checks the distribution of one element; raises CheckFailed where a property fails.

    `support` lists all elements with a leading axis; an `Enumerable` has its own. With it,
    the probabilities must sum to 1 and the samples pass a chi-square test.

    Without it, a quarter of the samples divides the space, in double precision, and the others
    are counted. Numbers with a fraction that hardly ever repeat have a density: with up to two
    of them the classes are 64 cells, whose masses are found by quadrature; with none they are
    the elements that were drawn. Masses must sum to the part of the samples that is counted, to
    within 0.2 % and what the quadrature leaves open. The samples must also average q(y) / p(y)
    to 1 for q = sharpen(0.25); that q / p is bounded is assumed. With more than two such numbers
    this is the only test, and a factor that p and q have in common is not found.

    A correct distribution fails a test of samples once in 1 / `false_alarm` keys. The number of
    samples is chosen so that in 99 of 100 keys these faults are found: of up to 1000 listed
    elements a probability that is wrong by 0.03; of two a probability of 0.2 or more that is
    wrong by 3 % of itself; of a normal density a standard deviation that is wrong by 3 %, or
    a mean wrong by 4 % of it.

    The mode may be less probable than a sample by `slack` nats: for mixtures, whose mode has no
    formula.
    """
    log_prob = _many(distribution.log_prob)
    if support is None and isinstance(distribution, Enumerable):
        support = np.arange(distribution.log_probs().shape[-1])
        _enumerated(distribution, log_prob(support))
    sampled = _draw(distribution, key, BLOCK if support is None else samples)
    few = rows(sampled, slice(BLOCK))
    log_probs = log_prob(few)
    _identity(distribution, few, log_probs)
    _mode(distribution, few, log_probs, slack)
    _leading(distribution, few)
    if support is None:
        _unlisted(distribution, key, samples, false_alarm)
        return
    tally = list_elements(log_prob, support, sampled)
    check_support(tally, false_alarm)
    check_counts(tally, false_alarm)


def _many(function: Callable[[Value], Array]) -> Callable[[Value], Numbers]:
    """The function of every row, compiled once for all numbers of rows."""
    compiled = jax.jit(lambda values: jax.vmap(function)(values))

    def run(values: Value) -> Numbers:
        values = host(values)
        count = len(jax.tree.leaves(values)[0])
        blocks = np.arange(math.ceil(count / BLOCK) * BLOCK).clip(max=count - 1)
        found = [host(compiled(rows(values, block))) for block in blocks.reshape(-1, BLOCK)]
        return np.concatenate(found)[:count]

    return run


def _draw(distribution: Predictive, key: Key, count: int) -> Value:
    """Samples in NumPy, (N, E...): `count` of them, or as many as there is room for."""

    @jax.jit
    def block(n: Array) -> Value:
        keys = jax.random.split(jax.random.fold_in(key, n), BLOCK)
        return jax.vmap(distribution.sample)(keys)

    drawn = host(block(0))
    size = sum(a[0].size for a in jax.tree.leaves(drawn))
    count = min(count, max(ROOM // max(size, 1), BLOCK))
    blocks = [drawn, *(host(block(n)) for n in range(1, math.ceil(count / BLOCK)))]
    return jax.tree.map(lambda *parts: np.concatenate(parts)[:count], *blocks)


def _enumerated(distribution: Enumerable, log_probs: Float[Numbers, " V"]) -> None:
    claim = Claim("log_probs lists log_prob", "one of the two is not normalised")
    listed = distribution.log_probs()
    claim.same("the list", listed, log_probs)
    claim.same("reweight(log_probs)", distribution.reweight(listed + 1.0).log_probs(), listed)


def _identity(distribution: Predictive, sampled: Value, log_probs: Float[Numbers, " N"]) -> None:
    claim = Claim("sharpen(0) is the identity", "the bias enters other than as 1 + b or -b")
    claim.same("log_prob", _many(distribution.sharpen(0.0).log_prob)(sampled), log_probs)


def _mode(
    distribution: Predictive, sampled: Value, log_probs: Float[Numbers, " N"], slack: float
) -> None:
    claim = Claim("the mode is the most probable element", "mode returns a mean or another's mode")
    mode = distribution.mode()
    forms = [[(a.shape, a.dtype) for a in jax.tree.leaves(v)] for v in (mode, rows(sampled, 0))]
    if forms[0] != forms[1]:
        claim.fail(f"the mode is {forms[0]} and a sample {forms[1]}")
    beaten = float(log_probs.max() - distribution.log_prob(mode))
    if not beaten <= slack:
        claim.fail(f"a sample is more probable by {beaten:.2g} nats")


def _leading(distribution: Predictive, sampled: Value) -> None:
    claim = Claim("a leading axis makes several", "a sum or index takes another axis than the last")
    several = stack([distribution, distribution])
    values = device(rows(sampled, slice(2)))
    expected = [distribution.log_prob(device(rows(sampled, n))) for n in range(2)]
    claim.same("log_prob", several.log_prob(values), jnp.stack(expected))
    claim.same("the mode", rows(several.mode(), 0), distribution.mode())
    samples = several.sample(jax.random.key(0)), values
    forms = [[a.shape for a in jax.tree.leaves(v)] for v in samples]
    if forms[0] != forms[1]:
        claim.fail(f"two samples have the shapes {forms[0]}, not {forms[1]}")


def _unlisted(distribution: Predictive, key: Key, samples: int, false_alarm: float) -> None:
    """Samples whose support is not known, in double precision: quadrature sees no rounding."""
    with jax.enable_x64(True):
        double = jax.tree.map(
            lambda a: a.astype(float) if eqx.is_inexact_array(a) else a, distribution
        )
        log_prob, sampled = _many(double.log_prob), _draw(double, key, samples)
        tally = divide_elements(log_prob, sampled)
        if tally is not None:
            check_counts(tally, false_alarm)
            check_sum(tally, false_alarm)
        _weigh(double, sampled, log_prob(sampled), false_alarm)


def _weigh(
    distribution: Predictive, sampled: Value, log_probs: Float[Numbers, " N"], false_alarm: float
) -> None:
    sharper = _many(distribution.sharpen(SHARPER).log_prob)(sampled)
    ratios = np.exp(sharper - log_probs)
    error = ratios.std() / np.sqrt(len(ratios))
    allowed = deviations(false_alarm) * error + 1e-4
    if not abs(ratios.mean() - 1) <= allowed:
        FREQUENT.fail(f"q / p is {ratios.mean():.4g} in the mean, not 1 to within {allowed:.2g}")

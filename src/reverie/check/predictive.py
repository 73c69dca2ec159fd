"""Properties of every distribution: log_prob, sample, mode and sharpen agree."""

from __future__ import annotations

from collections.abc import Callable
from statistics import NormalDist
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from reverie.check.comparing import Claim, stack
from reverie.concepts import Enumerable, Key, Predictive, Value

SHARPER = 0.25
"""The bias of the distribution against which samples are weighted."""

FREQUENT = Claim("samples are as frequent as log_prob says", "sample and log_prob differ in a term")


def check_predictive(
    distribution: Predictive,
    *,
    key: Key,
    support: Value | None = None,
    samples: int = 4096,
    false_alarm: float = 1e-6,
    slack: float = 1e-4,
) -> None:
    """Checks the distribution of one element; raises CheckFailed where a property fails.

    `support` lists all elements with a leading axis; an `Enumerable` has its own. With it,
    the probabilities must sum to 1 and the samples pass a chi-square test. Without it, the
    samples must average q(y) / p(y) to 1 for q = sharpen(0.25), as they do if p and q
    are normalised and the samples are of p; that q / p is bounded is assumed. A correct
    distribution fails a test of samples once in 1 / `false_alarm` keys. The mode may be
    less probable than a sample by `slack` nats: for mixtures, whose mode has no formula.
    """
    sampled = _each(distribution.sample, jax.random.split(key, samples))
    log_probs = _each(distribution.log_prob, sampled)
    if support is None and isinstance(distribution, Enumerable):
        support = jnp.arange(distribution.log_probs().shape[-1])
        _enumerated(distribution, support)
    _identity(distribution, sampled, log_probs)
    _mode(distribution, sampled, log_probs, slack)
    _leading(distribution, sampled)
    if support is None:
        _weigh(distribution, sampled, log_probs, false_alarm)
    else:
        _normalised(distribution, support)
        _fits(distribution, sampled, support, false_alarm)


def _enumerated(distribution: Enumerable, support: Value) -> None:
    claim = Claim("log_probs lists log_prob", "one of the two is not normalised")
    listed = distribution.log_probs()
    claim.same("the list", listed, _each(distribution.log_prob, support))
    claim.same("reweight(log_probs)", distribution.reweight(listed + 1.0).log_probs(), listed)


def _identity(distribution: Predictive, sampled: Value, log_probs: Float[Array, " N"]) -> None:
    claim = Claim("sharpen(0) is the identity", "the bias enters other than as 1 + b or -b")
    claim.same("log_prob", _each(distribution.sharpen(0.0).log_prob, sampled), log_probs)


def _mode(
    distribution: Predictive, sampled: Value, log_probs: Float[Array, " N"], slack: float
) -> None:
    claim = Claim("the mode is the most probable element", "mode returns a mean or another's mode")
    mode = distribution.mode()
    forms = [[(a.shape, a.dtype) for a in jax.tree.leaves(v)] for v in (mode, _row(sampled, 0))]
    if forms[0] != forms[1]:
        claim.fail(f"the mode is {forms[0]} and a sample {forms[1]}")
    beaten = float(log_probs.max() - distribution.log_prob(mode))
    if not beaten <= slack:
        claim.fail(f"a sample is more probable by {beaten:.2g} nats")


def _leading(distribution: Predictive, sampled: Value) -> None:
    claim = Claim("a leading axis makes several", "a sum or index takes another axis than the last")
    several = stack([distribution, distribution])
    values = jax.tree.map(lambda a: a[:2], sampled)
    expected = [distribution.log_prob(_row(values, n)) for n in range(2)]
    claim.same("log_prob", several.log_prob(values), jnp.stack(expected))
    claim.same("the mode", _row(several.mode(), 0), distribution.mode())
    samples = several.sample(jax.random.key(0)), values
    forms = [[a.shape for a in jax.tree.leaves(v)] for v in samples]
    if forms[0] != forms[1]:
        claim.fail(f"two samples have the shapes {forms[0]}, not {forms[1]}")


def _normalised(distribution: Predictive, support: Value) -> None:
    claim = Claim("the probabilities sum to 1", "a normaliser is missing or taken twice")
    claim.same("their sum", jnp.exp(_each(distribution.log_prob, support)).sum(), jnp.ones(()))


def _fits(distribution: Predictive, sampled: Value, support: Value, false_alarm: float) -> None:
    """Pearson's chi-square; elements expected less than 5 times are pooled."""
    hits = _each(lambda value: jax.vmap(lambda s: _equal(value, s))(support), sampled)
    if not bool(hits.any(1).all()):
        FREQUENT.fail("a sample is not in the support")
    expected = np.exp(np.asarray(_each(distribution.log_prob, support), float)) * len(hits)
    seen, rare = np.asarray(hits.sum(0), float), expected < 5
    seen = np.append(seen[~rare], seen[rare].sum())
    expected = np.append(expected[~rare], expected[rare].sum())
    if seen[-1] == expected[-1] == 0:
        seen, expected = seen[:-1], expected[:-1]
    with np.errstate(divide="ignore"):
        statistic = (np.square(seen - expected) / expected).sum()
    chance = jax.scipy.special.gammaincc(max(len(seen) - 1, 1) / 2, statistic / 2)
    if not chance > false_alarm:
        FREQUENT.fail(
            f"chi-square is {statistic:.3g} over {len(seen)} classes, chance {chance:.1g}"
        )


def _weigh(
    distribution: Predictive, sampled: Value, log_probs: Float[Array, " N"], false_alarm: float
) -> None:
    sharper = _each(distribution.sharpen(SHARPER).log_prob, sampled)
    ratios = np.exp(np.asarray(sharper - log_probs, float))
    error = ratios.std() / np.sqrt(len(ratios))
    allowed = NormalDist().inv_cdf(1 - false_alarm / 2) * error + 1e-4
    if not abs(ratios.mean() - 1) <= allowed:
        FREQUENT.fail(f"q / p is {ratios.mean():.4g} in the mean, not 1 to within {allowed:.2g}")


def _each(function: Callable[[Any], Any], rows: Any) -> Any:
    """The function of every row, in one compiled call."""
    return jax.jit(lambda rows: jax.vmap(function)(rows))(rows)


def _row(tree: Value, index: int) -> Value:
    return jax.tree.map(lambda a: a[index], tree)


def _equal(value: Value, other: Value) -> Bool[Array, ""]:
    """Whether two elements are the same."""
    return jnp.all(
        jnp.stack(jax.tree.leaves(jax.tree.map(lambda a, b: jnp.all(a == b), value, other)))
    )

"""log Z of a restricted Boltzmann machine whose states are too many to be summed: two bounds.

Annealed importance sampling (Neal 2001; Salakhutdinov & Murray 2008) walks from an RBM with W = 0,
whose Z_0 is known, to the one in question, over RBMs between the two:

    w = prod_k exp(F_{k-1}(y_k) - F_k(y_k))      y_1 ~ p_0      y_{k+1} by a Gibbs step of p_k

has the mean Z / Z_0, so log of a mean of w is in the mean below log Z / Z_0. The same walk
backwards, from samples of the RBM in question, has the mean Z_0 / Z: its bound is from above
(Grosse 2015). Everything is for ONE RBM; `vmap` makes steps and rows.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from reverie.concepts import Key
from reverie.distributions.bernoulli import Bernoulli
from reverie.distributions.rbm import RBM


class Estimate(NamedTuple):
    """log Z in nats, and the standard error that the chains show.

    Where one chain outweighs all others that is about 1, its largest, and says nothing.
    """

    log_z: Float[Array, ""]
    error: Float[Array, ""]


def log_z_lower(
    rbm: RBM,
    key: Key,
    *,
    temperatures: int = 1000,
    chains: int = 100,
    base: Float[Array, " N"] | None = None,
) -> Estimate:
    """A stochastic lower bound of log Z: -F(y) - log Z is then too large, an upper bound of log p.

    `base` are the logits of the bits where the walk begins, by default b. Those of how often
    each bit is set make it shorter.
    """
    begin, start = _base(rbm, base), jax.random.fold_in(key, 0)
    first = jax.vmap(Bernoulli(begin.b).sample)(jax.random.split(start, chains))
    betas = jnp.linspace(0, 1, temperatures + 1)
    ratio, error = _walk(begin, rbm, betas, first, jax.random.fold_in(key, 1))
    return Estimate(_log_z_apart(begin) + ratio, error)


def log_z_upper(
    rbm: RBM,
    samples: Float[Array, "chains N"],
    key: Key,
    *,
    temperatures: int = 1000,
    base: Float[Array, " N"] | None = None,
) -> Estimate:
    """A stochastic upper bound of log Z, of samples of the RBM, one a chain; `base` as above.

    It bounds only as far as the samples are exact, and of more than 20 units none can be had:
    long Gibbs chains, from data where there are some, come close. Chains that have not seen a
    mode of p make it too small, and no error shows that.
    """
    begin, betas = _base(rbm, base), jnp.linspace(1, 0, temperatures + 1)
    ratio, error = _walk(begin, rbm, betas, samples, key)
    return Estimate(_log_z_apart(begin) - ratio, error)


def _base(rbm: RBM, base: Float[Array, " N"] | None) -> RBM:
    b = rbm.b if base is None else base
    return RBM(b, rbm.c, jnp.zeros_like(rbm.W), rbm.steps)


def _log_z_apart(rbm: RBM) -> Float[Array, ""]:
    """log Z where W = 0 and all units are independent."""
    return jax.nn.softplus(rbm.b).sum() + jax.nn.softplus(rbm.c).sum()


def _walk(
    begin: RBM, end: RBM, betas: Float[Array, " K"], values: Float[Array, "chains N"], key: Key
) -> Estimate:
    """log of the mean of w from the first beta to the last, where 0 is `begin` and 1 is `end`."""

    def at(beta: Array) -> RBM:
        return jax.tree.map(lambda x, y: (1 - beta) * x + beta * y, begin, end)

    def step(values: Array, row: Any) -> tuple[Array, Array]:
        here, there = at(row[0]), at(row[1])
        gain = here.free_energy(values) - there.free_energy(values)
        return there.gibbs(row[2], values, 1), gain

    rows = betas[:-1], betas[1:], jax.random.split(key, len(betas) - 1)
    log_w = jax.lax.scan(step, values, rows)[1].sum(0)
    spread = jnp.exp(log_w - jax.nn.logsumexp(log_w)) * len(log_w)
    log_mean = jax.nn.logsumexp(log_w) - jnp.log(len(log_w))
    return Estimate(log_mean, spread.std() / jnp.sqrt(len(log_w)))

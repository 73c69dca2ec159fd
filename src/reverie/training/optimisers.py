"""Optimisers: from a gradient to a direction. The rate is applied by the update itself,

    w <- w - rate * direction,

so that a schedule, a rewind or a person can change it. All are Optax transformations.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from reverie.layers import MATRICES, has_role


def adam(b1: float = 0.9, b2: float = 0.999) -> optax.GradientTransformation:
    """Adam (Kingma 2015)."""
    return optax.scale_by_adam(b1, b2)


def adamw(b1: float = 0.9, b2: float = 0.999, decay: float = 0.01) -> optax.GradientTransformation:
    """Adam with decoupled weight decay of matrices (Loshchilov 2019), not of gains and biases."""
    return optax.chain(
        optax.scale_by_adam(b1, b2),
        optax.add_decayed_weights(decay, lambda params: has_role(params, MATRICES)),
    )


def sgd(momentum: float = 0.99) -> optax.GradientTransformation:
    """Gradient descent with momentum: d = momentum d + g."""
    return optax.trace(momentum) if momentum else optax.identity()


class RMSState(NamedTuple):
    """n, q, d of `graves_rmsprop`, each like the weights."""

    n: Any
    q: Any
    d: Any


def graves_rmsprop(
    average: float = 0.95, momentum: float = 0.9, damping: float = 1e-4
) -> optax.GradientTransformation:
    """Graves 2013, eq. 38-45, to be used at rate 1e-4.

        n = 0.95 n + 0.05 g^2;   q = 0.95 q + 0.05 g
        d = 0.9 d + g / sqrt(n - q^2 + 1e-4)

    The damping is inside the root, unlike in the usual centred RMSProp.
    """

    def init(params: Any) -> RMSState:
        zeros = jax.tree.map(jnp.zeros_like, params)
        return RMSState(zeros, zeros, zeros)

    def update(gradient: Any, state: RMSState, params: Any = None) -> tuple[Any, RMSState]:
        n = jax.tree.map(lambda n, g: average * n + (1 - average) * g**2, state.n, gradient)
        q = jax.tree.map(lambda q, g: average * q + (1 - average) * g, state.q, gradient)
        d = jax.tree.map(
            lambda d, g, n, q: momentum * d + g / jnp.sqrt(n - q**2 + damping),
            state.d,
            gradient,
            n,
            q,
        )
        return d, RMSState(n, q, d)

    return optax.GradientTransformation(init, update)

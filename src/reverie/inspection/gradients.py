"""Gradients through time: the influence of inputs and states on a loss some steps later."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, Int

from reverie.concepts import Condition
from reverie.model import SequenceModel, nll

Step = Callable[[Array, Array], Array]
"""The state (n,) before a step and its input (X,) to the state (n,) after it."""


class Influence(NamedTuple):
    """Norms of gradients in W windows of a sequence; column k - 1 is for a distance of k steps."""

    state: Float[np.ndarray, "W K"]
    """|| ds_t / ds_{t-k} ||_F / sqrt(n), the root mean square of the n singular values: 1 where
    a state is kept or rotated."""
    input: Float[np.ndarray, "W K"]
    """|| dL_t / dx_{t-k} ||_2, of the loss L_t = -log p(y_t) in nats: the influence of the
    input k steps before."""
    jacobians: Float[np.ndarray, "W n n"]
    """ds_t / ds_{t-1} at the end of each window."""


def influence(model: SequenceModel, windows: Int[np.ndarray, "W T"], distance: int) -> Influence:
    """The gradients through K = `distance` steps at the end of each window of T > K + 1 values.

    Each is read from an initial state; the values before the last K + 1 only bring the state to
    typical values. The Jacobians are exact products, with the n rows of

        ds_t / ds_{t-k} = ds_t / ds_{t-1} ... ds_{t-k+1} / ds_{t-k}

    propagated back together. s is the whole state: h and c of an LSTM, and of all layers. For
    models that need no condition. Reference: Pascanu, Mikolov and Bengio (2013).
    """
    if distance < 1 or windows.shape[1] < distance + 2:
        raise ValueError(f"windows of {windows.shape[1]} values cannot show {distance} steps")
    found = _each(model, jnp.asarray(windows), distance)
    return Influence(*(np.asarray(array, np.float64) for array in found))


@eqx.filter_jit
def _each(model: SequenceModel, windows: Array, distance: int) -> tuple[Array, Array, Array]:
    # One after the other: the rows of one window are a batch already.
    return jax.lax.map(partial(_propagate_back, model, distance=distance), windows)


def _propagate_back(
    model: SequenceModel, values: Array, *, distance: int
) -> tuple[Array, Array, Array]:
    states = model.unroll(values).states
    _, unravel = ravel_pytree(jax.tree.map(lambda s: s[0], states))
    flat = jax.vmap(lambda state: ravel_pytree(state)[0])(states)
    xs = jax.vmap(lambda y: model.feedback(y, jnp.array(False), Condition()))(values)

    def step(state: Array, x: Array) -> Array:
        return ravel_pytree(model.core.step(x, unravel(state), Condition())[1])[0]

    def loss(state: Array, x: Array) -> Array:
        out, _ = model.core.step(x, unravel(state), Condition())
        return nll(model.emission(out, Condition()), values[-1])

    # The last step reads values[-2] in the state flat[-2]; gradients pass the K steps before it.
    behind = jax.grad(loss)(flat[-2], xs[-2])
    rows = jnp.concatenate([jnp.eye(len(behind), dtype=behind.dtype), behind[None]])
    before = flat[-2 - distance : -2], xs[-2 - distance : -2]
    _, (of_state, of_input) = jax.lax.scan(partial(_back_step, step), rows, before, reverse=True)
    return of_state[::-1], of_input[::-1], jax.jacrev(step)(flat[-3], xs[-3])


def _back_step(
    step: Step, rows: Array, before: tuple[Any, Any]
) -> tuple[Array, tuple[Array, Array]]:
    """Rows of derivatives by a state to those by the state before, and the norms of these."""
    _, pull = jax.vjp(step, *before)
    rows, inputs = jax.vmap(pull)(rows)
    size = rows.shape[1]
    return rows, (jnp.linalg.norm(rows[:-1]) / jnp.sqrt(size), jnp.linalg.norm(inputs[-1]))


def spread(values: Int[np.ndarray, " N"], count: int, length: int) -> Int[np.ndarray, "W T"]:
    """`count` windows, evenly spread over a sequence; fewer where it is short."""
    begins = np.unique(np.linspace(0, len(values) - length, count).astype(int))
    return values[begins[:, None] + np.arange(length)]

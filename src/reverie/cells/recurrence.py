"""The recurrent scan with its weight gradient deferred.

Plain differentiation of the scan adds d_t h_{t-1}^T to the gradient of R in every step of
the backward loop, which costs more than the recurrence itself. Here the backward loop only
carries the state's gradient and stores d_t, and

    dR = sum_t d_t h_{t-1}^T

is formed afterwards in one matrix product over all steps, and under `vmap` over all rows.

The trick: run the scan for its values only; write the recurrent products of all steps as
the one product they are, r = R read(states before), whose value nobody needs (the compiler
drops it) but whose transpose is exactly the sum above; and hand both to a function whose
value is the states and whose gradient is the backward loop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from reverie.concepts import State, held

if TYPE_CHECKING:
    from reverie.cells.cell import Recurrence


def recur(
    cell: Recurrence, a: Float[Array, "T G"], state: State, mask: Bool[Array, " T"] | None
) -> State:
    """The states (T, ...) of a recurrence over projected inputs (T, G); reverse mode only."""
    matrix = cell.recurrent()
    params, static = eqx.partition(
        eqx.tree_at(lambda c: c.recurrent(), cell, None), eqx.is_inexact_array
    )
    values = jax.lax.stop_gradient((matrix, params, a, state))
    states, pulls = _scan(static, *values, mask)
    before = _before(values[-1], states)
    products = jax.vmap(cell.read)(before) @ matrix.T
    seen = _Seen(cell.read, values[0], states, pulls)
    return _differentiable(params, a, products, state, seen)


def _before(state: State, states: State) -> State:
    """The state before each step."""
    return jax.tree.map(lambda s, ss: jnp.concatenate([s[None], ss])[:-1], state, states)


class _Seen(eqx.Module):
    """What the scan saw: the states after each step, and how gradients go back through it."""

    read: Any
    matrix: Any
    states: Any
    pulls: Any


def _scan(static: Any, matrix: Any, params: Any, a: Any, state: Any, mask: Any) -> tuple[Any, Any]:
    """States (T, ...), and what pulls the gradient of each back to (params, a, r, state)."""
    # The barrier makes the compiler lay the transpose out once, before the loop.
    across = jax.lax.optimization_barrier(matrix.T)

    def body(state: State, row: Any) -> tuple[State, Any]:
        a, real = row

        def pointwise(params: Any, a: Any, r: Any, state: State) -> State:
            return held(real, eqx.combine(params, static).pointwise(a, r, state), state)

        r = eqx.combine(params, static).read(state) @ across
        new, pull = jax.vjp(pointwise, params, a, r, state)
        return new, (new, pull)

    states, pulls = jax.lax.scan(body, state, (a, mask))[1]
    return states, pulls


def _forward(params: Any, a: Any, products: Any, state: Any, seen: _Seen) -> tuple[State, Any]:
    return seen.states, (params, state, seen)


def _backward(saved: Any, gradient: State) -> tuple[Any, ...]:
    params, state, seen = saved

    def body(carried: Any, row: Any) -> tuple[Any, Any]:
        from_later, d_params = carried
        outside, pull, before = row
        dp, da, dr, ds = pull(_plus(from_later, outside))
        (through,) = jax.vjp(seen.read, before)[1](dr @ seen.matrix)
        # Where a cell only ever sees a + r, the two gradients are one array: keep one.
        kept = (dr,) if da is dr else (dr, da)
        return (_plus(ds, through), _plus(d_params, dp)), kept

    zeros = jax.tree.map(jnp.zeros_like, (state, params))
    rows = gradient, seen.pulls, _before(state, seen.states)
    (d_state, d_params), kept = jax.lax.scan(body, zeros, rows, reverse=True)
    return d_params, kept[-1], kept[0], d_state, None


def _plus(first: Any, second: Any) -> Any:
    return jax.tree.map(jnp.add, first, second)


_differentiable = jax.custom_vjp(lambda *arguments: _forward(*arguments)[0])
_differentiable.defvjp(_forward, _backward)

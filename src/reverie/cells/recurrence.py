"""The recurrent scan with its weight gradient deferred.

Plain differentiation of the scan adds d_t h_{t-1}^T to the gradient of R in every step of
the backward loop, which costs more than the recurrence itself. Here the backward loop only
carries the state's gradient and stores d_t, and

    dR = sum_t d_t h_{t-1}^T

is formed afterwards in one matrix product over all steps, and under `vmap` over all rows.

The trick: run the scan for its values only; write the recurrent products of all steps as
the one product they are, r = R read(states before), whose value nobody needs (the compiler
drops it) but whose transpose is exactly the sum above; and hand both to a function whose
value is the states and whose gradient is the backward loop. That loop does the pointwise
maths of each step once more, which is cheaper than reading all of it back from memory.

The gradient of a matrix that a cell shows its gates, a place at a time, waits in the same
way: what was added of it in each step is written as one product that is added to a.
"""

from __future__ import annotations

from typing import Any, Protocol

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from reverie.concepts import State, hold


class OneProduct(Protocol):
    """What is asked of a cell here; `Cell` says what each method is."""

    def recurrent(self) -> Any: ...
    def with_recurrent(self, R: Any) -> Any: ...
    def read(self, state: State) -> Array: ...
    def advance(self, a: Array, r: Array, state: State) -> State: ...
    def gate_table(self) -> Array | None: ...
    def gate_weights(self, state: State) -> Array: ...


def recur(
    cell: OneProduct, a: Float[Array, "T G"], state: State, mask: Bool[Array, " T"] | None
) -> State:
    """The states (T, ...) of a recurrence over projected inputs (T, G); reverse mode only."""
    matrix, gate_table = cell.recurrent(), cell.gate_table()
    learned = jax.tree.map(eqx.is_inexact_array, cell).with_recurrent(False)
    if gate_table is not None:
        learned = eqx.tree_at(lambda c: c.gate_table(), learned, False)
    params, rest = eqx.partition(cell, learned)
    rest = jax.tree.map(lambda x: jax.lax.stop_gradient(x) if eqx.is_array(x) else x, rest)
    values = jax.lax.stop_gradient((params, a, state))
    seen = _scan(rest, *values, mask)
    if gate_table is not None:
        a = a + jax.vmap(cell.gate_weights)(seen.states) @ gate_table
    products = jax.vmap(cell.read)(_before(values[-1], seen.states)) @ matrix.T
    return _differentiable(params, a, products, state, seen)


def _before(state: State, states: State) -> State:
    """The state before each step."""
    return jax.tree.map(lambda s, ss: jnp.concatenate([s[None], ss])[:-1], state, states)


class _Seen(eqx.Module):
    """What the scan saw, from which the backward loop does the maths of each step once more."""

    rest: Any
    """What of the cell has no gradient here: R, whose gradient is formed after the loop, too."""
    gates: list[Array]
    """The projected inputs, in pieces."""
    products: list[Array]
    """R read(state), in pieces."""
    states: State
    mask: Array | None


def _advance(cell: OneProduct, a: Any, r: Any, state: State, real: Any) -> State:
    return hold(real, cell.advance(a, r, state), state)


def _pieces(a: Array, matrix: Array) -> list[Array]:
    """(..., G) gate by gate: XLA reads columns of a step's row far slower than whole rows."""
    count, rest = divmod(a.shape[-1], matrix.shape[1])
    return jnp.split(a, count if count and not rest else 1, -1)


def _scan(rest: Any, params: Any, a: Any, state: State, mask: Any) -> _Seen:
    matrix = rest.recurrent()
    # The barrier makes the compiler lay the transpose out once, before the loop.
    across = jax.lax.optimization_barrier(matrix.T)
    cell, pieces = eqx.combine(params, rest), _pieces(a, matrix)

    def body(state: State, row: Any) -> tuple[State, Any]:
        gates, real = row
        r = cell.read(state) @ across
        new = _advance(cell, jnp.concatenate(gates), r, state, real)
        return new, (_pieces(r, matrix), new)

    products, states = jax.lax.scan(body, state, (pieces, mask))[1]
    return _Seen(rest, pieces, products, states, mask)


def _forward(params: Any, a: Any, products: Any, state: Any, seen: _Seen) -> tuple[State, Any]:
    return seen.states, (params, state, seen)


def _backward(saved: Any, gradient: State) -> tuple[Any, ...]:
    params, state, seen = saved
    cell, matrix = eqx.combine(params, seen.rest), seen.rest.recurrent()

    def body(carried: Any, row: Any) -> tuple[Any, Any]:
        from_later, d_params = carried
        outside, gates, products, before, real = row
        _, pull = jax.vjp(
            lambda p, a, r, s: _advance(eqx.combine(p, seen.rest), a, r, s, real),
            params,
            jnp.concatenate(gates),
            jnp.concatenate(products),
            before,
        )
        dp, da, dr, ds = pull(_plus(from_later, outside))
        (through,) = jax.vjp(cell.read, before)[1](dr @ matrix)
        # Where a cell only ever sees a + r, the two gradients are one array: keep one.
        kept = (dr,) if da is dr else (dr, da)
        return (_plus(ds, through), _plus(d_params, dp)), kept

    zeros = jax.tree.map(jnp.zeros_like, (state, params))
    rows = gradient, seen.gates, seen.products, _before(state, seen.states), seen.mask
    (d_state, d_params), kept = jax.lax.scan(body, zeros, rows, reverse=True)
    return d_params, kept[-1], kept[0], d_state, None


def _plus(first: Any, second: Any) -> Any:
    return jax.tree.map(jnp.add, first, second)


_differentiable = jax.custom_vjp(lambda *arguments: _forward(*arguments)[0])
_differentiable.defvjp(_forward, _backward)

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

The gradients of matrices that a cell shows its gates, a place at a time, wait in the same way:
what was added of them in each step is written as one product that is added to a.
"""

from __future__ import annotations

from typing import Any, Protocol

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.extend.core import Literal
from jaxtyping import Array, Bool, Float

from reverie.concepts import State, hold
from reverie.products import before, lay_out, product, pull


class OneProduct(Protocol):
    """What is asked of a cell here; `Cell` says what each method is."""

    def recurrent(self) -> Any: ...
    def with_recurrent(self, R: Any) -> Any: ...
    def read(self, state: State) -> Array: ...
    def multiply(self, h: Array) -> Array: ...
    def advance(self, a: Array, r: Array, state: State) -> State: ...
    def gate_matrices(self) -> tuple[Array, ...]: ...
    def gate_weights(self, state: State) -> Array: ...
    def add_to_gates(self, weights: Array) -> Array: ...


def recur(
    cell: OneProduct, a: Float[Array, "T G"], state: State, mask: Bool[Array, " T"] | None
) -> State:
    """The states (T, ...) of a recurrence over projected inputs (T, G); reverse mode only."""
    matrix, further = cell.recurrent(), cell.gate_matrices()
    learned = jax.tree.map(eqx.is_inexact_array, cell).with_recurrent(False)
    if further:
        learned = eqx.tree_at(lambda c: c.gate_matrices(), learned, (False,) * len(further))
    params, rest = eqx.partition(cell, learned)
    rest = jax.tree.map(lambda x: jax.lax.stop_gradient(x) if eqx.is_array(x) else x, rest)
    values = jax.lax.stop_gradient((params, a, state))
    seen = _scan(rest, *values, mask)
    if further:
        a = a + jax.vmap(lambda s: cell.add_to_gates(cell.gate_weights(s)))(seen.states)
    products = product(matrix, jax.vmap(cell.read)(_before(values[-1], seen.states)))
    return _differentiable(params, a, products, state, seen)


def _before(state: State, states: State) -> State:
    """The state before each step."""
    return jax.tree.map(before, state, states)


class _Seen(eqx.Module):
    """What the scan saw, from which the backward loop does the maths of each step once more."""

    rest: Any
    """What of the cell has no gradient here: R, whose gradient is formed after the loop, too."""
    inputs: tuple[list[Array], ...]
    """a and r of each step, each in pieces; their sum alone where a cell sees no more."""
    states: State
    mask: Array | None


def _advance(cell: OneProduct, inputs: tuple[Array, ...], state: State, real: Any) -> State:
    """One step, from a and r or from their sum."""
    a, *r = inputs
    return hold(real, cell.advance(a, r[0] if r else jnp.zeros_like(a), state), state)


def _adds(cell: OneProduct, a: Array, state: State) -> bool:
    """Whether the cell only ever sees a + r: the gradients of the two are then one array."""

    def gradients(a: Array, r: Array, state: State, later: State) -> Any:
        return jax.vjp(lambda a, r: cell.advance(a, r, state), a, r)[1](later)

    row = jax.ShapeDtypeStruct(a.shape[1:], a.dtype)
    if jax.eval_shape(cell.multiply, jax.eval_shape(cell.read, state)) != row:
        return False
    return _are_equal(jax.make_jaxpr(gradients)(row, row, state, state).jaxpr)


def _are_equal(program: Any) -> bool:
    """Whether the two values of a program are computed alike, step for step."""
    numbers: dict[Any, int] = {}

    def number(of: Any) -> int:
        return numbers.setdefault(str(of) if isinstance(of, Literal) else of, len(numbers))

    for line in program.eqns:
        said = line.primitive, str(line.params), *map(number, line.invars)
        for n, value in enumerate(line.outvars):
            numbers[value] = number((n, said))
    first, second = map(number, program.outvars)
    return first == second


def _pieces(a: Array, matrix: Array) -> list[Array]:
    """(..., G) gate by gate: XLA reads columns of a step's row far slower than whole rows."""
    count, rest = divmod(a.shape[-1], matrix.shape[1])
    return jnp.split(a, count if count and not rest else 1, -1)


def _scan(rest: Any, params: Any, a: Any, state: State, mask: Any) -> _Seen:
    matrix, cell = rest.recurrent(), eqx.combine(params, rest)
    across, adds, pieces = lay_out(matrix.T), _adds(cell, a, state), _pieces(a, matrix)

    def body(state: State, row: Any) -> tuple[State, Any]:
        gates, real = row
        products = _pieces(pull(across, cell.read(state)), matrix)
        # Piece by piece, for XLA does not see through a sum of what was joined.
        inputs = (_plus(gates, products),) if adds else (gates, products)
        new = _advance(cell, tuple(map(jnp.concatenate, inputs)), state, real)
        return new, (inputs[-1], new)

    found, states = jax.lax.scan(body, state, (pieces, mask))[1]
    return _Seen(rest, (found,) if adds else (pieces, found), states, mask)


def _forward(params: Any, a: Any, products: Any, state: Any, seen: _Seen) -> tuple[State, Any]:
    return seen.states, (params, state, seen)


def _backward(saved: Any, gradient: State) -> tuple[Any, ...]:
    params, state, seen = saved
    cell, matrix = eqx.combine(params, seen.rest), seen.rest.recurrent()

    def body(carried: Any, row: Any) -> tuple[Any, Any]:
        from_later, d_params = carried
        outside, pieces, before, real = row
        _, pull_back = jax.vjp(
            lambda p, inputs, s: _advance(eqx.combine(p, seen.rest), inputs, s, real),
            params,
            tuple(map(jnp.concatenate, pieces)),
            before,
        )
        dp, d, ds = pull_back(_plus(from_later, outside))
        (through,) = jax.vjp(cell.read, before)[1](pull(matrix, d[-1]))
        return (_plus(ds, through), _plus(d_params, dp)), d

    zeros = jax.tree.map(jnp.zeros_like, (state, params))
    rows = gradient, seen.inputs, _before(state, seen.states), seen.mask
    (d_state, d_params), d = jax.lax.scan(body, zeros, rows, reverse=True)
    return d_params, d[0], d[-1], d_state, None


def _plus(first: Any, second: Any) -> Any:
    return jax.tree.map(jnp.add, first, second)


_differentiable = jax.custom_vjp(lambda *arguments: _forward(*arguments)[0])
_differentiable.defvjp(_forward, _backward)

"""What a cell is: a core split in two, so that the input's half can leave the loop.

`project` is one matrix product over the whole sequence, `advance` is the recurrence, and
`step = advance(project(x))`.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from reverie.cells.recurrence import recur
from reverie.concepts import Condition, Core, State, hold, zero_masked
from reverie.layers import product


class NoGates(NamedTuple):
    """Of a cell that has no gates, or says nothing of them."""


class Cell(Core):
    """A leaf core. To make one of your own, define `initial_state`, `project` and `advance`.

    A cell whose gates can be looked at names them in `Gates` and defines `gating` as well.
    """

    @property
    def Gates(self) -> type[Any]:  # noqa: N802, a type is called as types are
        """A NamedTuple with a field for each gate, of the shape of the state's `h`."""
        return NoGates

    @abstractmethod
    def project(self, xs: Float[Array, "... X"]) -> Float[Array, "... G"]:
        """The half that needs no state; works on one element and on a whole sequence."""

    @abstractmethod
    def advance(self, a: Float[Array, " G"], state: State) -> tuple[Float[Array, " D"], State]:
        """The half that does: a projected element and the state to the output and next state."""

    def gating(self, a: Float[Array, " G"], state: State) -> Any:
        """The activations of the gates in the step from `state`: `advance` is made of them."""
        return NoGates()

    def step(
        self, x: Float[Array, " X"], state: State, condition: Condition
    ) -> tuple[Float[Array, " D"], State]:
        return self.advance(self.project(x), state)

    def unroll(
        self,
        xs: Float[Array, "T X"],
        state: State,
        condition: Condition,
        *,
        mask: Bool[Array, " T"] | None = None,
    ) -> tuple[Float[Array, "T D"], State, State]:
        def body(state: State, row: Any) -> tuple[State, Any]:
            a, real = row
            out, new = self.advance(a, state)
            new = hold(real, new, state)
            return new, (out, new)

        projected = self.project(zero_masked(mask, xs))
        last, (outs, states) = jax.lax.scan(body, state, (projected, mask))
        return zero_masked(mask, outs), last, states


class Recurrence(Cell):
    """A cell whose recurrence is ONE matrix product, r = R read(state), and pointwise maths.

    Its state is a NamedTuple of float arrays with a field `h`, which is also the output.
    `unroll` then forms the gradient of R after the backward scan in one product over all
    steps, not in every step (see `recurrence.recur`): the same numbers, sooner.
    """

    @abstractmethod
    def recurrent(self) -> Float[Array, "G H"]:
        """R: the field itself, not a function of it."""

    def read(self, state: State) -> Float[Array, " H"]:
        """What R multiplies: the output of the step before."""
        h: Float[Array, " H"] = state.h
        return h

    @abstractmethod
    def pointwise(self, a: Float[Array, " G"], r: Float[Array, " G"], state: State) -> State:
        """The next state from the projected input, the recurrent product and the state."""

    def gating(self, a: Float[Array, " G"], state: State) -> Any:
        return self.gates_from(a, product(self.recurrent(), self.read(state)), state)

    def gates_from(self, a: Float[Array, " G"], r: Float[Array, " G"], state: State) -> Any:
        """`gating` from the recurrent product: `pointwise` is made of them."""
        return NoGates()

    def gate_table(self) -> Float[Array, "S G"] | None:
        """A second matrix, where there is one: `pointwise` adds `gate_weights(new state)` times it
        to `a` and does nothing else with it, so that its gradient can wait as well."""
        return None

    def gate_weights(self, state: State) -> Float[Array, " S"]:
        """How much of each row of `gate_table` was added in the step that made this state."""
        raise NotImplementedError(f"{type(self).__name__} shows nothing to its gates")

    def advance(self, a: Float[Array, " G"], state: State) -> tuple[Float[Array, " D"], State]:
        new = self.pointwise(a, product(self.recurrent(), self.read(state)), state)
        return new.h, new

    def unroll(
        self,
        xs: Float[Array, "T X"],
        state: State,
        condition: Condition,
        *,
        mask: Bool[Array, " T"] | None = None,
    ) -> tuple[Float[Array, "T D"], State, State]:
        states = recur(self, self.project(zero_masked(mask, xs)), state, mask)
        last = jax.tree.map(lambda s, ss: jnp.concatenate([s[None], ss])[-1], state, states)
        return zero_masked(mask, states.h), last, states

"""Cores one above the other."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from reverie.concepts import Condition, Core, Key, State


class Stack(Core):
    """Layers; with `skips` as in Graves 2013 the input reaches all of them and all the output.

        x_1 = x;   x_n = [x; h_{n-1}];   out = [h_1; ...; h_N]       with skips
        x_n = h_{n-1};                   out = h_N                   without
        h_n + x_n in place of h_n, from the second layer on          with `residual`

    With skips, layer n takes X + D_{n-1} inputs and the output is the sum of all D_n wide
    (concatenation, then the emission's matrix, equals Graves's sum over W_ny h_n).
    Raises ValueError where both options are asked for, or no layer is given.
    """

    layers: tuple[Core, ...]
    skips: bool = eqx.field(static=True)
    residual: bool = eqx.field(static=True)

    def __init__(self, layers: tuple[Core, ...], *, skips: bool = False, residual: bool = False):
        if not layers:
            raise ValueError("a stack needs at least one layer")
        if skips and residual:
            raise ValueError("a stack has either skip or residual connections, not both")
        self.layers, self.skips, self.residual = tuple(layers), skips, residual

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> State:
        keys = split(key, len(self.layers))
        return tuple(
            layer.initial_state(condition, key=k)
            for layer, k in zip(self.layers, keys, strict=True)
        )

    def step(
        self, x: Float[Array, " X"], state: State, condition: Condition
    ) -> tuple[Float[Array, " D"], State]:
        below, outs, new = None, [], []
        for layer, s in zip(self.layers, state, strict=True):
            out, s = layer.step(self._input(x, below), s, condition)
            below = self._output(out, below)
            outs.append(below)
            new.append(s)
        return self._gather(outs), tuple(new)

    def unroll(
        self,
        xs: Float[Array, "T X"],
        state: State,
        condition: Condition,
        *,
        mask: Bool[Array, " T"] | None = None,
    ) -> tuple[Float[Array, "T D"], State, State]:
        # Layer by layer over the whole sequence, so that each hoists its own projection.
        below, outs, last, states = None, [], [], []
        for layer, s in zip(self.layers, state, strict=True):
            out, s, ss = layer.unroll(self._input(xs, below), s, condition, mask=mask)
            below = self._output(out, below)
            outs.append(below)
            last.append(s)
            states.append(ss)
        return self._gather(outs), tuple(last), tuple(states)

    def _input(self, x: Array, below: Array | None) -> Array:
        if below is None:
            return x
        return jnp.concatenate([x, below], -1) if self.skips else below

    def _output(self, out: Array, below: Array | None) -> Array:
        return out + below if self.residual and below is not None else out

    def _gather(self, outs: list[Array]) -> Array:
        return jnp.concatenate(outs, -1) if self.skips else outs[-1]


def split(key: Key | None, count: int) -> list[Key | None]:
    """`count` keys out of one, or as many times none."""

    return [None] * count if key is None else list(jax.random.split(key, count))

"""A recurrent network as one machine: a cell, and what it says after every step."""

from __future__ import annotations

from collections.abc import Callable

import equinox as eqx
import jax
import numpy as np
from jaxtyping import Array, Float

from reverie.cells.elman import Elman
from reverie.concepts import Condition
from reverie.layers import Linear, Role, Undrawn, array

Weights = np.ndarray | list[list[float]]
Biases = np.ndarray | list[float]


class ElmanNetwork(eqx.Module):
    """h = f(W x + R h' + b) and y = g(V h + c), from h = 0 (Elman 1990)."""

    cell: Elman
    """f, W, R and b."""
    output: Linear
    """V and c."""
    g: Callable[[Array], Array] = eqx.field(static=True)

    def unroll(self, xs: Float[Array, "T X"]) -> tuple[Float[Array, "T P"], Float[Array, "T H"]]:
        """All steps: the outputs (T, P), and the activations of the units after each (T, H)."""
        hs, _, _ = self.cell.unroll(xs, self.cell.initial_state(Condition()), Condition())
        return self.g(jax.vmap(self.output)(hs)), hs


def elman_cell(f: Callable[[Array], Array], W: Weights, R: Weights, b: Biases) -> Elman:
    """A cell with these weights."""
    hidden, inputs = np.shape(W)
    cell = Elman(inputs, hidden, rng=Undrawn(), activation=f)
    return eqx.tree_at(lambda c: (c.W, c.R, c.b), cell, _arrays(W, R, b))


def linear_layer(V: Weights, c: Biases) -> Linear:
    """V h + c with these weights."""
    outputs, hidden = np.shape(V)
    layer = Linear(hidden, outputs, rng=Undrawn(), role=Role.OUTPUT)
    return eqx.tree_at(lambda m: (m.W, m.b), layer, _arrays(V, c))


def _arrays(*weights: Weights | Biases) -> tuple[Array, ...]:
    return tuple(array(np.asarray(weight)) for weight in weights)


def identity(a: Float[Array, "..."]) -> Float[Array, "..."]:
    """The activation of linear units."""
    return a


def threshold(a: Float[Array, "..."]) -> Float[Array, "..."]:
    """The activation of binary threshold units: 1 where a > 0, else 0."""
    return (a > 0).astype(a.dtype)

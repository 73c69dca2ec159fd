"""What is in the state of a core, whatever the core is made of."""

from __future__ import annotations

from typing import Any, TypeVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from reverie.concepts import Noise, State

Kind = TypeVar("Kind", bound=tuple[Any, ...])


def find_states(kind: type[Kind], states: State) -> list[Kind]:
    """All states of one kind in a core's state, in order, an outer one before an inner."""

    def is_kind(node: Any) -> bool:
        return isinstance(node, kind)

    outer = [node for node in jax.tree.leaves(states, is_leaf=is_kind) if is_kind(node)]
    return [state for node in outer for state in (node, *find_states(kind, tuple(node)))]


def flatten_state(state: State) -> Float[Array, " N"]:
    """The numbers that a state remembers, in a row; its noise is left out."""
    return jnp.concatenate([leaf.ravel() for leaf in _split(state)[0] if not is_noise(leaf)])


def fill_state(state: State, row: Float[Array, " N"]) -> State:
    """A state of the same shape and noise that remembers the numbers of a row (N,).

    Raises ValueError where there are too many or too few.
    """
    size = flatten_state(state).shape[0]
    if row.shape[0] != size:
        raise ValueError(f"{row.shape[0]} numbers do not fill a state of {size}")
    leaves, structure = _split(state)
    new, begin = [], 0
    for leaf in leaves:
        if is_noise(leaf):
            new.append(leaf)
            continue
        new.append(row[begin : begin + leaf.size].reshape(leaf.shape))
        begin += leaf.size
    return jax.tree.unflatten(structure, new)


def keep_latest(first: State, states: State, mask: Bool[Array, " T"] | None) -> tuple[State, State]:
    """The last state and those after each step (T, ...), of states made all at once.

    Where the mask is False the state stands still: `first` is there before any real step.
    """
    rows = jax.tree.map(lambda f, s: jnp.concatenate([f[None], s]), first, states)
    if mask is not None:
        latest = jax.lax.cummax(jnp.where(mask, jnp.arange(1, len(mask) + 1), 0))
        rows = jax.tree.map(lambda a: a[jnp.concatenate([jnp.zeros(1, int), latest])], rows)
    return jax.tree.map(lambda a: a[-1], rows), jax.tree.map(lambda a: a[1:], rows)


def is_noise(node: Any) -> bool:
    """Whether a part of a state was put there by chance."""
    return isinstance(node, Noise)


def _split(state: State) -> tuple[list[Any], Any]:
    """The arrays and the noises of a state, and its structure."""
    return jax.tree.flatten(state, is_leaf=is_noise)

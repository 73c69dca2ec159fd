"""From a trace to its text: recurrent networks in both directions, and an alignment (CTC)."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from reverie.concepts import Carry, Condition, Example, Key, SymbolSequence
from reverie.cores.bidirectional import Bidirectional
from reverie.cores.stack import split
from reverie.distributions import Categorical
from reverie.emissions import CategoricalHead
from reverie.layers import mark_raw_input, roles_of_parts

BLANK = 0
"""The symbol that means none; symbol u of a text is output u + 1."""
NEVER = -1e5
"""log 0, but with a gradient."""


class CTCModel(eqx.Module):
    """p(text | trace), summed over all the ways in which the text can lie along the trace.

        outs = layer_N(... layer_1(xs)),   p_t = softmax(W outs_t + b) over V symbols and a blank

    Each layer reads from both ends (Graves 2006; 2009). It sees the whole trace at once, so it
    is no `SequenceModel`: nothing is fed back.
    """

    layers: tuple[Bidirectional, ...]
    emission: CategoricalHead

    def roles(self) -> CTCModel:
        """The roles of its parameters: raw data meet a table at both ends of the first layer."""
        found: CTCModel = roles_of_parts(self)
        found = mark_raw_input(found, lambda m: m.layers[0].forward.entrance())
        return mark_raw_input(found, lambda m: m.layers[0].backward.entrance())

    def condition(self, source: Any = None, *, key: Key | None = None) -> Condition:
        """Nothing: all that it is told is the trace."""
        return Condition()

    def start(self, condition: Condition = Condition(), *, key: Key | None = None) -> Carry:
        """The states of all layers at both ends; a key makes them noisy, as for training."""
        pairs = zip(self.layers, split(key, len(self.layers)), strict=True)
        states = tuple(layer.initial_states(key=k) for layer, k in pairs)
        return Carry(states, (), jnp.array(True))

    def __call__(
        self,
        xs: Float[Array, "T X"],
        carry: Carry | None = None,
        *,
        mask: Bool[Array, " T"] | None = None,
    ) -> Categorical:
        """What stands at each step, (T, V + 1): the blank, or a symbol."""
        states = (self.start() if carry is None else carry).state
        for layer, ends in zip(self.layers, states, strict=True):
            xs, _ = layer(xs, states=ends, mask=mask)
        return jax.vmap(lambda out: self.emission(out, Condition()))(xs)


def text_nats(
    distribution: Categorical, target: SymbolSequence, mask: Bool[Array, " T"] | None = None
) -> Float[Array, ""]:
    """-log p(text | trace) in nats; a text longer than its trace has about 1e5 of them.

    The sum over all alignments, by the forward recursion (Graves 2006) over the states
    blank, s_1, blank, s_2, ..., s_U, blank:

        alpha_t(k) = p_t(k) (alpha_{t-1}(k) + alpha_{t-1}(k - 1) + alpha_{t-1}(k - 2))

    without the last term where k is a blank or the symbol of k - 2.
    """
    log_probs = distribution.log_probs()
    symbols = 1 + target.values
    states = jnp.full(2 * len(symbols) + 1, BLANK).at[1::2].set(symbols)
    # A blank between two that are the same cannot be skipped.
    skips = jnp.zeros(len(states), bool).at[3::2].set(symbols[1:] != symbols[:-1])
    # A product: the gradient of a gather is slow.
    chosen = jax.nn.one_hot(states, log_probs.shape[-1], dtype=log_probs.dtype)
    emitted = jnp.matmul(log_probs, chosen.T, precision="highest")

    def step(alpha: Array, now: tuple[Array, Array | None]) -> tuple[Array, None]:
        emit, real = now
        padded = jnp.concatenate([jnp.full(2, NEVER, alpha.dtype), alpha])
        skipped = jnp.where(skips, padded[:-2], NEVER)
        found = emit + jnp.logaddexp(jnp.logaddexp(alpha, padded[1:-1]), skipped)
        return (found if real is None else jnp.where(real, found, alpha)), None

    first = jnp.where(jnp.arange(len(states)) < 2, emitted[0], NEVER)
    alpha, _ = jax.lax.scan(step, first, (emitted[1:], None if mask is None else mask[1:]))
    last = 2 * target.mask.sum()
    return -jnp.where(last > 0, jnp.logaddexp(alpha[last], alpha[last - 1]), alpha[0])


def example_nats(model: CTCModel, example: Example, carry: Carry | None = None) -> Float[Array, ""]:
    """-log p(text | trace) in nats of an example whose values are a trace, and its target a text.

    Raises ValueError without a text.
    """
    if example.target is None:
        raise ValueError("an alignment needs a text: give the example a target")
    distribution = model(example.values, carry, mask=example.mask)
    return text_nats(distribution, example.target, example.mask)


def best_path(distribution: Categorical, mask: Bool[Array, " T"] | None = None) -> Int[Array, " T"]:
    """The most probable output of each step, (T,); blanks behind the mask."""
    best = distribution.mode()
    return best if mask is None else jnp.where(mask, best, BLANK)


def collapse(path: np.ndarray) -> np.ndarray:
    """The symbols that a path (T,) spells: repeats are one, and blanks none (Graves 2006)."""
    changes = np.append(True, path[1:] != path[:-1])
    return np.asarray(path)[changes & (path != BLANK)] - 1

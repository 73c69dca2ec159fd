"""Recurrent entity networks: slots that are written while a story is read."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from reverie.concepts import Condition, Encoder, Key, Memory, Story
from reverie.cores.memory_network import DEVIATION, embed
from reverie.encoders.stories import latest
from reverie.layers import Role, filled, normal, parameter
from reverie.products import product

LEAST = 1e-12
"""What a squared length is at least."""


class EntityNetwork(Encoder):
    """A story, read sentence by sentence into J slots (Henaff 2017).

        s = sum_i f_i * e_i                    of the words e_i of a sentence; h_j = w_j at first
        g_j = sigmoid(s . h_j + s . w_j)       c_j = phi(U h_j + V w_j + W s)
        h_j = h_j + g_j c_j                    h_j = h_j / |h_j|

    The memory has the slots h_j behind the last sentence as keys and as values; the vector is the
    question as one more sentence, with masks of its own: those that are shared fail in tasks where
    both have the same words. phi is a PReLU, phi(x) = max(x, 0) + a * min(x, 0), with one vector of
    slopes for all slots and times. Masks and slopes begin at 1, all else as N(0, 0.1^2). Symbol 0
    is no word. At most the `recent` last sentences are read.
    Raises ValueError where sentences are padded to more words than there are masks.

    Departure: the paper says nothing of where slots begin; w_j is what its readers settled on.
    """

    recent: int = eqx.field(static=True)
    E: Float[Array, "V d"] = parameter(Role.TABLE)
    f: Float[Array, "N d"] = parameter(Role.GAIN)
    """Of the words of a sentence."""
    f_question: Float[Array, "N d"] = parameter(Role.GAIN)
    w: Float[Array, "J d"] = parameter(Role.TABLE)
    U: Float[Array, "d d"] = parameter(Role.RECURRENT)
    V: Float[Array, "d d"] = parameter(Role.HIDDEN)
    W: Float[Array, "d d"] = parameter(Role.INPUT)
    slopes: Float[Array, " d"] = parameter(Role.GAIN)

    def __init__(
        self,
        size: int,
        width: int,
        slots: int,
        words: int,
        *,
        rng: np.random.Generator,
        recent: int = 70,
    ):
        """`size` is the number of symbols, `width` is d, `slots` is J, and sentences have at most
        `words` words, N."""
        self.recent = recent
        self.E = normal(rng, size, width, deviation=DEVIATION)
        self.f, self.f_question = filled(1.0, words, width), filled(1.0, words, width)
        self.w = normal(rng, slots, width, deviation=DEVIATION)
        self.U, self.V, self.W = (normal(rng, width, width, deviation=DEVIATION) for _ in range(3))
        self.slopes = filled(1.0, width)

    def __call__(self, source: Story, *, key: Key | None = None) -> Condition:
        words, mask, question = latest(source, self.recent)
        sentences = self._encode(words, self.f)
        of_slots, of_sentences = product(self.V, self.w), product(self.W, sentences)
        of_keys = product(self.w, sentences)

        # Cheaper made again in the backward loop than read from memory.
        @jax.checkpoint
        def write(h: Float[Array, "J d"], Uh: Float[Array, "J d"], row: Any) -> Float[Array, "J d"]:
            s, of_s, of_key, real = row
            gate = jax.nn.sigmoid(h @ s + of_key)
            told = jax.nn.leaky_relu(Uh + of_slots + of_s, self.slopes)
            new = h + gate[:, None] * told
            length = jnp.sqrt(jnp.maximum(jnp.square(new).sum(-1, keepdims=True), LEAST))
            return jnp.where(real, new / length, h)

        def read(h: Float[Array, "J d"], row: Any) -> tuple[Float[Array, "J d"], None]:
            return write(h, product(self.U, h), row), None

        slots, _ = jax.lax.scan(read, self.w, (sentences, of_sentences, of_keys, mask))
        asked = self._encode(question[None], self.f_question)[0]
        return Condition(asked, Memory(slots, slots, jnp.ones(len(slots), bool)))

    def _encode(self, words: Int[Array, "S W"], f: Float[Array, "N d"]) -> Float[Array, "S d"]:
        """sum_i f_i * e_i of each sentence."""
        if words.shape[1] > len(f):
            raise ValueError(
                f"sentences of {words.shape[1]} words for {len(f)} masks: give the network more"
            )
        shares = jnp.where(words[..., None] == 0, 0, f[: words.shape[1]])
        return embed(self.E, words, shares)

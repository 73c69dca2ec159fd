"""A story as a memory network remembers it: symbols, and how long ago they were told."""

from __future__ import annotations

import math

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Int

from reverie.concepts import Condition, Encoder, Key, Memory, Story


class StoryEncoder(Encoder):
    """The most recent sentences as a memory, and the question as the vector; nothing is learned.

    Keys are the symbols of the words (S, W), values the times (S, 1), which count back from the
    question: 1 is the latest sentence, 0 none. S is at most `recent`, and the order is that of the
    story. With a key each time is empty with probability `empty`, so that times jump, and none is
    known by its sentence (Sukhbaatar 2015, 4.1: random noise).
    """

    recent: int = eqx.field(static=True, default=50)
    empty: float = eqx.field(static=True, default=0.1)

    def __call__(self, source: Story, *, key: Key | None = None) -> Condition:
        words, mask, question = latest(source, self.recent)
        times = self._times(mask, key)
        return Condition(vector=question, memory=Memory(words, times[:, None], mask))

    def _times(self, mask: Bool[Array, " S"], key: Key | None) -> Int[Array, " S"]:
        """When each sentence was told. What is drawn does not depend on the padding."""
        between = jnp.zeros(self.recent, int)
        if key is not None and self.empty:
            drawn = 1 - jax.random.uniform(key, (self.recent,))
            between = jnp.floor(jnp.log(drawn) / math.log(self.empty)).astype(int)
        counted = jnp.cumsum(1 + between)
        back = mask.sum() - 1 - jnp.arange(mask.shape[0])
        return jnp.where(mask, counted[jnp.maximum(back, 0)], 0)


def latest(story: Story, count: int) -> Story:
    """The story of its `count` last real sentences; one that has no more places stays as it is."""
    words, mask, question = map(jnp.asarray, story)
    if len(mask) > count:
        begin = jnp.maximum(mask.sum() - count, 0)
        words, mask = (jax.lax.dynamic_slice_in_dim(a, begin, count) for a in (words, mask))
    return Story(words, mask, question)

"""Text from a model, piece by piece."""

from __future__ import annotations

from collections.abc import Iterator

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Int

from reverie.codecs.text import Decoder, TextCodec
from reverie.codecs.unknown import Unknown
from reverie.concepts import Carry, Condition, Sampler, Stop
from reverie.layers import array
from reverie.model import SequenceModel
from reverie.padding import chunks, round_up
from reverie.rollout import stream
from reverie.runtime import check_memory
from reverie.samplers import Greedy, Sample, Truncated, bias_of, key_of, keys_of
from reverie.stop import Never
from reverie.tasks.text.options import SamplerOptions

CHUNK = 64
"""Symbols between two looks at the screen, and between two pieces of a prompt."""
MANY = 256
"""The same of several texts, of which only the first is looked at as it comes."""
KEPT = 2000
"""Bytes that a text takes while it is written, beside its state."""


class TextGenerator:
    """A model, a way to draw and a seed: together they decide every text.

    The condition is what the model is told, the stop says where a text ends before its limit.
    """

    def __init__(
        self,
        model: SequenceModel,
        codec: TextCodec,
        sampler: Sampler,
        seed: int,
        *,
        condition: Condition = Condition(),
        stop: Stop = Never(),
    ):
        self.model, self.codec, self.sampler, self.seed = model, codec, sampler, seed
        self.condition, self.stop = condition, stop
        self.carry = self.model.start(condition)
        self.opening = np.zeros(0, np.int32)

    def prime(self, text: str, unknown: Unknown = "error") -> str:
        """Reads a text that all texts then go on from; returns it as the model sees it.

        Raises InputError for symbols that the model does not know, unless told otherwise.
        """
        self.opening = self.codec.encode(text, unknown)
        self.carry = after(self.model, self.opening, self.carry, self.condition)
        return self.codec.decoder().feed(self.opening)

    def texts(self, count: int = 1, length: int | None = None) -> Iterator[list[str]]:
        """Pieces of `count` texts of `length` symbols as they come, a list of `count` each.

        Raises InputError for more texts than this machine can hold.
        """
        state = sum(leaf.nbytes for leaf in jax.tree.leaves(self.carry))
        check_memory(count * (state + KEPT), f"writing {count:,} texts at once")
        return self._texts(count, length)

    def _texts(self, count: int, length: int | None) -> Iterator[list[str]]:
        decoders = [self._decoder() for _ in range(count)]
        room = CHUNK if count == 1 else min(round_up(length or MANY, CHUNK), MANY)
        done = 0
        keys = keys_of(self.seed, count) if count > 1 else key_of(self.seed)
        for piece in stream(
            self.model,
            self.sampler,
            key=keys,
            carry=self.carry,
            condition=self.condition,
            stop=self.stop,
            chunk=room,
            limit=length,
        ):
            left = room if length is None else min(room, length - done)
            ends = np.minimum(np.reshape(np.asarray(piece.length), count), left)
            rows: np.ndarray = np.asarray(piece.values).reshape(count, room)
            yield [d.feed(row[:end]) for d, row, end in zip(decoders, rows, ends, strict=True)]
            done += room
        yield [decoder.flush() for decoder in decoders]

    def _decoder(self) -> Decoder:
        """A decoder that has heard the opening, so that what follows joins on to it."""
        decoder = self.codec.decoder()
        decoder.feed(self.opening)
        return decoder


def sampler_of(options: SamplerOptions) -> Sampler:
    """The sampler; its numbers are arrays, so that another temperature is not compiled anew."""
    bias = array(np.asarray(bias_of(options.temperature)))
    if options.greedy:
        return Greedy()
    if options.top_k is options.top_p is options.min_p is None:
        return Sample(bias)
    top_p, min_p = (
        array(np.asarray(number)) for number in (options.top_p or 1.0, options.min_p or 0.0)
    )
    return Truncated(bias, options.top_k or 0, top_p, min_p)


def after(
    model: SequenceModel, values: np.ndarray, carry: Carry, condition: Condition = Condition()
) -> Carry:
    """The carry behind values (T,), read in pieces of one size, so that one program is enough."""
    for piece, mask in chunks(values, CHUNK):
        carry = _read(model, jnp.asarray(piece), carry, jnp.asarray(mask), condition)
    return carry


@eqx.filter_jit
def _read(
    model: SequenceModel,
    values: Int[Array, " T"],
    carry: Carry,
    mask: Bool[Array, " T"],
    condition: Condition,
) -> Carry:
    return model.unroll(values, carry, condition, mask=mask).carry

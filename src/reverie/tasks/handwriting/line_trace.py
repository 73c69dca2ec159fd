"""What a model of handwriting makes of a line, step by step."""

from __future__ import annotations

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from reverie.codecs.handwriting import Handwriting
from reverie.codecs.ink import Ink
from reverie.concepts import Condition, Memory
from reverie.distributions import BivariateMixture, Joint
from reverie.errors import InputError
from reverie.model import SequenceModel


class LineTrace(NamedTuple):
    """A line of T steps that spells U characters, and what a model made of it."""

    ink: Ink
    """T + 1 points in page units, the first at (0, 0)."""
    offsets: Float[np.ndarray, "T 2"]
    """As the model sees them, normalised."""
    bits: Float[np.ndarray, "T 1"]
    distribution: Joint
    """(T, ...), of each offset and pen bit given those before."""
    phi: Float[np.ndarray, "T U+1"]
    """How much of each character was read; the last is for the place behind the text."""

    @property
    def points(self) -> Float[np.ndarray, "T+1 2"]:
        """Where the pen was, in page units."""
        return self.ink.points

    @property
    def ends(self) -> Bool[np.ndarray, " T+1"]:
        """Which points are the last of their stroke."""
        return self.ink.ends

    @property
    def mixture(self) -> BivariateMixture:
        """That of each offset, M components in T steps."""
        mixture = self.distribution.parts[0]
        assert isinstance(mixture, BivariateMixture)
        return mixture

    @property
    def weights(self) -> Float[np.ndarray, "T M"]:
        """pi_j(t), which sum to 1 over the components j."""
        return np.asarray(jax.nn.softmax(self.mixture.weights))


def read_line(
    model: SequenceModel, codec: Handwriting, ink: Ink, text: str, bias: float = 0.0
) -> LineTrace:
    """The line as the model follows it, its distributions sharpened by `bias`.

    Raises InputError for a text that is empty or has characters that the model does not know.
    """
    if not text.strip():
        raise InputError("nothing says what is written in the line: give its text")
    offsets, bits = codec.encode(ink)
    letters = jnp.asarray(codec.encode_text(text))
    memory = Memory(letters, letters, jnp.ones(len(letters), bool))
    read = _read(model, (offsets, bits), memory, jnp.asarray(float(bias)))
    distribution, phi = jax.tree.map(np.asarray, read)
    return LineTrace(codec.decode((offsets, bits), text), offsets, bits, distribution, phi)


@eqx.filter_jit
def _read(
    model: SequenceModel, values: Any, memory: Memory, bias: Float[Array, ""]
) -> tuple[Any, Float[Array, "T U+1"]]:
    condition = Condition(memory=memory)
    read = model.unroll(values, model.start(condition), condition)
    return read.distribution.sharpen(bias), read.states.first.phi

"""The trace of a model of handwriting on a line, step by step."""

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
from reverie.cores.soft_window import window_state
from reverie.distributions import BivariateMixture, Joint
from reverie.errors import InputError
from reverie.model import SequenceModel


class LineTrace(NamedTuple):
    """The trace of a model on a line of T steps and U characters."""

    ink: Ink
    """T + 1 points in page units, the first at (0, 0)."""
    offsets: Float[np.ndarray, "T 2"]
    """Normalised, as the input of the model."""
    bits: Float[np.ndarray, "T 1"]
    distribution: Joint
    """(T, ...), of each offset and pen bit given those before them."""
    phi: Float[np.ndarray, "T U+1"]
    """The window over the characters; the last column is the position after the text."""

    @property
    def points(self) -> Float[np.ndarray, "T+1 2"]:
        """The points of the line, in page units."""
        return self.ink.points

    @property
    def ends(self) -> Bool[np.ndarray, " T+1"]:
        """Which points are the last of their stroke."""
        return self.ink.ends

    @property
    def mixture(self) -> BivariateMixture:
        """The mixture of each offset, M components in T steps."""
        parts = self.distribution.parts
        return next(part for part in parts if isinstance(part, BivariateMixture))

    @property
    def weights(self) -> Float[np.ndarray, "T M"]:
        """pi_j(t), which sum to 1 over the components j."""
        return np.asarray(jax.nn.softmax(self.mixture.weights))


def read_line(
    model: SequenceModel, codec: Handwriting, ink: Ink, text: str, bias: float = 0.0
) -> LineTrace:
    """The trace of the model on a line, its distributions sharpened by `bias`.

    Raises InputError for a text that is empty or has characters that the model does not know.
    """
    if not text.strip():
        raise InputError("the line has no text: give the text that it spells")
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
    return read.distribution.sharpen(bias), window_state(read.states).phi

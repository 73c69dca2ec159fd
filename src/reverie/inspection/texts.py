"""What a model of texts makes of a text, element by element."""

from __future__ import annotations

import math
from itertools import takewhile
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Float, Int

from reverie.codecs.decoding import decode_pieces
from reverie.codecs.text import TextCodec, Unknown
from reverie.concepts import Condition
from reverie.distributions import Categorical
from reverie.errors import InputError
from reverie.inspection.trace import Trace, trace
from reverie.model import SequenceModel
from reverie.trees import Arrays, named_arrays

LONGEST = 20_000
"""Elements of a text that a page can still show quickly."""


class TextTrace(NamedTuple):
    """A text of T elements, and what a model made of it.

    What stands at t is so when the element t has been read: step t + 1 of the model.
    """

    pieces: list[str]
    """What each element adds to the text."""
    values: Int[np.ndarray, " T"]
    bits: Float[np.ndarray, " T"]
    """-log2 p of each element, given those before."""
    log_probs: Float[np.ndarray, "T V"]
    """Of what may come next, in nats."""
    states: Arrays
    """(T, N) each: whatever the states hold, by name."""
    gates: Arrays
    """(T, N) each: the gates, by name."""
    trace: Trace
    """Step by step, as the model went."""

    @property
    def units(self) -> Arrays:
        """The states and the gates."""
        return {**self.states, **self.gates}

    def summary(self) -> str:
        """How much was read, and how well it was foreseen."""
        return f"{format_count(len(self.values))}, {self.bits.mean():.3f} bits each"


def format_count(symbols: int) -> str:
    """So many symbols, in words."""
    return "1 symbol" if symbols == 1 else f"{symbols:,} symbols"


def read_text(
    model: SequenceModel,
    codec: TextCodec,
    text: str,
    unknown: Unknown = "error",
    condition: Condition = Condition(),
    most: int = LONGEST,
) -> TextTrace:
    """The text as the model reads it.

    Raises InputError for a text that is empty, has more than `most` symbols, or has some that the
    model does not know, unless told otherwise.
    """
    values = encode_text(codec, text, unknown)
    if len(values) > most:
        raise InputError(
            f"the text has {len(values):,} symbols, {most:,} are the most: give a part of it"
        )
    # One step more, whose element is never looked at, so that the last one has been read too.
    longer = trace(model, np.append(values, values[-1:]), condition)
    behind = jax.tree.map(lambda a: a[1:], longer)
    read: Trace = jax.tree.map(lambda a: a[:-1], longer)
    assert isinstance(behind.distribution, Categorical)
    log_probs = np.asarray(behind.distribution.log_probs())
    bits = read.losses / math.log(2)
    pieces = decode_pieces(codec.decoder(), values)
    return TextTrace(pieces, values, bits, log_probs, *units_of(behind), read)


def encode_text(codec: TextCodec, text: str, unknown: Unknown = "error") -> Int[np.ndarray, " T"]:
    """The values of a text. InputError for one that is empty, and as the medium says."""
    values = codec.encode(text, unknown)
    if not len(values):
        raise InputError("there is nothing to read: give a text of one symbol or more")
    return values


def units_of(read: Trace) -> tuple[Arrays, Arrays]:
    """The states, and the gates, that are rows of numbers, by name, without what all names begin
    with."""
    found = [_rows(named_arrays(tree)) for tree in (read.states, read.gates)]
    split = [name.split(".")[:-1] for arrays in found for name in arrays]
    levels = (set(places) for places in zip(*split, strict=False))
    shared = len(list(takewhile(lambda places: len(places) == 1, levels)))
    states, gates = (
        {".".join(name.split(".")[shared:]): array for name, array in arrays.items()}
        for arrays in found
    )
    return states, gates


def _rows(arrays: Arrays) -> Arrays:
    return {
        name: array
        for name, array in arrays.items()
        if array.ndim == 2 and np.issubdtype(array.dtype, np.floating)
    }


def select_array(read: TextTrace, name: str = "") -> tuple[str, Float[np.ndarray, "T N"]]:
    """The units of that name, or else the last layer's output. InputError where there are none."""
    if not name:
        outputs = [name for name in read.states if name.split(".")[-1] == "h"]
        name = [*read.states, *outputs][-1]
    if name not in read.units:
        raise InputError(f"there is no array {name!r}: this model has {', '.join(read.units)}")
    return name, read.units[name]

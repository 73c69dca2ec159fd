"""The trace of a model of texts on a text, element by element."""

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
"""The most elements of a text that a page can show quickly."""


class TextTrace(NamedTuple):
    """The trace of a model on a text of T elements.

    Row t is the state after element t was read: step t + 1 of the model.
    """

    pieces: list[str]
    """The text of each element."""
    values: Int[np.ndarray, " T"]
    bits: Float[np.ndarray, " T"]
    """-log2 p of each element given those before it."""
    log_probs: Float[np.ndarray, "T V"]
    """log p of the next element, in nats."""
    states: Arrays
    """(T, N) each: the arrays of the states, by name."""
    gates: Arrays
    """(T, N) each: the gates, by name."""
    trace: Trace
    """The trace by the steps of the model."""

    @property
    def units(self) -> Arrays:
        """The states and the gates."""
        return {**self.states, **self.gates}

    def summary(self) -> str:
        """The number of symbols and their mean loss, for people."""
        return f"{format_count(len(self.values))}, {self.bits.mean():.3f} bits each"


def format_count(symbols: int) -> str:
    """A number of symbols, for people."""
    return "1 symbol" if symbols == 1 else f"{symbols:,} symbols"


def read_text(
    model: SequenceModel,
    codec: TextCodec,
    text: str,
    unknown: Unknown = "error",
    condition: Condition = Condition(),
    most: int = LONGEST,
) -> TextTrace:
    """The trace of a model on a text.

    Raises InputError for a text that is empty or has more than `most` symbols, and for unknown
    symbols under the policy "error".
    """
    values = encode_text(codec, text, unknown)
    if len(values) > most:
        raise InputError(
            f"the text has {len(values):,} symbols, more than {most:,}: give a part of it"
        )
    # One more step, whose element does not matter, so that the last element is read too.
    longer = trace(model, np.append(values, values[-1:]), condition)
    behind = jax.tree.map(lambda a: a[1:], longer)
    read: Trace = jax.tree.map(lambda a: a[:-1], longer)
    assert isinstance(behind.distribution, Categorical)
    log_probs = np.asarray(behind.distribution.log_probs())
    bits = read.losses / math.log(2)
    pieces = decode_pieces(codec.decoder(), values)
    return TextTrace(pieces, values, bits, log_probs, *units_of(behind), read)


def encode_text(codec: TextCodec, text: str, unknown: Unknown = "error") -> Int[np.ndarray, " T"]:
    """The values of a text. InputError where it is empty, and as in the codec."""
    values = codec.encode(text, unknown)
    if not len(values):
        raise InputError("the text is empty: give one symbol or more")
    return values


def units_of(read: Trace) -> tuple[Arrays, Arrays]:
    """The states and the gates that are vectors, by name, without the common prefix of names."""
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
    """The units of that name, by default the output of the last layer, with their name.

    Raises InputError where there is none of that name.
    """
    if not name:
        outputs = [name for name in read.states if name.split(".")[-1] == "h"]
        name = [*read.states, *outputs][-1]
    if name not in read.units:
        raise InputError(f"there is no array {name!r}: this model has {', '.join(read.units)}")
    return name, read.units[name]

"""What a model of texts makes of a text, element by element."""

from __future__ import annotations

import math
from itertools import takewhile
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Float, Int

from reverie.concepts import Condition
from reverie.distributions import Categorical
from reverie.errors import InputError
from reverie.inspection.trace import Trace, trace
from reverie.media.decoding import pieces_of
from reverie.media.text import TextMedium, Unknown
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
    units: Arrays
    """(T, N) each: whatever the states and the gates hold, by name."""
    trace: Trace
    """Step by step, as the model went."""

    def said(self) -> str:
        """How much was read, and how well it was foreseen."""
        symbols = "1 symbol" if len(self.values) == 1 else f"{len(self.values):,} symbols"
        return f"{symbols}, {self.bits.mean():.3f} bits each"


def read_text(
    model: SequenceModel,
    medium: TextMedium,
    text: str,
    unknown: Unknown = "error",
    condition: Condition = Condition(),
) -> TextTrace:
    """The text as the model reads it.

    Raises InputError for a text that is empty, too long, or has symbols that the model does
    not know, unless told otherwise.
    """
    values = medium.encode(text, unknown)
    if not len(values):
        raise InputError("there is nothing to read: give a text of one symbol or more")
    if len(values) > LONGEST:
        raise InputError(
            f"the text has {len(values):,} symbols, {LONGEST:,} are the most: give a part of it"
        )
    # One step more, whose element is never looked at, so that the last one has been read too.
    longer = trace(model, np.append(values, values[-1:]), condition)
    behind = jax.tree.map(lambda a: a[1:], longer)
    read: Trace = jax.tree.map(lambda a: a[:-1], longer)
    assert isinstance(behind.distribution, Categorical)
    log_probs = np.asarray(behind.distribution.log_probs())
    bits = read.losses / math.log(2)
    pieces = pieces_of(medium.decoder(), values)
    return TextTrace(pieces, values, bits, log_probs, units_of(behind), read)


def units_of(read: Trace) -> Arrays:
    """The states and gates that are rows of numbers, by name, without what all names begin with."""
    arrays = {**named_arrays(read.states), **named_arrays(read.gates)}
    rows = {
        name: array
        for name, array in arrays.items()
        if array.ndim == 2 and np.issubdtype(array.dtype, np.floating)
    }
    split = [name.split(".")[:-1] for name in rows]
    levels = (set(places) for places in zip(*split, strict=False))
    shared = len(list(takewhile(lambda places: len(places) == 1, levels)))
    return {".".join(name.split(".")[shared:]): array for name, array in rows.items()}

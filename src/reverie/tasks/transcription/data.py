"""Traces and their texts, read in batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from reverie.codecs.ink import Ink
from reverie.codecs.motion import Motion
from reverie.codecs.reading import Reading
from reverie.errors import InputError
from reverie.padding import bucket_sizes
from reverie.tasks.transcription.distortion import distort
from reverie.tasks.transcription.generate import told
from reverie.training.sequences import SequenceReader

UNIT, SHAPES = 10, 5

"""Batches are padded to multiples of the first, in elements, in so many shapes."""


def traces(
    codec: Reading, inks: Sequence[Ink], rows: int, copies: int = 0, seed: int = 0
) -> SequenceReader:
    """Motions and their texts; `copies` distorted ones of each ink, or where 0, the ink itself.

    The steps of a copy are a little longer or shorter, by chance. What cannot be read, since the
    text is longer than the trace, is left out.
    """
    rng = np.random.default_rng([seed, 3])
    letters = np.eye(codec.alphabet.size, dtype=np.float32)
    values, conditions = [], []
    for ink, copied in [(ink, n < copies) for n in range(max(copies, 1)) for ink in inks]:
        motion = _stretched(codec.motion, rng) if copied else codec.motion
        motions = motion.encode(distort(ink, rng) if copied else ink)
        codes = codec.alphabet.encode(ink.text, "skip")
        # Between two letters that are the same, an alignment needs a blank.
        if len(codes) and len(codes) + np.count_nonzero(codes[1:] == codes[:-1]) <= len(motions):
            values.append(motions)
            conditions.append(told(letters[codes]))
    if not values:
        raise InputError("no line is long enough for its text: look at the ink and its texts")
    lengths = bucket_sizes(map(len, values), SHAPES, UNIT)
    return SequenceReader(values, rows, conditions, lengths, seed=seed)


def _stretched(motion: Motion, rng: np.random.Generator) -> Motion:
    return replace(motion, spacing=motion.spacing * float(np.exp(rng.normal(0, 0.1))))

"""Reading handwriting: the text of an ink, and how well an ink spells a text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from reverie.codecs.ink import Ink
from reverie.codecs.reading import Reading
from reverie.concepts import Example, SymbolSequence
from reverie.ctc import CTCModel, best_path, collapse, example_nats
from reverie.padding import pad, round_up, stack
from reverie.programs import remember

ROWS, STEPS, PLACES = 16, 64, 32
"""Batches have so many rows, and are padded to multiples of the others."""


class Read(NamedTuple):
    """What an ink says."""

    text: str
    certainty: float
    """The probability of the best path, a step: the geometric mean."""


class Recogniser:
    """A model that reads the motion of a pen, and its codec."""

    def __init__(self, model: CTCModel, codec: Reading):
        self.model, self.codec = model, codec

    def read(self, inks: Sequence[Ink]) -> list[Read]:
        """The text of each ink, by its best path."""
        found = []
        for motions, mask, count in self._batches(inks):
            best = _best_paths(self.model, jnp.asarray(motions), jnp.asarray(mask))
            paths, log_probs = jax.tree.map(np.asarray, best)
            for row in range(count):
                text = self.codec.alphabet.decode(collapse(paths[row][mask[row]]))
                found.append(Read(text, float(np.exp(log_probs[row] / mask[row].sum()))))
        return found

    def nats(self, inks: Sequence[Ink], texts: Sequence[str]) -> list[float]:
        """-log p(text | ink) of each pair in nats; what the alphabet lacks is left out."""
        found: list[float] = []
        places = round_up(max(map(len, texts), default=1), PLACES)
        symbols = [self._symbols(text, places) for text in texts]
        for motions, mask, count in self._batches(inks):
            own = symbols[len(found) : len(found) + count]
            own += own[-1:] * (len(motions) - count)
            nats = _nats(self.model, Example(motions, jnp.asarray(mask), target=stack(own)))
            found += np.asarray(nats)[:count].tolist()
        return found

    def legibility(self, inks: Sequence[Ink]) -> list[float]:
        """How probable the text of each ink is in it: log p a character, in nats."""
        texts = [ink.text for ink in inks]
        pairs = zip(self.nats(inks, texts), texts, strict=True)
        return [-nats / max(len(text), 1) for nats, text in pairs]

    def _symbols(self, text: str, places: int) -> SymbolSequence:
        return SymbolSequence.of(self.codec.alphabet.encode(text, "skip")).pad(0, places)

    def _batches(self, inks: Sequence[Ink]) -> list[tuple[np.ndarray, np.ndarray, int]]:
        """Motions (B, T, 4 W), their masks, and how many of the rows are real."""
        batches = []
        for begin in range(0, len(inks), ROWS):
            motions = [self.codec.encode(ink) for ink in inks[begin : begin + ROWS]]
            steps = round_up(max(map(len, motions)), STEPS)
            rows = 1 if len(inks) == 1 else ROWS
            filled = motions + motions[-1:] * (rows - len(motions))
            mask = np.stack([np.arange(steps) < len(m) for m in filled])
            batches.append((np.stack([pad(m, steps) for m in filled]), mask, len(motions)))
        return batches


@remember
def _best_paths(
    model: CTCModel, motions: Float[Array, "B T X"], mask: Bool[Array, "B T"]
) -> tuple[Int[Array, "B T"], Float[Array, " B"]]:
    def one(motions: Array, mask: Array) -> tuple[Array, Array]:
        distribution = model(motions, mask=mask)
        best = distribution.log_probs().max(-1)
        return best_path(distribution, mask), (best * mask).sum()

    return jax.vmap(one)(motions, mask)


@remember
def _nats(model: CTCModel, examples: Example) -> Float[Array, " B"]:
    return jax.vmap(lambda example: example_nats(model, example))(examples)

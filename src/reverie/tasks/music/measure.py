"""How well a model of piano rolls predicts: nats a frame, and the accuracy of its notes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from reverie.concepts import Example
from reverie.metrics.frames import Hits
from reverie.model import SequenceModel, nll
from reverie.tasks.music.excerpts import roll_reader
from reverie.training.evaluation import each_sequence

ROWS = 8
"""Pieces that are read side by side."""
DRAWS = 10
"""Samples of each frame, of which the accuracy is the mean."""


class RollMetrics(NamedTuple):
    """The measures of a model on pieces, each frame predicted from those before it in its piece."""

    nats: float
    """-log p of a frame: the sum over its notes, the mean over all frames."""
    later_nats: float
    """The same without the first frame of each piece: published numbers leave it out or do not."""
    accuracy: float
    """Of notes that are drawn given the true past."""
    frames: int

    def summary(self) -> str:
        """The measures, for people."""
        return (
            f"{self.nats:.3f} nats a frame over {self.frames:,} frames, {self.later_nats:.3f} "
            f"without the first of each piece; accuracy of notes {self.accuracy:.1%}"
        )


def measure_rolls(model: SequenceModel, rolls: Sequence[np.ndarray]) -> RollMetrics:
    """The measures on whole pieces."""
    found = each_sequence(_measure, model, roll_reader(rolls, ROWS))
    nats, first, hits = found
    frames = sum(map(len, rolls))
    return RollMetrics(
        float(nats.sum() / frames),
        float((nats.sum() - first.sum()) / max(1, frames - len(rolls))),
        float(Hits(*(part.sum() for part in hits)).accuracy()),
        frames,
    )


def _measure(
    model: SequenceModel, example: Example
) -> tuple[Float[Array, ""], Float[Array, ""], Any]:
    """Nats of a piece and of its first frame, and what of its notes was hit."""
    values, mask = example.values, example.mask
    assert mask is not None
    read = model.unroll(values, mask=mask)
    losses = nll(read.distribution, values, mask)
    real, key = mask[:, None], jax.random.key(0)

    def drawn(key: Any) -> Hits:
        return Hits.of(jnp.where(real, read.distribution.sample(key), 0), values * real)

    hits = jax.lax.map(drawn, jax.random.split(key, DRAWS))
    return losses.sum(), losses[0], jax.tree.map(lambda a: a.sum(0), hits)

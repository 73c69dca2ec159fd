"""How well a model of piano rolls predicts: nats a frame, and the accuracy of its notes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from reverie.concepts import Example
from reverie.distributions import RBM
from reverie.distributions.annealed import log_z_lower, log_z_upper
from reverie.distributions.shared import shared
from reverie.metrics.frames import Hits
from reverie.model import SequenceModel, nll
from reverie.tasks.music.excerpts import roll_reader
from reverie.training.evaluation import each_sequence

ROWS = 8
"""Pieces that are read side by side."""
DRAWS = 10
"""Samples of each frame, of which the accuracy is the mean."""
TEMPERATURES, CHAINS, GIBBS = 100, 10, 50
"""Of the bounds of log Z of each frame: steps from an RBM that is known, walks, and steps of each
from the true frame to a sample."""


class RollMetrics(NamedTuple):
    """The measures of a model on pieces, each frame predicted from those before it in its piece."""

    nats: float
    """-log p of a frame: the sum over its notes, the mean over all frames."""
    later_nats: float
    """The same without the first frame of each piece: published numbers leave it out or do not."""
    accuracy: float
    """Of notes that are drawn given the true past."""
    mode_accuracy: float
    """Of the most probable notes given the true past."""
    frames: int
    least_nats: float | None = None
    """Of an RBM nobody knows log p: `nats` and `later_nats` are then bounds from above, in the
    mean, and this is one from below, of all frames."""

    def summary(self) -> str:
        """The measures, for people."""
        bounds = "" if self.least_nats is None else f" (and {self.least_nats:.3f} at the least)"
        return (
            f"{self.nats:.3f} nats a frame{bounds} over {self.frames:,} frames, "
            f"{self.later_nats:.3f} without the first of each piece; accuracy of notes "
            f"{self.accuracy:.1%} drawn, {self.mode_accuracy:.1%} of the most probable ones"
        )


def measure_rolls(model: SequenceModel, rolls: Sequence[np.ndarray]) -> RollMetrics:
    """The measures on whole pieces."""
    found: MeasuredPiece = each_sequence(_measure, model, roll_reader(rolls, ROWS))
    frames, later = sum(map(len, rolls)), sum(max(0, len(roll) - 1) for roll in rolls)
    return RollMetrics(
        float(found.nats.sum() / frames),
        float((found.nats.sum() - found.first.sum()) / max(1, later)),
        _accuracy(found.hits),
        _accuracy(found.modes),
        frames,
        None if found.least is None else float(found.least.sum() / frames),
    )


def _accuracy(hits: Hits) -> float:
    """Of all pieces together."""
    return float(Hits(*(part.sum() for part in hits)).accuracy())


def roll_nats(model: SequenceModel, example: Example) -> Float[Array, ""]:
    """-log p of a piece; of an RBM -log of its pseudo-likelihood, which is no bound of it."""
    values, mask = example.values, example.mask
    assert mask is not None
    read = model.unroll(values, mask=mask)
    if isinstance(read.distribution, RBM):
        losses = jnp.where(mask, -read.distribution.pseudo_log_prob(values), 0)
    else:
        losses = nll(read.distribution, values, mask)
    return example.total(losses)[0]


class MeasuredPiece(NamedTuple):
    """Of one piece; with a leading axis, of several."""

    nats: Array
    first: Array
    """Nats of the first frame."""
    hits: Hits
    """Of notes that are drawn."""
    modes: Hits
    """Of the most probable ones."""
    least: Array | None
    """Nats at the least, of an RBM."""


def _measure(model: SequenceModel, example: Example) -> MeasuredPiece:
    values, mask = example.values, example.mask
    assert mask is not None
    distribution = model.unroll(values, mask=mask).distribution
    most, least = _losses(distribution, values, mask)
    real = mask[:, None]

    def hits(said: Array) -> Hits:
        return Hits.of(jnp.where(real, said, 0), values * real)

    keys = jax.random.split(jax.random.key(0), DRAWS)
    drawn = jax.lax.map(lambda key: hits(distribution.sample(key)), keys)
    total, modes = jax.tree.map(lambda a: a.sum(0), drawn), hits(distribution.mode())
    return MeasuredPiece(most.sum(), most[0], total, modes, None if least is None else least.sum())


def _losses(
    distribution: Any, values: Array, mask: Array
) -> tuple[Float[Array, " T"], Float[Array, " T"] | None]:
    """-log p of each frame; of an RBM with more states than can be summed, its two bounds."""
    if not isinstance(distribution, RBM) or distribution.can_sum:
        return nll(distribution, values, mask), None
    keys = jax.random.split(jax.random.key(1), len(values))
    above, below = jax.lax.map(
        partial(_bounds, shared(distribution.W)), (distribution.b, distribution.c, values, keys)
    )
    return jnp.where(mask, above, 0), jnp.where(mask, below, 0)


def _bounds(W: Array, row: Any) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """-log p of a frame at the most and at the least, each in the mean: by annealed importance
    sampling from above and from below."""
    b, c, value, key = row
    rbm, keys = RBM(b, c, W), jax.random.split(key, 3)
    least_z = log_z_lower(rbm, keys[0], temperatures=TEMPERATURES, chains=CHAINS).log_z
    starts = jnp.broadcast_to(value, (CHAINS, len(value)))
    samples = jax.vmap(lambda k, y: rbm.gibbs(k, y, GIBBS))(
        jax.random.split(keys[1], CHAINS), starts
    )
    most_z = log_z_upper(rbm, samples, keys[2], temperatures=TEMPERATURES).log_z
    energy = rbm.free_energy(value)
    return energy + most_z, energy + least_z

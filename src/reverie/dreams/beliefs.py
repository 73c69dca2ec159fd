"""Classification with a model that writes: what it believes of a label while it reads a text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from reverie.concepts import Carry, Condition
from reverie.media.labelled import Labelled
from reverie.media.labels import Label
from reverie.media.unknown import Unknown
from reverie.model import SequenceModel, nll
from reverie.padding import padded
from reverie.training.evaluation import sequence_nats

Prior = Literal["training", "uniform"]
CHUNK = 256
"""Symbols that are read at once: memory and programs do not grow with the text."""


def beliefs(
    model: SequenceModel,
    medium: Labelled,
    text: str,
    label: str,
    prior: Prior = "training",
    given: Mapping[str, Label] | None = None,
    unknown: Unknown = "error",
) -> Float[np.ndarray, "T+1 K"]:
    """The log posterior of the K levels of a label after each of the T symbols of a text.

        log p(c | x_1..t) = log p(c) + sum_{i <= t} log p(x_i | x_<i, c) - log Z_t

    Row 0 is the prior. All K readings are one batch. The other labels must be `given`: they are
    held, not averaged over. The end of the text is no evidence, for there may be more to come.
    Raises InputError for a label that there is not, one that is missing, and symbols that the
    model does not know, unless told otherwise. Reference: Lipton (2015), section 4.
    """
    values = medium.text.encode(text, unknown)
    vectors = medium.labels.variants(label, given or {})
    scores = -_losses(model, values, vectors).astype(np.float64)
    first = log_prior(medium.labels.field(label).counts, prior)
    return normalised(first + np.vstack([np.zeros(len(first)), scores.cumsum(0)]))


def log_prior(counts: tuple[int, ...], prior: Prior) -> Float[np.ndarray, " K"]:
    """Log p of each level before any text: as often as it was learned from, or all the same."""
    weights = np.array(counts, float) if prior == "training" else np.ones(len(counts))
    with np.errstate(divide="ignore"):
        return normalised(np.log(weights))


def normalised(scores: Float[np.ndarray, "... K"]) -> Float[np.ndarray, "... K"]:
    """Scores less the logarithm of the sum of their exponentials."""
    most = scores.max(-1, keepdims=True)
    total: np.ndarray = np.log(np.exp(scores - most).sum(-1, keepdims=True))
    return scores - most - total


def readings(model: SequenceModel, values: Any, mask: Any, given: Condition) -> Float[Array, " K"]:
    """log p(text | level) in nats for each level: a measure for `each_sequence`.

    What the sequence is given has the vectors of all levels, (K, C).
    """

    assert given.vector is not None
    return jax.vmap(lambda v: -sequence_nats(model, values, mask, Condition(v)))(given.vector)


def _losses(
    model: SequenceModel, values: np.ndarray, vectors: np.ndarray
) -> Float[np.ndarray, "T K"]:
    """-log p of each symbol in nats, read with each of the vectors (K, C)."""
    found = [np.zeros((0, len(vectors)), np.float32)]
    conditions = Condition(jnp.asarray(vectors))
    carry = jax.vmap(model.start)(conditions)
    for begin in range(0, len(values), CHUNK):
        piece = values[begin : begin + CHUNK]
        mask = np.arange(CHUNK) < len(piece)
        losses, carry = _read(model, padded(piece, CHUNK), mask, carry, conditions)
        found.append(np.asarray(losses).T[: len(piece)])
    return np.concatenate(found)


@eqx.filter_jit
def _read(
    model: SequenceModel, values: Any, mask: Any, carries: Carry, conditions: Condition
) -> tuple[Float[Array, "K T"], Carry]:
    def one(carry: Carry, condition: Condition) -> tuple[Array, Carry]:
        read = model.unroll(values, carry, condition, mask=mask)
        return nll(read.distribution, values, mask), read.carry

    return jax.vmap(one)(carries, conditions)

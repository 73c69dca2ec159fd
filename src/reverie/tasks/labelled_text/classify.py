"""Classification with a model that writes: what it believes of a label while it reads a text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from reverie.codecs.fields import Label
from reverie.codecs.labelled import Labelled
from reverie.codecs.labels import Hypotheses
from reverie.codecs.unknown import Unknown
from reverie.concepts import Condition, Example
from reverie.model import SequenceModel
from reverie.training.evaluation import losses_along, sequence_nats

Prior = Literal["training", "uniform"]


def beliefs(
    model: SequenceModel,
    codec: Labelled,
    text: str,
    label: str,
    prior: Prior = "training",
    given: Mapping[str, Label] | None = None,
    unknown: Unknown = "error",
) -> Float[np.ndarray, "T+1 K"]:
    """The log posterior of the K levels of a label after each of the T symbols of a text.

        log p(c | x_1..t) = log p(c) + sum_{i <= t} log p(x_i | x_<i, c) - log Z_t

    Row 0 is the prior. All readings are one batch. Labels that are not `given` are averaged over,

        p(x_1..t | c) = sum_d p(d | c) p(x_1..t | c, d)

    with the d that were learned from with c, as often as they were. The end of the text is no
    evidence, for there may be more to come. Raises InputError for a label that there is not, one
    that cannot be averaged over, and symbols that the model does not know, unless told otherwise.
    Reference: Lipton (2015), section 4.
    """
    values = codec.text.encode(text, unknown)
    ways = codec.labels.hypotheses(label, given or {})
    rows = np.broadcast_to(values, (len(ways.vectors), len(values)))
    scores = -losses_along(model, rows, Condition(jnp.asarray(ways.vectors))).T.astype(np.float64)
    first = log_prior(codec.labels.field(label).counts, prior)
    read = np.vstack([np.zeros(len(ways.levels)), scores.cumsum(0)])
    return normalise(first + by_level(read, ways, len(first)))


def log_prior(counts: tuple[int, ...], prior: Prior) -> Float[np.ndarray, " K"]:
    """Log p of each level before any text: as often as it was learned from, or all the same."""
    weights = np.array(counts, float) if prior == "training" else np.ones(len(counts))
    with np.errstate(divide="ignore"):
        return normalise(np.log(weights))


def by_level(
    scores: Float[np.ndarray, "... N"], ways: Hypotheses, count: int
) -> Float[np.ndarray, "... K"]:
    """log p(text | level) of K = `count` levels, from that of the N ways in which it was read;
    -inf for levels that were in none of them."""
    reweight = scores + ways.log_weights
    found = [
        np.logaddexp.reduce(reweight[..., ways.levels == level], axis=-1, initial=-np.inf)
        for level in range(count)
    ]
    return np.stack(found, -1)


def normalise(scores: Float[np.ndarray, "... K"]) -> Float[np.ndarray, "... K"]:
    """Scores less the logarithm of the sum of their exponentials."""
    total: np.ndarray = np.logaddexp.reduce(scores, axis=-1, keepdims=True)
    return scores - total


def scores(model: SequenceModel, example: Example) -> Float[Array, " N"]:
    """log p(text | vector) in nats for each vector: a measure for `each_sequence`.

    The source of the example, a condition, has all of them, (N, C).
    """

    def one(vector: Array) -> Array:
        return -sequence_nats(model, example._replace(source=Condition(vector)))

    return jax.vmap(one)(example.source.vector)

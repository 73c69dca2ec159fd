"""Evaluation: every element once, in order, with carried state; static or dynamic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from reverie.concepts import Carry, Condition, Example
from reverie.data.dataset import steps_of
from reverie.data.lanes import evaluation_lanes
from reverie.errors import InputError
from reverie.model import SequenceModel, nll
from reverie.padding import chunks
from reverie.training.mesh import sum_processes
from reverie.training.sequences import SequenceReader

CHUNK = 64
"""Elements that are read at once where the loss of each is wanted."""


def evaluate(
    model: SequenceModel,
    values: np.ndarray,
    *,
    lanes: int = 16,
    length: int = 256,
    share: tuple[int, int] = (0, 1),
) -> float:
    """The loss in nats per element over `values` (N,), state carried along each lane.

    Each lane begins with a fresh state: one lane is the exact number, more are faster and a
    little pessimistic. `share` (index, count) divides the lanes among processes.
    """
    lanes = min(lanes, max(1, len(values) // length))
    lanes = max(share[1], lanes - lanes % share[1])
    rows = np.arange(lanes)[share[0] :: share[1]]
    carry = _starts(model, len(rows))
    sums = np.zeros(2)
    for segment, mask, _ in evaluation_lanes(values, lanes, length):
        losses, carry = _segment(model, segment[rows], carry, mask[rows])
        sums += (float(losses), mask[rows].sum())
    nats, count = sum_processes(sums)
    return float(nats / count)


ExampleMeasure = Callable[[Any, Example], Any]
"""Of one sequence: (model, example) to a tree of arrays; the source is not yet a condition."""


def sequence_losses(model: SequenceModel, reader: SequenceReader) -> np.ndarray:
    """-log p of every sequence of a reader, each once and from its beginning: nats (N,)."""
    losses: np.ndarray = each_sequence(sequence_nats, model, reader)
    return losses


def mean_loss(model: Any, reader: SequenceReader, measure: ExampleMeasure | None = None) -> float:
    """Nats per element over all sequences: -log p of each, or what `measure` says instead.

    Elements count as their weights say.
    """
    counted = eqx.Partial(_with_count, measure or sequence_nats)
    losses, counts = each_sequence(counted, model, reader)
    return float(losses.sum() / counts.sum())


def loss_on(
    reader: SequenceReader | None, measure: ExampleMeasure | None = None
) -> Callable[[Any], float] | None:
    """The `mean_loss` on the sequences of a reader as a function of a model; None without them."""
    return None if reader is None else lambda model: mean_loss(model, reader, measure)


def _with_count(measure: ExampleMeasure, model: Any, example: Example) -> Any:
    return measure(model, example), example.total(jnp.zeros(steps_of(example)))[1]


def each_sequence(measure: ExampleMeasure, model: Any, reader: SequenceReader) -> Any:
    """What a function of (model, example) says of every sequence of a reader.

    It is written for one sequence and returns a tree of arrays, which get a leading N.
    """
    longest_first = np.argsort(-reader.lengths, kind="stable")
    found = []
    for start in range(0, len(longest_first), reader.rows):
        chosen = longest_first[start : start + reader.rows]
        # The last batch is filled up with its last sequence, so that no other shape is compiled.
        filled = np.pad(chosen, (0, reader.rows - len(chosen)), "edge")
        answers = _each(measure, model, reader.batch(filled).examples)
        found.append(jax.tree.map(lambda a, n=len(chosen): np.asarray(a)[:n], answers))
    places = np.argsort(longest_first)
    return jax.tree.map(lambda *parts: np.concatenate(parts)[places], *found)


@eqx.filter_jit
def _each(measure: ExampleMeasure, model: Any, examples: Example) -> Any:
    return jax.vmap(lambda example: measure(model, example))(examples)


class Answered(NamedTuple):
    """A sequence that was read, and where the most probable elements are the true ones."""

    distribution: Any
    """(T, ...), a `Samplable`"""
    counts: Bool[Array, " T"]
    """Where an element counts."""
    right: Bool[Array, " T"]
    """Where it counts and is the most probable one given the true ones before it."""

    @property
    def exact(self) -> Bool[Array, ""]:
        """Whether all are right: then a network that reads what it wrote itself writes the same."""
        return jnp.all(self.right == self.counts)


def compare_answer(model: SequenceModel, example: Example) -> Answered:
    """What is most probable, step by step, beside what is true."""
    condition = model.condition(example.source)
    values, mask = example.values, example.mask
    read = model.unroll(values, model.start(condition), condition, mask=mask)
    same: Any = read.distribution.mode() == values
    real = jnp.ones(len(same), bool) if mask is None else mask
    counts = real if example.weights is None else real & (example.weights > 0)
    return Answered(read.distribution, counts, counts & same.reshape(len(same), -1).all(1))


def sequence_nats(model: SequenceModel, example: Example) -> Float[Array, ""]:
    """-log p of a whole sequence from its beginning, its elements counted as their weights say."""
    condition = model.condition(example.source)
    values, mask = example.values, example.mask
    read = model.unroll(values, model.start(condition), condition, mask=mask)
    return example.total(nll(read.distribution, values, mask))[0]


def losses_along(
    model: SequenceModel, rows: Int[np.ndarray, "B T"], conditions: Condition
) -> Float[np.ndarray, "B T"]:
    """-log p of each element of B sequences, each from its beginning, in nats.

    The conditions have a leading B. All are read side by side, in chunks of one size: memory and
    programs do not grow with T.
    """
    carry = jax.vmap(model.start, axis_size=len(rows))(conditions)
    found = [np.zeros((len(rows), 0), np.float32)]
    for piece, mask in chunks(rows.T, CHUNK):
        losses, carry = _along(model, piece.T, mask, carry, conditions)
        found.append(np.asarray(losses)[:, mask])
    return np.concatenate(found, 1)


@eqx.filter_jit
def _along(
    model: SequenceModel, rows: Any, mask: Any, carries: Carry, conditions: Condition
) -> tuple[Float[Array, "B T"], Carry]:
    def one(values: Array, carry: Carry, condition: Condition) -> tuple[Array, Carry]:
        read = model.unroll(values, carry, condition, mask=mask)
        return nll(read.distribution, values, mask), read.carry

    return jax.vmap(one)(rows, carries, conditions)


def _starts(model: SequenceModel, rows: int) -> Carry:
    return jax.tree.map(lambda a: jnp.broadcast_to(a, (rows, *a.shape)), model.start())


@eqx.filter_jit
def _segment(
    model: SequenceModel, values: Any, carry: Carry, mask: Any
) -> tuple[Float[Array, ""], Carry]:
    def one(values: Any, carry: Carry, mask: Any) -> tuple[Array, Carry]:
        read = model.unroll(values, carry, Condition(), mask=mask)
        return nll(read.distribution, values, mask).sum(), read.carry

    losses, carry = jax.vmap(one)(values, carry, mask)
    return losses.sum(), carry


class GravesDynamic(eqx.Module):
    """Dynamic evaluation as in Graves 2013 and Mikolov 2010: w <- w - rate g after each segment.

    The gradient is of the segment's summed loss, clipped to `clip` in norm, so that a step is
    `rate` long where the clip holds, which is nearly always. Departure: the paper takes its
    training step once more; 0.1 is a length that paid on held-out plays and on Penn Treebank.
    """

    rate: float = 0.1
    clip: float = 1.0

    def update(self, weights: Any, gradient: Any, first: Any, scale: Any) -> Any:
        norm = jnp.sqrt(sum(jnp.sum(jnp.square(leaf)) for leaf in jax.tree.leaves(gradient)))
        step = self.rate * jnp.minimum(1.0, self.clip / (norm + 1e-12))
        return jax.tree.map(lambda w, g: w - step * g, weights, gradient)


class KrauseDynamic(eqx.Module):
    """Dynamic evaluation by Krause 2018, its RMS form with global decay.

        w <- w - rate g / (sqrt(MS) + eps) + decay (w0 - w)

    MS is the mean squared gradient of each weight over segments of training data.
    """

    rate: float = 2e-4
    decay: float = 1e-3
    epsilon: float = 1e-5

    def update(self, weights: Any, gradient: Any, first: Any, scale: Any) -> Any:
        return jax.tree.map(
            lambda w, g, w0, ms: (
                w - self.rate * g / (jnp.sqrt(ms) + self.epsilon) + self.decay * (w0 - w)
            ),
            weights,
            gradient,
            first,
            scale,
        )


def evaluate_dynamically(
    model: SequenceModel,
    values: np.ndarray,
    *,
    rule: GravesDynamic | KrauseDynamic = GravesDynamic(),
    training: np.ndarray | None = None,
    length: int = 50,
) -> float:
    """Nats per element when the model learns from each segment after it was scored.

    Every element is scored once, by weights that have seen only what came before it, in one
    lane. `training` elements set the scale of the RMS rule. Raises InputError without them.
    """
    scale = None
    if isinstance(rule, KrauseDynamic):
        if training is None:
            raise InputError("the RMS form of dynamic evaluation needs the training text as well")
        scale = mean_squared_gradient(model, training, length=length)
    weights, carry, nats = model, model.start(), 0.0
    for segment, mask, _ in evaluation_lanes(values, 1, length):
        loss, carry, weights = _adapt(weights, segment[0], carry, mask[0], model, scale, rule)
        nats += float(loss)
    return nats / len(values)


@eqx.filter_jit
def _adapt(
    weights: Any, values: Any, carry: Carry, mask: Any, first: Any, scale: Any, rule: Any
) -> tuple[Array, Carry, Any]:
    (loss, carry), gradient = _gradient(weights, values, carry, mask)
    return loss, carry, rule.update(weights, gradient, first, scale)


def _gradient(weights: Any, values: Any, carry: Carry, mask: Any) -> Any:
    def loss(weights: SequenceModel) -> tuple[Array, Carry]:
        read = weights.unroll(values, carry, mask=mask)
        return nll(read.distribution, values, mask).sum(), read.carry

    return jax.value_and_grad(loss, has_aux=True)(weights)


def mean_squared_gradient(
    model: SequenceModel, values: np.ndarray, *, length: int, segments: int = 500
) -> Any:
    """MS: for every weight, its squared gradient averaged over segments of training data."""

    @eqx.filter_jit
    def squared(carry: Carry, values: Any, mask: Any, sums: Any) -> tuple[Carry, Any]:
        (_, carry), gradient = _gradient(model, values, carry, mask)
        return carry, jax.tree.map(lambda s, g: s + g**2, sums, gradient)

    carry, sums, count = model.start(), jax.tree.map(jnp.zeros_like, model), 0
    for segment, mask, _ in evaluation_lanes(values[: segments * length], 1, length):
        carry, sums = squared(carry, segment[0], mask[0], sums)
        count += 1
    return jax.tree.map(lambda s: s / count, sums)

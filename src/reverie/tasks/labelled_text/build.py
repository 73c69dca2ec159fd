"""Models of texts that are told labels: new ones, and grown ones that knew none before."""

from __future__ import annotations

from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from reverie.emissions import Biased
from reverie.errors import InputError
from reverie.feedbacks import Conditioned
from reverie.model import SequenceModel
from reverie.tasks.labelled_text.options import LabelledNetwork
from reverie.tasks.text.build import recurrent_stack, symbol_model

Part = TypeVar("Part")
NEVER = -25.0
"""The logit of a new symbol: in float32 it takes nothing from the others."""


def labelled_model(
    network: LabelledNetwork, size: int, labels: int, *, rng: np.random.Generator
) -> SequenceModel:
    """A model of sequences of `size` symbols that is told `labels` numbers."""
    model = symbol_model(network, size, rng=rng)
    feedback, core, emission = model.feedback, model.core, model.emission
    if network.condition != "bias":
        feedback = Conditioned(feedback)
        core = recurrent_stack(network, (network.embedding or size) + labels, rng=rng)
    if network.condition != "input":
        emission = Biased(emission, size, labels)
    return SequenceModel(feedback, core, emission)


def widen(
    network: LabelledNetwork, size: int, labels: int, earlier: SequenceModel, known: int
) -> SequenceModel:
    """The labelled model with the weights of an `earlier` one of the first `known` symbols.

    New inputs weigh zero, new symbols are never expected, and so its probabilities are those
    of the earlier model whatever the labels say. Raises InputError where the networks differ.
    """
    model = labelled_model(network, size, labels, rng=np.random.default_rng(0))
    known_leaves = len(jax.tree.leaves(earlier.emission))
    shifts = jax.tree.leaves(model.emission)[known_leaves:]  # of `Biased`: zeros
    return SequenceModel(
        _fill(model.feedback, earlier.feedback, known),
        _fill(model.core, earlier.core, network.embedding or known),
        _fill(model.emission, (earlier.emission, shifts), known),
    )


def _fill(new: Part, old: Any, at: int) -> Part:
    """The new one with the leaves of the old one, each as large as its own."""
    olds, (leaves, structure) = jax.tree.leaves(old), jax.tree.flatten(new)
    if len(olds) != len(leaves):
        raise _different()
    widened = [_widen_array(a, b.shape, at) for a, b in zip(olds, leaves, strict=True)]
    filled: Part = jax.tree.unflatten(structure, widened)
    return filled


def _widen_array(old: Array, shape: tuple[int, ...], at: int) -> Array:
    """An array of that shape: rows or columns inserted at the place `at`."""
    if old.ndim != len(shape):
        raise _different()
    longer = [axis for axis, size in enumerate(shape) if size != old.shape[axis]]
    if len(longer) > 1 or any(shape[axis] < old.shape[axis] for axis in longer):
        raise _different()
    # The only vector that becomes longer is the bias of the symbols.
    fill = 0.0 if old.ndim > 1 else NEVER
    for axis in longer:
        missing = [*shape[:axis], shape[axis] - old.shape[axis], *shape[axis + 1 :]]
        before, behind = jnp.split(old, [at], axis)
        old = jnp.concatenate([before, jnp.full(missing, fill), behind], axis)
    return old


def _different() -> InputError:
    return InputError(
        "the model to start from has another network: leave the options of the network as they are"
    )

"""Texts on request: a dreamer that is told labels, and stops where the text ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp

from reverie.concepts import Condition, Draw
from reverie.dreams.texts import Dreamer
from reverie.errors import InputError
from reverie.media.labelled import Labelled
from reverie.media.labels import Label
from reverie.model import SequenceModel
from reverie.stop import At


def dreamer_of(
    model: SequenceModel, medium: Any, told: Mapping[str, Label], draw: Draw, seed: int
) -> Dreamer:
    """A dreamer for a model with labels or without. InputError where labels do not fit it."""
    if isinstance(medium, Labelled):
        return dreamer(model, medium, told, draw, seed)
    if told:
        raise InputError("this model has no labels: leave --label out")
    return Dreamer(model, medium, draw, seed)


def dreamer(
    model: SequenceModel, medium: Labelled, told: Mapping[str, Label], draw: Draw, seed: int
) -> Dreamer:
    """A dreamer for a value of each label. InputError for one that is missing or cannot be."""
    condition = Condition(jnp.asarray(medium.labels.encode(told)))
    stop = At(jnp.asarray(medium.ended.end))
    return Dreamer(model, medium.ended, draw, seed, condition=condition, stop=stop)

"""Texts on request: a dreamer that is told labels, and stops where the text ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp

from reverie.concepts import Condition, Draw
from reverie.dreams.texts import Dreamer
from reverie.errors import InputError
from reverie.media.ended import Ended
from reverie.media.fields import Label
from reverie.media.labelled import Labelled
from reverie.media.text import TextMedium
from reverie.model import SequenceModel
from reverie.stop import At, Never


def heard(medium: Any, told: Mapping[str, Label]) -> tuple[TextMedium, Condition]:
    """The medium of a model's texts, and what it is told, with labels or without.

    Raises InputError where labels do not fit it.
    """
    if isinstance(medium, Labelled):
        return medium.ended, Condition(jnp.asarray(medium.labels.encode(told)))
    if told:
        raise InputError("this model has no labels: leave --label out")
    return medium, Condition()


def dreamer_of(
    model: SequenceModel, medium: Any, told: Mapping[str, Label], draw: Draw, seed: int
) -> Dreamer:
    """A dreamer for a model with labels or without. InputError where labels do not fit it."""
    text, condition = heard(medium, told)
    stop = At(jnp.asarray(text.end)) if isinstance(text, Ended) else Never()
    return Dreamer(model, text, draw, seed, condition=condition, stop=stop)

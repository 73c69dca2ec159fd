"""Texts on request: a generator that is given labels, and stops where the text ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp

from reverie.codecs.fields import Label
from reverie.codecs.labelled import Labelled
from reverie.codecs.text import TextCodec
from reverie.codecs.with_eos import WithEOS
from reverie.concepts import Condition, Sampler
from reverie.errors import InputError
from reverie.model import SequenceModel
from reverie.stop import Never, OnSymbol
from reverie.tasks.text.generate import TextGenerator


def condition_for(codec: Any, labels: Mapping[str, Label]) -> tuple[TextCodec, Condition]:
    """The codec of a model's texts, and its condition, with labels or without.

    Raises InputError where labels do not fit it.
    """
    if isinstance(codec, Labelled):
        return codec.with_eos, Condition(jnp.asarray(codec.labels.encode(labels)))
    if labels:
        raise InputError("this model has no labels: leave --label out")
    return codec, Condition()


def generator_of(
    model: SequenceModel, codec: Any, labels: Mapping[str, Label], sampler: Sampler, seed: int
) -> TextGenerator:
    """The generator of a model with labels or without. InputError where labels do not fit it."""
    text, condition = condition_for(codec, labels)
    stop = OnSymbol(jnp.asarray(text.end)) if isinstance(text, WithEOS) else Never()
    return TextGenerator(model, text, sampler, seed, condition=condition, stop=stop)

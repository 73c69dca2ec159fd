"""Ink that spells a text which the network reads while it writes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from reverie.codecs.handwriting import Handwriting
from reverie.tasks.handwriting.data import InkSplits
from reverie.tasks.handwriting.options import InkEvaluationOptions
from reverie.tasks.handwriting.task import (
    Conditional,
    OpenInk,
    measured_lines,
    open_ink,
    visible_widths,
)

if TYPE_CHECKING:
    from reverie.storage import Loaded

EvaluationOptions = InkEvaluationOptions
codec_from = Handwriting.from_description


def open_task(config: Any, codec: Handwriting | None = None) -> OpenInk:
    """The lines that a config names and the medium learned from them, unless it is given."""
    hands = open_ink(config.data, config.training.seed)
    if codec is not None:
        train, valid, test = (codec.rescale(part) if len(part) else part for part in hands[1:4])
        hands = InkSplits(hands.name, train, valid, test, hands.notes)
    told = Conditional(codec or Handwriting.learn(hands.train))
    return OpenInk(hands, told, config.data.longest, visible_widths(config.network))


def evaluate(loaded: Loaded, path: str | None, options: InkEvaluationOptions) -> Iterator[str]:
    """The measures of a model on its ink, or on that in a file or folder."""
    return measured_lines(Conditional(loaded.codec), loaded, path, options)

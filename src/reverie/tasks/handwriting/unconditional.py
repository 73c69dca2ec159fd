"""Ink alone, whatever it spells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from reverie.codecs.strokes import Strokes
from reverie.tasks.handwriting.data import open_ink
from reverie.tasks.handwriting.options import InkEvaluationOptions
from reverie.tasks.handwriting.task import (
    OpenInk,
    Unconditional,
    measured_lines,
)

if TYPE_CHECKING:
    from reverie.storage import Loaded

EvaluationOptions = InkEvaluationOptions
codec_from = Strokes.from_description


def open_task(config: Any, codec: Strokes | None = None) -> OpenInk:
    """The lines that a config names and the medium learned from them, unless it is given."""
    hands = open_ink(config.data, config.training.seed)
    untold = Unconditional(codec or Strokes.learn(hands.parts.train))
    return OpenInk(hands, untold, config.data.longest)


def evaluate(loaded: Loaded, path: str | None, options: InkEvaluationOptions) -> Iterator[str]:
    """The measures of a model on its ink, or on that in a file or folder."""
    return measured_lines(Unconditional(loaded.codec), loaded, path, options)

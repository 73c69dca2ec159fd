"""Ink alone, whatever it spells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from reverie.media.strokes import Strokes
from reverie.recipes.parts.ink import InkMeasuring
from reverie.subjects.inks import InkStudy, Untold, measured_lines, open_ink, visible_widths

if TYPE_CHECKING:
    from reverie.storage import Loaded

Measuring = InkMeasuring
medium_from = Strokes.from_description


def opened(config: Any, medium: Strokes | None = None) -> InkStudy:
    """The lines that a config names and the medium learned from them, unless it is given."""
    hands = open_ink(config.data, config.training.seed)
    untold = Untold(medium or Strokes.learn(hands.train))
    return InkStudy(hands, untold, config.data.longest, visible_widths(config.network))


def measured(loaded: Loaded, path: str | None, measuring: InkMeasuring) -> Iterator[str]:
    """The measures of a model on its ink, or on that in a file or folder."""
    return measured_lines(Untold(loaded.medium), loaded, path, measuring)

"""Ink that spells a text which the network reads while it writes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from reverie.data.hands import Hands
from reverie.media.handwriting import Handwriting
from reverie.recipes.parts.ink import InkMeasuring
from reverie.subjects.inks import InkStudy, Told, measured_lines, open_ink, visible_widths

if TYPE_CHECKING:
    from reverie.storage import Loaded

Measuring = InkMeasuring
medium_from = Handwriting.from_description


def opened(config: Any, medium: Handwriting | None = None) -> InkStudy:
    """The lines that a config names and the medium learned from them, unless it is given."""
    hands = open_ink(config.data, config.training.seed)
    if medium is not None:
        train, valid, test = (medium.fitted(part) if len(part) else part for part in hands[1:4])
        hands = Hands(hands.name, train, valid, test, hands.notes)
    told = Told(medium or Handwriting.learn(hands.train))
    return InkStudy(hands, told, config.data.longest, visible_widths(config.network))


def measured(loaded: Loaded, path: str | None, measuring: InkMeasuring) -> Iterator[str]:
    """The measures of a model on its ink, or on that in a file or folder."""
    return measured_lines(Told(loaded.medium), loaded, path, measuring)

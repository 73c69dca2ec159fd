"""Ink as JSON."""

import json
from pathlib import Path

from reverie.codecs.ink import Ink
from reverie.files import replace_file


def draw_json(ink: Ink, path: str | Path) -> None:
    """Write {"text": ..., "strokes": [[[x, y], ...], ...]}, points with a time as [x, y, s]."""
    strokes = [stroke.tolist() for stroke in ink.strokes]
    with replace_file(path) as file:
        json.dump({"text": ink.text, "strokes": strokes}, file)
        file.write("\n")

"""Which ink is read. No jax here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from reverie.data.split import SplitOptions
from reverie.errors import InputError
from reverie.settings import option


@dataclass(frozen=True)
class InkData(SplitOptions):
    """What ink is read."""

    data: str = option(
        "pen",
        "ink to train on: pen (vector fonts), the folder of IAM-OnDB, or strokes in a file or "
        "folder",
    )
    split: Literal["clean", "graves"] = option("clean", "division of IAM-OnDB")
    longest: int = option(
        1200, "largest number of points of a training line; longer lines are left out", least=2
    )
    text: str = option("shakespeare", "pen: text to write")
    lines: int = option(4000, "pen: number of lines", least=3)
    hands: int = option(40, "pen: number of different styles", least=1)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.data:
            raise InputError("data must name ink: pen, a folder or a file")

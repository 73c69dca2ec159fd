"""Music as a piano roll: which of the 88 keys sound in each frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, final

import numpy as np
import numpy.typing as npt

from reverie.codecs.tune import KEYS
from reverie.codecs.values import check_fields, damaged_description
from reverie.errors import InputError

Roll = npt.NDArray[np.uint8]
"""(T, 88): 1 where a key sounds in a frame, else 0; the first column is the lowest key."""

Frames = npt.NDArray[np.float32]
"""(T, 88): the same for a network."""


@final
@dataclass(frozen=True)
class PianoRoll:
    """Rolls for a network, and how they are played.

    A frame lasts `step` quarters. What is played is `shift` semitones above what the roll says:
    some collections are written an octave too high.
    """

    step: float
    shift: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.step < np.inf or abs(self.shift) >= KEYS:
            raise damaged_description("piano-roll", "step or shift is out of range")

    @classmethod
    def from_description(cls, description: Mapping[str, object]) -> Self:
        """The codec of a description."""
        step, shift = check_fields(description, step=float, shift=int)
        return cls(step, shift)  # type: ignore[arg-type]

    def describe(self) -> dict[str, object]:
        """A description for JSON from which the codec can be rebuilt."""
        return {"kind": "piano-roll", "step": self.step, "shift": self.shift}

    def encode(self, roll: npt.ArrayLike) -> Frames:
        """The frames of a roll, (T, 88); InputError for what is no roll."""
        return check_roll(roll).astype(np.float32)

    def decode(self, values: npt.ArrayLike) -> Roll:
        """The roll of frames (T, 88) of 0 and 1; InputError for others."""
        return check_roll(values)


def check_roll(roll: npt.ArrayLike) -> Roll:
    """An array as a roll; InputError unless it is (T, 88) of 0 and 1."""
    array: np.ndarray[Any, Any] = np.asarray(roll)
    if array.ndim != 2 or array.shape[1] != KEYS or array.dtype.kind not in "biuf":
        raise InputError(
            f"an array of shape {array.shape} and type {array.dtype} is no piano roll: give "
            f"(T, {KEYS}) of 0 and 1"
        )
    wrong = (array != 0) & (array != 1)
    if wrong.any():
        frame, key = np.argwhere(wrong)[0].tolist()
        raise InputError(
            f"frame {frame} of the piano roll has {array[frame, key]} in column {key}: a key "
            "sounds (1) or does not (0)"
        )
    return array.astype(np.uint8)

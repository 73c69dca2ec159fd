"""Saturation of gates: how often they are nearly closed and nearly open.

Reference: Karpathy, Johnson and Li (2015), "Visualizing and understanding recurrent networks",
section 4.2.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from reverie.errors import InputError
from reverie.trees import Arrays

LEFT, RIGHT = 0.1, 0.9
"""A gate is left-saturated below the first and right-saturated above the second."""
OPEN = 0.5


class Saturation(NamedTuple):
    """The fractions of time in which each of N units of a gate or candidate is saturated."""

    least: float
    """The bound of left saturation: 0.1 for gates, -0.9 for candidates, which are in [-1, 1]."""
    left: Float[np.ndarray, " N"]
    right: Float[np.ndarray, " N"]
    open: Float[np.ndarray, " N"] | None
    """The fraction above 0.5; none for a candidate."""


def saturations(gates: Arrays) -> dict[str, Saturation]:
    """The saturation of each gate (T, N). InputError where there is none."""
    if not gates:
        raise InputError("this model has no gates: choose a model with gates, such as an LSTM")
    return {name: saturation(gate) for name, gate in gates.items()}


def saturation(activations: Float[np.ndarray, "T N"]) -> Saturation:
    """The saturation of a gate, or of a candidate, which has negative values."""
    right = (activations > RIGHT).mean(0)
    if activations.min() < 0:
        return Saturation(-RIGHT, (activations < -RIGHT).mean(0), right, None)
    return Saturation(LEFT, (activations < LEFT).mean(0), right, (activations > OPEN).mean(0))

"""How often the gates of a model are nearly closed and nearly open.

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
"""Below the first a gate is left-saturated, above the second right-saturated."""
OPEN = 0.5


class Saturation(NamedTuple):
    """Of each of N units of a gate, or of a candidate, the fractions of time."""

    least: float
    """Below it a unit is left-saturated: 0.1, or -0.9 of what is within -1 and 1."""
    left: Float[np.ndarray, " N"]
    right: Float[np.ndarray, " N"]
    open: Float[np.ndarray, " N"] | None
    """Above 0.5; a candidate, which is no gate, is not open or closed."""


def saturations(gates: Arrays) -> dict[str, Saturation]:
    """The saturation of each gate (T, N). InputError where there is none."""
    if not gates:
        raise InputError("this model tells of no gates that could be saturated: look at another")
    return {name: saturation(gate) for name, gate in gates.items()}


def saturation(activations: Float[np.ndarray, "T N"]) -> Saturation:
    """The saturation of a gate; that of a candidate where some of the numbers are negative."""
    right = (activations > RIGHT).mean(0)
    if activations.min() < 0:
        return Saturation(-RIGHT, (activations < -RIGHT).mean(0), right, None)
    return Saturation(LEFT, (activations < LEFT).mean(0), right, (activations > OPEN).mean(0))

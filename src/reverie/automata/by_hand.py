"""Three networks whose weights are easy to write down (Hinton's and Grosse's lectures).

Of whole numbers they compute, in single precision, exactly what is said here, for as long as no
number and no total is beyond 2^24 (`decimals.EXACT`). Some accelerators round what they multiply to
fewer digits, unless they are called within `jax.default_matmul_precision("highest")`.
"""

from __future__ import annotations

import jax

from reverie.automata.network import (
    ElmanNetwork,
    elman_cell,
    identity,
    linear_layer,
    threshold,
)


def summing() -> ElmanNetwork:
    """The sum of the numbers so far: y_t = x_1 + ... + x_t, exactly.

    One linear unit that keeps its value: h = x + h' and y = h.
    """
    cell = elman_cell(identity, [[1]], [[1]], [0])
    return ElmanNetwork(cell, linear_layer([[1]], [0]), identity)


def larger_total(gain: float = 5.0) -> ElmanNetwork:
    """Which of two streams has the larger total so far: the first where y > 1/2.

    One linear unit and a logistic output: h = x_1 - x_2 + h' and y = s(gain h). h is exact, so
    y > 1/2 where the first total is larger, y = 1/2 where they are equal, and else y < 1/2, for any
    gain from 1e-6 on.
    """
    cell = elman_cell(identity, [[1, -1]], [[1]], [0])
    return ElmanNetwork(cell, linear_layer([[gain]], [0]), jax.nn.sigmoid)


def odd_ones() -> ElmanNetwork:
    """The parity of the bits so far: y_t = 1 where the number of ones is odd, else 0, exactly.

    Two threshold units are OR and AND of the bit and of the output before, and the output is OR
    and not AND:

        h_1 = [x + y' > 1/2]      h_2 = [x + y' > 3/2]      y = [h_1 - h_2 > 1/2]

    Since h_2 <= h_1, y' = h_1' - h_2', so that the recurrence is one between the hidden units.
    """
    cell = elman_cell(threshold, [[1], [1]], [[1, -1], [1, -1]], [-0.5, -1.5])
    return ElmanNetwork(cell, linear_layer([[1, -1]], [-0.5]), threshold)

"""Matrices that the distributions of all steps have in common."""

from __future__ import annotations

from jaxtyping import Array, Float


def shared(matrix: Float[Array, "... P Q"]) -> Float[Array, "P Q"]:
    """The one matrix that `vmap` has repeated over the steps, along leading axes.

    It is the mean of what are all the same. The compiler knows the mean of repetitions, and the
    sum of a gradient that is spread evenly over them, without making them: each of T steps would
    have a copy of the matrix and one of its gradient, as it has where one of them is picked.
    """
    return matrix.mean(tuple(range(matrix.ndim - 2)))

"""Units by similarity: those that do alike over time stand side by side."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from reverie.errors import missing_extra
from reverie.inspection.features import standardise

OPTIMAL = 1024
"""Units of which the best order is looked for: twice as many take ten times as long."""


def order_by_similarity(activations: Float[np.ndarray, "T N"]) -> Int[np.ndarray, " N"]:
    """The units in an order in which those stand together that do the same, or the opposite.

    They are the leaves of a tree of clusters (average linkage of 1 - |r|, r the correlation over
    time), in the order, of all that the tree allows, that has the greatest r between neighbours
    (Bar-Joseph, Gifford and Jaakkola 2001). Units that never vary come last.
    Raises InputError where the extra "pictures" is not installed.
    """
    try:
        from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
    except ImportError as error:
        raise missing_extra("scipy", "pictures") from error
    rows = standardise(activations)
    varies = rows.any(0)
    moving, still = np.flatnonzero(varies), np.flatnonzero(~varies)
    if len(moving) > 2:
        r = rows[:, moving].T @ rows[:, moving] / np.float32(len(rows))
        # Of each pair once, and never below 0, as rounding might have it.
        r = np.clip(r[np.triu_indices(len(moving), 1)], -1, 1)
        tree = linkage(1 - np.abs(r), "average")
        tree = optimal_leaf_ordering(tree, 1 - r) if len(moving) <= OPTIMAL else tree
        moving = moving[leaves_list(tree)]
    return np.concatenate([moving, still])

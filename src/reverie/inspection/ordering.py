"""The order of units by similarity over time."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

from reverie.errors import require
from reverie.inspection.features import standardise

OPTIMAL = 1024
"""The most units for which the optimal order is computed: twice as many take ten times as long."""


def order_by_similarity(activations: Float[np.ndarray, "T N"]) -> Int[np.ndarray, " N"]:
    """The units in an order in which units of high |correlation| are neighbours.

    They are the leaves of a tree of clusters (average linkage of 1 - |r|, r the correlation over
    time), in the order, of all that the tree allows, that has the greatest r between neighbours
    (Bar-Joseph, Gifford and Jaakkola 2001). Constant units come last.
    Raises InputError where the extra "pictures" is not installed.
    """
    hierarchy = require("scipy.cluster.hierarchy", "pictures")
    rows = standardise(activations)
    varies = rows.any(0)
    moving, still = np.flatnonzero(varies), np.flatnonzero(~varies)
    if len(moving) > 2:
        r = rows[:, moving].T @ rows[:, moving] / np.float32(len(rows))
        # Each pair once; clipped, as rounding might exceed 1.
        r = np.clip(r[np.triu_indices(len(moving), 1)], -1, 1)
        tree = hierarchy.linkage(1 - np.abs(r), "average")
        if len(moving) <= OPTIMAL:
            tree = hierarchy.optimal_leaf_ordering(tree, 1 - r)
        moving = moving[hierarchy.leaves_list(tree)]
    return np.concatenate([moving, still])

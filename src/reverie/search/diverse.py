"""Diverse beam search: groups of hypotheses that avoid the symbols of earlier groups."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from reverie.concepts import Autoregressive, Condition, Stop
from reverie.rollout import strengthen
from reverie.search.beam import (
    Beams,
    Constraint,
    Normalise,
    Penalty,
    Progress,
    Search,
    allow_all,
    best,
    no_penalty,
    total,
)
from reverie.stop import Never


def diverse_beam(
    model: Autoregressive,
    width: int,
    limit: int,
    *,
    groups: int,
    strength: Float[Array, ""] | float = 0.5,
    condition: Condition = Condition(),
    stop: Stop = Never(),
    normalise: Normalise = total,
    constraint: Constraint = allow_all,
    penalty: Penalty = no_penalty,
) -> Beams:
    """`width` sequences from `groups` beams that differ from each other (Vijayakumar 2016).

    At every step the groups choose one after the other, and each symbol costs a group
    `strength` nats for every time that the groups before chose it in this step (Hamming
    diversity). Scores and log-probabilities are those of `beam`, without this cost. One group
    is `beam`. The same sequence may come from two groups. Raises ValueError where the groups
    do not divide the width.
    """
    if groups < 1 or width % groups:
        raise ValueError(f"{groups} groups do not divide a beam of {width}")
    model = model.prepare(condition)
    search = Search(model, condition, stop, normalise, width // groups, limit, constraint, penalty)

    def going(group: tuple[Progress, ...]) -> Bool[Array, ""]:
        return jnp.stack([search.is_running(progress) for progress in group]).any()

    def step(group: tuple[Progress, ...]) -> tuple[Progress, ...]:
        chosen: list[Progress] = []
        taken: Any = 0.0
        for progress in group:
            log_probs, states = search.predict(progress)
            new = search.choose(progress, log_probs, states, strength * taken)
            # Hypotheses that ended have left the beam, so all chosen symbols are counted.
            symbols = jax.nn.one_hot(new.carry.previous, log_probs.shape[1])
            taken = taken + symbols.sum(0)
            chosen.append(new)
        return tuple(chosen)

    first = search.begin(strengthen(model.start(condition)))
    ends = jax.lax.while_loop(going, step, (first,) * groups)
    found = [search.result(progress) for progress in ends]
    merged = jax.tree.map(lambda *fields: jnp.concatenate(fields), *found)
    return best(merged, jax.tree.map(lambda a: a[:0], merged))

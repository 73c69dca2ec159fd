"""Beam search: approximates the most probable sequences by keeping a few at every step.

Of all continuations of the hypotheses in the beam, the `width` most probable are kept.
Those that stop leave the beam for a pool, where they compete by score, so that long and short
ones compare fairly; the others are continued. Width 1 is the greedy sequence, and a width that
holds every hypothesis finds the best of all sequences.

A `Constraint` forbids continuations (no word twice, not too short); a `Penalty` adds to the
score by the states of a hypothesis (was all of the source attended to?).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from reverie.concepts import Autoregressive, Carry, Condition, Enumerable, State, Stop
from reverie.rollout import strengthen
from reverie.stop import Never

Normalise = Callable[[Float[Array, "..."], Int[Array, "..."]], Float[Array, "..."]]
"""(log p, length) to the score by which hypotheses of unequal length compete.

At a given length it must not fall as log p rises.
"""

Constraint = Callable[[Float[Array, " V"], Int[Array, " L"], Int[Array, ""]], Float[Array, " V"]]
"""(log p of every next symbol, the symbols before, their number) to log p, -inf where a symbol
is forbidden. The others keep their probability under the model."""

Penalty = Callable[[State, Condition], Float[Array, ""]]
"""(the state after the last symbol, the condition) to nats, at most 0, added to the score."""


def allow_all(
    log_probs: Float[Array, " V"], before: Int[Array, " L"], t: Int[Array, ""]
) -> Float[Array, " V"]:
    """The constraint that forbids nothing."""
    return log_probs


def no_penalty(state: State, condition: Condition) -> Float[Array, ""]:
    """The penalty 0: only probability and length count."""
    return jnp.zeros(())


def total(log_prob: Float[Array, "..."], length: Int[Array, "..."]) -> Float[Array, "..."]:
    """The score log p, which favours short sequences."""
    return log_prob


def mean(log_prob: Float[Array, "..."], length: Int[Array, "..."]) -> Float[Array, "..."]:
    """The score log p / n, the mean log-probability of an element."""
    return log_prob / length


class LengthPenalty(eqx.Module):
    """log p / ((5 + n) / 6)^alpha (Wu 2016, GNMT); alpha 0 is `total`, 0.6 to 0.7 is usual."""

    alpha: Float[Array, ""] | float

    def __call__(
        self, log_prob: Float[Array, "..."], length: Int[Array, "..."]
    ) -> Float[Array, "..."]:
        return log_prob / ((5 + length) / 6) ** self.alpha


class Beams(NamedTuple):
    """The W best hypotheses: the finished ones, best first, then the others, best first.

    Where fewer than W are possible, the last rows are empty: length 0, log p and score -inf.
    """

    values: Int[Array, "W L"]
    """Undefined from `lengths` on."""
    log_probs: Float[Array, " W"]
    """log p of each hypothesis under the model, in nats."""
    scores: Float[Array, " W"]
    lengths: Int[Array, " W"]
    """Including the element at which the stop ended it."""
    finished: Bool[Array, " W"]


class Progress(NamedTuple):
    """The state of the search: the step, the beam with its carries (W, ...), and the pool."""

    t: Int[Array, ""]
    live: Beams
    carry: Carry
    pool: Beams


class Search(eqx.Module):
    """One search: its model, condition and settings."""

    model: Autoregressive
    condition: Condition
    stop: Stop
    normalise: Normalise
    width: int = eqx.field(static=True)
    limit: int = eqx.field(static=True)
    constraint: Constraint = allow_all
    penalty: Penalty = no_penalty

    def begin(self, carry: Carry) -> Progress:
        """The initial state: the empty hypothesis in the beam, and an empty pool."""
        wide = jax.tree.map(lambda a: jnp.broadcast_to(a, (self.width, *a.shape)), carry)
        values = jnp.zeros((self.width, self.limit), jnp.asarray(carry.previous).dtype)
        empty = jnp.full(self.width, -jnp.inf)
        lengths, finished = jnp.zeros(self.width, jnp.int32), jnp.zeros(self.width, bool)
        pool = Beams(values, empty, empty, lengths, finished)
        return Progress(jnp.array(0), pool._replace(log_probs=empty.at[0].set(0.0)), wide, pool)

    def is_running(self, progress: Progress) -> Bool[Array, ""]:
        """Whether the search continues: not at the limit, nor when no live hypothesis can enter the
        pool.

        A continuation is never more probable than what it continues, so its score is at
        most the best that the present log p would have at any of the lengths to come, and
        no penalty is above 0.
        """
        lengths = jnp.arange(1, self.limit + 1)
        scores = self._scores(progress.live.log_probs[:, None], lengths)
        bound = jnp.where(lengths > progress.t, scores, -jnp.inf).max()
        return (progress.t < self.limit) & (bound > progress.pool.scores.min())

    def step(self, progress: Progress) -> Progress:
        """Continues all hypotheses by all symbols, keeps W, moves those that stop to the pool."""
        log_probs, states = self.predict(progress)
        return self.choose(progress, log_probs, states, jnp.zeros(log_probs.shape[1]))

    def predict(self, progress: Progress) -> tuple[Float[Array, "W V"], State]:
        """log p of every next symbol of each hypothesis, and the states after the step."""
        t, live, carry, _ = progress
        log_probs, states = jax.vmap(self._next, (0, None))(carry, t)
        return jax.vmap(self.constraint, (0, 0, None))(log_probs, live.values, t), states

    def choose(
        self,
        progress: Progress,
        log_probs: Float[Array, "W V"],
        states: State,
        handicap: Float[Array, " V"],
    ) -> Progress:
        """Keeps the W best continuations; the handicap of a symbol counts in this choice only."""
        t, live, carry, pool = progress
        totals = live.log_probs[:, None] + log_probs
        _, places = jax.lax.top_k((totals - handicap).ravel(), self.width)
        kept = totals.ravel()[places]
        parents, symbols = jnp.divmod(places, totals.shape[1])
        symbols = symbols.astype(live.values.dtype)
        state = jax.tree.map(lambda s: s[parents], states)

        ends = jax.vmap(self.stop)(symbols, state)
        values = live.values[parents].at[:, t].set(symbols)
        lengths = jnp.full_like(live.lengths, t + 1)
        penalties = jax.vmap(self.penalty, (0, None))(state, self.condition)
        new = Beams(values, kept, self._scores(kept, t + 1) + penalties, lengths, ends)
        return Progress(
            t + 1,
            _keep(~ends, new),
            Carry(state, symbols, jnp.zeros_like(carry.is_first)),
            best(pool, _keep(ends, new)),
        )

    def result(self, progress: Progress) -> Beams:
        """The hypotheses of a search that ends in this state."""
        return best(progress.pool, progress.live)

    def _next(self, carry: Carry, t: Int[Array, ""]) -> tuple[Float[Array, " V"], State]:
        """log p of every next symbol of one hypothesis, and the state after the step."""
        distribution, state = self.model.step(carry, self.condition.at(t))
        if not isinstance(distribution, Enumerable) or distribution.log_probs().ndim != 1:
            raise TypeError(
                "beam search needs a model whose elements are single symbols with an Enumerable "
                f"distribution, not {type(distribution).__name__}: sample with Sample or Greedy"
            )
        return distribution.log_probs(), state

    def _scores(self, log_probs: Array, lengths: Array) -> Array:
        # For an empty row the normaliser may return anything.
        scores = self.normalise(log_probs, lengths)
        return jnp.where(log_probs > -jnp.inf, scores, -jnp.inf)


def _keep(these: Bool[Array, " W"], beams: Beams) -> Beams:
    """The beams with all rows emptied but these; impossible ones are emptied too."""
    these = these & (beams.log_probs > -jnp.inf)
    return Beams(
        beams.values,
        jnp.where(these, beams.log_probs, -jnp.inf),
        jnp.where(these, beams.scores, -jnp.inf),
        jnp.where(these, beams.lengths, 0),
        these & beams.finished,
    )


def best(first: Beams, second: Beams) -> Beams:
    """The best of both, as many as `first` has: finished ones before others, then by score."""
    both = jax.tree.map(lambda a, b: jnp.concatenate([a, b]), first, second)
    order = jnp.lexsort((-both.scores, ~both.finished))[: len(first.scores)]
    return Beams(*(field[order] for field in both))


def beam(
    model: Autoregressive,
    width: int,
    limit: int,
    *,
    condition: Condition = Condition(),
    carry: Carry | None = None,
    stop: Stop = Never(),
    normalise: Normalise = total,
    constraint: Constraint = allow_all,
    penalty: Penalty = no_penalty,
) -> Beams:
    """The best `width` sequences of at most `limit` symbols, for one sequence's condition.

    The search ends at the limit or when no hypothesis in the beam can beat the worst of
    `width` finished ones. Raises ValueError for a width or limit below 1, TypeError where
    the distribution cannot be enumerated.
    """
    if width < 1 or limit < 1:
        raise ValueError(f"width and limit must be at least 1, not {width} and {limit}")
    carry = model.start(condition) if carry is None else carry
    model = model.prepare(condition)
    search = Search(model, condition, stop, normalise, width, limit, constraint, penalty)
    end = jax.lax.while_loop(
        lambda progress: search.is_running(progress),
        lambda progress: search.step(progress),
        search.begin(strengthen(carry)),
    )
    return search.result(end)

"""The one loop: what the model draws becomes its input.

`rollout` is differentiable and of fixed length, `generate` stops early, `stream` goes on
in chunks for as long as it is asked. All three take the same step, so the same key gives
the same sequence whichever is used: step t draws with fold_in(key, t).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from reverie.concepts import (
    Autoregressive,
    Carry,
    Condition,
    Key,
    Predictive,
    Rollout,
    Samplable,
    Sampler,
    State,
    Stop,
    Value,
    hold,
)
from reverie.programs import remember
from reverie.randomness import draw_from
from reverie.samplers import Sample
from reverie.stop import Never
from reverie.threads import RowThreads

Record = Callable[[State], Any]
"""What to keep of the state of each step."""


def everything(state: State) -> Any:
    """Keeps the whole state."""
    return state


def nothing(state: State) -> Any:
    """Keeps none of it."""
    return None


class StepRecord(NamedTuple):
    """What one step of the loop leaves behind."""

    value: Value
    log_prob: Float[Array, ""] | None
    real: Bool[Array, ""]
    """False behind the end of the sequence."""
    state: Any
    distribution: Samplable | None


class Progress(NamedTuple):
    """Where the loop is; the counter stands outside, shared by all rows of a batch."""

    carry: Carry
    finished: Bool[Array, ""]


class Loop(eqx.Module):
    """One step of free running: (progress, t) to (progress, what was drawn)."""

    model: Autoregressive
    sampler: Sampler
    stop: Stop
    condition: Condition
    key: Key
    record: Record = eqx.field(static=True, default=everything)
    score: bool = eqx.field(static=True, default=True)

    def __call__(
        self, progress: Progress, t: Int[Array, ""], row: Any
    ) -> tuple[Progress, StepRecord]:
        """`t` counts from the start of the sequence, `row` from the first row of the condition."""
        carry, finished = progress
        distribution, state = self.model.step(carry, self.condition.at(row))
        value = draw_from(
            lambda key: self.sampler(distribution, t, jax.random.fold_in(key, t)), self.key
        )
        log_prob = self._log_prob(distribution, value, finished)
        new = hold(~finished, Carry(state, value, jnp.array(False)), carry)
        drawn = StepRecord(value, log_prob, ~finished, self.record(new.state), distribution)
        return Progress(new, finished | self.stop(value, state)), drawn

    def _log_prob(
        self, distribution: Samplable, value: Value, finished: Bool[Array, ""]
    ) -> Float[Array, ""] | None:
        if not self.score:
            return None
        if not isinstance(distribution, Predictive):
            raise TypeError(f"{type(distribution).__name__} has no density: ask for no scores")
        return jnp.where(finished, 0.0, distribution.log_prob(value))


def make_loop(
    model: Autoregressive,
    sampler: Sampler,
    stop: Stop,
    condition: Condition,
    key: Key,
    record: Record,
    score: bool,
) -> Loop:
    """The loop with all that can be done before it begins."""
    prepared = model.prepare(condition)
    return Loop(prepared, sampler, stop, condition, key, record, score)


def rollout(
    model: Autoregressive,
    sampler: Sampler,
    steps: int,
    *,
    key: Key,
    carry: Carry | None = None,
    condition: Condition = Condition(),
    stop: Stop = Never(),
    start: Int[Array, ""] | int = 0,
    finished: Bool[Array, ""] | bool = False,
    record: Record = everything,
    score: bool = True,
) -> Rollout:
    """Draws `steps` elements; differentiable; the carry waits from where `stop` ended it.

    `start` and `finished` say how far the sequence had come before, where a carry goes on. With
    `score` the log p of each element is computed, for which the distribution needs a density.
    """
    carry = model.start(condition) if carry is None else carry
    loop = make_loop(model, sampler, stop, condition, key, record, score)

    def body(progress: Progress, row: Int[Array, ""]) -> tuple[Progress, StepRecord]:
        return loop(progress, start + row, row)

    begin = Progress(strengthen(carry), jnp.asarray(finished))
    end, drawn = jax.lax.scan(body, begin, jnp.arange(steps))
    return Rollout(
        drawn.value,
        drawn.log_prob,
        drawn.real.sum(),
        end.finished,
        end.carry,
        drawn.state,
        drawn.distribution,
    )


def generate(
    model: Autoregressive,
    sampler: Sampler,
    limit: int,
    *,
    key: Key,
    carry: Carry | None = None,
    condition: Condition = Condition(),
    stop: Stop = Never(),
    record: Record = everything,
    score: bool = True,
    axis_name: str | None = None,
) -> Rollout:
    """Draws until `stop`, at most `limit` elements, and spends no time on more; else as `rollout`.

    Under `vmap`, give `axis_name` the name of its axis: the rows then share the counter
    and end together when the last of them does. Not differentiable in reverse.
    """
    carry = model.start(condition) if carry is None else carry
    loop = make_loop(model, sampler, stop, condition, key, record, score)
    begin = Progress(strengthen(carry), jnp.array(False))
    shapes = jax.eval_shape(loop, begin, jnp.array(0), 0)[1]._replace(distribution=None)
    buffers = jax.tree.map(lambda s: jnp.zeros((limit, *s.shape), s.dtype), shapes)

    def going(loop_state: Any) -> Bool[Array, ""]:
        t, progress, _ = loop_state
        alive = ~progress.finished
        if axis_name is not None:
            alive = jax.lax.pmax(alive.astype(jnp.int32), axis_name) > 0
        return (t < limit) & alive

    def body(loop_state: Any) -> Any:
        t, progress, buffers = loop_state
        progress, drawn = loop(progress, t, t)
        drawn = drawn._replace(distribution=None)
        return t + 1, progress, jax.tree.map(lambda b, d: b.at[t].set(d), buffers, drawn)

    _, end, drawn = jax.lax.while_loop(going, body, (jnp.array(0), begin, buffers))
    return Rollout(
        drawn.value, drawn.log_prob, drawn.real.sum(), end.finished, end.carry, drawn.state
    )


def stream(
    model: Autoregressive,
    sampler: Sampler,
    *,
    key: Key,
    carry: Carry | None = None,
    condition: Condition = Condition(),
    stop: Stop = Never(),
    chunk: int = 64,
    limit: int | None = None,
    record: Record = nothing,
    score: bool = True,
) -> Iterator[Rollout]:
    """Draws on and on, a chunk at a time, in constant memory: the rollout cut in pieces.

    `key` may be (N,) keys: then N sequences are drawn at once and every array of the
    chunks has a leading N; `carry` and `condition` are shared by them. Ends with `limit`
    elements or when all sequences are finished. The `length` of a chunk counts its own
    real elements only; the last chunk may be longer than what is left: cut it there.
    """
    many = key.ndim == 1
    carry = strengthen(model.start(condition) if carry is None else carry)
    # NumPy's arrays here and below: each operation of jax's would be compiled.
    begin: Any = Progress(carry, jax.device_put(np.array(False)))
    if many:
        begin = jax.tree.map(lambda a: np.broadcast_to(a, (key.shape[0], *a.shape)), begin)
    structure, done = jax.tree.structure(carry), 0
    with RowThreads(model, key.shape[0] if many else 1) as threads:
        while limit is None or done < limit:
            # As an array, or each chunk would be compiled anew.
            start = jax.device_put(np.asarray(done, jnp.result_type(int)))
            work = partial(
                _piece, many, model, sampler, chunk, condition, stop, start, record, score
            )
            values, log_probs, length, finished, leaves, states = threads.map(work, (key, begin))
            carry = jax.tree.unflatten(structure, leaves)
            yield Rollout(values, log_probs, length, finished, carry, states)
            begin, done = Progress(carry, finished), done + chunk
            if np.asarray(finished).all():
                return


@remember
def _piece(
    many: bool,
    model: Autoregressive,
    sampler: Sampler,
    chunk: int,
    condition: Condition,
    stop: Stop,
    start: Int[Array, ""],
    record: Record,
    score: bool,
    rows: tuple[Key, Progress],
) -> tuple[Any, ...]:
    """The next chunk of a stream, one sequence or many: what a `Rollout` holds, its carry flat."""
    if condition.steps is not None:
        steps = jnp.take(condition.steps, start + jnp.arange(chunk), axis=0, mode="clip")
        condition = condition._replace(steps=steps)

    def one(key: Key, progress: Progress) -> tuple[Any, ...]:
        rolled = rollout(
            model,
            sampler,
            chunk,
            key=key,
            carry=progress.carry,
            condition=condition,
            stop=stop,
            start=start,
            finished=progress.finished,
            record=record,
            score=score,
        )
        values, log_probs, length, finished, carry, states, _ = rolled
        return values, log_probs, length, finished, jax.tree.leaves(carry), states

    return (jax.vmap(one) if many else one)(*rows)


def sample(
    model: Autoregressive, steps: int, *, key: Key, condition: Condition = Condition()
) -> Value:
    """`steps` elements drawn freely: the shortest way to a sample."""
    return rollout(model, Sample(), steps, key=key, condition=condition, score=False).values


def strengthen(carry: Carry) -> Carry:
    """A carry of strong types, so that a loop may carry it."""
    return jax.tree.map(lambda a: jax.lax.convert_element_type(a, jnp.asarray(a).dtype), carry)

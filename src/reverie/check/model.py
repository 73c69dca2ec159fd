"""Properties of every sequence model: unroll = the step loop, causality, normalisation."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from reverie.check.comparing import (
    LATER,
    LONG,
    Claim,
    collect,
    concatenate,
    device,
    differentiate,
    differentiate_compiled,
    entry,
    first,
    first_steps,
    host,
    perturb,
    repeat,
    rows_from,
    stack,
)
from reverie.concepts import Carry, Condition, Enumerable, Key, Predictive, State, Value
from reverie.model import SequenceModel, nll


class Outputs(NamedTuple):
    """The result of a model on a sequence: -log p (T,), distributions, carry, states (T, ...)."""

    nll: Float[Array, " T"]
    distribution: Predictive
    carry: Carry
    states: State


class Gradient(NamedTuple):
    """The gradient of a weighted sum of the outputs by each argument."""

    model: Any
    values: Any
    carry: Any
    condition: Any


@dataclass(frozen=True)
class Case:
    """A model with a sequence and conditions."""

    model: SequenceModel
    values: Value
    condition: Condition
    other: Condition
    key: Key
    tolerance: float | None

    @property
    def length(self) -> int:
        """T."""
        return int(jax.tree.leaves(self.values)[0].shape[0])

    @property
    def arguments(self) -> tuple[SequenceModel, Value, Carry, Condition]:
        """What a reading is made of, from the start."""
        return self.model, self.values, self.model.start(self.condition), self.condition

    @property
    def piece(self) -> int:
        """Steps of a piece of a long sequence: `_split` compiles a program for so many."""
        return max(self.length // 2, 1)

    @property
    def rows(self) -> Value:
        """The values over and over, and that backwards: two long sequences (2, L, E...)."""
        values = self.over_and_over(self.values)
        return jax.tree.map(lambda v: np.stack([v, v[::-1]]), values)

    @property
    def steps(self) -> Any:
        """The steps of the condition, over and over."""
        return self.over_and_over(self.condition.steps)

    def over_and_over(self, tree: Any) -> Any:
        """The T rows of arrays as the L of a long sequence."""
        return repeat(tree, max(LONG, self.length))

    def at(self, steps: Any) -> Condition:
        """The condition with other steps."""
        return self.condition._replace(steps=device(steps))

    def claim(self, name: str, cause: str) -> Claim:
        """A property at the tolerance asked for."""
        return Claim(name, cause, self.tolerance)


def check_model(
    model: SequenceModel,
    values: Value,
    *,
    condition: Condition = Condition(),
    other: Condition | None = None,
    support: Value | None = None,
    key: Key | None = None,
    splits: tuple[int, ...] | None = None,
    most: int = 1024,
    tolerance: float | None = None,
) -> None:
    """Checks a model on a sequence of values (T, E...); raises CheckFailed where a property fails.

    fresh       a second call, also with the `other` condition, equals that of a fresh model
    causal      p(y_t) does not depend on y_t or anything later, among 128 elements or more
    equal       unroll = the step loop, in values, carry and gradients
    unread      where there is no previous element, what stands for it has no influence
    split       [:k] and [k:], through the carry, equal the whole, at `splits` (all 0 < k < T)
    padded      NaN where the mask is False changes nothing, forward or backward
    rows        rows under `vmap` are independent
    long        a sequence of 128 elements or more equals its pieces of T / 2
    normalised  the probabilities of all sequences sum to 1, up to the length at which there
                are `most` of them; `support` lists all elements (an Enumerable has its own)

    A long sequence has the values, and the `steps` of the condition, over and over.
    """
    other = perturb(condition) if other is None else other
    key = jax.random.key(0) if key is None else key
    values = device(host(values))
    case = Case(model, values, condition, other, key, tolerance)
    _fresh(case)
    # Before `_equal`, which sees the same fault and cannot name it.
    _causal(case)
    _equal(case)
    _unread(case)
    _split(case, range(1, case.length) if splits is None else splits)
    _padded(case)
    _rows(case)
    _long(case)
    _normalised(case, support, most)


def _step(
    model: SequenceModel, value: Value, carry: Carry, condition: Condition
) -> tuple[Any, State, Float[Array, ""]]:
    distribution, state = model.step(carry, condition)
    return distribution, state, nll(distribution, value)


_step_compiled = eqx.filter_jit(_step)


def _loop_steps(
    model: SequenceModel, values: Value, carry: Carry, condition: Condition,
    real: int | None = None, step: Callable[..., tuple[Any, State, Array]] = _step_compiled,
) -> Outputs:  # fmt: skip
    """The reference: a loop over steps in Python, up to the last real element."""
    distributions, states, losses = [], [], []
    for t in range(jax.tree.leaves(values)[0].shape[0] if real is None else real):
        value = jax.tree.map(lambda v, t=t: v[t], values)
        distribution, state, loss = step(model, value, carry, condition.at(t))
        carry = Carry(state, value, jnp.array(False))
        distributions.append(distribution)
        states.append(state)
        losses.append(loss)
    return Outputs(stack(losses), stack(distributions), carry, stack(states))


def _unroll(
    model: SequenceModel,
    values: Value,
    carry: Carry,
    condition: Condition,
    mask: Bool[Array, " T"] | None = None,
    real: int | None = None,
) -> Outputs:
    distribution, after, states = model.unroll(values, carry, condition, mask=mask)
    losses = nll(distribution, values, mask)
    return Outputs(losses[:real], first(distribution, real), after, first(states, real))


_read = eqx.filter_jit(_unroll)
_read_rows = eqx.filter_jit(eqx.filter_vmap(_unroll, in_axes=(None, 0, None, None)))


def _fresh(case: Case) -> None:
    claim = case.claim(
        "a second call equals a fresh one",
        "something of the first call is kept on self: put it into the state",
    )

    def run(model: SequenceModel, condition: Condition) -> Outputs:
        return _loop_steps(model, case.values, model.start(condition), condition, step=_step)

    claim.fresh("the second reading", case.model, (case.other, case.condition), run)


def _equal(case: Case) -> None:
    claim = case.claim("unroll = the step loop", "the shift by one, or an unroll of the core")
    with claim.stateless():
        expected, slope = differentiate(_loop_steps, *case.arguments)
        got, got_slope = differentiate_compiled(_unroll, *case.arguments)
    claim.same("the reading", got, expected)
    claim.same("the gradient", Gradient(*got_slope), Gradient(*slope))


def _causal(case: Case) -> None:
    claim = case.claim(
        "p(y_t) does not see y_t or later", "the shift by one is missing, or a core looks ahead"
    )
    short = differentiate_compiled(_unroll, *case.arguments)[0]
    others = case.over_and_over(_other_values(case, short.distribution))
    whole = _read_long(case, case.rows)
    for t in (0, *LATER):
        changed = jax.tree.map(lambda v, o, t=t: _spliced(v, o, t), case.rows, others)
        moved = _read_long(case, changed)
        for what in ("distribution", "states"):
            got, expected = (first_steps(getattr(r, what), t + 1) for r in (moved, whole))
            claim.same(f"with other values from {t} on, the {what}", got, expected)


def _read_long(case: Case, rows: Value) -> Outputs:
    """The readings of two long sequences (2, L, ...)."""
    model, _, carry, _ = case.arguments
    return _read_rows(model, device(rows), carry, case.at(case.steps))


def _spliced(rows: np.ndarray, others: np.ndarray, start: int) -> np.ndarray:
    """Rows (2, L, ...), of which the first has those others (L, ...) from an index on."""
    spliced = np.concatenate([rows[0, :start], others[start:]])
    return np.stack([spliced, rows[1]])


def _other_values(case: Case, distribution: Predictive) -> Value:
    """Values (T, E...) that differ from those given nearly everywhere."""
    sampled = _sample(distribution.sharpen(-0.9), case.key)

    def pick(candidates: np.ndarray, given: np.ndarray) -> np.ndarray:
        """(32, T, E...) and (T, E...) to the first candidate that differs, at each t."""
        differs = (candidates != given).reshape(*candidates.shape[:2], -1).any(-1)
        return candidates[differs.argmax(0), np.arange(len(given))].astype(given.dtype)

    return jax.tree.map(pick, host(sampled), host(case.values))


@eqx.filter_jit
def _sample(distribution: Predictive, key: Key) -> Value:
    """32 samples."""
    return jax.vmap(distribution.sample)(jax.random.split(key, 32))


def _unread(case: Case) -> None:
    claim = case.claim(
        "the first element has none before it", "the feedback reads `previous` where `is_first`"
    )
    model, values, carry, condition = case.arguments
    whole = differentiate_compiled(_unroll, *case.arguments)[0]
    given = (
        case.values,
        _other_values(case, whole.distribution),
        _spoil(np.zeros(1, bool), case.values),
    )
    for previous in (_row(tree, n) for tree in map(host, given) for n in range(case.length)):
        begun = carry._replace(previous=device(previous))
        got = differentiate_compiled(_unroll, model, values, begun, condition)[0]
        claim.same("with another element where there is none, the reading", got, whole)


def _split(case: Case, splits: Iterable[int]) -> None:
    claim = case.claim(
        "a split equals the whole", "something that must be carried on is not in the carry"
    )
    model, values, carry, condition = case.arguments
    whole = differentiate_compiled(_unroll, model, values, carry, condition)[0]
    given = host((values, condition.steps))
    for k in splits:
        early, late = device(first(given, k)), device(rows_from(given, k))
        begun = _read(model, early[0], carry, condition._replace(steps=early[1]))
        ended = _read(model, late[0], begun.carry, condition._replace(steps=late[1]))
        pieces = ((r.nll, r.distribution, r.states) for r in (begun, ended))
        losses, distribution, states = concatenate(*pieces)
        both = Outputs(losses, distribution, ended.carry, states)
        claim.same(f"the reading cut at {k}", both, whole)


def _padded(case: Case) -> None:
    claim = case.claim(
        "padding has no influence",
        "padding is used before it is replaced: zero it first",
    )
    real = max(case.length // 2, 1)
    mask = np.arange(case.length) < real
    expected, slope = differentiate(_loop_steps, *case.arguments, real)
    values, steps = (_spoil(mask, tree) for tree in (case.values, case.condition.steps))
    model, _, carry, condition = case.arguments
    got, got_slope = differentiate_compiled(
        _unroll, model, values, carry, condition._replace(steps=steps), device(mask), real
    )
    claim.same("the reading", got, expected)
    claim.same("the gradient", Gradient(*got_slope[:4]), Gradient(*slope[:4]))


def _spoil(mask: np.ndarray, tree: Value) -> Value:
    """Values with NaN, or the most negative integer, where the mask is False."""

    def spoil(v: np.ndarray) -> np.ndarray:
        floating = jnp.issubdtype(v.dtype, jnp.inexact)
        bad = np.nan if floating else 0 if v.dtype == bool else np.iinfo(v.dtype).min
        return np.where(mask.reshape(-1, *[1] * (v.ndim - 1)), v, v.dtype.type(bad))

    return device(jax.tree.map(spoil, host(tree)))


def _rows(case: Case) -> None:
    """The beginning of long rows, into which nothing later leaks, is that of each row alone."""
    claim = case.claim("rows under vmap do not leak", "an operation reads more than its own row")
    whole, piece = _read_long(case, case.rows), case.piece
    model, _, carry, _ = case.arguments
    condition = case.at(first(case.steps, piece))
    begun = jax.tree.map(lambda v: v[:, :piece], case.rows)
    alone = [_read(model, device(_row(begun, n)), carry, condition) for n in range(2)]
    for what in ("nll", "distribution", "states"):
        got, expected = first_steps(getattr(whole, what), piece), [getattr(a, what) for a in alone]
        claim.same(f"{what} of a row", got, collect(expected))


def _long(case: Case) -> None:
    """A long sequence, piece by piece, each from the state that it had there."""
    claim = case.claim("a split equals the whole", "what is needed much later is not in the carry")
    whole, piece = _read_long(case, case.rows), case.piece
    values, numbers, pieces = _row(case.rows, 0), host(whole), []
    starts = range(piece, len(numbers.nll[0]) - piece + 1, piece)
    for start in starts:
        given, steps = rows_from((values, case.steps), start, piece)
        state = entry(whole.states, numbers.states, (0, start - 1))
        carry = Carry(state, device(_row(values, start - 1)), jnp.array(False))
        pieces.append(_read(case.model, device(given), carry, case.at(steps)))
    for what in ("nll", "distribution", "states"):
        expected = concatenate(*(getattr(p, what) for p in pieces))
        got = rows_from(_row(getattr(numbers, what), 0), piece, len(starts) * piece)
        claim.same(f"{what} of a long sequence", got, expected)
    states = jax.tree.map(lambda a: a[:, -1], numbers.states)
    claim.same("the last of the states", numbers.carry.state, states)


def _row(tree: Any, index: int) -> Any:
    """One row of every array."""
    return jax.tree.map(lambda a: a[index], tree)


def _normalised(case: Case, support: Value | None, most: int) -> None:
    claim = case.claim("all sequences have probability 1", "p(y_t) sees y_t, or is not normalised")
    model, _values, carry, condition = case.arguments
    distribution, _ = model.step(carry, condition.at(0))
    if support is None and isinstance(distribution, Enumerable):
        support = np.arange(distribution.log_probs().shape[-1])
    if support is None:
        return
    support = host(support)
    size = jax.tree.leaves(support)[0].shape[0]
    length = max(n for n in range(1, case.length + 1) if size**n <= most or n == 1)
    places = np.indices((size,) * length).reshape(length, -1).T
    sequences = device(jax.tree.map(lambda s: s[places], support))
    given = condition._replace(steps=device(first(host(condition.steps), length)))
    losses = host(_read_rows(model, sequences, carry, given).nll)
    claim.same("the sum", np.exp(-losses.sum(1)).sum(), np.ones_like(losses, shape=()))

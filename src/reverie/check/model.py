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
    Claim,
    collect,
    concatenate,
    device,
    differentiate,
    differentiate_compiled,
    first,
    host,
    perturb,
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
    equal       unroll = the step loop, in values, carry and gradients
    causal      p(y_t) does not depend on y_t or anything later
    split       [:k] and [k:], through the carry, equal the whole, at `splits` (all 0 < k < T)
    padded      NaN where the mask is False changes nothing, forward or backward
    rows        rows under `vmap` are independent
    normalised  the probabilities of all sequences sum to 1, up to the length at which there
                are `most` of them; `support` lists all elements (an Enumerable has its own)
    """
    other = perturb(condition) if other is None else other
    key = jax.random.key(0) if key is None else key
    values = device(host(values))
    case = Case(model, values, condition, other, key, tolerance)
    _fresh(case)
    _equal(case)
    _causal(case)
    _split(case, range(1, case.length) if splits is None else splits)
    _padded(case)
    _rows(case)
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
    arguments = case.arguments
    whole = differentiate_compiled(_unroll, *arguments)[0]
    others = _other_values(case, whole.distribution)
    for t in range(case.length):
        values = device(concatenate(first(host(case.values), t), _from(others, t)))
        moved = differentiate_compiled(_unroll, case.model, values, *arguments[2:])[0]
        for what in ("distribution", "states"):
            got, expected = (first(host(getattr(r, what)), t + 1) for r in (moved, whole))
            claim.same(f"with other values from {t} on, the {what}", got, expected)


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


def _from(tree: Value, start: int) -> Value:
    """The rows of every array from `start` on."""
    return jax.tree.map(lambda a: a[start:], tree)


def _split(case: Case, splits: Iterable[int]) -> None:
    claim = case.claim(
        "a split equals the whole", "something that must be carried on is not in the carry"
    )
    model, values, carry, condition = case.arguments
    whole = differentiate_compiled(_unroll, model, values, carry, condition)[0]
    given = host((values, condition.steps))
    for k in splits:
        early, late = device(first(given, k)), device(_from(given, k))
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
    claim = case.claim("rows under vmap do not leak", "an operation reads more than its own row")
    model, values, carry, condition = case.arguments
    rows = [host(values), jax.tree.map(lambda v: v[::-1], host(values))]
    alone = [
        differentiate_compiled(_unroll, model, device(row), carry, condition)[0] for row in rows
    ]
    got = _read_rows(model, device(collect(rows)), carry, condition)
    claim.same("the reading of a row", got, collect(alone))


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

"""Properties of every core: step = unroll, causality, and independence of rows."""

from __future__ import annotations

import copy
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
from reverie.concepts import Condition, Core, Key, State


class Outputs(NamedTuple):
    """The result of a core: outputs (T, D), the last state, the state after each step (T, ...)."""

    outs: Float[Array, "T D"]
    last: State
    states: State


class Gradient(NamedTuple):
    """The gradient of a weighted sum of the outputs by each argument."""

    core: Any
    inputs: Any
    state: Any
    condition: Any


@dataclass(frozen=True)
class Case:
    """A core with inputs, a condition and a state that is not the initial one."""

    core: Core
    xs: Float[Array, "T X"]
    condition: Condition
    other: Condition
    state: State
    key: Key | None
    tolerance: float | None

    def claim(self, name: str, cause: str) -> Claim:
        """A property at the tolerance of this case."""
        return Claim(name, cause, self.tolerance)


def check_core(
    core: Core,
    inputs: int,
    *,
    condition: Condition = Condition(),
    other: Condition | None = None,
    key: Key | None = None,
    steps: int = 4,
    splits: tuple[int, ...] | None = None,
    tolerance: float | None = None,
    seed: int = 0,
) -> None:
    """Checks a core of X = `inputs` on random inputs; raises CheckFailed where a property fails.

    fresh      a second call, also with the `other` condition, equals that of a fresh core
    equal      step = unroll, in values and in all gradients
    prepared   prepared for its condition it does the same
    split      unroll over [:k] and [k:], through the state, equals the whole
    padded     NaN where the mask is False changes nothing, forward or backward
    causal     no output depends on a later input
    rows       rows under `vmap` are independent

    With a `key` the state holds noise. `other` is by default the condition with other
    numbers; `splits` are all 0 < k < T. Where the condition has `steps`, T is theirs.
    """
    steps = steps if condition.steps is None else len(condition.steps)
    rng = np.random.default_rng(seed)
    xs = rng.normal(size=(steps + 1, inputs)).astype(jnp.result_type(float))
    other = perturb(condition) if other is None else other
    case = _case(core, xs, condition, other, key, tolerance)
    _fresh(case)
    _equal(case)
    _split(case, range(1, steps) if splits is None else splits)
    _padded(case)
    _causal(case)
    _rows(case)


def _case(
    core: Core, xs: Any, condition: Condition, other: Condition, key: Key | None,
    tolerance: float | None,
) -> Case:  # fmt: skip
    """A case whose state is that after one input, so that it is not a special one."""
    untouched, later = copy.deepcopy(core), device(xs[1:])
    begin = untouched.initial_state(condition, key=key)
    _, state = untouched.step(device(xs[0]), begin, condition.at(0))
    keeps = Claim("a state keeps its form", "a field changes its dtype or shape in the first step")
    keeps.same("the form of the state ", _form(state), _form(begin))
    return Case(core, later, condition, other, state, key, tolerance)


def _form(state: State) -> Any:
    """Shape and dtype of every array, as numbers that can be compared."""
    return jax.tree.map(lambda a: np.array([jnp.result_type(a).num, *jnp.shape(a)]), state)


def _step(core: Core, x: Any, state: State, condition: Condition) -> tuple[Array, State]:
    return core.step(x, state, condition)


_step_compiled = eqx.filter_jit(_step)


def _loop_steps(
    core: Core, xs: Any, state: State, condition: Condition, real: int | None = None,
    step: Callable[..., tuple[Array, State]] = _step_compiled,
) -> Outputs:  # fmt: skip
    """The reference: a loop over steps in Python; from `real` on the state does not change."""
    outs, states = [], []
    for t, x in enumerate(xs):
        out, new = step(core, x, state, condition.at(t))
        behind = real is not None and t >= real
        out, state = (jnp.zeros_like(out), state) if behind else (out, new)
        outs.append(out)
        states.append(state)
    return Outputs(stack(outs), state, stack(states))


def _unroll(
    core: Core, xs: Any, state: State, condition: Condition, mask: Bool[Array, " T"] | None = None
) -> Outputs:
    return Outputs(*core.unroll(xs, state, condition, mask=mask))


_run = eqx.filter_jit(_unroll)
_run_rows = eqx.filter_jit(eqx.filter_vmap(_unroll, in_axes=(None, 0, None, None)))


def _fresh(case: Case) -> None:
    claim = case.claim(
        "a second call equals a fresh one",
        "something of the first call is kept on self: put it into the state",
    )

    def run(core: Core, condition: Condition) -> Outputs:
        state = core.initial_state(condition, key=case.key)
        return _loop_steps(core, case.xs, state, condition, step=_step)

    claim.fresh("the second trace", case.core, (case.other, case.condition), run)


def _equal(case: Case) -> None:
    claim = case.claim("step = unroll", "an overridden unroll does not follow step")
    arguments = case.core, case.xs, case.state, case.condition
    with claim.stateless():
        expected, slope = differentiate(_loop_steps, *arguments)
        got, got_slope = differentiate_compiled(_unroll, *arguments)
    claim.same("the trace", got, expected)
    claim.same("the gradient", Gradient(*got_slope), Gradient(*slope))
    structures: list[Any] = [
        jax.tree.structure(core)
        for core in (case.core, eqx.filter_eval_shape(Core.prepare, case.core, case.condition))
    ]
    if structures[0] != structures[1]:  # something of it depends on the condition alone
        _prepared(case, expected, Gradient(*slope))


def _prepared(case: Case, expected: Outputs, slope: Gradient) -> None:
    claim = case.claim("prepared for its condition it does the same", "prepare forgets something")

    def prepare(core: Core, xs: Any, state: State, condition: Condition) -> Outputs:
        return _loop_steps(core.prepare(condition), xs, state, condition)

    got, got_slope = differentiate(prepare, case.core, case.xs, case.state, case.condition)
    claim.same("the trace", got, expected)
    claim.same("the gradient", Gradient(*got_slope), slope)


def _split(case: Case, splits: Iterable[int]) -> None:
    claim = case.claim(
        "a split equals the whole", "something that must be carried on is not in the state"
    )
    whole = differentiate_compiled(_unroll, case.core, case.xs, case.state, case.condition)[0]
    for k in splits:
        early, late = (case.condition._replace(steps=s) for s in _cut(case.condition.steps, k))
        xs = host(case.xs)
        begun = _run(case.core, device(xs[:k]), case.state, early)
        ended = _run(case.core, device(xs[k:]), begun.last, late)
        outs, states = concatenate((begun.outs, begun.states), (ended.outs, ended.states))
        claim.same(f"the trace cut at {k}", Outputs(outs, ended.last, states), whole)


def _cut(steps: Array | None, k: int) -> tuple[Array | None, Array | None]:
    return (None, None) if steps is None else device((host(steps)[:k], host(steps)[k:]))


def _padded(case: Case) -> None:
    claim = case.claim(
        "padding has no influence",
        "padding is used before it is replaced: zero the inputs first",
    )
    length = len(case.xs)
    for real in (length // 2, 0):
        mask = device(np.arange(length) < real)
        xs, condition = _replace(case, np.arange(length) >= real, np.nan)
        arguments = case.core, case.xs, case.state, case.condition, real
        expected, slope = differentiate(_loop_steps, *arguments)
        got, got_slope = differentiate_compiled(_unroll, case.core, xs, case.state, condition, mask)
        what = f"with {real} of {length} elements real, the "
        claim.same(what + "trace", got, expected)
        claim.same(what + "gradient", Gradient(*got_slope[:4]), Gradient(*slope[:4]))


def _causal(case: Case) -> None:
    claim = case.claim("no output sees a later input", "unroll mixes inputs over time")
    whole = differentiate_compiled(_unroll, case.core, case.xs, case.state, case.condition)[0]
    for t in range(1, len(case.xs)):
        xs, condition = _replace(case, np.arange(len(case.xs)) >= t, 3.0)
        moved = differentiate_compiled(_unroll, case.core, xs, case.state, condition)[0]
        for what in ("outs", "states"):
            got, expected = (first(host(getattr(trace, what)), t) for trace in (moved, whole))
            claim.same(f"with other inputs from step {t} on, {what}", got, expected)


def _replace(case: Case, where: np.ndarray, number: float) -> tuple[Array, Condition]:
    """The inputs and the steps of the condition, with `number` in some rows."""

    def put(rows: Any) -> Any:
        return jax.tree.map(lambda a: np.where(where[:, None], a.dtype.type(number), a), host(rows))

    xs, steps = device((put(case.xs), put(case.condition.steps)))
    return xs, case.condition._replace(steps=steps)


def _rows(case: Case) -> None:
    claim = case.claim("rows under vmap do not leak", "an operation reads more than its own row")
    rows = [case.xs, device(host(perturb(case.xs))[::-1])]
    alone = [
        differentiate_compiled(_unroll, case.core, r, case.state, case.condition)[0] for r in rows
    ]
    got = _run_rows(case.core, device(collect(rows)), case.state, case.condition)
    claim.same("the trace of a row", got, collect(alone))

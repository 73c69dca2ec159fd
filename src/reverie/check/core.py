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
    rows: np.ndarray
    """Two long sequences, (2, L, X)."""
    condition: Condition
    other: Condition
    state: State
    key: Key | None
    tolerance: float | None

    @property
    def piece(self) -> int:
        """Steps of a piece of a long sequence: `_split` compiles a program for so many."""
        return max(len(self.xs) // 2, 1)

    @property
    def steps(self) -> Any:
        """The steps of the condition, over and over."""
        return repeat(self.condition.steps, self.rows.shape[1])

    def at(self, steps: Any) -> Condition:
        """The condition with other steps."""
        return self.condition._replace(steps=device(steps))

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
    causal     no output depends on a later input, in a sequence of 128 steps or more
    equal      step = unroll, in values and in all gradients
    prepared   prepared for its condition it does the same
    split      unroll over [:k] and [k:], through the state, equals the whole
    padded     NaN where the mask is False changes nothing, forward or backward
    rows       rows under `vmap` are independent
    long       a sequence of 128 steps or more equals its pieces of T / 2 steps

    T = `steps`, or where the condition has `steps`, their number; a long sequence has them
    over and over. With a `key` the state holds noise. `other` is by default the condition with
    other numbers; `splits` are all 0 < k < T.
    """
    steps = steps if condition.steps is None else len(condition.steps)
    rng = np.random.default_rng(seed)
    xs = rng.normal(size=(steps + 1, inputs)).astype(jnp.result_type(float))
    rows = rng.normal(size=(2, max(LONG, steps), inputs)).astype(xs.dtype)
    other = perturb(condition) if other is None else other
    case = _case(core, xs, rows, condition, other, key, tolerance)
    _fresh(case)
    # Before `_equal`, which sees the same fault and cannot name it.
    _causal(case)
    _equal(case)
    _split(case, range(1, steps) if splits is None else splits)
    _padded(case)
    _rows(case)
    _long(case)


def _case(
    core: Core, xs: Any, rows: Any, condition: Condition, other: Condition, key: Key | None,
    tolerance: float | None,
) -> Case:  # fmt: skip
    """A case whose state is that after one input, so that it is not a special one."""
    untouched, later = copy.deepcopy(core), device(xs[1:])
    begin = untouched.initial_state(condition, key=key)
    _, state = untouched.step(device(xs[0]), begin, condition.at(0))
    keeps = Claim("a state keeps its form", "a field changes its dtype or shape in the first step")
    keeps.same("the form of the state ", _form(state), _form(begin))
    return Case(core, later, rows, condition, other, state, key, tolerance)


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
        given = host((case.xs, case.condition.steps))
        early, late = rows_from(given, 0, k), rows_from(given, k)
        begun = _run(case.core, device(early[0]), case.state, case.at(early[1]))
        ended = _run(case.core, device(late[0]), begun.last, case.at(late[1]))
        outs, states = concatenate((begun.outs, begun.states), (ended.outs, ended.states))
        claim.same(f"the trace cut at {k}", Outputs(outs, ended.last, states), whole)


def _padded(case: Case) -> None:
    claim = case.claim(
        "padding has no influence",
        "padding is used before it is replaced: zero the inputs first",
    )
    length = len(case.xs)
    for real in (length // 2, 0):
        mask = device(np.arange(length) < real)
        xs, steps = (_change(host(a), real, 0, np.nan) for a in (case.xs, case.condition.steps))
        condition = case.at(steps)
        arguments = case.core, case.xs, case.state, case.condition, real
        expected, slope = differentiate(_loop_steps, *arguments)
        got, got_slope = differentiate_compiled(
            _unroll, case.core, device(xs), case.state, condition, mask
        )
        what = f"with {real} of {length} elements real, the "
        claim.same(what + "trace", got, expected)
        claim.same(what + "gradient", Gradient(*got_slope[:4]), Gradient(*slope[:4]))


def _causal(case: Case) -> None:
    claim = case.claim("no output sees a later input", "unroll mixes inputs over time")
    whole = _read_long(case, case.rows, case.steps)
    for t in LATER:
        moved = _read_long(case, _change(case.rows, t, 1), _change(case.steps, t, 0))
        for what in ("outs", "states"):
            got, expected = (first_steps(getattr(trace, what), t) for trace in (moved, whole))
            claim.same(f"with other inputs from step {t} on, {what}", got, expected)


def _read_long(case: Case, rows: np.ndarray, steps: Any) -> Outputs:
    """The traces of two long sequences (2, L, ...)."""
    return _run_rows(case.core, device(rows), case.state, case.at(steps))


def _change(tree: Any, start: int, axis: int, number: float = 3.0) -> Any:
    """A number in place of all others from an index on."""

    def change(a: np.ndarray) -> np.ndarray:
        later = np.arange(a.shape[axis]) >= start
        return np.where(later[:, None], a.dtype.type(number), a)

    return jax.tree.map(change, tree)


def _rows(case: Case) -> None:
    """The beginning of long rows, into which nothing later leaks, is that of each row alone."""
    claim = case.claim("rows under vmap do not leak", "an operation reads more than its own row")
    whole, piece = _read_long(case, case.rows, case.steps), case.piece
    condition = case.at(first(case.steps, piece))
    alone = [_run(case.core, device(row[:piece]), case.state, condition) for row in case.rows]
    for what in ("outs", "states"):
        got, expected = first_steps(getattr(whole, what), piece), [getattr(a, what) for a in alone]
        claim.same(f"{what} of a row", got, collect(expected))


def _long(case: Case) -> None:
    """A long sequence, piece by piece, each from the state that it had there."""
    claim = case.claim("a split equals the whole", "what is needed much later is not in the state")
    whole, piece = _read_long(case, case.rows, case.steps), case.piece
    numbers, pieces = host(whole), []
    starts = range(piece, case.rows.shape[1] - piece + 1, piece)
    for start in starts:
        xs, steps = rows_from((case.rows[0], case.steps), start, piece)
        state = entry(whole.states, numbers.states, (0, start - 1))
        pieces.append(_run(case.core, device(xs), state, case.at(steps)))
    for what in ("outs", "states"):
        expected = concatenate(*(getattr(p, what) for p in pieces))
        end = starts[-1] + piece
        got = jax.tree.map(lambda a, end=end: a[0, piece:end], getattr(numbers, what))
        claim.same(f"{what} of a long sequence", got, expected)
    states = jax.tree.map(lambda a: a[:, -1], numbers.states)
    claim.same("the last of the states", numbers.last, states)

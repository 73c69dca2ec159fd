"""Every core keeps its promises, with and without noise, and its gradient is right."""

import itertools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from contracts.table import CORES, T, X, cases

from reverie.check import check_core
from reverie.check.comparing import Claim, differentiate_compiled, weighted_sum
from reverie.check.core import Outputs, _unroll
from reverie.concepts import Condition, Core
from reverie.layers import round_matrices

pytestmark = pytest.mark.usefixtures("double")
KEY = jax.random.key(3)


@pytest.mark.parametrize("entry", **cases(CORES))
def test_it_keeps_its_promises(entry, rng):
    check_core(entry.make(rng), X, condition=entry.condition(rng), steps=T, splits=(T // 2,))


@pytest.mark.parametrize("entry", **cases({n: e for n, e in CORES.items() if e.noisy}))
def test_it_keeps_them_with_noise_in_the_state(entry, rng):
    condition = entry.condition(rng)
    check_core(entry.make(rng), X, condition=condition, key=KEY, steps=T, splits=(T // 2,))


def test_any_split_equals_the_whole(rng):
    check_core(CORES["gru"].make(rng), X, steps=T)


def arguments(entry, rng, key=None):
    """What the check runs a core on, so that nothing is compiled anew."""
    core, condition = entry.make(rng), entry.condition(rng)
    xs = jnp.asarray(rng.normal(size=(T, X)))
    state = core.initial_state(condition, key=key)
    return core, xs, core.step(xs[0], state, condition.at(0))[1], condition


@pytest.mark.parametrize("entry", **cases({n: e for n, e in CORES.items() if not e.hooked}))
def test_gradient_is_that_of_finite_differences(entry, rng):
    """The derivative along a random direction, by central differences in double precision."""
    moving, still = eqx.partition(arguments(entry, rng), eqx.is_inexact_array)
    direction = jax.tree.map(lambda a: jnp.asarray(rng.normal(size=a.shape)), moving)

    def at(distance):
        moved = jax.tree.map(lambda a, d: a + distance * d, moving, direction)
        trace, gradient = differentiate_compiled(_unroll, *eqx.combine(moved, still))
        return weighted_sum(trace), gradient

    slope = sum(jax.tree.leaves(jax.tree.map(jnp.vdot, at(0.0)[1], direction)))
    difference = (at(1e-5)[0] - at(-1e-5)[0]) / 2e-5
    np.testing.assert_allclose(slope, difference, rtol=1e-6, atol=1e-8)


def dtypes(state):
    return [leaf.dtype for leaf in jax.tree.leaves(state)]


@pytest.mark.parametrize("entry", **cases(CORES))
def test_rounded_matrices_leave_its_states_as_exact_as_they_were(entry, rng):
    core, condition = entry.make(rng), entry.condition(rng)
    rounded = round_matrices(core)
    x = jnp.asarray(rng.normal(size=X))
    exact, coarse = core.initial_state(condition), rounded.initial_state(condition)
    assert dtypes(coarse) == dtypes(exact)
    for t in range(2):
        _, exact = core.step(x, exact, condition.at(t))
        out, coarse = rounded.step(x, coarse, condition.at(t))
    assert out.dtype == x.dtype
    for wanted, found in zip(*map(jax.tree.leaves, (exact, coarse)), strict=True):
        assert found.dtype == wanted.dtype
        if jnp.issubdtype(wanted.dtype, jnp.inexact):
            np.testing.assert_allclose(found, wanted, atol=0.05)


def plain(core, xs, state, condition, mask=None):
    """What a cell of one product would do without the rule of its own for gradients."""
    return Outputs(*Core.unroll(core, xs, state, condition, mask=mask))


@pytest.mark.parametrize("name", ["peephole-lstm", "gru", "recurrent-dropout", "clipped"])
@pytest.mark.parametrize("masked", [False, True])
def test_deferred_gradient_equals_the_plain_one(name, masked, rng):
    given = arguments(CORES[name], rng, KEY)
    mask = jnp.array([True, False, True, False]) if masked else None
    assert given[0].recurrent() is not None
    got, expected = (differentiate_compiled(run, *given, mask) for run in (_unroll, plain))
    Claim("deferred = plain", "").same("trace and gradient", got, expected)


@pytest.mark.parametrize("name", ["lstm", "recurrent-dropout"])
def test_gradients_of_examples_equal_a_loop(name, rng):
    core, xs, state, condition = arguments(CORES[name], rng, KEY)
    batch = jnp.stack([xs, 2 * xs, xs[::-1]])
    each = eqx.filter_vmap(differentiate_compiled, in_axes=(None, None, 0, None, None))
    got = each(_unroll, core, batch, state, condition)
    loop = [differentiate_compiled(_unroll, core, row, state, condition) for row in batch]
    expected = jax.tree.map(lambda *rows: jnp.stack(rows), *loop)
    Claim("vmap = loop", "").same("trace and gradient", got, expected)


@pytest.mark.parametrize("name", ["lstm", "layer-norm", "stack-residual", "listening"])
def test_no_step_at_all_is_a_sequence(name, rng):
    core, xs, state, condition = arguments(CORES[name], rng)
    told = condition._replace(steps=jax.tree.map(lambda a: a[:0], condition.steps))
    outs, last, states = core.unroll(xs[:0], state, told)
    assert outs.shape[0] == 0 and all(len(s) == 0 for s in jax.tree.leaves(states))
    Claim("nothing changes", "").same("the state", last, state)


def test_without_a_key_nothing_is_random_and_with_one_it_is(rng):
    for name, entry in CORES.items():
        core, condition = entry.make(rng), entry.condition(rng)
        quiet = [core.initial_state(condition) for _ in range(2)]
        Claim("quiet", "").same(name, *quiet)
        noisy = [core.initial_state(condition, key=jax.random.key(n)) for n in range(4)]
        same = [
            all(
                bool(jnp.array_equal(a, b))
                for a, b in zip(*map(jax.tree.leaves, pair), strict=True)
            )
            for pair in itertools.pairwise(noisy)
        ]
        assert all(same) != entry.noisy, name


def test_the_base_class_is_the_definition(rng):
    core, xs, state, condition = arguments(CORES["gru"], rng)
    mask = jnp.arange(T) < 2
    got = core.unroll(xs, state, condition, mask=mask)
    Claim("unroll", "").same("values", got, Core.unroll(core, xs, state, Condition(), mask=mask))

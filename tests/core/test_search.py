"""Constraints, penalties, diverse beams and ensembles against the list of all sequences."""

import itertools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from core.test_beam import END, L, V, best_of_all, log_probs_of, make

from reverie.concepts import Carry
from reverie.distributions import Categorical
from reverie.ensemble import Conditions, Ensemble
from reverie.rollout import rollout
from reverie.samplers import Greedy
from reverie.search.beam import beam, total
from reverie.search.constraints import All, MinLength, NoRepeat, Without
from reverie.search.diverse import diverse_beam
from reverie.stop import OnSymbol

search = eqx.filter_jit(beam)
diverse = eqx.filter_jit(diverse_beam)
WIDTH = V**L


def repeats(values: tuple[int, ...], n: int) -> bool:
    grams = list(zip(*(values[k:] for k in range(n)), strict=False))
    return len(grams) != len(set(grams))


@pytest.mark.parametrize(
    ("constraint", "allowed"),
    [
        (NoRepeat(1), lambda v: not repeats(v, 1)),
        (NoRepeat(2), lambda v: not repeats(v, 2)),
        (MinLength(END, 3), lambda v: END not in v[:2]),
        (Without(1), lambda v: 1 not in v),
        (Without(-1), lambda v: True),
        (
            All((MinLength(END, 2), NoRepeat(2))),
            lambda v: v[0] != END and not repeats(v, 2),
        ),
    ],
    ids=["no-repeat-1", "no-repeat-2", "least", "without", "without-none", "all"],
)
def test_a_constraint_leaves_exactly_what_it_allows(constraint, allowed):
    model = make(1)
    expected = [h for h in best_of_all(model, total, stop=True) if allowed(h[1])]
    found = search(model, WIDTH, L, stop=OnSymbol(END), constraint=constraint)
    rows = [tuple(v[:n].tolist()) for v, n in zip(found.values, found.lengths, strict=True) if n]
    assert rows == [values for _, values, _ in expected]
    np.testing.assert_allclose(
        found.scores[: len(rows)], [score for score, _, _ in expected], rtol=1e-4
    )


class Punished(eqx.Module):
    """Nats taken off for how far the first unit is from 1: any function of a state."""

    def __call__(self, state, condition):
        return -jnp.square(state.h[0] - 1)


def test_a_penalty_counts_in_the_scores_and_in_nothing_else():
    model = make(2)
    found = search(model, WIDTH, L, stop=OnSymbol(END), penalty=Punished())
    for row in range(4):
        values = found.values[row, : found.lengths[row]]
        state = model.unroll(values).carry.state
        expected = log_probs_of(model, values[None]).sum() + Punished()(state, None)
        assert float(found.scores[row]) == pytest.approx(float(expected), rel=1e-4)
    plain = search(model, WIDTH, L, stop=OnSymbol(END))
    count = int(found.finished.sum())
    assert int(plain.finished.sum()) == count
    np.testing.assert_allclose(
        np.sort(found.log_probs[:count]), np.sort(plain.log_probs[:count]), rtol=1e-4
    )


def test_one_group_is_a_beam_and_more_are_less_alike():
    model = make(3)
    plain = search(model, 4, L, stop=OnSymbol(END))
    one = diverse(model, 4, L, groups=1, stop=OnSymbol(END))
    jax.tree.map(np.testing.assert_array_equal, plain, one)
    free = diverse(model, 4, L, groups=4, strength=0.0, stop=OnSymbol(END))
    best = search(model, 1, L, stop=OnSymbol(END))
    assert all(row.tolist() == best.values[0].tolist() for row in free.values)
    unlike = diverse(model, 4, L, groups=4, strength=50.0, stop=OnSymbol(END))
    firsts = unlike.values[:, 0].tolist()
    assert set(firsts) == set(range(V))
    for values, length, log_prob in zip(
        unlike.values, unlike.lengths, unlike.log_probs, strict=True
    ):
        expected = log_probs_of(model, values[None, : int(length)]).sum()
        assert float(log_prob) == pytest.approx(float(expected), rel=1e-4)
    with pytest.raises(ValueError, match="do not divide"):
        diverse_beam(model, 4, L, groups=3)


def test_an_ensemble_averages_probabilities():
    models = (make(1), make(2))
    both = Ensemble(models)
    values = jnp.array([2, 1, 0, 1])
    each = [jnp.exp(model.unroll(values).distribution.log_probs()) for model in models]
    carry, told = both.start(both.condition()), both.condition()
    for t, value in enumerate(values):
        distribution, state = both.step(carry, told.at(t))
        expected = (each[0][t] + each[1][t]) / 2
        np.testing.assert_allclose(jnp.exp(distribution.log_probs()), expected, rtol=1e-5)
        carry = Carry(state, value, jnp.array(False))
    alone = search(models[0], 3, L, stop=OnSymbol(END))
    found = search(
        Ensemble(models[:1]), 3, L, condition=Conditions((told.each[0],)), stop=OnSymbol(END)
    )
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5), found, alone)
    everything = list(itertools.product(range(V), repeat=2))
    found = search(both, V**2, 2, condition=told)
    assert sorted(map(tuple, found.values.tolist())) == everything
    assert float(jnp.exp(found.log_probs).sum()) == pytest.approx(1, rel=1e-5)
    drawn = rollout(both, Greedy(), 2, key=jax.random.key(0), condition=told)
    assert drawn.values.shape == (2,)
    with pytest.raises(ValueError, match="at least one"):
        Ensemble(())
    assert isinstance(distribution, Categorical)

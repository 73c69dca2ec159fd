"""Attention: its equations against NumPy, masks, what the state says, bridges and encoders."""

import itertools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from reverie.attention import Additive, Bilinear, CoverageScore, Dot, Global, Local, masked_softmax
from reverie.cells import GRU, LSTM
from reverie.concepts import Condition, Example, Memory, SymbolSequence, Unrolled
from reverie.cores import (
    AdaptiveAttentive,
    Attentive,
    Bidirectional,
    Bridged,
    Gate,
    HardAttentive,
    InputFeeding,
    Stack,
)
from reverie.cores.attentive import AttentiveState, attention_states
from reverie.cores.bridged import Affine, SliceBridge
from reverie.cores.hard_attention import HardState
from reverie.cores.states import fill_state, flatten_state
from reverie.emissions import CategoricalHead
from reverie.encoders import Recurrent
from reverie.encoders.recurrent import reverse
from reverie.feedbacks import Begun, Embedding, OneHot
from reverie.model import SequenceModel
from reverie.training.objectives import DoublyStochastic, TeacherForcing
from reverie.training.reinforce_attention import ReinforceAttention

Q, A, C, S = 4, 3, 2, 5


def numbers(rng, *shape):
    return jnp.asarray(rng.normal(size=shape), jnp.float32)


def test_scores_are_those_of_the_papers(rng):
    query, keys = numbers(rng, Q), numbers(rng, S, A)
    additive = Additive(Q, A, 6, rng=rng)
    expected = [additive.v @ np.tanh(additive.W @ query + additive.U @ key) for key in keys]
    np.testing.assert_allclose(additive(query, keys), expected, rtol=1e-5)
    bilinear = Bilinear(Q, A, rng=rng)
    np.testing.assert_allclose(
        bilinear(query, keys), [query @ bilinear.W @ key for key in keys], rtol=1e-5, atol=1e-6
    )
    np.testing.assert_allclose(Dot()(query[:A], keys), np.asarray(keys) @ query[:A], rtol=1e-5)


def test_a_covered_score_knows_how_much_was_read(rng):
    query, keys, coverage = numbers(rng, Q), numbers(rng, S, A), numbers(rng, S)
    inner = Additive(Q, A, 6, rng=rng)
    score = CoverageScore(inner, 6, rng=rng)
    got = score.energies(score.project_query(query), score.project_keys(keys), coverage)
    expected = [
        inner.v @ np.tanh(inner.W @ query + inner.U @ key + score.w * read)
        for key, read in zip(keys, coverage, strict=True)
    ]
    np.testing.assert_allclose(got, expected, rtol=1e-5)
    np.testing.assert_allclose(score(query, keys), inner(query, keys), rtol=1e-6)


def test_what_is_masked_gets_nothing_and_the_rest_all(rng):
    alpha = masked_softmax(100 * numbers(rng, S), jnp.arange(S) < 3)
    assert alpha[3:].tolist() == [0, 0] and float(alpha.sum()) == pytest.approx(1)
    assert not masked_softmax(numbers(rng, S), jnp.zeros(S, bool)).any()


def test_it_reads_what_it_looked_at_by_the_output_before(rng):
    cell, score = LSTM(3, Q, rng=rng), CoverageScore(Additive(Q, A, 6, rng=rng), 6, rng=rng)
    core = Attentive(cell, score, C, rng=rng)
    memory = Memory(numbers(rng, S, A), numbers(rng, S, C), jnp.arange(S) < 4)
    condition = Condition(memory=memory)
    xs = numbers(rng, 3, 3)
    outs, _, states = core.unroll(xs, core.initial_state(condition), condition)
    h, coverage, project_keys = jnp.zeros(Q), jnp.zeros(S), score.project_keys(memory.keys)
    for t in range(3):
        energies = score.energies(score.project_query(h), project_keys, coverage)
        alpha = np.asarray(masked_softmax(energies, memory.mask))
        np.testing.assert_allclose(states.alpha[t], alpha, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(outs[t, Q:], alpha @ memory.values, rtol=1e-4, atol=1e-6)
        h, coverage = outs[t, :Q], coverage + alpha
    np.testing.assert_allclose(states.coverage[2], states.alpha.sum(0), rtol=1e-5)
    with pytest.raises(ValueError, match="needs a memory"):
        core.initial_state(Condition())


@pytest.mark.parametrize("kind", [LSTM, GRU])
def test_a_gate_is_how_much_of_what_is_looked_at_is_read(kind, rng):
    """One cell has a matrix with which the query's product can ride, the other has none."""
    condition, xs, score = told(rng), numbers(rng, 3, 3), Additive(Q, A, 6, rng=rng)
    cell, gate = kind(3, Q, rng=rng), Gate(Q, rng=rng)
    gate = eqx.tree_at(lambda g: g.b, gate, jnp.array(0.5))
    seed = np.random.default_rng(1)
    core = Attentive(cell, score, C, rng=seed, gate=gate)
    memory, state = condition.memory, cell.initial_state(condition)
    wider = kind(3 + C, Q, rng=rng)
    names = [name for name in ("W", "R", "U", "V", "b", "c") if hasattr(cell, name)]
    wider = eqx.tree_at(
        lambda c: [getattr(c, name) for name in names],
        wider,
        [jnp.concatenate([cell.W, core.F], 1) if n == "W" else getattr(cell, n) for n in names],
    )
    outs, _, states = core.unroll(xs, core.initial_state(condition), condition)
    for t in range(3):
        h = np.asarray(state.h if hasattr(state, "h") else state)
        beta = 1 / (1 + np.exp(-(np.asarray(gate.w) @ h + 0.5)))
        alpha = beta * np.asarray(masked_softmax(score(h, memory.keys), memory.mask))
        read = jnp.asarray(alpha @ memory.values, jnp.float32)
        h, state = wider.step(jnp.concatenate([xs[t], read]), state, condition)
        np.testing.assert_allclose(states.alpha[t], alpha, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(outs[t], np.concatenate([h, read]), rtol=1e-4, atol=1e-6)
        assert float(states.alpha[t].sum()) == pytest.approx(float(beta), rel=1e-4) and beta < 1
    np.testing.assert_allclose(states.coverage[2], states.alpha.sum(0), rtol=1e-5)


@pytest.mark.parametrize("kind", [LSTM, GRU])
def test_a_sentinel_is_looked_at_beside_the_places(kind, rng):
    keys = numbers(rng, S, A)
    condition = Condition(memory=Memory(keys, keys, jnp.arange(S) < S - 1))
    cell, xs = kind(3, Q, rng=rng), numbers(rng, 3, 3)
    core = AdaptiveAttentive(cell, 3, Q, A, rng=rng)
    parts = core.gate.W, core.gate.b, core.sentinel.W, core.sentinel.b, keys
    W, b, U, u, places = (np.asarray(each) for each in parts)
    outs, last, states = core.unroll(xs, core.initial_state(condition), condition)
    state, before = cell.initial_state(condition), np.zeros(Q)
    for t in range(3):
        _, state = cell.step(xs[t], state, condition)
        open_ = 1 / (1 + np.exp(-(W @ np.concatenate([xs[t], before]) + b)))
        known = U @ (open_ * np.tanh(getattr(state, "c", state.h))) + u
        energies = core.score(state.h, jnp.asarray([*places[: S - 1], known], jnp.float32))
        weights = np.exp(energies) / np.exp(energies).sum()
        alpha, beta = np.append(weights[:-1], 0), weights[-1]
        np.testing.assert_allclose(states.attention.alpha[t], alpha, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(states.beta[t], beta, rtol=1e-4)
        expected = np.concatenate([state.h, alpha @ places + beta * known])
        np.testing.assert_allclose(outs[t], expected, rtol=1e-4, atol=1e-6)
        before = np.asarray(state.h)
    np.testing.assert_allclose(last.attention.coverage, states.attention.alpha.sum(0), rtol=1e-5)
    assert len(attention_states(states)) == 1
    with pytest.raises(ValueError, match="needs a memory"):
        core.initial_state(Condition())


def test_a_vector_is_fed_once_before_the_first_element(rng):
    embedding = Embedding(3, 4, rng=rng)
    begun, vector = Begun(embedding, 2, 4, rng=rng), numbers(rng, 2)
    first, later = jnp.array(True), jnp.array(False)
    found = begun(begun.blank(), first, Condition(vector))
    np.testing.assert_allclose(
        found, begun.linear.W @ vector + begun.linear.b, rtol=1e-5, atol=1e-6
    )
    np.testing.assert_array_equal(begun(jnp.array(2), later, Condition(vector)), embedding.E[2])
    with pytest.raises(ValueError, match="give the condition one"):
        begun(begun.blank(), first, Condition())


def test_bridges_tell_the_first_state(rng):
    vector = numbers(rng, 8)
    bridged = Bridged(LSTM(3, 4, rng=rng), Affine(8, 8, rng=rng))
    state = bridged.initial_state(Condition(vector))
    np.testing.assert_allclose(
        flatten_state(state), jnp.tanh(bridged.bridge.linear.W @ vector), rtol=1e-6
    )
    first, second = (Bridged(LSTM(3, 2, rng=rng), SliceBridge(begin)) for begin in (0, 4))
    np.testing.assert_array_equal(flatten_state(first.initial_state(Condition(vector))), vector[:4])
    np.testing.assert_array_equal(
        flatten_state(second.initial_state(Condition(vector))), vector[4:]
    )
    with pytest.raises(ValueError, match="give the condition a vector"):
        bridged.initial_state(Condition())
    with pytest.raises(ValueError, match="do not fill"):
        fill_state(state, vector[:3])


def source(values, room: int = 6) -> SymbolSequence:
    given = SymbolSequence(np.array(values, np.int32), np.ones(len(values), bool))
    return jax.tree.map(jnp.asarray, given.pad(0, room))


@pytest.mark.parametrize("both", [True, False])
def test_padding_of_a_source_is_not_read(both, rng):
    one, other = GRU(3, 4, rng=rng), GRU(3, 4, rng=rng)
    encoder = Recurrent(9, 3, Bidirectional(one, other) if both else Stack((one,)), rng=rng)
    short, long = (encoder(source([1, 2, 3], room)) for room in (3, 6))
    np.testing.assert_allclose(short.vector, long.vector, rtol=1e-6)
    np.testing.assert_allclose(short.memory.values, long.memory.values[:3], rtol=1e-6)
    assert long.memory.mask.tolist() == [True] * 3 + [False] * 3
    assert source([1, 2]).memory_size == 6


def test_backwards_is_the_source_from_its_end_with_a_memory_in_order(rng):
    core = Stack((GRU(3, 4, rng=rng),))
    ahead = Recurrent(9, 3, core, rng=np.random.default_rng(1))
    behind = Recurrent(9, 3, core, rng=np.random.default_rng(1), backwards=True)
    one, other = ahead(source([4, 5, 6])), behind(source([6, 5, 4]))
    np.testing.assert_allclose(one.vector, other.vector, rtol=1e-6)
    np.testing.assert_allclose(one.memory.values[:3], other.memory.values[:3][::-1], rtol=1e-6)
    rows = reverse(jnp.arange(4.0)[:, None], jnp.arange(4) < 3)
    assert rows[:, 0].tolist() == [2, 1, 0, 3]


def told(rng) -> Condition:
    """A memory whose last place is padding."""
    return Condition(memory=Memory(numbers(rng, S, A), numbers(rng, S, C), jnp.arange(S) < S - 1))


def test_local_attention_stays_around_the_place_it_predicts(rng):
    memory, query = told(rng).memory, numbers(rng, Q)
    keys, mask = memory.keys, memory.mask
    local = Local(Bilinear(Q, A, rng=rng), Q, 6, 1, rng=rng)
    project_keys = local.project_keys(keys)
    p = 4 / (1 + np.exp(-np.asarray(local.v) @ np.tanh(local.W @ query)))
    near = [s for s in range(4) if abs(s - p) <= 1]
    expected = np.zeros(S)
    expected[near] = np.exp([query @ local.score.W @ keys[s] for s in near])
    expected = expected / expected.sum() * np.exp(-((np.arange(S) - p) ** 2) / (2 * 0.5**2))
    got = local(query, project_keys, mask, jnp.zeros(S))
    assert len(near) == 2
    np.testing.assert_allclose(got, expected, rtol=1e-4)
    # As far ahead as can be predicted, and as far as can be seen from there, is the last place.
    ahead = eqx.tree_at(lambda a: a.v, local, 1e3 * jnp.sign(jnp.tanh(local.W @ query)))
    np.testing.assert_allclose(
        ahead(query, project_keys, mask, jnp.zeros(S)), [0, 0, 0, np.exp(-2), 0], rtol=1e-6
    )
    with pytest.raises(ValueError, match="reach at least 1"):
        Local(Dot(), Q, 6, 0, rng=rng)


def test_input_feeding_tells_the_next_step_what_was_seen(rng):
    condition, cell, width = told(rng), GRU(3 + 2, Q, rng=rng), 2
    score = Additive(Q, A, 6, rng=rng)
    core = InputFeeding(cell, Global(score), Q, C, width, rng=rng)
    xs = numbers(rng, 3, 3)
    outs, _, states = core.unroll(xs, core.initial_state(condition), condition)
    memory, state, fed = condition.memory, cell.initial_state(condition), np.zeros(width)
    for t in range(3):
        h, state = cell.step(jnp.asarray([*xs[t], *fed], jnp.float32), state, condition)
        alpha = masked_softmax(score(h, memory.keys), memory.mask)
        fed = np.tanh(np.asarray(core.W) @ np.concatenate([alpha @ memory.values, h]))
        np.testing.assert_allclose(states.alpha[t], alpha, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(outs[t], fed, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(states.coverage[2], states.alpha.sum(0), rtol=1e-5)
    assert attention_states((state, (states, states))) == [states, states]


def test_each_place_is_to_get_its_share_and_padding_has_none(rng):
    condition, mask = told(rng), np.arange(4) < 3
    alphas = [np.asarray(masked_softmax(a, condition.memory.mask)) for a in numbers(rng, 2, 4, S)]
    first, second = (AttentiveState(None, None, jnp.asarray(a), None) for a in alphas)
    states = (first, HardState(second, None, None, None, None))
    term = DoublyStochastic(0.5, target=0.8)
    losses = term(Unrolled(None, None, states), Example(None, jnp.asarray(mask), source=condition))
    expected = 0.5 * sum(((0.8 - a[:3].sum(0)[:4]) ** 2).sum() for a in alphas)
    np.testing.assert_allclose(losses, expected / 3 * mask, rtol=1e-5)
    with pytest.raises(ValueError, match="looks at no places"):
        term(Unrolled(None, None, ()), Example(None, source=condition))


def test_the_expectation_of_hard_attention_is_soft_attention(rng):
    condition, score, xs = told(rng), Additive(Q, A, 6, rng=rng), numbers(rng, 3, 3)
    hard = HardAttentive(LSTM(3 + C, Q, rng=rng), score)
    soft = Attentive(LSTM(3, Q, rng=rng), score, C, rng=rng)
    R, W = jnp.concatenate([hard.cell.R, score.W]), hard.cell.W
    cell = eqx.tree_at(lambda c: (c.R, c.W, c.b), soft.cell, (R, W[:, :3], hard.cell.b))
    soft = eqx.tree_at(lambda a: (a.cell, a.F), soft, (cell, W[:, 3:]))
    (outs, _, states), (expected, _, seen) = (
        core.unroll(xs, core.initial_state(condition), condition) for core in (hard, soft)
    )
    np.testing.assert_allclose(outs, expected, rtol=1e-4, atol=1e-6)
    (attention,) = attention_states(states)
    np.testing.assert_allclose(attention.coverage, seen.coverage, rtol=1e-4, atol=1e-6)
    entropy = -(seen.alpha[:, :4] * np.log(seen.alpha[:, :4])).sum(1)
    np.testing.assert_allclose(states.entropy, entropy, rtol=1e-4)
    assert not states.log_prob.any()


@pytest.mark.usefixtures("double")
def test_the_score_function_is_the_gradient_of_the_sum_over_all_alignments(rng):
    """Two real steps and two real places, so that all four ways to look can be added up."""
    core = HardAttentive(GRU(2 + 2, 2, rng=rng), Additive(2, 1, 2, rng=rng))
    model = SequenceModel(OneHot(2), core, CategoricalHead(4, 2, rng=rng))
    model = jax.tree.map(lambda a: 2 * a, model)
    keys, values = jnp.asarray(rng.normal(size=(3, 1))), 2 * jnp.asarray(rng.normal(size=(3, 2)))
    condition = Condition(memory=Memory(keys, values, jnp.arange(3) < 2))
    ys, mask, share = jnp.array([1, 0, 1]), jnp.arange(3) < 2, 0.3

    def alignment(model, memory_size):
        """log p(y | s), log p(s) and the entropy, of places that are forced."""
        carry, totals = model.start(condition), jnp.zeros(3)
        h, cell = carry.state.attention.h, carry.state.attention.cell
        for t, place in enumerate(memory_size):
            p = masked_softmax(model.core.score(h, keys), condition.memory.mask)[:2]
            x = model.feedback(ys[t - 1], jnp.array(t == 0), condition)
            h, cell = model.core.cell.step(jnp.concatenate([x, values[place]]), cell, condition)
            said = model.emission(jnp.concatenate([h, values[place]]), condition)
            totals += jnp.stack([said.log_prob(ys[t]), jnp.log(p[place]), -p @ jnp.log(p)])
        return totals

    def parts(model):
        ways = jnp.array(list(itertools.product(range(2), repeat=2)))
        given, chosen, entropy = jax.vmap(lambda s: alignment(model, s))(ways).T
        fixed = jax.lax.stop_gradient(jnp.exp(chosen))
        taught = jnp.exp(chosen) @ jax.lax.stop_gradient(given)
        return fixed @ given + taught + share * fixed @ entropy, taught

    objective = ReinforceAttention(entropy=share)

    def estimate(model, key):
        start = model.start(condition)
        example = Example(ys, mask, source=condition)
        losses, _ = objective(model, example, start, key, jnp.array(0))
        return -losses.sum(), losses

    exact, taught = (ravel_pytree(g)[0] for g in jax.jit(jax.jacrev(parts))(model))
    draws = jax.jit(jax.vmap(jax.grad(estimate, has_aux=True), (None, 0)))
    got, losses = draws(model, jax.random.split(jax.random.key(0), 20000))
    got = jax.vmap(lambda g: ravel_pytree(g)[0])(got)
    error = got.std(0) / np.sqrt(len(got))
    assert (abs(got.mean(0) - exact) <= 5 * error + 1e-12).all()
    # The part that teaches where to look is far from lost in the noise.
    assert (abs(taught) / (error + 1e-12)).max() > 30
    assert (losses[:, :2] > 0).all() and not losses[:, 2].any()


def test_what_a_score_function_cannot_teach_it_refuses(rng):
    with pytest.raises(ValueError, match="draw at least 2"):
        ReinforceAttention(samples=1)
    condition = told(rng)
    soft = Attentive(GRU(2, 2, rng=rng), Additive(2, A, 2, rng=rng), C, rng=rng)
    model = SequenceModel(OneHot(2), soft, CategoricalHead(2 + C, 2, rng=rng))
    given = Example(jnp.array([1, 0]), source=condition), model.start(condition)
    key, update = jax.random.key(0), jnp.array(0)
    with pytest.raises(ValueError, match="draws no places"):
        ReinforceAttention()(model, *given, key, update)
    plain, shared = (
        TeacherForcing(terms)(model, *given, key, update)[0]
        for terms in ((), (DoublyStochastic(2.0),))
    )
    assert ((shared - plain) > 0).all()

"""Networks that answer questions against twins in NumPy, from the papers' equations."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from reverie.concepts import Condition, Memory, Story
from reverie.cores import EntityReader, MemoryNetwork
from reverie.encoders import EntityNetwork, StoryEncoder

V, D, K, J, T = 6, 5, 3, 4, 2
pytestmark = pytest.mark.usefixtures("double")

SENTENCES = [[1, 2, 3], [4], [5, 5], [2, 4, 1, 3]]
QUESTION = [3, 1]
STORY = Story(
    np.array([[1, 2, 3, 0], [4, 0, 0, 0], [5, 5, 0, 0], [2, 4, 1, 3], [0, 0, 0, 0]]),
    np.arange(5) < 4,
    np.array([3, 1, 0, 0]),
)
"""The same with padding."""


def softmax(x):
    return np.exp(x) / np.exp(x).sum()


def shaken(part, rng):
    """With no parameter left where it began."""
    return jax.tree.map(lambda a: jnp.asarray(a + 0.5 * rng.normal(size=a.shape)), part)


def share(j, count, positions):
    """l_j of the j-th of `count` words, from 1 on (Sukhbaatar 2015, 4.1)."""
    if not positions:
        return np.ones(D)
    return np.array([(1 - j / count) - (k / D) * (1 - 2 * j / count) for k in range(1, D + 1)])


def bag(table, words, positions):
    """sum_j l_j * E x_j."""
    parts = [share(j, len(words), positions) * table[w] for j, w in enumerate(words, 1)]
    return np.sum(parts, 0)


def hops(tables, u, positions, linear, nothing):
    """The logits, the last u and the weights of each hop; the latest sentence has the time 1."""
    A, C, TA, TC, H, W = tables
    back, weights = range(len(SENTENCES) - 1, -1, -1), []
    for k in range(K):
        m, c = (
            [
                bag(E[k], words, positions) + times[k][n]
                for words, n in zip(SENTENCES, back, strict=True)
            ]
            for E, times in ((A, TA), (C, TC))
        )
        p = np.array([u @ each for each in m])
        p = p if linear else softmax(np.array([0, *p]))[1:] if nothing else softmax(p)
        u = (u if H is None else H @ u) + sum(w * each for w, each in zip(p, c, strict=True))
        weights.append(p)
    return W @ u, u, np.stack(weights)


@pytest.mark.parametrize(
    ("layer_wise", "positions", "linear", "nothing"),
    [
        *itertools.product([False, True], [False, True], [False, True], [False]),
        (False, True, False, True),
        (True, False, False, True),
    ],
)
def test_a_memory_network_equals_its_twin(layer_wise, positions, linear, nothing, rng):
    options = {"layer_wise": layer_wise, "positions": positions, "nothing": nothing}
    core = MemoryNetwork(V, D, K, 9, rng=rng, **options)
    core = shaken(core, rng)
    E, times = np.array(core.E), np.array(core.T)
    if layer_wise:
        (A, C), (TA, TC) = ([e] * K for e in E), ([t] * K for t in times)
        B, W, H = (np.array(a) for a in (core.own.B, core.own.W, core.own.H))
    else:
        A, C, TA, TC = E[:-1], E[1:], times[:-1], times[1:]
        B, W, H = E[0], E[-1], None
    # The word that is none has no embedding.
    B, W = (np.where(np.arange(V)[:, None] == 0, 0, table) for table in (B, W))
    first, second = 4, 2
    asked = bag(B, QUESTION, positions)
    expected = [
        hops((A, C, TA, TC, H, W), query, positions, linear, nothing)
        for query in (asked, asked + B[first], asked + B[first] + B[second])
    ]

    if linear:
        core = core.linearly(jnp.array(True))
    condition = StoryEncoder()(STORY)
    xs = jnp.stack([jnp.zeros(V), jax.nn.one_hot(first, V), jax.nn.one_hot(second, V)])
    outs, last, states = core.unroll(xs, core.initial_state(condition), condition)
    for t, (logits, u, weights) in enumerate(expected):
        np.testing.assert_allclose(outs[t], logits, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(states.h[t], u, rtol=1e-10)
        np.testing.assert_allclose(states.weights[t, :, :4], weights, rtol=1e-10)
        np.testing.assert_array_equal(states.weights[t, :, 4], 0)
    np.testing.assert_array_equal(last.query, states.query[-1])


def prelu(x, slopes):
    return np.maximum(x, 0) + slopes * np.minimum(x, 0)


def test_an_entity_network_equals_its_twin(rng):
    """Henaff 2017, eq. 1 to 5, one slot after another."""
    network = shaken(EntityNetwork(V, D, J, 4, rng=rng), rng)
    E, f, fq, w, U, Vm, W, slopes = (
        np.array(getattr(network, name))
        for name in ("E", "f", "f_question", "w", "U", "V", "W", "slopes")
    )
    h = w.copy()
    for words in SENTENCES:
        s = sum(f[i] * E[word] for i, word in enumerate(words))
        for j in range(J):
            gate = 1 / (1 + np.exp(-(s @ h[j] + s @ w[j])))
            new = h[j] + gate * prelu(U @ h[j] + Vm @ w[j] + W @ s, slopes)
            h[j] = new / np.linalg.norm(new)
    q = sum(fq[i] * E[word] for i, word in enumerate(QUESTION))
    condition = network(STORY)
    np.testing.assert_allclose(condition.vector, q, rtol=1e-10)
    for slots in condition.memory[:2]:
        np.testing.assert_allclose(slots, h, rtol=1e-10)
    assert condition.memory.mask.all()


def test_what_reads_the_slots_equals_its_twin(rng):
    core = shaken(EntityReader(D, rng=rng), rng)
    H, slopes, h = np.array(core.H), np.array(core.slopes), rng.normal(size=(J, D))
    q, xs = rng.normal(size=D), rng.normal(size=(T, D))
    condition = Condition(jnp.asarray(q), Memory(jnp.asarray(h), jnp.asarray(h), np.ones(J, bool)))
    outs, _, states = core.unroll(jnp.asarray(xs), core.initial_state(condition), condition)
    for t in range(T):
        q = q + xs[t]
        p = softmax(np.array([q @ each for each in h]))
        u = sum(p[j] * h[j] for j in range(J))
        np.testing.assert_allclose(outs[t], prelu(q + H @ u, slopes), rtol=1e-10)
        np.testing.assert_allclose(states.weights[t, 0], p, rtol=1e-10)

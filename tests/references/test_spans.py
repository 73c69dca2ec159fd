"""Match-LSTM and the answer pointer against a twin in NumPy, from the paper's equations."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from reverie.attention import Additive
from reverie.cells import LSTM, GRUResetBefore
from reverie.concepts import Condition, Memory
from reverie.cores import Bidirectional, Matching, Pointer
from reverie.emissions import PlaceSoftmax
from reverie.encoders import MarkedWords, Passage, PassageEncoder
from reverie.feedbacks import Begun, Pointed
from reverie.model import SequenceModel

V, X, N, H, P, S, Q = 6, 2, 2, 3, 4, 5, 3
pytestmark = pytest.mark.usefixtures("double")


def s(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    return np.exp(x) / np.exp(x).sum()


def shaken(part, rng):
    """The part with no parameter left where it began."""
    return jax.tree.map(lambda a: a + 0.5 * jnp.asarray(rng.normal(size=a.shape)), part)


def lstm(W, R, b, z, h, c):
    i, f, g, o = np.split(W @ z + R @ h + b, 4)
    c = s(f) * c + s(i) * np.tanh(g)
    return s(o) * np.tanh(c), c


def gru(cell, W, z, h, _):
    V, U, b = (np.asarray(a) for a in (cell.V, cell.U, cell.b))
    ar, au, an = np.split(W @ z + b, 3)
    rr, ru = np.split(V @ h, 2)
    u = s(au + ru)
    n = np.tanh(an + U @ (s(ar + rr) * h))
    return u * h + (1 - u) * n, None


def match(core, xs, question):
    """Eq. 2 and 3: alpha from G, then the cell reads [x; what was found]."""
    cell, score = core.attentive.cell, core.attentive.score
    W = np.concatenate([cell.W, core.attentive.F], 1)
    Wp, bp, Wq, w = (np.asarray(a) for a in (core.compare.W, core.compare.b, score.U, score.v))
    of_lstm = isinstance(cell, LSTM)
    # In a cell of one product, what makes the query of h stands below R.
    R, Wr = np.split(np.asarray(cell.R), [4 * H]) if of_lstm else (None, np.asarray(score.W))
    h, c, hs, alphas = np.zeros(H), np.zeros(H), [], []
    for x in xs:
        G = np.tanh([Wq @ q + Wp @ x + bp + Wr @ h for q in question])
        alpha = softmax(G @ w)
        z = np.concatenate([x, alpha @ question])
        h, c = lstm(W, R, np.asarray(cell.b), z, h, c) if of_lstm else gru(cell, W, z, h, c)
        hs.append(h)
        alphas.append(alpha)
    return np.stack(hs), np.stack(alphas)


@pytest.mark.parametrize("kind", [LSTM, GRUResetBefore])
def test_matching_equals_its_twin(kind, rng):
    core = shaken(Matching(kind(X, H, rng=rng), X, H, P, N, rng=rng), rng)
    xs, question = rng.normal(size=(S, X)), rng.normal(size=(Q, P))
    padded = jnp.asarray(np.concatenate([question, np.full((1, P), np.nan)]))
    condition = Condition(memory=Memory(padded, padded, jnp.arange(Q + 1) < Q))
    state = core.initial_state(condition)
    outs, _, states = core.unroll(jnp.asarray(xs), state, condition)
    expected, alphas = match(core, xs, question)
    np.testing.assert_allclose(outs, expected, rtol=1e-10)
    np.testing.assert_allclose(states.alpha[:, :Q], alphas, rtol=1e-10)
    assert not states.alpha[:, Q:].any()


def both_ways(run, one, other, xs):
    """[forward; backward] of a sequence, and both final rows."""
    there, back = run(one, xs), run(other, xs[::-1])
    return np.concatenate([there, back[::-1]], 1)


def read(cell, xs):
    """h and c after each step, side by side."""
    h, c, rows = np.zeros(H), np.zeros(H), []
    for x in xs:
        h, c = lstm(*(np.asarray(a) for a in (cell.W, cell.R, cell.b)), x, h, c)
        rows.append(np.concatenate([h, c]))
    return np.stack(rows)


def log_probs_of_spans(model, words, marks, question, question_marks):
    """log p(first) + log p(last | first), (S, S), by the whole model."""
    encoder, pointer = model.encoder, model.core
    texts, ends = [], []
    for values, seen in ((words, marks), (question, question_marks)):
        xs = np.concatenate([np.asarray(encoder.E)[values], seen], 1)
        there, back = read(encoder.reader.forward, xs), read(encoder.reader.backward, xs[::-1])
        texts.append(np.concatenate([there[:, :H], back[::-1, :H]], 1))
        ends.append(np.concatenate([there[-1], back[-1]]))
    passage, asked = texts
    memory = both_ways(
        lambda core, xs: match(core, xs, asked)[0],
        encoder.match.forward,
        encoder.match.backward,
        passage,
    )
    W, U, v = (np.asarray(a) for a in (pointer.score.W, pointer.score.U, pointer.score.v))
    A, R, b = (np.asarray(a) for a in (pointer.cell.W, pointer.cell.R, pointer.cell.b))
    begin = np.asarray(model.feedback.linear.W) @ ends[1] + np.asarray(model.feedback.linear.b)

    def points(h):
        return np.log(softmax([v @ np.tanh(W @ h + U @ m) for m in memory]))

    h, c = lstm(A, R, b, begin, np.zeros(H), np.zeros(H))
    lasts = [points(lstm(A, R, b, m, h, c)[0]) for m in memory]
    return points(h)[:, None] + np.stack(lasts)


def test_the_probability_of_a_span_equals_its_twin(rng):
    def reader():
        return LSTM(X + N, H, rng=rng)

    def matching():
        return Matching(LSTM(2 * H, H, rng=rng), 2 * H, H, 2 * H, P, rng=rng)

    pair = Bidirectional(reader(), reader()), Bidirectional(matching(), matching())
    model = SequenceModel(
        Begun(Pointed(), 4 * H, 2 * H, rng=rng),
        Pointer(LSTM(2 * H, H, rng=rng), Additive(H, 2 * H, P, rng=rng)),
        PlaceSoftmax(),
        PassageEncoder(V, X, *pair, rng=rng),
    )
    model = shaken(model, rng)
    words, question = rng.integers(0, V, S), rng.integers(0, V, Q)
    marks, question_marks = rng.integers(0, 2, (S, N)), rng.integers(0, 2, (Q, N))
    expected = log_probs_of_spans(model, words, marks, question, question_marks)
    source = Passage(MarkedWords.of(words, marks), MarkedWords.of(question, question_marks))
    condition = model.condition(source.pad(0, S + 2).pad_question(Q + 1))
    spans = jnp.array(list(itertools.product(range(S), repeat=2)))
    found = jax.vmap(lambda v: model.unroll(v, condition=condition).distribution.log_prob(v))(spans)
    np.testing.assert_allclose(found.sum(1).reshape(S, S), expected, rtol=1e-9)

"""Traces: gates against twins in NumPy, all else against the model's own pass, and files."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from contracts.table import CORES, MODELS, T, X, cases
from references.test_cells import s, shaken

from reverie.cells import GRU, LSTM, LSTM1997, Elman, GRUResetBefore
from reverie.cells.cell import NoGates
from reverie.concepts import Condition
from reverie.cores import Clipped, LayerNorm, Projected, Zoneout
from reverie.errors import InputError
from reverie.inspection.trace import save_trace, trace
from reverie.inspection.watching import gates, unwatch, watch
from reverie.model import nll

pytestmark = pytest.mark.usefixtures("double")
H = 4


def close(found, expected):
    assert jax.tree.structure(found) == jax.tree.structure(expected)
    for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("entry", **cases(CORES))
def test_a_watched_core_does_what_it_did(entry, rng):
    core, condition = entry.make(rng), entry.condition(rng)
    xs = jnp.asarray(rng.normal(size=(T, X)))
    looking = watch(core)
    outs, last, states = core.unroll(xs, core.initial_state(condition), condition)
    told, end, seen = looking.unroll(xs, looking.initial_state(condition), condition)
    close((told, unwatch(end), unwatch(seen)), (outs, last, states))
    for found in gates(seen).values():
        assert all(gate.shape[0] == T and gate.any() for gate in found)


def run(cell, xs, key=None):
    """What the cell did to the inputs: its outputs, its states, and its one set of gates."""
    looking, condition = watch(cell), Condition()
    first = looking.initial_state(condition, key=key)
    outs, _, states = looking.unroll(jnp.asarray(xs), first, condition)
    (found,) = gates(states).values()
    return np.asarray(outs), unwatch(states), found


def before(states):
    """Each row of the step before, zeros first."""
    return np.concatenate([np.zeros_like(states[:1]), np.asarray(states)[:-1]])


def affine(cell, xs, h, R):
    return xs @ np.asarray(cell.W).T + np.asarray(cell.b) + h @ np.asarray(R).T


@pytest.fixture
def xs(rng):
    return rng.normal(size=(T, X))


@pytest.mark.parametrize("peepholes", [False, True])
def test_gates_of_an_lstm(rng, xs, peepholes):
    cell = shaken(LSTM(X, H, rng=rng, peepholes=peepholes), rng)
    _, states, found = run(cell, xs)
    expected, (h, c) = by_hand(cell, xs, states)
    close(found, expected)
    np.testing.assert_allclose(c, states.c)
    np.testing.assert_allclose(h, states.h)


def by_hand(cell, xs, states):
    """An LSTM's gates, and the h and c that it makes of each state and the input after it."""
    c = before(states.c)
    i, f, z, o = np.split(affine(cell, xs, before(states.h), cell.R), 4, -1)
    pi, pf, po = np.zeros((3, H)) if cell.p is None else np.asarray(cell.p)
    i, f, z = s(i + pi * c), s(f + pf * c), np.tanh(z)
    c = f * c + i * z
    o = s(o + po * c)
    return cell.Gates(i, f, z, o), (o * np.tanh(c), c)


def test_gates_of_the_lstm_of_1997(rng, xs):
    cell = shaken(LSTM1997(X, H, rng=rng), rng)
    _, states, found = run(cell, xs)
    i, z, o = np.split(affine(cell, xs, before(states.h), cell.R), 3, -1)
    close(found, found._replace(i=s(i), z=np.tanh(z), o=s(o)))


@pytest.mark.parametrize("update_takes", [False, True])
def test_gates_of_a_gru(rng, xs, update_takes):
    cell = shaken(GRU(X, H, rng=rng, update_takes=update_takes), rng)
    hs, _, found = run(cell, xs)
    a = np.split(xs @ np.asarray(cell.W).T + np.asarray(cell.b), 3, -1)
    r = np.split(before(hs) @ np.asarray(cell.U).T, 3, -1)
    reset, u = s(a[0] + r[0]), s(a[1] + r[1])
    close(found, found._replace(r=reset, u=u, n=np.tanh(a[2] + reset * (r[2] + cell.bh))))
    keep = 1 - u if update_takes else u
    np.testing.assert_allclose(keep * before(hs) + (1 - keep) * found.n, hs)


def test_gates_of_a_gru_that_resets_before(rng, xs):
    cell = shaken(GRUResetBefore(X, H, rng=rng), rng)
    hs, _, found = run(cell, xs)
    a = np.split(xs @ np.asarray(cell.W).T + np.asarray(cell.b), 3, -1)
    r = np.split(before(hs) @ np.asarray(cell.V).T, 2, -1)
    reset = s(a[0] + r[0])
    n = np.tanh(a[2] + (reset * before(hs)) @ np.asarray(cell.U).T)
    close(found, found._replace(r=reset, u=s(a[1] + r[1]), n=n))


def test_gates_within_what_wraps_the_cell(rng, xs):
    cell = shaken(LSTM(X, H, rng=rng), rng)
    plain_gates = run(cell, xs)[2]
    close(run(Clipped(cell, 1.0), xs)[2], plain_gates)
    assert not np.allclose(run(LayerNorm(cell, 4), xs)[2].i, plain_gates.i)
    assert run(Projected(cell, H, 2, rng=rng), xs)[2].o.shape == (T, H)


def test_gates_within_zoneout(rng, xs):
    cell = shaken(LSTM(X, H, rng=rng, peepholes=True), rng)
    plain_gates = run(cell, xs)[2]
    for wrapped in (cell, Clipped(cell, 1.0)):
        close(run(Zoneout(wrapped, (0.0, 0.0)), xs)[2], plain_gates)
    core = Zoneout(cell, (0.4, 0.3))
    _, states, found = run(core, xs)
    expected, (_, c) = by_hand(cell, xs, states.cell)
    close(found, expected)
    np.testing.assert_allclose(0.3 * before(states.cell.c) + 0.7 * c, states.cell.c)
    assert not np.allclose(found.i, plain_gates.i)


def test_gates_within_zoneout_whose_coins_are_tossed(rng, xs):
    cell = shaken(LSTM(X, H, rng=rng), rng)
    _, states, found = run(Zoneout(cell, (0.4, 0.3)), xs, jax.random.key(1))
    expected, proposed = by_hand(cell, xs, states.cell)
    close(found, expected)
    for new, actual in zip(proposed, states.cell, strict=True):
        kept = np.asarray(actual == before(actual))
        assert 0 < kept.mean() < 1
        np.testing.assert_allclose(actual, np.where(kept, before(actual), new))


def test_cells_that_tell_no_gates(rng):
    for core in (Elman(X, H, rng=rng), Zoneout(Elman(X, H, rng=rng), (0.1,))):
        assert not gates(watch(core).initial_state(Condition()))
    elman = Elman(X, H, rng=rng)
    assert (
        elman.gates_from(jnp.zeros(H), jnp.zeros(H), elman.initial_state(Condition())) == NoGates()
    )


@pytest.mark.parametrize("entry", **cases(MODELS))
def test_a_trace_is_the_model_s_own_pass(entry, rng):
    model, values, condition = entry.make(rng), entry.values(rng), entry.condition(rng)
    found = trace(model, values, condition)
    read = model.unroll(values, model.start(condition), condition)
    close((found.distribution, found.states), (read.distribution, read.states))
    np.testing.assert_allclose(found.losses, nll(read.distribution, values))
    assert found.losses.shape == (T,)


def test_attention_is_told(rng):
    entry = MODELS["copying"]
    model, values, condition = entry.make(rng), entry.values(rng), entry.condition(rng)
    (alpha,) = trace(model, values, condition).attention
    assert alpha.shape == (T, 5) and (alpha[:, 4] == 0).all()
    np.testing.assert_allclose(alpha.sum(1), 1)


def test_a_trace_in_a_file(rng, tmp_path):
    model = MODELS["embedding"].make(rng)
    found = trace(model, MODELS["embedding"].values(rng))
    save_trace(found, tmp_path / "trace.npz")
    with np.load(tmp_path / "trace.npz", allow_pickle=False) as file:
        assert set(file) == {
            "distribution.logits",
            "losses",
            *(f"states.{n}.{field}" for n in (0, 1) for field in "hc"),
            *(f"gates.{n}.{gate}" for n in (0, 1) for gate in "ifzo"),
        }
        np.testing.assert_array_equal(file["states.1.c"], found.states[1].c)
        np.testing.assert_array_equal(file["gates.0.f"], found.gates["0"].f)
    with pytest.raises(InputError, match="cannot write"):
        save_trace(found, tmp_path / "nowhere" / "trace.npz")

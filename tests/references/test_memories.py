"""Cells with a memory outside themselves against twins in NumPy, from the papers' equations."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from reverie.cells import Elman, GRUResetBefore
from reverie.concepts import Condition
from reverie.cores import (
    DifferentiableNeuralComputer,
    FeedForward,
    ListAugmented,
    NeuralTuringMachine,
    StackAugmented,
)
from reverie.cores.addressing import FLOOR

X, H, N, W, T = 3, 4, 5, 2, 6
pytestmark = pytest.mark.usefixtures("double")


def s(x):
    return 1 / (1 + np.exp(-x))


def softplus(x):
    return np.log(1 + np.exp(x))


def softmax(x):
    return np.exp(x) / np.exp(x).sum(-1, keepdims=True)


def shaken(core, rng):
    """The core with no parameter left where it began, and no weak one."""
    return jax.tree.map(lambda a: a + jnp.asarray(rng.normal(size=a.shape)), core)


def traced(core, xs):
    """Outputs (T, D) and states, by unroll from the first state."""
    outs, _, states = core.unroll(jnp.asarray(xs), core.initial_state(Condition()), Condition())
    return np.asarray(outs), jax.tree.map(np.asarray, states)


def head(k, b, g, q, y, before, M):
    """Where one head looks (Graves 2014, eq. 5 to 9)."""
    cos = np.array([k @ m / (np.linalg.norm(k) * np.linalg.norm(m)) for m in M])
    wg = g * softmax(b * cos) + (1 - g) * before
    reach = len(q) // 2
    wt = [sum(wg[j] * q[(i - j + reach) % N] for j in range(N) if (i - j + reach) % N < len(q))
          for i in range(N)]  # fmt: skip
    return np.array(wt) ** y / (np.array(wt) ** y).sum()


def turing(core, xs, readers, writers, reach):
    """A feed-forward controller; one place after another, one head after another."""
    joined, Wx, b = (np.asarray(a) for a in (core.cell.R, core.cell.W, core.cell.b))
    V, d = np.asarray(core.heads.W), np.asarray(core.heads.b)
    w, r, M = (
        softmax(np.asarray(core.weights)),
        np.tanh(np.asarray(core.reads)),
        np.full((N, W), 1e-6),
    )
    each, outs = W + 2 * reach + 4, []
    for x in xs:
        h = np.tanh(Wx @ x + joined @ r.ravel() + b)
        told = np.clip(V @ h + d, -20, 20)
        new = []
        for n in range(readers + writers):
            p = told[n * each : (n + 1) * each]
            k, q, (beta, g, y) = np.tanh(p[:W]), softmax(p[W:-3]), p[-3:]
            new.append(head(k, softplus(beta), s(g), q, 1 + softplus(y), w[n], M))
        w = np.stack(new)
        erase, add = told[(readers + writers) * each :].reshape(2, writers, W)
        for n in range(writers):
            M = M * (1 - np.outer(w[readers + n], s(erase[n])))
        for n in range(writers):
            M = M + np.outer(w[readers + n], np.tanh(add[n]))
        r = np.stack([sum(w[n, i] * M[i] for i in range(N)) for n in range(readers)])
        outs.append(np.concatenate([h, r.ravel()]))
    return np.stack(outs), w, M


@pytest.mark.parametrize(("readers", "writers", "reach", "loud"), [(1, 1, 1, 8.0), (2, 3, 2, 1.0)])
def test_a_turing_machine_equals_its_twin(readers, writers, reach, loud, rng, monkeypatch):
    # A squared length has a floor here, and none in the paper.
    monkeypatch.setattr("reverie.cores.addressing.FLOOR", 0.0)
    monkeypatch.setattr("reverie.cores.addressing.LEAST", 0.0)
    controller = FeedForward(X, H, rng=rng)
    core = NeuralTuringMachine(
        controller, H, N, W, rng=rng, readers=readers, writers=writers, reach=reach
    )
    core, xs = shaken(core, rng), rng.normal(size=(T, X))
    # What heads are told is clipped where it is loud.
    object.__setattr__(core.heads, "W", loud * core.heads.W)
    outs, w, M = turing(core, xs, readers, writers, reach)
    ours, states = traced(core, xs)
    np.testing.assert_allclose(ours, outs, rtol=1e-10)
    np.testing.assert_allclose(states.weights[-1], w, rtol=1e-10)
    np.testing.assert_allclose(states.memory[-1], M, rtol=1e-10, atol=1e-14)


def content(k, beta, M):
    cos = [k @ m / np.sqrt((k @ k + FLOOR) * (m @ m + FLOOR)) for m in M]
    return softmax(beta * np.array(cos))


def allocation(u):
    a, order = np.zeros(N), np.argsort(u, kind="stable")
    for j, place in enumerate(order):
        a[place] = (1 - u[place]) * np.prod(u[order[:j]])
    return a


def computer(core, xs, R):
    """Graves 2016, methods: what is written, the links, one head after another."""
    joined, Wx, b = (np.asarray(a) for a in (core.cell.R, core.cell.W, core.cell.b))
    V, d = np.asarray(core.heads.W), np.asarray(core.heads.b)
    M, u, p, L = np.zeros((N, W)), np.zeros(N), np.zeros(N), np.zeros((N, N))
    ww, wr, r, outs = np.zeros(N), np.zeros((R, N)), np.zeros((R, W)), []
    for x in xs:
        h = np.tanh(Wx @ x + joined @ r.ravel() + b)
        told = np.clip(V @ h + d, -20, 20)
        key, erase, add, (beta, ga, gw) = *told[: 3 * W].reshape(3, W), told[3 * W : 3 * W + 3]
        each = told[3 * W + 3 :].reshape(R, W + 5)
        u = u + ww - u * ww
        for n in range(R):
            u = u * (1 - s(each[n, W + 1]) * wr[n])
        c = content(np.tanh(key), 1 + softplus(beta), M)
        ww = s(gw) * (s(ga) * allocation(u) + (1 - s(ga)) * c)
        M = M * (1 - np.outer(ww, s(erase))) + np.outer(ww, np.tanh(add))
        for i in range(N):
            for j in range(N):
                L[i, j] = 0 if i == j else (1 - ww[i] - ww[j]) * L[i, j] + ww[i] * p[j]
        p = (1 - ww.sum()) * p + ww
        for n, numbers in enumerate(each):
            pi = softmax(numbers[W + 2 :])
            c = content(np.tanh(numbers[:W]), 1 + softplus(numbers[W]), M)
            wr[n] = pi[0] * L.T @ wr[n] + pi[1] * c + pi[2] * L @ wr[n]
            r[n] = wr[n] @ M
        outs.append(np.concatenate([h, r.ravel()]))
    return np.stack(outs), L, u


def test_a_differentiable_computer_equals_its_twin(rng):
    controller = FeedForward(X, H, rng=rng)
    core = shaken(DifferentiableNeuralComputer(controller, H, N, W, rng=rng, readers=2), rng)
    xs = rng.normal(size=(2 * T, X))
    outs, L, u = computer(core, xs, 2)
    ours, states = traced(core, xs)
    np.testing.assert_allclose(ours, outs, rtol=1e-10)
    np.testing.assert_allclose(states.links[-1], L, rtol=1e-10)
    np.testing.assert_allclose(states.usage[-1], u, rtol=1e-10)
    assert list(np.argsort(u)) != list(range(N))


def acting(core, xs, K, width, see, act):
    """An Elman network that does a blend of actions to each of K memories (N, width)."""
    joined, Wx, b = (np.asarray(a) for a in (core.cell.R, core.cell.W, core.cell.b))
    A, D = core.actions.linear, core.values
    h, Ms, hs = np.zeros(H), [-np.ones((N, width)) for _ in range(K)], []
    for x in xs:
        read = np.concatenate([see(M).ravel() for M in Ms])
        h = np.tanh(Wx @ x + joined @ np.concatenate([h, read]) + b)
        a = softmax((np.asarray(A.W) @ h + np.asarray(A.b)).reshape(K, -1))
        v = s(np.asarray(D.W) @ h + np.asarray(D.b)).reshape(K, width)
        Ms = [act(*each) for each in zip(Ms, a, v, strict=True)]
        hs.append(h)
    return np.stack(hs), np.stack(Ms)


def stack(M, a, v):
    """Joulin and Mikolov 2015, eq. 4 to 7; -1 below the bottom."""
    above, below = [v, *M[:-1]], [*M[1:], -np.ones_like(v)]
    stay = a[2] if len(a) == 3 else 0.0
    return np.stack([a[0] * above[j] + a[1] * below[j] + stay * M[j] for j in range(N)])


def linked(M, a, v):
    """A list whose head stays at the place N // 2."""
    left, right, insert = a
    before, after = [-np.ones_like(v), *M[:-1]], [*M[1:], -np.ones_like(v)]
    put = [after[i] if i < N // 2 else v if i == N // 2 else M[i] for i in range(N)]
    return np.stack([left * before[i] + right * after[i] + insert * put[i] for i in range(N)])


@pytest.mark.parametrize(("noop", "width"), [(False, 1), (True, 2)])
def test_stacks_equal_their_twin(noop, width, rng):
    cell = Elman(X, H, rng=rng)
    core = shaken(StackAugmented(cell, H, 3, N, rng=rng, width=width, noop=noop), rng)
    xs = rng.normal(size=(T, X))
    hs, Ms = acting(core, xs, 3, width, lambda M: M[:2], stack)
    outs, states = traced(core, xs)
    np.testing.assert_allclose(outs, hs, rtol=1e-10)
    np.testing.assert_allclose(states.memory[-1], Ms, rtol=1e-10)


def test_lists_equal_their_twin(rng):
    core = shaken(ListAugmented(Elman(X, H, rng=rng), H, 2, N, rng=rng, width=2), rng)
    xs = rng.normal(size=(T, X))
    hs, Ms = acting(core, xs, 2, 2, lambda M: M[1:4], linked)
    outs, states = traced(core, xs)
    np.testing.assert_allclose(outs, hs, rtol=1e-10)
    np.testing.assert_allclose(states.memory[-1], Ms, rtol=1e-10)


def test_a_cell_with_products_of_its_own_is_told_as_if_by_its_input(rng):
    """[W, F] read [x; m'], whatever the cell does with what recurs."""
    plain = GRUResetBefore(X, H, rng=rng)
    core = shaken(StackAugmented(plain, H, 2, N, rng=rng), rng)
    wide = GRUResetBefore(X + 4, H, rng=rng)
    for name in ("V", "U", "b"):
        object.__setattr__(wide, name, getattr(core.cell, name))
    object.__setattr__(wide, "W", jnp.concatenate([core.cell.W, core.F], 1))
    xs = jnp.asarray(rng.normal(size=(T, X)))
    outs, states = traced(core, xs)
    state = wide.initial_state(Condition())
    tops = np.concatenate([-np.ones((1, 2, 2)), states.memory[:, :, :2, 0]])
    for t, x in enumerate(xs):
        h, state = wide.step(jnp.concatenate([x, tops[t].ravel()]), state, Condition())
        np.testing.assert_allclose(outs[t], h, rtol=1e-10)

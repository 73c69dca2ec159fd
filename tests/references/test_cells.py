"""Every cell against a twin in NumPy, written from the paper's equations, and against PyTorch."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from reverie.cells import (
    GRU,
    LSTM,
    LSTM1997,
    MUT1,
    MUT2,
    MUT3,
    Elman,
    GRUResetBefore,
    MultiplicativeLSTM,
)
from reverie.concepts import Condition, Memory
from reverie.cores import Clipped, LayerNorm, Projected, SoftWindowStack, Stack, Zoneout
from reverie.cores.soft_window import EndOfText

X, H, P, T = 3, 4, 2, 5
pytestmark = pytest.mark.usefixtures("double")


def s(x):
    return 1 / (1 + np.exp(-x))


def shaken(core, rng):
    """The core with no parameter left at zero."""
    return jax.tree.map(lambda a: a + 0.3 * jnp.asarray(rng.normal(size=a.shape)), core)


def outputs(core, xs):
    """(T, D), by unroll from the first state."""
    condition = Condition()
    return core.unroll(jnp.asarray(xs), core.initial_state(condition), condition)[0]


def elman(cell, xs, f=np.tanh):
    W, R, b = (np.asarray(a) for a in (cell.W, cell.R, cell.b))
    h, hs = np.zeros(H), []
    for x in xs:
        h = f(W @ x + R @ h + b)
        hs.append(h)
    return np.stack(hs)


def lstm(cell, xs, M=None):
    """With peepholes if it has any, and with a projection M h if there is one."""
    Wi, Wf, Wz, Wo = np.split(np.asarray(cell.W), 4)
    Ri, Rf, Rz, Ro = np.split(np.asarray(cell.R), 4)
    bi, bf, bz, bo = np.split(np.asarray(cell.b), 4)
    pi, pf, po = np.zeros((3, H)) if cell.p is None else np.asarray(cell.p)
    M = np.eye(H) if M is None else np.asarray(M)
    h, c, hs = np.zeros(len(M)), np.zeros(H), []
    for x in xs:
        i = s(Wi @ x + Ri @ h + pi * c + bi)
        f = s(Wf @ x + Rf @ h + pf * c + bf)
        z = np.tanh(Wz @ x + Rz @ h + bz)
        c = f * c + i * z
        o = s(Wo @ x + Ro @ h + po * c + bo)
        h = M @ (o * np.tanh(c))
        hs.append(h)
    return np.stack(hs)


def lstm1997(cell, xs):
    Wi, Wz, Wo = np.split(np.asarray(cell.W), 3)
    Ri, Rz, Ro = np.split(np.asarray(cell.R), 3)
    bi, bz, bo = np.split(np.asarray(cell.b), 3)
    h, c, hs = np.zeros(H), np.zeros(H), []
    for x in xs:
        c = c + s(Wi @ x + Ri @ h + bi) * np.tanh(Wz @ x + Rz @ h + bz)
        h = s(Wo @ x + Ro @ h + bo) * np.tanh(c)
        hs.append(h)
    return np.stack(hs)


def gru(cell, xs):
    """Either reset, either mixing."""
    before = isinstance(cell, GRUResetBefore)
    Wr, Wu, W = np.split(np.asarray(cell.W), 3)
    br, bu, b = np.split(np.asarray(cell.b), 3)
    Ur, Uu = np.split(np.asarray(cell.V if before else cell.U)[: 2 * H], 2)
    U, bh = np.asarray(cell.U)[-H:], 0 if before else np.asarray(cell.bh)
    h, hs = np.zeros(H), []
    for x in xs:
        r, u = s(Wr @ x + Ur @ h + br), s(Wu @ x + Uu @ h + bu)
        n = np.tanh(W @ x + b + (U @ (r * h) if before else r * (U @ h + bh)))
        h = (1 - u) * h + u * n if cell.update_takes else u * h + (1 - u) * n
        hs.append(h)
    return np.stack(hs)


def mut(cell, xs):
    """MUT1, MUT2 and MUT3, with the paper's x for what is added to hidden units."""
    kind, V, U = type(cell), np.asarray(cell.V), np.asarray(cell.U)
    bz, br, bn = np.split(np.asarray(cell.b), 3)
    W = np.split(np.asarray(cell.W), len(cell.W) // H)
    h, hs = np.zeros(H), []
    for x in xs:
        if kind is MUT3:
            z, r = s(W[0] @ x + V[:H] @ np.tanh(h) + bz), s(W[1] @ x + V[H:] @ h + br)
            n = np.tanh(U @ (r * h) + W[2] @ x + bn)
        elif kind is MUT2:
            e = np.asarray(cell.E) @ x
            z, r = s(W[0] @ e + V[:H] @ h + bz), s(e + V[H:] @ h + br)
            n = np.tanh(U @ (r * h) + W[1] @ e + bn)
        else:
            e = np.asarray(cell.E) @ x
            z, r = s(W[0] @ e + bz), s(W[1] @ e + V @ h + br)
            n = np.tanh(U @ (r * h) + np.tanh(e) + bn)
        h = n * z + h * (1 - z)
        hs.append(h)
    return np.stack(hs)


def mlstm(cell, xs):
    """Either squashing."""
    Wm, Wi, Wf, Wz, Wo = np.split(np.asarray(cell.W), 5)
    Ri, Rf, Rz, Ro = np.split(np.asarray(cell.R), 4)
    bi, bf, bz, bo = np.split(np.asarray(cell.b), 4)
    h, c, hs = np.zeros(H), np.zeros(H), []
    for x in xs:
        m = (Wm @ x) * (np.asarray(cell.V) @ h)
        i, f = s(Wi @ x + Ri @ m + bi), s(Wf @ x + Rf @ m + bf)
        c = f * c + i * np.tanh(Wz @ x + Rz @ m + bz)
        o = s(Wo @ x + Ro @ m + bo)
        h = np.tanh(o * c) if cell.squash_product else o * np.tanh(c)
        hs.append(h)
    return np.stack(hs)


def relu(x):
    return np.maximum(x, 0)


TWINS = {
    "elman": (lambda r: Elman(X, H, rng=r), elman),
    "elman-relu": (
        lambda r: Elman(X, H, rng=r, activation=jax.nn.relu, identity=1.0),
        lambda cell, xs: elman(cell, xs, relu),
    ),
    "lstm": (lambda r: LSTM(X, H, rng=r), lstm),
    "lstm-peepholes": (lambda r: LSTM(X, H, rng=r, peepholes=True), lstm),
    "lstm1997": (lambda r: LSTM1997(X, H, rng=r), lstm1997),
    "gru": (lambda r: GRU(X, H, rng=r), gru),
    "gru-takes": (lambda r: GRU(X, H, rng=r, update_takes=True), gru),
    "gru-before": (lambda r: GRUResetBefore(X, H, rng=r), gru),
    "gru-before-takes": (lambda r: GRUResetBefore(X, H, rng=r, update_takes=True), gru),
    "mut1": (lambda r: MUT1(X, H, rng=r), mut),
    "mut2": (lambda r: MUT2(X, H, rng=r), mut),
    "mut3": (lambda r: MUT3(X, H, rng=r), mut),
    "mlstm": (lambda r: MultiplicativeLSTM(X, H, rng=r), mlstm),
    "mlstm-squash-product": (lambda r: MultiplicativeLSTM(X, H, rng=r, squash_product=True), mlstm),
    "projected": (
        lambda r: Projected(LSTM(X, H, rng=r, peepholes=True), H, P, rng=r),
        lambda core, xs: lstm(core.cell, xs, core.M),
    ),
}


@pytest.mark.parametrize(("make", "twin"), TWINS.values(), ids=TWINS)
def test_it_equals_its_twin(make, twin, rng):
    cell, xs = shaken(make(rng), rng), rng.normal(size=(T, X))
    np.testing.assert_allclose(outputs(cell, xs), twin(cell, xs), rtol=1e-12, atol=1e-14)


def test_a_stack_is_its_layers_one_after_the_other(rng):
    first, second = Elman(X, H, rng=rng), Elman(H, H, rng=rng)
    skipping = Elman(X + H, H, rng=rng)
    xs = rng.normal(size=(T, X))
    below = elman(first, xs)
    np.testing.assert_allclose(outputs(Stack((first, second)), xs), elman(second, below))
    above = elman(second, below) + below
    np.testing.assert_allclose(outputs(Stack((first, second), residual=True), xs), above)
    both = np.concatenate([below, elman(skipping, np.concatenate([xs, below], 1))], 1)
    np.testing.assert_allclose(outputs(Stack((first, skipping), skips=True), xs), both)


def test_layer_norm_normalises_both_halves_gate_by_gate(rng):
    cell = shaken(LSTM1997(X, H, rng=rng), rng)
    core = shaken(LayerNorm(cell, 3), rng)
    cell = core.cell

    def norm(x):
        gates = x.reshape(3, H)
        centred = gates - gates.mean(1, keepdims=True)
        return (centred / np.sqrt(gates.var(1, keepdims=True) + 1e-5)).ravel()

    W, R, b, ga, gr, bias = (
        np.asarray(a) for a in (cell.W, cell.R, cell.b, core.gain_a, core.gain_r, core.bias)
    )
    h, c, hs = np.zeros(H), np.zeros(H), []
    for x in (xs := rng.normal(size=(T, X))):
        i, z, o = np.split(ga * norm(W @ x + b) + bias + gr * norm(R @ h), 3)
        c = c + s(i) * np.tanh(z)
        h = s(o) * np.tanh(c)
        hs.append(h)
    np.testing.assert_allclose(outputs(core, xs), np.stack(hs), rtol=1e-12)


def test_zoneout_without_a_key_takes_the_expectation(rng):
    cell, xs = Elman(X, H, rng=rng), rng.normal(size=(T, X))
    h, hs = np.zeros(H), []
    for x in xs:
        h = 0.3 * h + 0.7 * np.tanh(np.asarray(cell.W) @ x + np.asarray(cell.R) @ h)
        hs.append(h)
    np.testing.assert_allclose(outputs(Zoneout(cell, (0.3,)), xs), np.stack(hs))


def test_clipping_changes_no_value_and_clips_the_slope_of_every_gate(rng):
    """Back-propagation through time by hand: the slope is clipped before it goes back through R."""
    limit, xs = 0.02, rng.normal(size=(T, X))
    cell = Elman(X, H, rng=rng)
    core = Clipped(cell, limit)
    hs = outputs(core, xs)
    np.testing.assert_array_equal(hs, outputs(cell, xs))

    def loss(core):
        return jnp.sum(outputs(core, xs) * jnp.arange(H))

    R, h, later, db, dR = np.asarray(cell.R), np.asarray(hs), 0.0, 0.0, 0.0
    for t in reversed(range(T)):
        d = np.clip((np.arange(H) + later) * (1 - h[t] ** 2), -limit, limit)
        later = R.T @ d
        db, dR = db + d, dR + np.outer(d, h[t - 1] if t else np.zeros(H))
    gradient = jax.grad(loss, allow_int=True)(core).cell
    np.testing.assert_allclose(gradient.b, db, rtol=1e-10)
    np.testing.assert_allclose(gradient.R, dR, rtol=1e-10)
    assert np.abs(db).max() == pytest.approx(T * limit)


def test_mixings_convert_by_negating_the_update_gate(rng):
    """Wu, Uu, bu: so weights of either convention serve the other. Resets do not convert."""
    xs = rng.normal(size=(T, X))
    sign = np.concatenate([np.ones(H), -np.ones(H), np.ones(H)])
    keeps = shaken(GRU(X, H, rng=rng), rng)
    takes = shaken(GRU(X, H, rng=rng, update_takes=True), rng)
    for name, factor in (("W", sign[:, None]), ("U", sign[:, None]), ("b", sign), ("bh", 1)):
        object.__setattr__(takes, name, getattr(keeps, name) * factor)
    np.testing.assert_allclose(outputs(takes, xs), outputs(keeps, xs), rtol=1e-12)


def test_a_window_moves_along_a_text(rng):
    """Graves 2013, eq. 46-51, with a layer below and a layer above."""
    U, C, K = 4, 3, 2
    above = Elman(X + H + C, P, rng=rng)
    core = shaken(
        SoftWindowStack(
            LSTM(X, H, rng=rng, peepholes=True), (above,), hidden=H, width=C, count=K, rng=rng
        ),
        rng,
    )
    text, xs = rng.normal(size=(U, C)), rng.normal(size=(T, X))
    joined = np.asarray(core.cell.R)
    R, V = joined[:, :H], joined[:, H:]
    Wi, Wf, Wz, Wo = np.split(np.concatenate([np.asarray(core.cell.W), R, V], 1), 4)
    bi, bf, bz, bo = np.split(np.asarray(core.cell.b), 4)
    pi, pf, po = np.asarray(core.cell.p)
    W, b = np.asarray(core.window.linear.W), np.asarray(core.window.linear.b)
    A, S, d = (np.asarray(a) for a in (core.above[0].W, core.above[0].R, core.above[0].b))
    h, c, w, kappa, g, outs, phis = *np.zeros((2, H)), np.zeros(C), np.zeros(K), np.zeros(P), [], []
    for x in xs:
        into = np.concatenate([x, h, w])
        i, f = s(Wi @ into + pi * c + bi), s(Wf @ into + pf * c + bf)
        c = f * c + i * np.tanh(Wz @ into + bz)
        h = s(Wo @ into + po * c + bo) * np.tanh(c)
        alpha, beta, step = np.split(np.exp(W @ h + b), 3)
        kappa = kappa + step
        u = np.arange(1, U + 2)
        phi = (alpha[:, None] * np.exp(-beta[:, None] * (kappa[:, None] - u) ** 2)).sum(0)
        w = phi[:U] @ text
        g = np.tanh(A @ np.concatenate([x, h, w]) + S @ g + d)
        outs.append(np.concatenate([h, g]))
        phis.append(phi)
    condition = Condition(memory=Memory(jnp.asarray(text), jnp.asarray(text), jnp.ones(U, bool)))
    ours, last, states = core.unroll(jnp.asarray(xs), core.initial_state(condition), condition)
    np.testing.assert_allclose(ours, np.stack(outs), rtol=1e-12)
    np.testing.assert_allclose(states.first.phi, np.stack(phis), rtol=1e-12)
    for length in (1, U):
        expected = phis[-1][length] > phis[-1][:length].max()
        assert bool(EndOfText(length)(None, last)) == expected


@pytest.fixture
def torch():
    return pytest.importorskip("torch", reason="PyTorch is not installed")


def theirs(torch, module, xs):
    with torch.no_grad():
        return module(torch.tensor(xs))[0].numpy()


def weights(module):
    """W (G, X), R (G, H), both biases (G,), of one layer of PyTorch."""
    names = "weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"
    return [jnp.asarray(getattr(module, name).detach().numpy()) for name in names]


def test_copied_weights_make_pytorchs_lstm(torch, rng):
    torch.manual_seed(0)
    module = torch.nn.LSTM(X, H, dtype=torch.float64)
    cell, xs = LSTM(X, H, rng=rng), rng.normal(size=(T, X))
    W, R, b, also = weights(module)
    for name, array in (("W", W), ("R", R), ("b", b + also)):
        object.__setattr__(cell, name, array)
    np.testing.assert_allclose(outputs(cell, xs), theirs(torch, module, xs), rtol=1e-10)


def test_copied_weights_make_pytorchs_projected_lstm(torch, rng):
    torch.manual_seed(0)
    module = torch.nn.LSTM(X, H, proj_size=P, dtype=torch.float64)
    core, xs = Projected(LSTM(X, H, rng=rng), H, P, rng=rng), rng.normal(size=(T, X))
    W, R, b, also = weights(module)
    for name, array in (("W", W), ("R", R), ("b", b + also)):
        object.__setattr__(core.cell, name, array)
    object.__setattr__(core, "M", jnp.asarray(module.weight_hr_l0.detach().numpy()))
    np.testing.assert_allclose(outputs(core, xs), theirs(torch, module, xs), rtol=1e-10)


def test_copied_weights_make_pytorchs_gru(torch, rng):
    torch.manual_seed(0)
    module = torch.nn.GRU(X, H, dtype=torch.float64)
    cell, xs = GRU(X, H, rng=rng), rng.normal(size=(T, X))
    W, U, b, also = weights(module)
    gates = jnp.where(jnp.arange(3 * H) < 2 * H, also, 0.0)
    for name, array in (("W", W), ("U", U), ("b", b + gates), ("bh", also[2 * H :])):
        object.__setattr__(cell, name, array)
    np.testing.assert_allclose(outputs(cell, xs), theirs(torch, module, xs), rtol=1e-10)

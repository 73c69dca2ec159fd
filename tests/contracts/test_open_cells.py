"""Cells are open: one from outside the package learns in the tasks, and wrappers take any cell."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from contracts.table import shake, told

from reverie.attention import Additive
from reverie.cells import Cell
from reverie.cells.catalogue import CELLS, CellEntry, make_cell
from reverie.cells.elman import ElmanState
from reverie.check import check_core
from reverie.concepts import Condition, Memory, SymbolSequence
from reverie.cores import (
    Attentive,
    Bridged,
    Clipped,
    HardAttentive,
    LayerNorm,
    Projected,
    RecurrentDropout,
    SoftWindowStack,
    Zoneout,
)
from reverie.cores.bridged import Affine
from reverie.cores.states import flatten_state
from reverie.errors import InputError
from reverie.layers import uniform
from reverie.model import nll
from reverie.tasks.handwriting.build import window_model
from reverie.tasks.handwriting.options import WindowNetwork
from reverie.tasks.translation.build import translator
from reverie.tasks.translation.options import TranslationNetwork

X, H, KEY = 2, 3, jax.random.key(1)


class Twofold(Cell):
    """h = tanh(W x + U tanh(V h')): two products, one inside the other."""

    W: jax.Array
    V: jax.Array
    U: jax.Array

    def __init__(self, inputs, hidden, *, rng):
        self.W = uniform(rng, hidden, inputs)
        self.V, self.U = uniform(rng, hidden, hidden), uniform(rng, hidden, hidden)

    def initial_state(self, condition, *, key=None):
        return ElmanState(jnp.zeros_like(self.U[0]))

    def project(self, xs):
        return xs @ self.W.T

    def width(self):
        return len(self.W)

    def advance(self, a, r, state):
        return ElmanState(jnp.tanh(a + self.U @ jnp.tanh(self.V @ r)))


@pytest.fixture
def outside(monkeypatch):
    """The name of a cell that the library does not know."""
    monkeypatch.setitem(CELLS, "twofold", CellEntry("of two products", lambda: Twofold))
    return "twofold"


def losses(model, loss, steps=3):
    """What a few steps along the gradient make of a loss."""
    measure = eqx.filter_jit(eqx.filter_value_and_grad(loss))
    seen = []
    for _ in range(steps):
        value, gradient = measure(model)
        model = jax.tree.map(lambda w, g: w - 0.05 * g, model, gradient)
        seen.append(float(value))
    return seen


def lowers(model, loss, kind):
    """The cells in the model are of that kind, and some steps make the loss less."""
    found = jax.tree.leaves(model, is_leaf=lambda node: isinstance(node, kind))
    seen = losses(model, loss)
    return any(isinstance(node, kind) for node in found) and seen[-1] < seen[0]


def test_a_cell_from_outside_learns_to_write(outside, rng):
    network = WindowNetwork(cell=outside, layers=2, hidden=H, components=2, gaussians=2)
    model = window_model(network, 3, rng=rng)
    values = jnp.asarray(rng.normal(size=(4, 2)), jnp.float32), jnp.eye(4)[:, :1]
    memory = Memory(jnp.eye(3), jnp.eye(3), jnp.ones(3, bool))
    condition = Condition(memory=memory)

    def loss(model):
        return nll(
            model.unroll(values, model.start(condition), condition).distribution, values
        ).mean()

    assert lowers(model, loss, Twofold)


def test_a_cell_from_outside_learns_to_translate(outside, rng):
    network = TranslationNetwork(cell=outside, hidden=H, embedding=2)
    model = translator(network, 4, 4, rng=rng)
    source = SymbolSequence(jnp.array([1, 2, 3]), jnp.ones(3, bool))
    values = jnp.array([3, 2, 1])

    def loss(model):
        condition = model.condition(source)
        return nll(
            model.unroll(values, model.start(condition), condition).distribution, values
        ).mean()

    assert lowers(model, loss, Twofold)


def test_the_catalogue_says_what_its_cells_are(rng):
    for name, entry in CELLS.items():
        cell = make_cell(name, X, H, rng=rng, forget_bias=2.0)
        assert entry.one_product == (cell.recurrent() is not None)
        assert cell.project(jnp.ones((5, X))).shape == (5, cell.width())
        assert entry.about
    with pytest.raises(InputError, match="did you mean mut"):
        make_cell("mut", X, H, rng=rng)


def _regularised(cell, inputs, rng):
    core = RecurrentDropout(LayerNorm(Projected(cell, H, 2, rng=rng), cell.width() // H), 0.4)
    state = core.initial_state(Condition())
    return Zoneout(Clipped(core, 100.0), (0.2,) * len(jax.tree.leaves(state)))


def _attentive(cell, inputs, rng):
    size = flatten_state(cell.initial_state(Condition())).shape[0]
    core = Bridged(Clipped(LayerNorm(cell, cell.width() // H), 100.0), Affine(2, size, rng=rng))
    return Attentive(core, Additive(H, 4, 2, rng=rng), 3, rng=rng)


def _hard(cell, inputs, rng):
    return HardAttentive(RecurrentDropout(cell, 0.4), Additive(H, 4, 2, rng=rng))


def _window(cell, inputs, rng):
    return SoftWindowStack(
        RecurrentDropout(cell, 0.4), (), hidden=H, width=3, count=2, pace=0.7, rng=rng
    )


WRAPPED = {
    "regularised": (_regularised, X),
    "attentive": (_attentive, X),
    "hard": (_hard, X + 3),
    "window": (_window, X),
}


@pytest.mark.parametrize("name", ["gru-reset-before", "mlstm", "mut1"])
@pytest.mark.parametrize("wrap", WRAPPED)
def test_wrappers_take_any_cell(name, wrap, rng, double):
    """Also where nothing is one product; those that are stand in the table of cores."""
    around, entering = WRAPPED[wrap]
    core = shake(around(make_cell(name, entering, H, rng=rng), entering, rng), rng)
    condition = told(rng)._replace(steps=None)
    check_core(core, X, condition=condition, key=KEY, steps=2, splits=(1,))


@pytest.mark.parametrize("name", ["lstm", "gru-reset-before"])
def test_what_recurs_is_what_a_wrapper_makes_of_it(name, rng):
    """A dropped unit reaches no product of any cell, though the cell remembers it."""
    core = RecurrentDropout(make_cell(name, X, H, rng=rng), 0.5)
    xs = jnp.ones((3, X))

    def total(cell):
        core = RecurrentDropout(cell, 0.5)
        state = core.initial_state(Condition(), key=KEY)
        return core.unroll(xs, state, Condition())[0].sum()

    dropped = np.asarray(core.initial_state(Condition(), key=KEY).mask.drawn == 0)
    assert 0 < dropped.sum() < H
    gradient = jax.grad(total)(core.cell)
    products = [gradient.R] if name == "lstm" else [gradient.V, gradient.U]
    for columns in products:
        np.testing.assert_array_equal(np.abs(columns).sum(0) == 0, dropped)

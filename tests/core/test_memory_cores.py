"""What memories outside a cell are for: heads that move, stacks that push and pop, no NaN."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from reverie.cells import LSTM, Elman
from reverie.concepts import Condition
from reverie.cores import (
    DifferentiableNeuralComputer,
    FeedForward,
    ListAugmented,
    NeuralTuringMachine,
    StackAugmented,
)
from reverie.cores.addressing import Address, address, cosine, sharpen, shift, write
from reverie.cores.dnc import allocate, link
from reverie.errors import InputError

X, H, N, W, T = 3, 4, 5, 2, 6
NOTHING = -1.0


def head(key, strength=0.0, gate=0.0, move=0, sharpness=1.0):
    """One head that moves by so many places."""
    moves = jnp.zeros((1, 3)).at[0, 1 + move].set(1.0)
    return Address(
        jnp.asarray([key]), *map(jnp.asarray, ([strength], [gate])), moves, jnp.asarray([sharpness])
    )


def test_a_head_moves_round_the_end():
    memory, last = jnp.ones((N, W)), jnp.eye(N)[-1:]
    for move, place in ((1, 0), (0, N - 1), (-1, N - 2)):
        found = address(head([1.0, 0.0], move=move), last, memory)
        np.testing.assert_allclose(found[0], np.eye(N)[place], atol=1e-6)


def test_a_head_finds_by_content_and_may_look_beside_it():
    memory = jnp.asarray([[1.0, 0.0], [0.0, 3.0], [-2.0, 0.0], [0.0, -1.0], [1.0, 1.0]])
    nowhere = jnp.full((1, N), 1 / N)
    for move, place in ((0, 1), (1, 2)):
        found = address(head([0.0, 1.0], 50.0, 1.0, move), nowhere, memory)
        np.testing.assert_allclose(found[0], np.eye(N)[place], atol=1e-5)


def test_weights_sum_to_one_whatever_the_sharpness():
    weights = jax.nn.softmax(jnp.arange(2 * N, dtype=float).reshape(2, N))
    moved = shift(weights, jax.nn.softmax(jnp.ones((2, 5))))
    for gamma in (1.0, 3.0, 21.0, 1e4):
        found = sharpen(moved, jnp.array([gamma, 1.0]))
        np.testing.assert_allclose(found.sum(-1), 1, rtol=1e-5)
    np.testing.assert_allclose(found[1], moved[1], rtol=1e-4)


def test_all_heads_erase_before_any_of_them_adds():
    both = jnp.eye(N)[jnp.array([0, 0])]
    ones = jnp.ones((2, W))
    memory = write(jnp.full((N, W), 7.0), both, ones, ones * jnp.array([[1.0], [2.0]]))
    np.testing.assert_array_equal(memory, [[3.0] * W, *[[7.0] * W] * (N - 1)])


def finite(tree):
    return all(bool(jnp.isfinite(a).all()) for a in jax.tree.leaves(tree))


@pytest.mark.parametrize("size", [0.0, 1e-30, 1e-6, 1.0, 1e15])
def test_the_cosine_has_a_gradient_everywhere(size):
    def total(keys, memory):
        return cosine(keys, memory).sum()

    found = jax.value_and_grad(total, (0, 1))(jnp.full((1, W), size), jnp.zeros((N, W)))
    assert finite(found)
    found = jax.value_and_grad(total, (0, 1))(jnp.zeros((1, W)), jnp.full((N, W), size))
    assert finite(found)


@pytest.mark.parametrize("gamma", [1.0, 1.5, 21.0, 1e6])
def test_sharpening_has_a_gradient_where_weights_are_0(gamma):
    def first(weights, gamma):
        return sharpen(weights, gamma)[0, 0]

    for row in ([1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1e-38, 1.0, 1e-30]):
        found = jax.value_and_grad(first, (0, 1))(jnp.array([row]), jnp.array([gamma]))
        assert finite(found)


MACHINES = {
    "turing": lambda cell, rng: NeuralTuringMachine(cell, H, N, W, rng=rng, writers=2),
    "dnc": lambda cell, rng: DifferentiableNeuralComputer(cell, H, N, W, rng=rng),
}


@pytest.mark.parametrize("make", MACHINES.values(), ids=MACHINES)
@pytest.mark.parametrize("size", [0.0, 1.0, 1e4])
def test_no_weights_of_a_machine_make_nan(make, size, rng):
    """Also where the controller says nothing, or shouts."""
    core = jax.tree.map(lambda a: size * a, make(LSTM(X, H, rng=rng), rng))
    xs = 100 * jnp.asarray(rng.normal(size=(40, X)), jnp.float32)

    def loss(core):
        outs, _, states = core.unroll(xs, core.initial_state(Condition()), Condition())
        return jnp.square(outs).sum(), states

    (value, states), gradient = jax.jit(jax.value_and_grad(loss, has_aux=True))(core)
    assert finite((value, states, gradient))


def test_what_is_new_is_written_where_least_is_in_use():
    found = allocate(jnp.array([1.0, 0.5, 0.0, 1.0]))
    np.testing.assert_allclose(found, [0, 0, 1, 0])
    found = jax.value_and_grad(lambda u: allocate(u)[0])(jnp.array([0.5, 0.25, 0.75]))
    np.testing.assert_allclose(found[0], (1 - 0.5) * 0.25)
    np.testing.assert_allclose(found[1], [-0.25, 0.5, 0])
    assert float(jnp.abs(allocate(jnp.ones(N))).max()) == 0


def test_links_tell_what_was_written_after_what():
    places, links, before = jnp.eye(N), jnp.zeros((N, N)), jnp.zeros(N)
    for n in (2, 0, 4):
        links, before = link(links, places[n], before), places[n]
    np.testing.assert_array_equal(links @ places[2], places[0])
    np.testing.assert_array_equal(links @ places[0], places[4])
    np.testing.assert_array_equal(places[4] @ links, places[0])


def test_a_machine_begins_as_learned_on_an_even_tape(rng):
    core = NeuralTuringMachine(FeedForward(X, H, rng=rng), H, N, W, rng=rng, readers=2)
    state = core.initial_state(Condition())
    np.testing.assert_array_equal(state.memory, np.full((N, W), 1e-6, np.float32))
    assert float(jnp.abs(state.reads).min()) > 0 and state.reads.shape == (2, W)

    def loss(core):
        return core.step(jnp.ones(X), core.initial_state(Condition()), Condition())[0].sum()

    gradient = jax.grad(loss)(core)
    assert min(float(jnp.abs(g).max()) for g in (gradient.reads, gradient.weights)) > 0


def test_its_state_is_the_tape_that_inspection_draws(rng):
    core = NeuralTuringMachine(LSTM(X, H, rng=rng), H, N, W, rng=rng, readers=2)
    outs, last, states = core.unroll(jnp.ones((T, X)), core.initial_state(Condition()), Condition())
    assert states.memory.shape == (T, N, W) and states.reads.shape == (T, 2, W)
    assert states.read_weights.shape == (T, 2, N) and states.write_weights.shape == (T, 1, N)
    assert last.read_weights.shape == (2, N)
    np.testing.assert_array_equal(outs[:, :H], states.cell.h)
    read = np.einsum("trn,tnw->trw", states.read_weights, states.memory)
    np.testing.assert_allclose(outs[:, H:].reshape(T, 2, W), read, rtol=1e-5, atol=1e-7)


def told_what_to_do(core, count):
    """A core whose input, one-hot, is its action; it puts in 1 for inputs of the first kind."""
    cell = eqx.tree_at(lambda c: (c.W, c.R), core.cell, (9 * jnp.eye(H, count), 0 * core.cell.R))
    A = jnp.zeros_like(core.actions.linear.W).at[jnp.arange(count), jnp.arange(count)].set(3.0)
    return eqx.tree_at(
        lambda c: (c.cell, c.actions.linear.W, c.values.W, c.values.b),
        core,
        (cell, A, 0 * core.values.W, jnp.full_like(core.values.b, 9.0)),
    )


def after(core, actions, count):
    """The places of the only memory after some actions."""
    xs = jnp.eye(count)[jnp.array(actions)]
    return core.unroll(xs, core.initial_state(Condition()), Condition())[1].memory[0, :, 0]


def test_a_rounded_stack_is_a_stack(rng):
    core = StackAugmented(FeedForward(3, H, rng=rng), H, 1, 3, rng=rng, noop=True)
    core, (push, pop, noop) = told_what_to_do(core, 3), range(3)
    hard, one = core.rounded(), float(jax.nn.sigmoid(9.0))
    cases = {
        (push, noop): [one, NOTHING, NOTHING],
        (push, push, noop, pop): [one, NOTHING, NOTHING],
        (pop, pop): [NOTHING] * 3,
        (push,) * 5: [one] * 3,
        (*(push,) * 5, pop, pop, pop): [NOTHING] * 3,
    }
    for actions, expected in cases.items():
        np.testing.assert_allclose(after(hard, actions, 3), expected, rtol=1e-6)
    soft = np.asarray(after(core, (push, noop), 3))
    assert 0.5 < soft[0] < 0.99 and soft[1] > NOTHING
    states = hard.unroll(jnp.eye(3), hard.initial_state(Condition()), Condition())[2]
    np.testing.assert_array_equal(states.actions[:, 0], np.eye(3))


def test_a_rounded_list_is_a_list(rng):
    core = ListAugmented(FeedForward(3, H, rng=rng), H, 1, 5, rng=rng)
    hard, (left, right, insert) = told_what_to_do(core, 3).rounded(), range(3)
    one, O = float(jax.nn.sigmoid(9.0)), NOTHING  # noqa: E741
    cases = {
        (insert,): [O, O, one, O, O],
        (insert, insert): [O, one, one, O, O],
        (insert, left): [O, O, O, one, O],
        (insert, right, right): [one, O, O, O, O],
        (insert, left, insert): [O, O, one, one, O],
        (insert, left, left, left, right): [O, O, O, O, O],
    }
    for actions, expected in cases.items():
        np.testing.assert_allclose(after(hard, actions, 3), expected, rtol=1e-6)


def test_rounding_twice_is_rounding_once(rng):
    hard = StackAugmented(Elman(X, H, rng=rng), H, 2, N, rng=rng).rounded()
    again, xs = hard.rounded(), jnp.asarray(rng.normal(size=(T, X)))
    outs = [c.unroll(xs, c.initial_state(Condition()), Condition())[0] for c in (hard, again)]
    np.testing.assert_array_equal(*outs)


def test_a_feed_forward_cell_remembers_nothing_and_its_state_waits_behind_a_mask(rng):
    cell, xs = FeedForward(X, H, rng=rng), jnp.asarray(rng.normal(size=(T, X)))
    mask = jnp.array([False, True, True, False, True, False])
    begin = cell.initial_state(Condition())
    outs, last, states = cell.unroll(xs, begin, Condition(), mask=mask)
    each = jnp.tanh(xs @ cell.W.T)
    np.testing.assert_allclose(outs, np.where(mask[:, None], each, 0), rtol=1e-5, atol=1e-7)
    latest = np.concatenate([0 * each[:1], each[jnp.array([1, 2, 2, 4, 4])]])
    np.testing.assert_allclose(states.h, latest, rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(last.h, states.h[-1])


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda c, r: NeuralTuringMachine(c, H, 2, W, rng=r), "at least 3 places"),
        (lambda c, r: NeuralTuringMachine(c, H, N, W, rng=r, readers=0), "a head that reads"),
        (lambda c, r: DifferentiableNeuralComputer(c, H, 0, W, rng=r), "a place in its memory"),
        (lambda c, r: StackAugmented(c, H, 1, 1, rng=r), "see 2 places"),
        (lambda c, r: ListAugmented(c, H, 1, 4, rng=r, around=2), "see 5 places"),
    ],
)
def test_memories_that_are_too_small_are_refused(make, said, rng):
    with pytest.raises(InputError, match=said):
        make(Elman(X, H, rng=rng), rng)

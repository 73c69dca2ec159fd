"""Whole sequences: every one is read, padded, conditioned, and learned from."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from reverie.cells import GRU, LSTM
from reverie.concepts import Condition, Example, Memory
from reverie.cores import SoftWindowStack
from reverie.data.dataset import InMemory
from reverie.data.lanes import Position
from reverie.emissions import CategoricalHead, MDNHead
from reverie.errors import InputError
from reverie.feedbacks import Concatenated, Identity, OneHot
from reverie.model import SequenceModel
from reverie.padding import bucket_sizes
from reverie.training import Steps, train
from reverie.training.evaluation import sequence_losses
from reverie.training.events import Finished
from reverie.training.loop import Plan
from reverie.training.parametrisations import Direct
from reverie.training.schedules import Constant
from reverie.training.sequences import SequenceReader


def symbols(rng, count: int = 11) -> list[np.ndarray]:
    return [rng.integers(0, 3, rng.integers(1, 9)).astype(np.int32) for _ in range(count)]


def examples(values, sources=None) -> InMemory:
    sources = [Condition()] * len(values) if sources is None else sources
    return InMemory([Example(v, source=s) for v, s in zip(values, sources, strict=True)])


def test_an_epoch_reads_each_sequence_once_and_the_next_in_another_order(rng):
    reader = SequenceReader(examples(symbols(rng)), 3, seed=1)
    orders = [reader.order(epoch) for epoch in range(3)]
    for order in orders:
        assert order.shape == (3, 3) and len(set(order.ravel())) == 9
    assert not np.array_equal(orders[0], orders[1])
    np.testing.assert_array_equal(orders[2], reader.order(2))
    position, seen = Position(), 0
    while position.epoch == 0:
        assert reader.epochs(position) == pytest.approx(seen / 3)
        position = reader.at(position)[1]
        seen += 1
    assert seen == reader.batches == 3 and position == Position(1)


def test_batches_are_padded_to_the_smallest_length_that_holds_them(rng):
    sequences = [np.arange(n) for n in (1, 2, 3, 7, 8, 6)]
    reader = SequenceReader(examples(sequences), 3, [(8, 0), (4, 0)])
    short, long = (reader.batch(np.array(n)).examples for n in ([0, 1, 2], [2, 3, 4]))
    assert short.values.shape == (3, 4) and long.values.shape == (3, 8)
    assert short.mask.sum(1).tolist() == [1, 2, 3] and long.mask.sum(1).tolist() == [3, 7, 8]
    assert long.values[0].tolist() == [0, 1, 2, 0, 0, 0, 0, 0]


def test_rooms_waste_least(rng):
    for count in (1, 2, 3, 20):
        sizes = rng.integers(1, 12, 9).tolist()

        def cost(bucket_sizes, sizes=sizes):
            return sum(min(room for room in bucket_sizes if room >= size) for size in sizes)

        kinds = sorted(set(sizes))
        every = itertools.combinations(kinds, min(count, len(kinds)))
        assert cost(bucket_sizes(sizes, count)) == min(
            cost(c) for c in every if c[-1] == max(sizes)
        )
    assert bucket_sizes([1, 9, 10], 2, 4) == (4, 12)


def test_lengths_and_places_go_together():
    given = [Condition(memory=Memory(*[np.ones((n, 2))] * 2, np.ones(n, bool))) for n in (1, 5, 2)]
    dataset = examples([np.zeros(2)] * 3, given)
    reader = SequenceReader(dataset, 1, [(2, 3), (4, 6)])
    assert reader.fitting.tolist() == [0, 1, 0]
    batch = reader.batch(np.array([1])).examples
    assert batch.values.shape == (1, 4) and batch.source.memory.mask.shape == (1, 6)
    with pytest.raises(ValueError, match="a shape is steps, memory"):
        SequenceReader(dataset, 1, [(2,), (4,)])
    with pytest.raises(InputError, match="sequence 1 has a memory of 5: give it 3 at most"):
        SequenceReader(dataset, 1, [(2, 3)])


def test_sequences_of_like_length_meet(rng):
    sequences = [np.zeros(n, np.int32) for n in rng.integers(1, 100, 320)]
    reader = SequenceReader(examples(sequences), 4)
    spread = [np.ptp(reader.lengths[chosen]) for chosen in reader.order(0)]
    assert np.mean(spread) < 12  # 60 in a random order


def test_conditions_are_padded_to_the_largest_memory():
    memories = [Memory(np.ones((n, 2)), np.ones((n, 3)), np.ones(n, bool)) for n in (2, 4, 3)]
    sources = [Condition(memory=m) for m in memories]
    reader = SequenceReader(examples([np.zeros(2)] * 3, sources), 1)
    condition = reader.batch(np.array([0])).examples.source
    assert condition.memory.values.shape == (1, 4, 3)
    assert condition.memory.mask.tolist() == [[True, True, False, False]]
    assert condition.vector is None


def test_processes_share_the_rows(rng):
    reader = SequenceReader(examples(symbols(rng)), 4, [(8, 0)])
    whole = reader.at(Position())[0].examples.values
    halves = [reader.shard(index, 2).at(Position())[0].examples.values for index in range(2)]
    np.testing.assert_array_equal(np.concatenate(halves), whole)


@pytest.mark.parametrize(
    ("sizes", "rows", "said"),
    [
        ([1, 2], 3, "2 sequences are too few for a batch of 3"),
        ([1, 0, 2], 1, "sequence 1 has 0 elements: give it between 1 and 4"),
        ([1, 2, 9], 1, "sequence 2 has 9 elements"),
    ],
)
def test_what_cannot_be_read_is_told(sizes, rows, said):
    with pytest.raises(InputError, match=said):
        SequenceReader(examples([np.zeros(n) for n in sizes]), rows, [(4, 0)])


def test_losses_are_those_of_each_sequence_alone(rng):
    model = SequenceModel(OneHot(3), GRU(3, 4, rng=rng), CategoricalHead(4, 3, rng=rng))
    sequences = symbols(rng, 5)
    losses = sequence_losses(model, SequenceReader(examples(sequences), 2))
    alone = [-float(model.unroll(s).distribution.log_prob(s).sum()) for s in sequences]
    np.testing.assert_allclose(losses, alone, rtol=1e-5)


def written(rng, count: int) -> SequenceReader:
    """Strokes that go right for the character 0 and left for 1, two steps a character."""
    sequences, conditions = [], []
    for _ in range(count):
        text = rng.integers(0, 2, rng.integers(2, 5))
        ways = np.repeat(1.0 - 2 * text, 2)[:, None] * [1.0, 0.1]
        offsets = (ways + 0.05 * rng.normal(size=ways.shape)).astype(np.float32)
        bits = np.zeros((len(offsets), 1), np.float32)
        letters = np.eye(2, dtype=np.float32)[text]
        memory = Memory(letters, letters, np.ones(len(text), bool))
        sequences.append((offsets, bits))
        conditions.append(Condition(memory=memory))
    return SequenceReader(examples(sequences, conditions), 16)


@pytest.mark.slow
def test_a_network_with_a_window_learns_to_write_what_it_reads(rng):
    """Without the text the way of each character is a coin's: log 2 nats a character."""
    above = (GRU(3 + 16 + 2, 8, rng=rng),)
    core = SoftWindowStack(
        LSTM(3, 16, rng=rng), above, hidden=16, width=2, count=2, pace=0.5, rng=rng
    )
    model = SequenceModel(
        Concatenated((Identity(2), Identity(1))), core, MDNHead(16 + 8, 1, rng=rng)
    )
    reader = written(rng, 64)
    before = sequence_losses(model, reader).sum() / reader.elements
    plan = Plan(Steps(300), evaluations=1)
    *_, end = train(Direct(model), reader, plan, rate=Constant(1e-2), clip_norm=1.0)
    assert isinstance(end, Finished)
    hold = written(rng, 32)
    after = sequence_losses(end.model, hold).sum() / hold.elements
    right, left = (np.eye(2, dtype=np.float32)[[k] * 3] for k in (0, 1))
    assert after < before - 2

    def expected(letters):
        condition = Condition(memory=Memory(letters, letters, jnp.ones(3, bool)))
        first = jax.jit(lambda m: m.step(m.start(condition), condition)[0])(end.model)
        return first.parts[0].mean()[0]

    assert expected(right) > 0.8 and expected(left) < -0.8

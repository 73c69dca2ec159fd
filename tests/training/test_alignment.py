"""CTC: probabilities by enumeration, what padding does, and that it learns to read."""

from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from reverie.cells import GRU
from reverie.concepts import Carry, Example, SymbolSequence
from reverie.cores import Bidirectional, Dropout
from reverie.ctc import CTCModel, best_path, collapse, text_nats
from reverie.data.dataset import Dataset, pad_steps
from reverie.distributions import Categorical
from reverie.emissions import CategoricalHead
from reverie.training.budgets import Steps
from reverie.training.ctc import CTC
from reverie.training.events import Finished
from reverie.training.loop import Plan, train
from reverie.training.parametrisations import Direct
from reverie.training.schedules import Constant
from reverie.training.sequences import SequenceReader

T, X, H, V = 4, 3, 5, 2


def text(symbols, places: int = T) -> SymbolSequence:
    return SymbolSequence.of(np.array(symbols, int)).pad(0, places)


def spelt(path) -> tuple[int, ...]:
    return tuple(int(s) for s in collapse(np.array(path)))


def model(rng, drop: float = 0.0) -> CTCModel:
    def layer(inputs: int) -> Bidirectional:
        ahead, behind = (
            Dropout(GRU(inputs, H, rng=rng), inputs, H, rate_out=drop) for _ in range(2)
        )
        return Bidirectional(ahead, behind)

    return CTCModel((layer(X), layer(2 * H)), CategoricalHead(2 * H, V + 1, rng=rng))


def test_it_is_the_sum_over_all_paths_and_all_texts_sum_to_one(rng):
    distribution = Categorical(jnp.asarray(rng.normal(size=(T, V + 1)), jnp.float32))
    log_probs = np.asarray(distribution.log_probs(), np.float64)
    sums: dict[tuple[int, ...], float] = {}
    for path in product(range(V + 1), repeat=T):
        said = spelt(path)
        sums[said] = sums.get(said, 0.0) + np.exp(log_probs[np.arange(T), path].sum())
    nats = jax.jit(text_nats)
    found = {said: float(np.exp(-nats(distribution, text(said)))) for said in sums}
    assert sum(found.values()) == pytest.approx(1, abs=1e-5)
    for said, probability in sums.items():
        assert found[said] == pytest.approx(probability, rel=1e-4)


def test_a_path_spells_what_is_left_of_it():
    assert spelt([0, 1, 1, 0, 1, 2]) == (0, 0, 1)
    assert spelt([0, 0]) == ()


def test_padding_changes_nothing_forward_or_backward(rng):
    network, mask = model(rng), jnp.arange(T) < 3
    xs = jnp.asarray(rng.normal(size=(T, X)), jnp.float32)
    spoilt = jnp.where(mask[:, None], xs, jnp.nan)

    def loss(network, xs, mask, words):
        example = Example(xs, mask, target=words)
        losses, _ = CTC()(network, example, network.start(), jax.random.key(0), 0)
        return losses.sum()

    differentiate = jax.jit(jax.value_and_grad(loss))
    value, gradient = differentiate(network, spoilt, mask, text([1, 0]))
    alone, expected = differentiate(network, xs[:3], None, text([1, 0], 2))
    assert float(value) == pytest.approx(float(alone), rel=1e-5)
    for a, b in zip(jax.tree.leaves(gradient), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
    path = best_path(network(spoilt, mask=mask), mask)
    assert path.shape == (T,) and int(path[3]) == 0


def test_noise_is_in_the_states_at_both_ends(rng):
    network = model(rng, drop=0.5)
    xs = jnp.asarray(rng.normal(size=(T, X)), jnp.float32)
    plain = network(xs).logits
    noisy = network(xs, network.start(key=jax.random.key(1))).logits
    assert not np.allclose(plain, noisy)
    np.testing.assert_array_equal(plain, network(xs, network.start()).logits)
    assert isinstance(network.start(), Carry)


def test_it_needs_a_text(rng):
    network = model(rng)
    with pytest.raises(ValueError, match="needs a text"):
        CTC()(network, Example(jnp.zeros((T, X))), network.start(), jax.random.key(0), 0)


class Traces(Dataset):
    """A data set with a dimension of its own: the texts to be found."""

    dimensions = ("steps", "text")

    def __init__(self, examples):
        self.examples = examples

    def __len__(self):
        return len(self.examples)

    def __getitem__(self, n):
        return self.examples[n]

    def measure(self, example):
        return len(example.values), len(example.target.values)

    def pad(self, example, sizes):
        return pad_steps(example, sizes[0])._replace(target=example.target.pad(*sizes))


@pytest.mark.slow
def test_it_learns_to_read(rng):
    """A symbol is a bump of one of two kinds, of any length, with pauses between."""
    examples = []
    for _ in range(64):
        symbols = rng.integers(V, size=rng.integers(1, 4))
        rows = [np.eye(X)[[2] * rng.integers(1, 3) + [s] * rng.integers(1, 4)] for s in symbols]
        values = np.concatenate([*rows, np.eye(X)[[2]]]).astype(np.float32)
        examples.append(Example(values, target=SymbolSequence.of(symbols)))
    reader = SequenceReader(Traces(examples), 16)
    *_, end = train(
        Direct(model(rng)),
        reader,
        Plan(Steps(120)),
        rate=Constant(2e-2),
        objective=CTC(),
    )
    assert isinstance(end, Finished)
    network, right = end.model, 0
    for example in examples:
        path = best_path(network(jnp.asarray(example.values)))
        right += spelt(path) == tuple(example.target.values)
    assert right >= 60

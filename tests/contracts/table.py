"""The one table: every core, distribution and model that the contracts are proved for.

A new core, distribution, feedback or emission gets one line here, and all of its proofs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from reverie.attention import Additive, Bilinear, CoverageScore, Dot, Global, Local
from reverie.cells import GRU, LSTM, LSTM1997, Elman, GRUResetBefore, MultiplicativeLSTM
from reverie.cells.catalogue import CELLS, make_cell
from reverie.concepts import Condition, Core, Memory, Predictive
from reverie.cores import (
    AdaptiveAttentive,
    Attentive,
    Bridged,
    Clipped,
    Delayed,
    DifferentiableNeuralComputer,
    Dropout,
    EntityReader,
    ExposeAttention,
    FeedForward,
    Gate,
    HardAttentive,
    InputFeeding,
    LayerNorm,
    ListAugmented,
    Matching,
    MemoryNetwork,
    NeuralTuringMachine,
    Pointer,
    Projected,
    RecurrentDropout,
    SoftWindowStack,
    Stack,
    StackAugmented,
    Zoneout,
)
from reverie.cores.bridged import Affine, SliceBridge
from reverie.distributions import (
    NADE,
    RBM,
    Bernoulli,
    BivariateMixture,
    Categorical,
    Joint,
    Unsharpened,
    WithValue,
)
from reverie.emissions import (
    BernoulliHead,
    Biased,
    CategoricalHead,
    Copying,
    JointEmission,
    MDNHead,
    NADEHead,
    PlaceSoftmax,
    RBMHead,
    Softmax,
    WithBaseline,
)
from reverie.feedbacks import (
    Begun,
    Concatenated,
    Conditioned,
    Embedding,
    Identity,
    OneHot,
    Pointed,
)
from reverie.layers import array, uniform
from reverie.model import SequenceModel

X, H, V, T = 3, 4, 4, 4
"""Inputs, hidden units, symbols, steps: small and mostly unequal, so that a mix-up shows."""

Random = np.random.Generator


class Listening(Core):
    """A core that uses all of its condition: for the contracts only.

    h = tanh(W [x; h'; vector; steps_t; softmax(keys h') values])
    """

    W: jax.Array

    def __init__(self, *, rng: Random):
        self.W = uniform(rng, H, X + H + 2 + 2 + 3)

    def initial_state(self, condition: Condition, *, key: Any = None) -> jax.Array:
        return jnp.zeros(H)

    def step(self, x: jax.Array, state: jax.Array, condition: Condition) -> Any:
        keys, values, mask, _ = condition.memory
        scores = jnp.where(mask, keys @ state, -jnp.inf)
        read = jax.nn.softmax(scores) @ values
        told = jnp.concatenate([x, state, condition.vector, condition.steps, read])
        h = jnp.tanh(self.W @ told)
        return h, h


def told(rng: Random, steps: int = T) -> Condition:
    """A condition with everything in it; the last place of the memory is padding."""

    def normal(*shape: int) -> jax.Array:
        return array(rng.normal(size=shape))

    memory = Memory(normal(5, H), normal(5, 3), np.arange(5) < 4)
    return Condition(normal(2), memory, normal(steps, 2))


class CoreEntry(NamedTuple):
    """How to make a core of X inputs, and what is special about it."""

    make: Callable[[Random], Core]
    noisy: bool = False
    """A key changes what it does."""
    hooked: bool = False
    """Its gradient is not that of its values, on purpose."""
    condition: Callable[[Random], Condition] = lambda rng: Condition()


def shake(core: Any, rng: Random, by: float = 0.1) -> Any:
    """The core with no parameter left where it began, at 0 or 1."""
    return jax.tree.map(lambda a: array(np.asarray(a) + by * rng.normal(size=a.shape)), core)


def _listed(name: str) -> CoreEntry:
    """A cell of the catalogue."""
    return CoreEntry(lambda r: shake(make_cell(name, X, H, rng=r), r))


def _peeping(rng: Random, inputs: int = X) -> LSTM:
    peeping: LSTM = shake(LSTM(inputs, H, rng=rng, peepholes=True), rng)
    return peeping


def _regularised(rng: Random) -> Core:
    """As in a language model: dropout everywhere around a normalised cell."""
    cell = Clipped(RecurrentDropout(LayerNorm(LSTM(X, H, rng=rng), 4), 0.5), 100.0)
    top = Zoneout(GRU(H, H, rng=rng), (0.2,))
    return Stack((Dropout(cell, X, H, 0.3, 0.3), Dropout(top, H, H, 0.0, 0.3)))


def _windowed(rng: Random) -> SoftWindowStack:
    """Three layers, as in handwriting, with a pace at which the window gets somewhere."""
    above = (LSTM(X + H + 3, 2, rng=rng), GRU(X + 2 + 3, 2, rng=rng))
    return SoftWindowStack(_peeping(rng), above, hidden=H, width=3, count=2, pace=0.7, rng=rng)


def _memory(rng: Random) -> Condition:
    return Condition(memory=told(rng).memory)


def _wide(rng: Random) -> Condition:
    """A memory whose values are wider than the gates of a GRU, so that they are reduced once."""
    memory = told(rng).memory
    assert memory is not None
    return Condition(memory=memory._replace(values=array(rng.normal(size=(5, 4 * H)))))


def _square(rng: Random) -> Condition:
    """A memory whose keys and values have one width."""
    memory = told(rng).memory
    assert memory is not None
    return Condition(memory=memory._replace(values=array(rng.normal(size=(5, H)))))


def _covered(rng: Random) -> CoverageScore:
    return CoverageScore(Additive(H, H, 3, rng=rng), 3, rng=rng)


def _vector(rng: Random) -> Condition:
    return Condition(vector=told(rng).vector)


def _story(rng: Random) -> Condition:
    """Sentences of symbols below X, some with no word at their end, and what they are asked."""
    words = np.where(np.arange(3) < [[3], [2], [1], [3], [0]], rng.integers(1, X, (5, 3)), 0)
    times = np.array([4, 3, 2, 1, 0])[:, None]
    memory: Any = Memory(words, times, np.arange(5) < 4)
    question: Any = np.array([2, 1, 0])
    return Condition(vector=question, memory=memory)


def _slots(rng: Random) -> Condition:
    """Slots as wide as the query."""
    slots = array(rng.normal(size=(5, X)))
    return Condition(array(rng.normal(size=X)), Memory(slots, slots, np.ones(5, bool)))


CORES: dict[str, CoreEntry] = {
    **{name: _listed(name) for name in CELLS},
    "gru-takes": CoreEntry(lambda r: GRU(X, H, rng=r, update_takes=True)),
    "gru-before-takes": CoreEntry(lambda r: GRUResetBefore(X, H, rng=r, update_takes=True)),
    "mlstm-squash-product": CoreEntry(
        lambda r: MultiplicativeLSTM(X, H, rng=r, squash_product=True)
    ),
    "delayed": CoreEntry(lambda r: Delayed(LSTM(X + 4, H, rng=r), width=2, taps=2)),
    "projected": CoreEntry(lambda r: Projected(_peeping(r), H, 3, rng=r)),
    "stack": CoreEntry(lambda r: Stack((GRU(X, H, rng=r), Elman(H, H, rng=r)))),
    "stack-skips": CoreEntry(
        lambda r: Stack((LSTM(X, H, rng=r), GRU(X + H, 2, rng=r)), skips=True)
    ),
    "stack-residual": CoreEntry(
        lambda r: Stack((Elman(X, H, rng=r), GRU(H, H, rng=r)), residual=True)
    ),
    "dropout": CoreEntry(lambda r: Dropout(GRU(X, H, rng=r), X, H, 0.4, 0.4), noisy=True),
    "recurrent-dropout": CoreEntry(lambda r: RecurrentDropout(_peeping(r), 0.5), noisy=True),
    "layer-norm": CoreEntry(lambda r: LayerNorm(LSTM(X, H, rng=r), 4)),
    "clipped": CoreEntry(lambda r: Clipped(_peeping(r), 0.05), hooked=True),
    "zoneout": CoreEntry(lambda r: Zoneout(LSTM(X, H, rng=r), (0.2, 0.5)), noisy=True),
    "zoneout-gru": CoreEntry(lambda r: Zoneout(GRUResetBefore(X, H, rng=r), (0.3,)), noisy=True),
    "regularised": CoreEntry(_regularised, noisy=True),
    "projected-dropout": CoreEntry(
        lambda r: RecurrentDropout(Projected(LSTM(X, H, rng=r), H, 3, rng=r), 0.5), noisy=True
    ),
    "listening": CoreEntry(lambda r: Listening(rng=r), condition=told),
    "windowed": CoreEntry(_windowed, condition=_memory),
    "attentive-additive": CoreEntry(
        lambda r: Attentive(_peeping(r), Additive(H, H, 3, rng=r), 3, rng=r), condition=_memory
    ),
    "attentive-gated": CoreEntry(
        lambda r: Attentive(
            _peeping(r), Additive(H, H, 3, rng=r), 3, rng=r, gate=shake(Gate(H, rng=r), r)
        ),
        condition=_memory,
    ),
    "attentive-short": CoreEntry(
        lambda r: Attentive(GRU(X, H, rng=r), Additive(H, H, 3, rng=r), 4 * H, rng=r),
        condition=_wide,
    ),
    "attentive-dot": CoreEntry(
        lambda r: Attentive(GRU(X, H, rng=r), Dot(), 3, rng=r), condition=_memory
    ),
    "attentive-bilinear": CoreEntry(
        lambda r: Attentive(
            Bridged(RecurrentDropout(LSTM(X, H, rng=r), 0.5), Affine(2, 2 * H, rng=r)),
            Bilinear(H, H, rng=r),
            3,
            rng=r,
        ),
        noisy=True,
        condition=lambda r: told(r)._replace(steps=None),
    ),
    "attentive-covered": CoreEntry(
        lambda r: Attentive(GRU(X, H, rng=r), _covered(r), 3, rng=r), condition=_memory
    ),
    "feeding-global": CoreEntry(
        lambda r: InputFeeding(
            Stack((LSTM(X + 2, 3, rng=r), GRUResetBefore(3, H, rng=r))),
            Global(_covered(r)),
            H,
            3,
            2,
            rng=r,
        ),
        condition=_memory,
    ),
    "feeding-local": CoreEntry(
        lambda r: InputFeeding(GRU(X + 2, H, rng=r), Local(Dot(), H, 3, 1, rng=r), H, 3, 2, rng=r),
        condition=_memory,
    ),
    "hard-attentive": CoreEntry(
        lambda r: HardAttentive(_peeping(r, X + 3), _covered(r)), noisy=True, condition=_memory
    ),
    "matching": CoreEntry(
        lambda r: shake(Matching(_peeping(r), X, H, H, 3, rng=r), r), condition=_square
    ),
    "matching-products": CoreEntry(
        lambda r: shake(Matching(GRUResetBefore(X, H, rng=r), X, H, H, 3, rng=r), r),
        condition=_square,
    ),
    "pointer": CoreEntry(
        lambda r: Pointer(_peeping(r), Additive(H, H, 3, rng=r)), condition=_memory
    ),
    "adaptive": CoreEntry(
        lambda r: AdaptiveAttentive(_peeping(r), X, H, H, rng=r), condition=_square
    ),
    "adaptive-gru": CoreEntry(
        lambda r: AdaptiveAttentive(GRU(X, H, rng=r), X, H, H, rng=r), condition=_square
    ),
    "feed-forward": CoreEntry(lambda r: shake(FeedForward(X, H, rng=r), r)),
    "turing": CoreEntry(
        lambda r: shake(NeuralTuringMachine(FeedForward(X, H, rng=r), H, 5, 2, rng=r), r)
    ),
    "turing-heads": CoreEntry(
        lambda r: NeuralTuringMachine(_peeping(r), H, 5, 2, rng=r, readers=2, writers=2, reach=2)
    ),
    "turing-products": CoreEntry(
        lambda r: NeuralTuringMachine(GRUResetBefore(X, H, rng=r), H, 3, 2, rng=r)
    ),
    # Its order of the places has no gradient, and at first all are alike.
    "dnc": CoreEntry(
        lambda r: shake(
            DifferentiableNeuralComputer(LSTM(X, H, rng=r), H, 4, 2, rng=r, readers=2), r
        ),
        hooked=True,
    ),
    "stack-augmented": CoreEntry(
        lambda r: shake(StackAugmented(Elman(X, H, rng=r), H, 3, 5, rng=r, noop=True), r)
    ),
    "stack-augmented-wide": CoreEntry(
        lambda r: StackAugmented(MultiplicativeLSTM(X, H, rng=r), H, 2, 4, rng=r, width=3, top=1)
    ),
    "stack-augmented-rounded": CoreEntry(
        lambda r: StackAugmented(FeedForward(X, H, rng=r), H, 2, 3, rng=r).rounded()
    ),
    "list-augmented": CoreEntry(
        lambda r: shake(ListAugmented(GRU(X, H, rng=r), H, 2, 5, rng=r, width=2), r)
    ),
    "memory-network": CoreEntry(
        lambda r: shake(MemoryNetwork(X, H, 3, 3, rng=r), r, 0.5), condition=_story
    ),
    "memory-network-layer-wise": CoreEntry(
        lambda r: shake(
            MemoryNetwork(X, H, 2, 4, rng=r, layer_wise=True, positions=False, nothing=True), r, 0.5
        ),
        condition=_story,
    ),
    "memory-network-linear": CoreEntry(
        lambda r: MemoryNetwork(X, H, 2, 4, rng=r).linearly(jnp.array(True)), condition=_story
    ),
    "entity-reader": CoreEntry(lambda r: shake(EntityReader(X, rng=r), r), condition=_slots),
    "bridged": CoreEntry(
        lambda r: Bridged(_peeping(r), Affine(2, 2 * H, rng=r)), condition=_vector
    ),
    "bridged-part": CoreEntry(
        lambda r: Bridged(LSTM(X, 1, rng=r), SliceBridge()), condition=_vector
    ),
}


class DistributionEntry(NamedTuple):
    """How to make a distribution, and all of its elements where they can be listed."""

    make: Callable[[Random], Predictive]
    support: Callable[[], Any] | None = None
    slack: float = 1e-4
    """How much less probable than a sample its mode may be, in nats."""


def _numbers(rng: Random, *shape: int) -> jax.Array:
    return array(rng.normal(size=shape))


def bits(count: int) -> jax.Array:
    """All 2^N vectors of N bits, (2^N, N)."""
    rows = np.indices((2,) * count).reshape(count, -1).T
    return array(rows)


def pairs(first: jax.Array, second: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Every element of the first with every one of the second."""
    return jnp.repeat(first, len(second), 0), jnp.tile(
        second, (len(first), *[1] * (second.ndim - 1))
    )


DISTRIBUTIONS: dict[str, DistributionEntry] = {
    "categorical": DistributionEntry(lambda r: Categorical(2 * _numbers(r, 5))),
    "categorical-of-one": DistributionEntry(lambda r: Categorical(_numbers(r, 1))),
    "categorical-impossible": DistributionEntry(
        lambda r: Categorical(_numbers(r, 4).at[2].set(-jnp.inf))
    ),
    "bernoulli": DistributionEntry(lambda r: Bernoulli(_numbers(r, 3)), lambda: bits(3)),
    "bernoulli-unlisted": DistributionEntry(lambda r: Bernoulli(2 * _numbers(r, 6))),
    "strokes": DistributionEntry(
        lambda r: BivariateMixture(*(_numbers(r, 3, *rest) for rest in ((), (2,), (2,), ()))),
        slack=0.5,
    ),
    "strokes-thin": DistributionEntry(
        lambda r: BivariateMixture(
            jnp.zeros(1), jnp.ones((1, 2)), jnp.array([[-8.0, 3.0]]), jnp.array([9.0])
        )
    ),
    "steady": DistributionEntry(lambda r: Unsharpened(Bernoulli(_numbers(r, 3))), lambda: bits(3)),
    "expecting": DistributionEntry(lambda r: WithValue(Categorical(_numbers(r, 5)), _numbers(r))),
    "nade": DistributionEntry(
        lambda r: NADE(*(_numbers(r, *shape) for shape in ((3,), (4,), (4, 3), (3, 4)))),
        lambda: bits(3),
    ),
    "rbm": DistributionEntry(
        lambda r: RBM(*(_numbers(r, *shape) for shape in ((3,), (4,), (4, 3))), steps=10),
        lambda: bits(3),
        slack=0.5,
    ),
    "joint": DistributionEntry(
        lambda r: Joint((Categorical(_numbers(r, 3)), Bernoulli(_numbers(r, 2)))),
        lambda: pairs(jnp.arange(3), bits(2)),
    ),
}


class ModelEntry(NamedTuple):
    """How to make a model, some T values for it, its condition and all of its elements."""

    make: Callable[[Random], SequenceModel]
    values: Callable[[Random], Any]
    condition: Callable[[Random], Condition] = lambda rng: Condition()
    support: Callable[[], Any] | None = None


def _symbols(rng: Random) -> np.ndarray:
    return rng.integers(0, V, T).astype(np.int32)


def _named(rng: Random) -> Condition:
    """A memory with a name twice, a place without one, and padding."""
    memory = told(rng).memory
    assert memory is not None
    return Condition(memory=memory._replace(copy_ids=np.array([2, 0, -1, 2, 3], np.int32)))


def _biased(rng: Random) -> Biased:
    """Logits that a vector of two numbers shifts."""
    biased = Biased(CategoricalHead(3, V, rng=rng), V, 2)
    return eqx.tree_at(lambda e: e.B, biased, array(rng.normal(size=(V, 2))))


def _bits(rng: Random) -> np.ndarray:
    return rng.integers(0, 2, (T, 2)).astype(np.dtype(jnp.result_type(float)))


MODELS: dict[str, ModelEntry] = {
    "one-hot": ModelEntry(
        lambda r: SequenceModel(OneHot(V), GRU(V, 3, rng=r), CategoricalHead(3, V, rng=r)), _symbols
    ),
    "embedding": ModelEntry(
        lambda r: SequenceModel(
            Embedding(V, 2, rng=r),
            Stack((LSTM(2, 3, rng=r), LSTM(5, 3, rng=r)), skips=True),
            CategoricalHead(6, V, rng=r),
        ),
        _symbols,
    ),
    "baseline": ModelEntry(
        lambda r: SequenceModel(
            OneHot(V), GRU(V, 3, rng=r), WithBaseline(CategoricalHead(3, V, rng=r), 3)
        ),
        _symbols,
    ),
    "plain": ModelEntry(
        lambda r: SequenceModel(Identity(2), Elman(2, 3, rng=r), BernoulliHead(3, 2, rng=r)),
        _bits,
        support=lambda: bits(2),
    ),
    "nade": ModelEntry(
        lambda r: SequenceModel(Identity(2), Elman(2, 3, rng=r), NADEHead(3, 2, 4, rng=r)),
        _bits,
        support=lambda: bits(2),
    ),
    "rbm": ModelEntry(
        lambda r: SequenceModel(Identity(2), Elman(2, 3, rng=r), shake(RBMHead(3, 2, 4, rng=r), r)),
        _bits,
        support=lambda: bits(2),
    ),
    "handwriting": ModelEntry(
        lambda r: SequenceModel(
            Concatenated((Identity(2), Identity(1))), _windowed(r), MDNHead(H + 2 + 2, 2, rng=r)
        ),
        lambda r: (_numbers(r, T, 2), _bits(r)[:, :1]),
        condition=lambda r: Condition(memory=told(r).memory),
    ),
    "side": ModelEntry(
        lambda r: SequenceModel(
            Concatenated((Embedding(V, 2, rng=r), Identity(2))),
            LSTM1997(4, 3, rng=r),
            JointEmission((CategoricalHead(3, V, rng=r), BernoulliHead(3, 2, rng=r))),
        ),
        lambda r: (_symbols(r), _bits(r)),
        support=lambda: pairs(jnp.arange(V), bits(2)),
    ),
    "conditioned": ModelEntry(
        lambda r: SequenceModel(
            Conditioned(OneHot(V)), GRUResetBefore(V + 4, 3, rng=r), CategoricalHead(3, V, rng=r)
        ),
        _symbols,
        condition=told,
    ),
    "begun": ModelEntry(
        lambda r: SequenceModel(
            Begun(OneHot(V), 2, V, rng=r), GRU(V, 3, rng=r), CategoricalHead(3, V, rng=r)
        ),
        _symbols,
        condition=told,
    ),
    "biased": ModelEntry(
        lambda r: SequenceModel(OneHot(V), GRU(V, 3, rng=r), _biased(r)),
        _symbols,
        condition=told,
    ),
    "copying": ModelEntry(
        lambda r: SequenceModel(
            Embedding(V, X, rng=r),
            ExposeAttention(Attentive(GRU(X, H, rng=r), Dot(), 3, rng=r)),
            Copying(CategoricalHead(H + 3, V, rng=r), H + 3, rng=r),
        ),
        _symbols,
        condition=_named,
    ),
    "pointing": ModelEntry(
        lambda r: SequenceModel(
            Pointed(), Pointer(GRU(3, H, rng=r), Additive(H, H, 3, rng=r)), PlaceSoftmax()
        ),
        _symbols,
        condition=_memory,
    ),
    "memory-network": ModelEntry(
        lambda r: SequenceModel(
            OneHot(X), shake(MemoryNetwork(X, H, 2, 4, rng=r), r, 0.5), Softmax()
        ),
        lambda r: _symbols(r) % X,
        condition=_story,
    ),
    "entity-reader": ModelEntry(
        lambda r: SequenceModel(
            Embedding(V, X, rng=r), EntityReader(X, rng=r), CategoricalHead(X, V, rng=r)
        ),
        _symbols,
        condition=_slots,
    ),
    "listening": ModelEntry(
        lambda r: SequenceModel(
            Embedding(V, X, rng=r), Listening(rng=r), CategoricalHead(H, V, rng=r)
        ),
        _symbols,
        condition=told,
    ),
}


def cases(table: dict[str, Any]) -> dict[str, Any]:
    """A table as the arguments of `pytest.mark.parametrize`."""
    return {"argvalues": list(table.values()), "ids": list(table)}

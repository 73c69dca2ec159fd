"""End-to-end memory networks: a question that looks through sentences, hop by hop."""

from __future__ import annotations

from abc import abstractmethod
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from reverie.attention import masked_softmax
from reverie.concepts import Condition, Core, Key, State, zero_masked
from reverie.cores.attentive import require_memory
from reverie.cores.prepared import PreparedCore
from reverie.cores.states import keep_latest
from reverie.layers import Role, normal, parameter
from reverie.products import product, pull

DEVIATION = 0.1
"""Of all weights at first."""


class MemoryState(NamedTuple):
    """What a memory answered, what it was asked, and where each hop looked."""

    h: Float[Array, " d"]
    query: Float[Array, " d"]
    """The question and all that was answered so far."""
    weights: Float[Array, "K S"]
    """How much of each place each hop read; each row sums to 1, or less where nothing is read."""


class Asking(Core):
    """Asks a memory anew at each step: the query is the sum of all that came in.

        q_t = q_{t-1} + enter(x_t)        out_t = look(q_t)

    Nothing else recurs, so that a whole sequence is asked at once.
    """

    @abstractmethod
    def enter(self, xs: Float[Array, "... X"]) -> Float[Array, "... d"]:
        """What inputs add to the query."""

    @abstractmethod
    def look(
        self, query: Float[Array, " d"], condition: Condition
    ) -> tuple[Float[Array, " D"], MemoryState]:
        """The answer to a query."""

    def step(
        self, x: Float[Array, " X"], state: MemoryState, condition: Condition
    ) -> tuple[Float[Array, " D"], MemoryState]:
        return self.look(state.query + self.enter(x), condition)

    def unroll(
        self,
        xs: Float[Array, "T X"],
        state: MemoryState,
        condition: Condition,
        *,
        mask: Bool[Array, " T"] | None = None,
    ) -> tuple[Float[Array, "T D"], State, State]:
        entered = self.enter(zero_masked(mask, xs))
        queries = state.query + jnp.cumsum(entered, 0)
        outs, states = jax.vmap(self.look, (0, None))(queries, condition)
        return zero_masked(mask, outs), *keep_latest(state, states, mask)


class LayerWise(eqx.Module):
    """What layer-wise tying has of its own: tables of the question and of the answer, and H."""

    B: Float[Array, "V d"] = parameter(Role.TABLE)
    W: Float[Array, "V d"] = parameter(Role.OUTPUT)
    H: Float[Array, "d d"] = parameter(Role.HIDDEN)

    def __init__(self, size: int, width: int, *, rng: np.random.Generator):
        """`size` is V and `width` is d."""
        self.B = normal(rng, size, width, deviation=DEVIATION)
        self.W = normal(rng, size, width, deviation=DEVIATION)
        self.H = normal(rng, width, width, deviation=DEVIATION)


class MemoryNetwork(PreparedCore):
    """A question that reads sentences in K hops (Sukhbaatar 2015).

        m_i = sum_j l_j * A x_ij + T_A(i)        p = softmax(u . m)
        c_i = sum_j l_j * C x_ij + T_C(i)        o = sum_i p_i c_i        u+ = u + o
        u   = sum_j l_j * B q_j at first         out = W u after K hops

    with the words x_ij of sentence i, which is the i-th before the question; l is position
    encoding, or 1 for each word. Tied adjacently A of a hop is C of the hop before, B is the first
    A and W the last C: they are one array. Tied `layer_wise` all hops have one A and one C,
    u+ = H u + o, and B and W are their own. T is tied as its table is. Symbol 0 is no word: it
    embeds to zero, whatever its row says. All weights begin as N(0, 0.1^2). With `nothing`
    p = softmax(0, u . m), without its first number: a hop may read nothing, so that how many
    places are as they are asked for can be told. The authors' code does so: what is not used of
    its memory is zero, and takes part.

    The condition is that of `StoryEncoder`: symbols and times. A step reads the word answered
    before, a unit vector (V,), adds B x to u, and asks again; the paper's answers are one word.
    The state's `h` is the last u. Times beyond the last one known count as that.
    Raises ValueError where the condition has no question or no memory.

    Departure: l knows how many words its sentence has, as the paper says; its authors' code has
    the longest of all sentences in place of that, and 2 l.
    """

    hops: int = eqx.field(static=True)
    """K."""
    positions: bool = eqx.field(static=True)
    """Whether l is position encoding."""
    nothing: bool = eqx.field(static=True)
    """Whether a hop may read nothing."""
    own: LayerWise | None
    """None where tying is adjacent."""
    E: Float[Array, "P V d"] = parameter(Role.TABLE)
    """A_1, C_1 = A_2, ..., C_K of each word, or A and C."""
    T: Float[Array, "P N d"] = parameter(Role.TABLE)
    """The same of each time, the latest first."""
    linear: Bool[Array, ""] | None = parameter(Role.FIXED)
    """Where there is one and it is True, p = u . m: see `linearly`."""

    def __init__(
        self,
        size: int,
        width: int,
        hops: int,
        times: int,
        *,
        rng: np.random.Generator,
        layer_wise: bool = False,
        positions: bool = True,
        nothing: bool = False,
    ):
        """`size` is V, `width` is d, and `times` is N, how many sentences back are told apart."""
        tables = 2 if layer_wise else hops + 1
        self.E = normal(rng, tables, size, width, deviation=DEVIATION)
        self.T = normal(rng, tables, times, width, deviation=DEVIATION)
        self.own = LayerWise(size, width, rng=rng) if layer_wise else None
        self.hops, self.positions, self.nothing, self.linear = hops, positions, nothing, None

    def linearly(self, now: Bool[Array, ""]) -> MemoryNetwork:
        """The same, without the softmax over places where `now` is True: for a linear start."""
        found: MemoryNetwork = eqx.tree_at(
            lambda m: m.linear, self, now, is_leaf=lambda node: node is None
        )
        return found

    def prepare(self, condition: Condition) -> Core:
        words, times, mask, _ = require_memory(condition)
        latest = jnp.clip(times[:, 0], 1, self.T.shape[1]) - 1
        shares = self._shares(words)
        # Table by table: cut out of one array, each would be made anew for all that read it.
        places = tuple(
            embed(table, words, shares) + of_times[latest]
            for table, of_times in zip(self.E, self.T, strict=True)
        )
        B, W = (self.E[0], self.E[-1]) if self.own is None else (self.own.B, self.own.W)
        return _PreparedNetwork(self, _without_null(B), _without_null(W), places, mask)

    def _shares(self, words: Int[Array, "... W"]) -> Float[Array, "... W d"]:
        """l of each word; 0 of what is none."""
        width = self.E.shape[-1]
        if self.positions:
            return encode_positions(words, width)
        return jnp.broadcast_to(words[..., None] != 0, (*words.shape, width)).astype(self.E.dtype)


class _PreparedNetwork(Asking):
    """The network at work on one story: its sentences are embedded."""

    core: MemoryNetwork
    B: Float[Array, "V d"]
    W: Float[Array, "V d"]
    places: tuple[Float[Array, "S d"], ...]
    mask: Bool[Array, " S"]

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> MemoryState:
        question = condition.vector
        if question is None:
            raise ValueError("a memory network answers a question: give the condition one")
        query = (self.B[question] * self.core._shares(question)).sum(0)
        nowhere = jnp.zeros_like(query, shape=(self.core.hops, len(self.mask)))
        return MemoryState(jnp.zeros_like(query), query, nowhere)

    def enter(self, xs: Float[Array, "... V"]) -> Float[Array, "... d"]:
        return pull(self.B, xs)

    def look(
        self, query: Float[Array, " d"], condition: Condition
    ) -> tuple[Float[Array, " V"], MemoryState]:
        u, weights, own = query, [], self.core.own
        for hop in range(self.core.hops):
            first = hop if own is None else 0
            p = self._weigh(self.places[first] @ u)
            read = p @ self.places[first + 1]
            u = read + (u if own is None else product(own.H, u))
            weights.append(p)
        return product(self.W, u), MemoryState(u, query, jnp.stack(weights))

    def _weigh(self, energies: Float[Array, " S"]) -> Float[Array, " S"]:
        linear, weights = self.core.linear, self._softmax(energies)
        if linear is None:
            return weights
        return jnp.where(linear, jnp.where(self.mask, energies, 0), weights)

    def _softmax(self, energies: Float[Array, " S"]) -> Float[Array, " S"]:
        if not self.core.nothing:
            return masked_softmax(energies, self.mask)
        with_nothing = jnp.pad(energies, (0, 1)), jnp.pad(self.mask, (0, 1), constant_values=True)
        return masked_softmax(*with_nothing)[:-1]


def encode_positions(words: Int[Array, "... W"], width: int) -> Float[Array, "... W d"]:
    """l_kj = (1 - j/J) - (k/d) (1 - 2 j/J) of the j-th of J words; 0 where there is no word.

    So the order of words matters: the first is read by the last dimensions least.
    """
    j, k = jnp.arange(1, words.shape[-1] + 1), jnp.arange(1, width + 1) / width
    real = words != 0
    part = (j / jnp.maximum(real.sum(-1, keepdims=True), 1))[..., None]
    return jnp.where(real[..., None], (1 - part) - k * (1 - 2 * part), 0)


def embed(
    table: Float[Array, "V d"], words: Int[Array, "S W"], shares: Float[Array, "S W d"]
) -> Float[Array, "S d"]:
    """sum_j l_j * E x_j of each sentence.

    Word by word, for XLA reads the rows then in the loop that adds them up; all words in one take
    it many times as long on a CPU.
    """
    parts = (table[words[:, j]] * shares[:, j] for j in range(words.shape[1]))
    return sum(parts, jnp.zeros_like(table, shape=(len(words), table.shape[1])))


def _without_null(table: Float[Array, "V d"]) -> Float[Array, "V d"]:
    """The same, and zero for symbol 0."""
    return jnp.where(jnp.arange(len(table))[:, None] == 0, 0, table)

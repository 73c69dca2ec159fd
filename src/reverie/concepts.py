"""The ideas of Reverie as types: read this file first.

A `Core` carries state. A `Feedback` turns the previous element (and the condition) into
the core's input. An `Emission` turns the core's output into a `Predictive` distribution
over the next element. A `Condition` is data computed once by an `Encoder` and handed to
every step. A `Sampler` chooses the next element, a `Stop` says when to end. An `Example` is
one sequence to learn from. A `Codec` converts between what people have and arrays. Everything
one may want to look at afterwards is in the state.

Everything is written for ONE sequence: `vmap` makes batches, `scan` makes time.

Letters in shapes: T steps, S or U condition length, X core input, H hidden, D core
output, K components, V vocabulary, E element.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, TypeAlias

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from reverie.padding import pad_all

Value: TypeAlias = Any
"""One element of a sequence, a tree of arrays (E...); with a leading T, the sequence."""

State: TypeAlias = Any
"""What a core carries from one step to the next: a NamedTuple of arrays, passed and returned."""

Key: TypeAlias = PRNGKeyArray


class Memory(NamedTuple):
    """Something to attend to: source words, image regions, the text to write."""

    keys: Float[Array, "S A"]
    values: Float[Array, "S C"]
    mask: Bool[Array, " S"]
    copy_ids: Int[Array, " S"] | None = None
    """Which symbol of the sequence each place would be copied as; -1: none."""


class Condition(NamedTuple):
    """What is fixed for one sequence; every field is optional."""

    vector: Float[Array, " C"] | None = None
    memory: Memory | None = None
    steps: Float[Array, "T A"] | None = None
    """One row a step: actions, chords, the input of a copy task."""

    def at(self, t: Int[Array, ""] | int) -> Condition:
        """The condition as step t sees it: `steps` is its own row (A,)."""
        if self.steps is None:
            return self
        row = jax.lax.dynamic_index_in_dim(self.steps, t, keepdims=False)
        return self._replace(steps=row)

    @property
    def memory_size(self) -> int:
        """S, the size of the memory; 0 where there is none."""
        return 0 if self.memory is None else len(self.memory.mask)

    def pad(self, steps: int, memory_size: int) -> Condition:
        """With rows of zeros behind its own, and masked places behind those of its memory."""
        memory = pad_all(self.memory, memory_size)
        return self._replace(memory=memory, steps=pad_all(self.steps, steps))


class SymbolSequence(NamedTuple):
    """Symbols that are no part of the sequence itself: what an encoder reads, what CTC finds."""

    values: Int[Array, " S"]
    mask: Bool[Array, " S"]
    """True for a run of real symbols, then False."""

    @classmethod
    def of(cls, values: Any) -> SymbolSequence:
        """A NumPy array of symbols (S,), all of them real."""
        mask: Any = np.ones(len(values), bool)
        return cls(values, mask)

    @property
    def memory_size(self) -> int:
        """S."""
        return len(self.mask)

    def pad(self, steps: int, memory_size: int) -> SymbolSequence:
        """With masked symbols behind its own, as NumPy arrays."""
        return pad_all(self, memory_size)


class Story(NamedTuple):
    """Sentences to remember and a question about them: symbols, 0 where there are no more words."""

    words: Int[Array, "S W"]
    mask: Bool[Array, " S"]
    """True for a run of real sentences, the oldest first, then False."""
    question: Int[Array, " Q"]

    @property
    def memory_size(self) -> int:
        """S."""
        return len(self.mask)

    def pad(self, steps: int, memory_size: int) -> Story:
        """With masked sentences behind its own, as NumPy arrays."""
        words, mask = pad_all((self.words, self.mask), memory_size)
        return self._replace(words=words, mask=mask)

    def pad_words(self, width: int) -> Story:
        """With zeros behind the words of each sentence and of the question: W = Q = `width`."""
        words = pad_all(self.words.T, width).T
        return self._replace(words=words, question=pad_all(self.question, width))


PER_STEP: Any = Condition(None, None, 0)  # type: ignore[arg-type]
"""The `in_axes` that maps a function of (..., condition) over time."""


class Example(NamedTuple):
    """One sequence to learn from or to be measured on; a leading B makes it a batch."""

    values: Value
    """(T, E...)"""
    mask: Bool[Array, " T"] | None = None
    """True for a run of real elements, then False; all are real without one."""
    weights: Float[Array, " T"] | None = None
    """How much the loss of each step counts; all the same without them."""
    source: Any = Condition()
    """What the model makes its condition of (see `Trainable`); for an objective, the condition."""
    target: Any = None
    """What is to be found where it is not the next element: a text, the states of frames."""

    def total(self, losses: Float[Array, " L"]) -> tuple[Float[Array, ""], Float[Array, ""]]:
        """The sum of losses as the weights count them, and how many steps that is.

        Losses behind the mask must be 0. One of weight 0 has no influence whatever it is.
        """
        if self.weights is None:
            real = jnp.ones_like(losses) if self.mask is None else self.mask
            return losses.sum(), real.sum()
        weights = self.weights if self.mask is None else jnp.where(self.mask, self.weights, 0)
        return jnp.where(weights == 0, 0, losses * weights).sum(), weights.sum()


class Carry(NamedTuple):
    """All that is needed to go on with a sequence."""

    state: State
    previous: Value
    """The last element."""
    is_first: Bool[Array, ""]
    """True where there is no last element yet."""


class Noise(NamedTuple):
    """What chance put into a state: a dropout mask, the key of a coin; `None` without a key.

    It is told from memory by its type, so that noise can be drawn anew (`renew_noise`) while
    what the network remembers goes on.
    """

    drawn: Any


def renew_noise(state: State, noisy: State) -> State:
    """The memory of `state` with the noise of `noisy`, which must be of the same core."""

    def is_noise(node: Any) -> bool:
        return isinstance(node, Noise)

    leaves = jax.tree.leaves(state, is_leaf=is_noise)
    others, structure = jax.tree.flatten(noisy, is_leaf=is_noise)
    return jax.tree.unflatten(
        structure,
        [new if is_noise(new) else old for old, new in zip(leaves, others, strict=True)],
    )


class Core(eqx.Module):
    """Carries state: a cell, or a core made of cores.

    `unroll` is `step` over time; a core may override it for speed, never for meaning.
    Where `mask` is False the state stands still, and nothing behind it has any influence.
    """

    @abstractmethod
    def initial_state(self, condition: Condition, *, key: Key | None = None) -> State:
        """The state before the first step; without a key nothing in it is random."""

    @abstractmethod
    def step(
        self, x: Float[Array, " X"], state: State, condition: Condition
    ) -> tuple[Float[Array, " D"], State]:
        """One step: (X,) to (D,) and the next state."""

    def unroll(
        self,
        xs: Float[Array, "T X"],
        state: State,
        condition: Condition,
        *,
        mask: Bool[Array, " T"] | None = None,
    ) -> tuple[Float[Array, "T D"], State, State]:
        """All steps: outputs (T, D), the last state, and the states after each step (T, ...)."""

        def body(state: State, row: Any) -> tuple[State, Any]:
            x, real, steps = row
            out, new = self.step(x, state, condition._replace(steps=steps))
            new = hold(real, new, state)
            return new, (out, new)

        rows = jax.tree.map(lambda a: zero_masked(mask, a), (xs, condition.steps))
        last, (outs, states) = jax.lax.scan(body, state, (rows[0], mask, rows[1]))
        return zero_masked(mask, outs), last, states

    def prepare(self, condition: Condition) -> Core:
        """The same core for this condition alone, with all that depends on nothing else done once.

        Loops that go step by step take it; `condition.steps` is still read step by step.
        """

        def is_inner(node: Any) -> bool:
            return node is not self and isinstance(node, Core)

        def bind(node: Any) -> Any:
            return node.prepare(condition) if is_inner(node) else node

        prepared: Core = jax.tree.map(bind, self, is_leaf=is_inner)
        return prepared

    def entrance(self) -> Core:
        """The core whose input matrices read the input: of wrapped or stacked cores the first.

        One that reads it next to an inner core returns itself.
        """

        def is_inner(node: Any) -> bool:
            return node is not self and isinstance(node, Core)

        inner = [n for n in jax.tree.leaves(self, is_leaf=is_inner) if is_inner(n)]
        return inner[0].entrance() if inner else self


def hold(real: Bool[Array, ""] | None, new: State, old: State) -> State:
    """`new` where the step is real, else `old`."""
    if real is None:
        return new
    return jax.tree.map(lambda n, o: jnp.where(real, n, o), new, old)


def zero_masked(mask: Bool[Array, " T"] | None, xs: Float[Array, "T X"]) -> Float[Array, "T X"]:
    """Zeros behind the mask, so that not even NaN gets through, forward or backward."""
    return xs if mask is None else jnp.where(mask[:, None], xs, 0)


class Samplable(eqx.Module):
    """A distribution over the next element; a leading T in its arrays makes it T of them."""

    @abstractmethod
    def sample(self, key: Key) -> Value:
        """An element drawn from the distribution."""

    @abstractmethod
    def mode(self) -> Value:
        """The most probable element."""

    @abstractmethod
    def sharpen(self, bias: Float[Array, ""] | float) -> Samplable:
        """The same, more certain: every logit times 1 + b, b off every log scale.

        For a categorical this is temperature 1 / (1 + b), for the place of a pen Graves's bias;
        `sharpen(0)` is the identity.
        """


class Predictive(Samplable):
    """A distribution with a density or probabilities: what is scored, and learned by likelihood."""

    @abstractmethod
    def log_prob(self, value: Value) -> Float[Array, "..."]:
        """log p(value) in nats, one number per element."""

    @abstractmethod
    def sharpen(self, bias: Float[Array, ""] | float) -> Predictive:
        """As of any `Samplable`."""


class Enumerable(Predictive):
    """A distribution whose V possible elements can be listed: what beams and top-k need."""

    @abstractmethod
    def log_probs(self) -> Float[Array, "... V"]:
        """log p of every element, in nats."""

    @abstractmethod
    def reweight(self, log_probs: Float[Array, "... V"]) -> Enumerable:
        """The same kind of distribution with these log-probabilities (normalised by it)."""


class Emission(eqx.Module):
    """Turns the core's output into the distribution of the next element."""

    @abstractmethod
    def __call__(self, out: Float[Array, " D"], condition: Condition) -> Samplable: ...


class Feedback(eqx.Module):
    """Turns the previous element into the core's input."""

    @abstractmethod
    def __call__(
        self, previous: Value, is_first: Bool[Array, ""], condition: Condition
    ) -> Float[Array, " X"]:
        """(E,) to (X,); where `is_first`, there is no previous element and it must not be read."""

    @abstractmethod
    def blank(self) -> Value:
        """An element that stands where there is none yet: right shape and dtype, no meaning."""

    @property
    def raw(self) -> bool:
        """It gives the data as they are, one-hot or numbers: it has no weights of its own."""
        return not any(map(eqx.is_inexact_array, jax.tree.leaves(self)))


class Autoregressive(Protocol):
    """What can be searched and sampled: a sequence model, or several that are one."""

    def prepare(self, condition: Any) -> Autoregressive:
        """The same for this condition alone, with all that depends on nothing else done once."""

    def start(self, condition: Any) -> Carry:
        """The carry before the first element."""

    def step(self, carry: Carry, condition: Any) -> tuple[Samplable, State]:
        """The distribution of the next element, and the state that predicted it."""


class Trainable(Protocol):
    """What can be trained: an objective knows what else it must be able to do."""

    def condition(self, source: Any = ..., *, key: Key | None = None) -> Condition:
        """What every step of a sequence is told, made of its source; a key makes it noisy."""

    def start(self, condition: Condition = ..., *, key: Key | None = None) -> Carry:
        """The carry before the first element; a key makes the state noisy."""


class Source(Protocol):
    """What a sequence is given: a condition, or the source that an encoder makes one of."""

    @property
    def memory_size(self) -> int:
        """How many places it has to look at."""

    def pad(self, steps: int, memory_size: int) -> Any:
        """The same with zeros behind it, for so many steps and places; masks say what is real."""


class Encoder(eqx.Module):
    """Turns a source into the condition of a sequence, once."""

    @abstractmethod
    def __call__(self, source: Any, *, key: Key | None = None) -> Condition: ...


Sampler = Callable[[Samplable, Int[Array, ""], Key], Value]
"""Chooses the next element: (distribution, step, key) to value."""

Stop = Callable[[Value, State], Bool[Array, ""]]
"""Says whether the element just drawn was the last, given the state that predicted it."""


class Unrolled(NamedTuple):
    """A sequence that was read: the distribution of each of its elements given those before."""

    distribution: Any
    """(T, ...), a `Samplable`"""
    carry: Carry
    states: State
    """(T, ...), after each step."""


class Rollout(NamedTuple):
    """A sequence that was drawn."""

    values: Value
    """(T, E...); from `length` on without meaning."""
    log_probs: Float[Array, " T"] | None
    """log p of each value under the model, in nats; 0 from `length` on. None if not asked for."""
    length: Int[Array, ""]
    finished: Bool[Array, ""]
    """The stop ended it; False where only the limit did."""
    carry: Carry
    states: State
    """(T, ...), after each step: what was asked to be recorded of them."""
    distribution: Samplable | None = None
    """(T, ...), what each was drawn from; `generate` does not keep it."""


class Codec(Protocol):
    """Stands between people and arrays; knows nothing of models and imports no jax."""

    def encode(self, raw: Any) -> Any: ...
    def decode(self, values: Any) -> Any: ...

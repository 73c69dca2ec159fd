"""A passage and a question about it, as the memory in which the answer is found."""

from __future__ import annotations

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from reverie.concepts import Condition, Encoder, Key, Memory, zero_masked
from reverie.cores.attentive import attention_states
from reverie.cores.bidirectional import Bidirectional
from reverie.cores.stack import split
from reverie.cores.states import flatten_state
from reverie.layers import Role, parameter, roles_of_parts, uniform
from reverie.padding import pad_all


class MarkedWords(NamedTuple):
    """The words of a text, each with what is to be seen of it besides."""

    values: Int[Array, " S"]
    """Symbols; 0 is a word that is not known."""
    marks: Float[Array, "S N"]
    """Such as whether the word is in the other text, too."""
    mask: Bool[Array, " S"]
    """True for a run of real words, then False."""

    @classmethod
    def of(cls, values: Any, marks: Any) -> MarkedWords:
        """NumPy arrays, all of their words real."""
        mask: Any = np.ones(len(values), bool)
        return cls(values, marks, mask)


class Passage(NamedTuple):
    """A passage and a question about it: the source of an answer that is a span of the passage."""

    words: MarkedWords
    question: MarkedWords

    @property
    def memory_size(self) -> int:
        """S, the words of the passage."""
        return len(self.words.mask)

    @property
    def question_size(self) -> int:
        """Q, the words of the question."""
        return len(self.question.mask)

    def pad(self, steps: int, memory_size: int) -> Passage:
        """With masked words behind those of the passage, as NumPy arrays."""
        return self._replace(words=pad_all(self.words, memory_size))

    def pad_question(self, question_size: int) -> Passage:
        """With masked words behind those of the question, as NumPy arrays."""
        return self._replace(question=pad_all(self.question, question_size))


class PassageEncoder(Encoder):
    """A passage, read with the question in mind: match-LSTM (Wang and Jiang 2016).

        x = [E_word; marks]        P = reader(x of the passage)        Q = reader(x of the question)
        keys = values = match(P, condition of Q)        vector = the final state of reading Q

    The reader takes X + N inputs. `match` is made of two cores that look at the question in their
    condition's memory, as `Matching` does. With a key each word of the vocabulary is unknown with
    probability `forget`, in the passage and in the question: so a small set of texts teaches what
    to do with the words of others. A table that is `fixed` is not learned, as in the paper.
    Departures: the paper has no marks, and its reader goes in one direction.
    """

    reader: Bidirectional
    match: Bidirectional
    forget: float = eqx.field(static=True)
    fixed: bool = eqx.field(static=True)
    E: Float[Array, "V X"] = parameter(Role.TABLE)

    def __init__(
        self,
        size: int,
        width: int,
        reader: Bidirectional,
        match: Bidirectional,
        *,
        rng: np.random.Generator,
        forget: float = 0.0,
        fixed: bool = False,
    ):
        """`size` is V and `width` is X."""
        self.E = uniform(rng, size, width, scale=1.0)
        self.reader, self.match, self.forget, self.fixed = reader, match, forget, fixed

    def roles(self) -> PassageEncoder:
        """The roles of its parameters."""
        found: PassageEncoder = roles_of_parts(self)
        return eqx.tree_at(lambda e: e.E, found, Role.FIXED) if self.fixed else found

    def __call__(self, source: Passage, *, key: Key | None = None) -> Condition:
        of_words, of_texts, of_match = split(key, 3)
        known = jnp.arange(len(self.E))
        if of_words is not None and self.forget:
            known = jnp.where(jax.random.bernoulli(of_words, self.forget, known.shape), 0, known)
        passage, asked = self._read_both(source, known, of_texts)
        mask = source.words.mask
        ends = self.match.initial_states(asked, key=of_match)
        outs, _ = self.match(passage, asked, states=ends, mask=mask)
        return Condition(asked.vector, Memory(outs, outs, mask))

    def look(self, source: Passage) -> Float[Array, "2 S Q"]:
        """alpha: how much it looked at each word of the question when it read each one of the
        passage, from either end of it."""
        passage, asked = self._read_both(source, jnp.arange(len(self.E)), None)
        ahead, behind = self.match.initial_states(asked)
        mask = source.words.mask
        _, _, there = self.match.forward.unroll(passage, ahead, asked, mask=mask)
        _, _, back = self.match.backward.unroll(passage[::-1], behind, asked, mask=mask[::-1])
        (one,), (other,) = attention_states(there), attention_states(back)
        return jnp.stack([one.alpha, other.alpha[::-1]])

    def _read_both(
        self, source: Passage, known: Int[Array, " V"], key: Key | None
    ) -> tuple[Float[Array, "S D"], Condition]:
        """What is read at each word of the passage, and the question as it is looked at."""
        of_passage, of_question = split(key, 2)
        passage, _ = self._read(source.words, known, of_passage)
        question, vector = self._read(source.question, known, of_question)
        return passage, Condition(vector, Memory(question, question, source.question.mask))

    def _read(
        self, words: MarkedWords, known: Int[Array, " V"], key: Key | None
    ) -> tuple[Float[Array, "S D"], Float[Array, " C"]]:
        """What is read at each word, and the final state; `known`: what symbols are read as."""
        values, marks, mask = words
        xs = self.E[known[values]]
        xs = jnp.concatenate([xs, jnp.asarray(marks, xs.dtype)], -1)
        ends = self.reader.initial_states(key=key)
        outs, final = self.reader(zero_masked(mask, xs), states=ends, mask=mask)
        return outs, flatten_state(final)

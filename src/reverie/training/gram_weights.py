"""How much n-grams of symbols tell, by the document frequencies of a training set, under jit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from reverie.errors import InputError

ROOT = 0
"""The node of the n-gram without symbols."""

Numbers = Int[np.ndarray, " N"]


class Level(NamedTuple):
    """The distinct n-grams of one length, in the order of their parents and then their symbols."""

    parents: Numbers
    symbols: Numbers
    documents: Numbers
    """In how many pictures each is."""


class GramWeights(eqx.Module):
    """A tree of n-grams: each is a node, whose parent is the n-gram without its last symbol.

    The children of a node stand side by side, by their symbols, so that a binary search finds one
    exactly; hashes would not. The last node is that of all n-grams that were never seen.
    """

    begins: Int[Array, " G+1"]
    """The first child of each node; its last one is before the first child of the next node."""
    symbols: Int[Array, " G"]
    weights: Float[Array, " G"]
    """log(pictures / document frequency), and log(pictures) of the unseen."""
    halvings: int = eqx.field(static=True)
    """After so many, none are left of the most children that a node has."""
    order: int = eqx.field(static=True)

    @classmethod
    def learn(cls, references: Sequence[Sequence[np.ndarray]], order: int) -> GramWeights:
        """The n-grams up to `order` of pictures with their references, each an array of symbols.

        Raises InputError where there is no symbol at all.
        """
        levels = zip(*_levels(references, order), strict=True)
        parents, symbols, documents = map(np.concatenate, levels)
        nodes = len(parents) + 2  # with the root and the unseen
        # Children of node p begin behind the root and all nodes of smaller parents.
        begins = 1 + np.searchsorted(parents, np.arange(nodes + 1))
        most = int(np.diff(begins).max())
        weights = np.log(len(references)) - np.log([1, *documents, 1])
        return cls(
            jnp.asarray(begins, jnp.int32),
            jnp.asarray([-1, *symbols, -1], jnp.int32),
            jnp.asarray(weights),
            most.bit_length(),
            order,
        )

    def of(self, symbols: Int[Array, " T"]) -> Iterator[Float[Array, " S"]]:
        """The weights of the n-grams that begin at each place, for each n from 1 on."""
        nodes = jnp.full(len(symbols) + 1, ROOT)
        for n in range(self.order):
            nodes = self._children(nodes[:-1], symbols[n:])
            yield self.weights[nodes]

    def _children(self, nodes: Int[Array, " T"], symbols: Int[Array, " T"]) -> Int[Array, " T"]:
        """The nodes of n-grams that are one symbol longer."""
        low, end = self.begins[nodes], self.begins[nodes + 1]
        high = end
        for _ in range(self.halvings):
            middle = (low + high) // 2
            smaller = (low < high) & (self.symbols[middle] < symbols)
            low, high = jnp.where(smaller, middle + 1, low), jnp.where(smaller, high, middle)
        found = (low < end) & (self.symbols[low] == symbols)
        return jnp.where(found, low, len(self.symbols) - 1)


def _levels(references: Sequence[Sequence[np.ndarray]], order: int) -> Iterator[Level]:
    """The n-grams of each length, from 1 to `order`."""
    sentences = [np.asarray(each) for captions in references for each in captions]
    lengths = np.array([len(each) for each in sentences], int)
    if not lengths.sum():
        raise InputError("document frequencies cannot be counted without references: give some")
    text = np.concatenate(sentences).astype(np.int64)
    picture = np.repeat(np.arange(len(references)), list(map(len, references)))
    pictures = np.repeat(picture, lengths)
    left = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(text))
    at, nodes, first = np.arange(len(text)), np.zeros(len(text), np.int64), ROOT + 1
    size = int(text.max()) + 1
    for n in range(order):
        fits = left[at] > n
        at, nodes = at[fits], nodes[fits]
        keys, rank = np.unique(nodes * size + text[at + n], return_inverse=True)
        said = np.unique(rank * len(references) + pictures[at]) // len(references)
        yield Level(keys // size, keys % size, np.bincount(said, minlength=len(keys)))
        nodes, first = first + rank, first + len(keys)

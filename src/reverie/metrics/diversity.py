"""Diversity of texts that a model wrote: a model may be right and always say the same."""

from collections.abc import Sequence
from typing import NamedTuple


class Diversity(NamedTuple):
    """How much texts differ from each other, and repeat themselves."""

    distinct: float
    """The fraction of distinct texts."""
    repeating: float
    """The fraction of texts in which a sequence of three words occurs twice."""
    words: int
    """The number of distinct words in all texts."""

    def summary(self) -> str:
        """The measures, for people."""
        return (
            f"{self.distinct:.1%} of the texts are distinct, with {self.words:,} distinct words; "
            f"{self.repeating:.1%} repeat a sequence of three words"
        )


def diversity(texts: Sequence[str]) -> Diversity:
    """The diversity of texts, words being what white space separates."""
    split = [text.split() for text in texts]
    again = 0
    for words in split:
        triples = list(zip(words, words[1:], words[2:], strict=False))
        again += len(triples) > len(set(triples))
    count = max(len(texts), 1)
    vocabulary = {word for words in split for word in words}
    return Diversity(len(set(texts)) / count, again / count, len(vocabulary))

"""Replacement of unknown words in translations by attention."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from reverie.codecs.pair import Pair
from reverie.codecs.words import END_OF_LINE, UNKNOWN_WORD, Words, split_words
from reverie.errors import InputError


def replace_unknown(
    codec: Pair,
    source: str,
    values: np.ndarray,
    alpha: Float[np.ndarray, "T S"],
    dictionary: Mapping[str, str],
) -> str:
    """The target with each `<unk>` replaced by the translation of its most attended source word.

    The word is looked up in the dictionary, and copied if it is not there (Luong 2015, "Addressing
    the rare word problem"; Jean 2015 by attention). Raises InputError where the symbols are not
    words, because other codecs spell every word.
    """
    if not isinstance(codec.source, Words) or not isinstance(codec.target, Words):
        raise InputError(
            "the symbols of this model are not words, so no word is unknown: leave `unk` out"
        )
    words, written = split_words(source), []
    for step, value in enumerate(values):
        word = codec.target.vocabulary[value]
        if word == UNKNOWN_WORD and words:
            # The end of the line cannot be copied.
            aligned = words[int(np.argmax(alpha[step, : len(words)]))]
            word = dictionary.get(aligned, aligned)
        if word != END_OF_LINE:
            written.append(word)
    return " ".join(written)

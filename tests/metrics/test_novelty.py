"""The longest copied span against brute force."""

import random

import numpy as np
import pytest

from reverie.errors import InputError
from reverie.metrics.novelty import longest_copy


def brute(sample, training):
    return max(
        end - begin
        for begin in range(len(sample) + 1)
        for end in range(begin, len(sample) + 1)
        if sample[begin:end] in training
    )


@pytest.mark.parametrize("seed", range(40))
def test_against_brute_force(seed):
    draw = random.Random(seed)
    letters = "abcdefgh"[: draw.randint(1, 8)]
    training = "".join(draw.choices(letters, k=draw.randint(0, 300)))
    sample = "".join(draw.choices(letters, k=draw.randint(0, 30)))
    if training:
        begin = draw.randrange(len(training))
        sample += training[begin : begin + draw.randint(0, 90)] + draw.choice("az")
    copy = longest_copy(sample, training)
    assert copy.length == len(copy.span) == brute(sample, training)
    assert copy.span in sample
    assert copy.start == (training.find(copy.span) if copy.length else -1)


def test_text_bytes_and_integers_agree():
    training, sample = "the cat sat on the mat", "a cat sat in"
    as_values = [np.frombuffer(text.encode(), np.uint8) for text in (sample, training)]
    assert longest_copy(sample, training) == (9, 3, " cat sat ")
    assert longest_copy(sample.encode(), training.encode()) == (9, 3, b" cat sat ")
    length, start, span = longest_copy(*as_values)
    assert (length, start, bytes(span)) == (9, 3, b" cat sat ")


def test_large_integers_are_symbols_too():
    training = np.arange(0xD700, 0xE100)
    assert longest_copy(training[100:300], training)[:2] == (200, 100)


def test_nothing_copied():
    assert longest_copy("xyz", "abc") == (0, -1, "")
    assert longest_copy("", "abc") == longest_copy("abc", "") == (0, -1, "")


def test_types_must_agree():
    with pytest.raises(InputError, match="str with a training text of bytes"):
        longest_copy("a", b"a")

"""Problems of symbols: a beginning that is drawn, and how it must go on.

Each draws one of a size as two strings: the first is given, and the second, which follows from it,
is to be found; an end behind it is added by who asks. In this way only what can be predicted is
counted (Joulin and Mikolov 2015).
"""

from __future__ import annotations

import numpy as np


def _drawn(rng: np.random.Generator, size: int, symbols: str) -> str:
    return "".join(rng.choice(list(symbols), size))


def count_two(rng: np.random.Generator, size: int) -> tuple[str, str]:
    """a^n b^n, n = `size`: when the first b is there, the others are certain."""
    return "a" * size + "b", "b" * (size - 1)


def count_three(rng: np.random.Generator, size: int) -> tuple[str, str]:
    """a^n b^n c^n."""
    return "a" * size + "b", "b" * (size - 1) + "c" * size


def count_sum(rng: np.random.Generator, size: int) -> tuple[str, str]:
    """a^n b^m c^(n + m) with n + m = `size`, n and m at least 1; of size 1, ab."""
    n = int(rng.integers(1, max(2, size)))
    m = max(1, size - n)
    return "a" * n + "b" * m + "c", "c" * (n + m - 1)


def add_binary(rng: np.random.Generator, size: int) -> tuple[str, str]:
    """Two binary numbers of up to `size` digits, and their sum with its lowest digit first, as
    the paper has it."""
    first, second = (_number(rng, size) for _ in range(2))
    total = int(first, 2) + int(second, 2)
    return f"{first}+{second}=", f"{total:b}"[::-1]


def _number(rng: np.random.Generator, size: int) -> str:
    digits = int(rng.integers(1, size + 1))
    return "1" + _drawn(rng, digits - 1, "01")


def reverse(rng: np.random.Generator, size: int) -> tuple[str, str]:
    """`size` letters, and the same from the last to the first."""
    word = _drawn(rng, size, "abcd")
    return f"{word}=", word[::-1]


def repeat(rng: np.random.Generator, size: int) -> tuple[str, str]:
    """`size` letters, and the same again."""
    word = _drawn(rng, size, "abcd")
    return f"{word}=", word


PAIRS = {"(": ")", "[": "]", "{": "}"}


def close_brackets(rng: np.random.Generator, size: int) -> tuple[str, str]:
    """Brackets of three kinds, `size` of them opened and some of them closed, and those that close
    the rest in the right order."""
    text, open_, left = "", "", size
    while left:
        # More are opened than closed, so that the answer is about half as long as the problem is.
        if open_ and rng.random() < 1 / 3:
            text, open_ = text + PAIRS[open_[-1]], open_[:-1]
        else:
            kind = str(rng.choice(list(PAIRS)))
            text, open_, left = text + kind, open_ + kind, left - 1
    return f"{text}=", "".join(PAIRS[kind] for kind in reversed(open_))

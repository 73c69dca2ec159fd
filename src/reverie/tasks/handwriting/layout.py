"""How generated lines are put on paper: which strokes belong to the text, word spaces, sizes.

The window of the network says which character each point belongs to, its place; U is the number of
characters, and also the place behind the last one.
"""

from __future__ import annotations

import numpy as np

from reverie.codecs.ink import Ink
from reverie.codecs.level import level

EVEN = 0.8
"""The part of a difference in word spaces, and in sizes, that is removed: people vary a little."""
LEAST, MOST = 0.7, 1.4
"""The limits of the factor by which a line is resized."""
NEAR = 0.3
"""What begins so many heights, standard deviations of y, behind the ink still begins over it."""
SMALL, TALL = frozenset("aceimnorsuvwxz"), frozenset("bdghklpqt0123456789")
"""Letters as high as an x, and those twice as high, which capitals are too."""


def spelling(ink: Ink, places: np.ndarray) -> tuple[Ink, np.ndarray]:
    """The ink without strokes that are no part of its text, and the `places` (N,) of its points.

    At the beginning, those that only ended an example: the window had not come to the text, at
    place 0. At the end, a stroke begun when the window had left the text, unless it begins over
    the ink, as crosses and dots do, or the last character has no points yet.
    """
    parts = list(zip(ink.strokes, _by_stroke(ink, places), strict=True))
    while len(parts) > 1 and np.median(parts[0][1]) < 0:
        parts.pop(0)
    stroke, at = parts[0]
    if len(parts) == len(ink.strokes) and at[0] < 0 and len(stroke) > 1:
        parts[0] = stroke[1:], at[1:]  # from the example's end the pen came through the air
    if len(parts) > 1 and parts[-1][1][0] >= len(ink.text):
        others = Ink(tuple(stroke for stroke, _ in parts[:-1]))
        height = float(np.std(others.points[:, 1]))
        over = parts[-1][0][0, 0] <= others.bounds[2] + NEAR * height
        if not over and any((at == len(ink.text) - 1).any() for _, at in parts[:-1]):
            parts.pop()
    strokes, kept = zip(*parts, strict=True)
    return Ink(strokes, ink.text), np.concatenate(kept)


def words_of(ink: Ink, places: np.ndarray) -> np.ndarray:
    """The number of the word that each stroke of a line belongs to, (S,).

    A stroke that the window ascribes to a word but that stands in the one before is a cross or a
    dot made late, and belongs there.
    """
    text = ink.text + " "
    begins = [n > 0 and text[n] != " " and text[n - 1] == " " for n in range(len(text))]
    word_at = np.cumsum(begins)
    words = []
    rights = np.full(word_at[-1] + 2, -np.inf)  # of the words so far
    for stroke, at in zip(ink.strokes, _by_stroke(ink, places), strict=True):
        word = int(word_at[int(np.clip(np.median(at), 0, len(ink.text)))])
        x = stroke[:, 0]
        if word and x.mean() < rights[:word].max():
            word -= 1
        rights[word] = max(rights[word], float(x.max()))
        words.append(word)
    return np.array(words)


def word_spaces(ink: Ink, words: np.ndarray) -> np.ndarray:
    """The spaces between the words of a line, in page units, (W - 1,); below 0 if they overlap.

    `words` (S,) has the word of each stroke.
    """
    lefts, rights = _sides(ink, words)
    return lefts[1:] - np.maximum.accumulate(rights)[:-1]


def space_evenly(ink: Ink, words: np.ndarray, space: float) -> Ink:
    """The line with its words moved until the spaces between them differ little from `space`."""
    spaces = word_spaces(ink, words)
    if not len(spaces):
        return ink
    moves = np.append(0.0, np.cumsum(EVEN * (space - spaces)))
    number = np.unique(words, return_inverse=True)[1]
    moved = tuple(
        stroke + np.append(moves[word], np.zeros(stroke.shape[1] - 1))
        for stroke, word in zip(ink.strokes, number, strict=True)
    )
    return Ink(moved, ink.text)


def letter_sizes(ink: Ink, places: np.ndarray) -> np.ndarray:
    """What each letter says of the height of an x, in page units: half its own, if it is tall.

    The height of a letter is the distance of the 10th from the 90th percentile of the y of its
    points.
    """
    y = level(ink)[0][:, 1]
    sizes = []
    for place, letter in enumerate(ink.text):
        of_letter = y[places == place]
        tall = letter in TALL or letter.isupper()
        if len(of_letter) >= 5 and (tall or letter in SMALL):
            low, high = np.quantile(of_letter, (0.1, 0.9))
            sizes.append((high - low) / (2 if tall else 1))
    return np.array(sizes)


def size_factors(sizes: list[np.ndarray]) -> list[float]:
    """By what lines are to be scaled so that their letters are about as high, from `letter_sizes`.

    The fewer letters a line has, the less they say of its size.
    """
    medians = [float(np.median(each)) if len(each) else 0.0 for each in sizes]
    known = [median for median in medians if median > 0]

    def factor(median: float, count: int) -> float:
        if not median > 0:
            return 1.0
        certainty = count / (count + 4)
        wanted = (float(np.median(known)) / median) ** (EVEN * certainty)
        return float(np.clip(wanted, LEAST, MOST))

    return [factor(median, len(each)) for median, each in zip(medians, sizes, strict=True)]


def _by_stroke(ink: Ink, places: np.ndarray) -> list[np.ndarray]:
    return np.split(places, np.cumsum([len(stroke) for stroke in ink.strokes])[:-1])


def _sides(ink: Ink, words: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The least and the greatest x of each word that has strokes, (W,) each."""
    xs = [
        np.concatenate([s[:, 0] for s, at in zip(ink.strokes, words, strict=True) if at == word])
        for word in np.unique(words)
    ]
    return np.array([x.min() for x in xs]), np.array([x.max() for x in xs])

"""Pictures and clips of coloured shapes, made on the fly, each with the one caption it has.

A picture shows one to three things. They are named from left to right, each with where it is from
the one before it:

    a small red circle left of a large blue square above a small green cross

A clip shows one or two things that move: "a red circle moves up and a blue square moves left".

Some pairs of neighbours never meet in the scenes to learn from (`UNSEEN` of them), and each scene
of the others has such a pair: who names them all has learned what the words mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, product
from typing import Any, NamedTuple

import numpy as np

COLOURS = {
    "red": (214, 45, 45),
    "green": (50, 160, 60),
    "blue": (45, 85, 215),
    "yellow": (235, 205, 40),
    "purple": (140, 50, 170),
    "pink": (240, 130, 185),
}
SHAPES = ("circle", "square", "triangle", "cross")
SIZES = {"small": 4.0, "large": 7.5}
"""Half of the width of a thing, in pixels."""
SIDE = 48
"""Of a picture, in pixels."""
APART = 4
"""Pixels by which it must be clear which of two things is left, and whether it is more so than
above."""
UNSEEN = 0.2
"""The fraction of the pairs of things that do not meet in the scenes to learn from."""

CLIP_SIDE, FRAMES, STEP = 32, 8, 1.5
"""Of a clip: its side in pixels, its frames, and how far a thing moves in one."""
MOTIONS = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}
"""Rows and columns."""


class Thing(NamedTuple):
    """A coloured shape and its middle."""

    size: str
    colour: str
    shape: str
    row: float
    column: float

    @property
    def kind(self) -> tuple[str, str]:
        """What of it makes a pair seen or unseen."""
        return self.colour, self.shape


@dataclass(frozen=True)
class Scene:
    """What is to be seen, and what is said of it; it is painted when it is first looked at."""

    caption: str
    frames: tuple[tuple[Thing, ...], ...]
    """The things in each frame, in the order of the caption; a picture is one frame."""
    side: int
    """H and W, in pixels."""
    seed: int
    """Of the grey behind the things and of the noise."""

    @property
    def things(self) -> tuple[Thing, ...]:
        """In the order of the caption, where they are at first."""
        return self.frames[0]

    @cached_property
    def pixels(self) -> np.ndarray:
        """(N, H, W, 3), uint8."""
        rng = np.random.default_rng(self.seed)
        background = np.full((self.side, self.side, 3), rng.uniform(190, 245))
        return np.stack([_pixels(_paint(background, things), rng) for things in self.frames])


def unseen_pairs() -> frozenset[tuple[tuple[str, str], tuple[str, str]]]:
    """The pairs of neighbours that are kept from the scenes to learn from."""
    kinds = list(product(COLOURS, SHAPES))
    pairs = list(product(kinds, kinds))
    chosen = np.random.default_rng(0).permutation(len(pairs))[: int(UNSEEN * len(pairs))]
    return frozenset(pairs[n] for n in chosen)


def make_pictures(count: int, seed: int, *, seen: bool, first: int = 0) -> list[Scene]:
    """`count` pictures, of pairs that are seen in training or, each with one at least, of others.

    The n-th depends on the seed and n alone; n begins at `first`.
    """
    unseen = unseen_pairs()
    numbers = range(first, first + count)
    return [_picture(np.random.default_rng((seed, seen, n)), unseen, seen) for n in numbers]


def make_clips(count: int, seed: int, *, seen: bool, first: int = 0) -> list[Scene]:
    """`count` clips of one or two things; the rest is as for pictures."""
    unseen = unseen_pairs()
    numbers = range(first, first + count)
    return [_clip(np.random.default_rng((seed, 2 + seen, n)), unseen, seen) for n in numbers]


def _picture(rng: np.random.Generator, unseen: frozenset[object], seen: bool) -> Scene:
    """Draws until there is a scene of the kind that is asked for."""
    count = int(rng.integers(1 if seen else 2, 4))
    while True:
        things = _place(rng, count)
        if things and seen != _has_pair([thing.kind for thing in things], unseen):
            return Scene(describe(things), (things,), SIDE, _seed(rng))


def _seed(rng: np.random.Generator) -> int:
    return int(rng.integers(2**31))


def _has_pair(kinds: list[tuple[str, str]], pairs: frozenset[object]) -> bool:
    """Whether neighbours among them are one of these pairs."""
    return any(pair in pairs for pair in pairwise(kinds))


def _place(rng: np.random.Generator, count: int) -> tuple[Thing, ...] | None:
    """Things that do not touch and whose order is clear, from left to right; None if they do."""
    things = []
    for _ in range(count):
        size, colour, shape = (_choose(rng, of) for of in (SIZES, COLOURS, SHAPES))
        row, column = rng.uniform(SIZES[size] + 1, SIDE - SIZES[size] - 1, 2)
        things.append(Thing(size, colour, shape, float(row), float(column)))
    things.sort(key=lambda thing: thing.column)
    clear = all(_is_clear(a, b) for a, b in pairwise(things))
    apart = not any(_touch(a, b) for n, a in enumerate(things) for b in things[:n])
    return tuple(things) if clear and apart else None


def _is_clear(a: Thing, b: Thing) -> bool:
    across, down = b.column - a.column, abs(b.row - a.row)
    return across >= APART and abs(across - down) >= APART


def _touch(a: Thing, b: Thing) -> bool:
    room = SIZES[a.size] + SIZES[b.size] + 1
    return abs(a.row - b.row) < room and abs(a.column - b.column) < room


def describe(things: tuple[Thing, ...]) -> str:
    """The caption of a picture."""
    said = [f"a {thing.size} {thing.colour} {thing.shape}" for thing in things]
    links = [f" {_relation(a, b)} " for a, b in pairwise(things)]
    return "".join(part for pair in zip(said, [*links, ""], strict=True) for part in pair)


def _relation(a: Thing, b: Thing) -> str:
    if b.column - a.column > abs(b.row - a.row):
        return "left of"
    return "above" if a.row < b.row else "below"


def _clip(rng: np.random.Generator, unseen: frozenset[object], seen: bool) -> Scene:
    """One or two things that move and never touch, from left to right as they are at first."""
    count = int(rng.integers(1, 3)) if seen else 2
    kinds = _kinds(rng, count)
    while seen == _has_pair(kinds, unseen):
        kinds = _kinds(rng, count)
    frames = None
    while frames is None:
        motions = [_choose(rng, MOTIONS) for _ in range(count)]
        frames = _move(rng, kinds, motions)
    said = zip(kinds, motions, strict=True)
    told = " and ".join(f"a {colour} {shape} moves {motion}" for (colour, shape), motion in said)
    return Scene(told, tuple(frames), CLIP_SIDE, _seed(rng))


def _kinds(rng: np.random.Generator, count: int) -> list[tuple[str, str]]:
    return [(_choose(rng, COLOURS), _choose(rng, SHAPES)) for _ in range(count)]


def _move(
    rng: np.random.Generator, kinds: list[tuple[str, str]], motions: list[str]
) -> list[tuple[Thing, ...]] | None:
    """The things in each frame; None where they touch, or are not clearly from left to right."""
    room = CLIP_SIDE - 2 * SIZES["small"] - 2
    way = np.array([MOTIONS[motion] for motion in motions]) * STEP * (FRAMES - 1)
    least, most = np.maximum(-way, 0), room - np.maximum(way, 0)
    begin = SIZES["small"] + 1 + rng.uniform(least, most)
    if any(b - a < APART for a, b in pairwise(begin[:, 1])):
        return None
    frames = [_things_at(kinds, begin + way * t / (FRAMES - 1)) for t in range(FRAMES)]
    return None if any(_touch(*pair) for frame in frames for pair in pairwise(frame)) else frames


def _things_at(kinds: list[tuple[str, str]], places: np.ndarray) -> tuple[Thing, ...]:
    """Small things of these colours and shapes at rows and columns (N, 2)."""
    rows = zip(kinds, places.tolist(), strict=True)
    return tuple(Thing("small", *kind, *place) for kind, place in rows)


def _choose(rng: np.random.Generator, of: object) -> str:
    names = list(of)  # type: ignore[call-overload]
    return str(names[int(rng.integers(len(names)))])


def _paint(frame: np.ndarray, things: tuple[Thing, ...]) -> np.ndarray:
    """The frame with the things on it, their edges smooth."""
    rows, columns = np.indices(frame.shape[:2], float)
    for thing in things:
        cover = np.clip(_depth(thing, rows, columns) + 0.5, 0, 1)[..., None]
        frame = frame * (1 - cover) + cover * np.array(COLOURS[thing.colour])
    return frame


def _depth(thing: Thing, rows: Any, columns: Any) -> Any:
    """How far within a thing pixels are; below 0 outside of it."""
    out = _distance(thing.shape, rows - thing.row, columns - thing.column)
    return SIZES[thing.size] - out


def _distance(shape: str, down: Any, right: Any) -> Any:
    """How far out a pixel is: at the edge of a shape, half of the shape's width."""
    away, over = np.abs(right), np.abs(down)
    if shape == "circle":
        return np.hypot(down, right)
    if shape == "square":
        return np.maximum(away, over)
    if shape == "cross":
        return np.maximum(np.maximum(away, over), 2.5 * np.minimum(away, over))
    return np.maximum(2 * away - down, down)


def _pixels(frame: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The frame as a camera has it, with a little noise."""
    noisy: np.ndarray = np.clip(frame + rng.normal(0, 4, frame.shape), 0, 255).astype(np.uint8)
    return noisy


def cells_of(thing: Thing, grid: int, side: int = SIDE) -> np.ndarray:
    """How much of each cell of a picture's grid a thing covers, (grid, grid), from 0 to 1."""
    rows, columns = np.indices((side, side), float)
    blocks = (_depth(thing, rows, columns) > 0).reshape(grid, side // grid, grid, side // grid)
    share: np.ndarray = blocks.mean((1, 3))
    return share

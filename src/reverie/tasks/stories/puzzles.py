"""Questions with facts of their own: times of day, ways between places, fears of animals, sizes.

The facts stand in a story between others that have nothing to do with them.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from reverie.tasks.stories.inquiries import Inquiry
from reverie.tasks.stories.wording import (
    ANIMALS,
    BOXES,
    NO,
    PEOPLE,
    PLACES,
    SPECIES,
    TIMES,
    WAYS,
    YES,
    ask,
    join,
    pick,
    some,
    tell,
)


class Puzzle(NamedTuple):
    """Sentences in some order, and a question about them."""

    sentences: list[str]
    inquiry: Inquiry
    people: tuple[str, ...] = ()
    """Those it is about, of whom nothing else may be told."""


Pose = Callable[[np.random.Generator, int], Puzzle]
"""Draws a puzzle of about so many facts, and never of more but for the least that it needs."""


def _shuffled(
    rng: np.random.Generator, sentences: list[str], question: str, answer: str, needed: list[int]
) -> Puzzle:
    """The sentences in an order by chance, and the question about those that are needed."""
    order = rng.permutation(len(sentences)).tolist()
    support = tuple(sorted(order.index(n) for n in needed))
    return Puzzle([sentences[n] for n in order], Inquiry(question, answer, support))


def times(rng: np.random.Generator, facts: int) -> Puzzle:
    """Where was somebody at a time, or before a place? People were in one place at each of several
    times, which are told in any order: one fact, or two."""
    told: list[tuple[str, str, str]] = []
    for person in some(rng, PEOPLE, len(PEOPLE) // 2):
        room = facts - len(told)
        if told and room < 2:
            break
        count = int(rng.integers(2, max(2, min(len(TIMES), room)) + 1))
        when = sorted(some(rng, range(len(TIMES)), count))
        where = some(rng, PLACES, count)
        told += [(person, TIMES[n], place) for n, place in zip(when, where, strict=True)]
    said = [tell(rng, "stay", person=who, time=time, place=place) for who, time, place in told]
    n = int(rng.integers(len(told)))
    who, time, place = told[n]
    if n and told[n - 1][0] == who and rng.random() < 0.6:
        question, answer, needed = "place earlier", told[n - 1][2], [n - 1, n]
    else:
        question, answer, needed = "place then", place, [n]
    asked = ask(question, person=who, time=time, place=place)
    puzzle = _shuffled(rng, said, asked, answer, needed)
    return puzzle._replace(people=tuple({person for person, _, _ in told}))


def paths(rng: np.random.Generator, facts: int) -> Puzzle:
    """How do you go from one place to another? Two steps, each of which is told, and there are no
    others that lead there."""
    names = some(rng, PLACES, min(len(PLACES), max(2, facts) + 1))
    cells = {(0, 0): 0}
    ways: dict[tuple[int, int], str] = {}
    while len(cells) < len(names):
        cell = pick(rng, list(cells))
        way = pick(rng, list(WAYS))
        new = cell[0] + WAYS[way][0], cell[1] + WAYS[way][1]
        if new not in cells:
            ways[cells[cell], len(cells)] = way
            cells[new] = len(cells)
    edges = list(ways)
    steps = [
        (n, m, middle, end)
        for n, one in enumerate(edges)
        for m, other in enumerate(edges)
        if n != m
        for begin, middle in (one, one[::-1])
        for start, end in (other, other[::-1])
        if middle == start and end != begin
    ]
    n, m, middle, end = pick(rng, steps)
    begin = sum(edges[n]) - middle
    both = ways | {edge[::-1]: OPPOSITE[way] for edge, way in ways.items()}
    said = [_lie(rng, names, edge, way) for edge, way in ways.items()]
    question = ask("path", place=names[begin], goal=names[end])
    answer = join((both[begin, middle], both[middle, end]))
    return _shuffled(rng, said, question, answer, [n, m])


OPPOSITE = {"north": "south", "south": "north", "east": "west", "west": "east"}


def _lie(rng: np.random.Generator, names: list[str], edge: tuple[int, int], way: str) -> str:
    """That the second place of an edge lies that way from the first, told from either side."""
    one, other = (names[n] for n in edge)
    if rng.random() < 0.5:
        return tell(rng, "lie", place=other, way=way, goal=one)
    return tell(rng, "lie", place=one, way=OPPOSITE[way], goal=other)


def fears(rng: np.random.Generator, facts: int) -> Puzzle:
    """What does an animal fear? Two facts: what it is, and what each of these fears."""
    kinds = int(rng.integers(1, max(2, min(len(SPECIES), facts))))
    known = some(rng, SPECIES, kinds)
    feared = [pick(rng, [other for other in SPECIES if other != one]) for one in known]
    count = max(1, min(len(ANIMALS), facts - kinds))
    animals = some(rng, ANIMALS, count)
    species = [int(rng.integers(kinds)) for _ in animals]
    said = [
        tell(rng, "fear", species=one, feared=other)
        for one, other in zip(known, feared, strict=True)
    ]
    said += [
        tell(rng, "be", animal=name, species=known[n])
        for name, n in zip(animals, species, strict=True)
    ]
    n = int(rng.integers(count))
    question = ask("fear", animal=animals[n])
    return _shuffled(rng, said, question, feared[species[n]], [species[n], kinds + n])


def sizes(rng: np.random.Generator, facts: int) -> Puzzle:
    """Is one thing larger than another, or does it fit into it? One fact, or two in a chain."""
    names = some(rng, BOXES, min(len(BOXES), max(2, facts) + 1))
    said = [tell(rng, "exceed", box=larger, smaller=smaller) for larger, smaller in pairwise(names)]
    step = 1 + int(rng.integers(2))
    n = int(rng.integers(len(said) - step + 1))
    right = rng.random() < 0.5
    larger, smaller = (n, n + step) if right else (n + step, n)
    question = ask(pick(rng, ("larger", "fit")), box=names[larger], smaller=names[smaller])
    return _shuffled(rng, said, question, YES if right else NO, list(range(n, n + step)))

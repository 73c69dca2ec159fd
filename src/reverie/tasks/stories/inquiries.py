"""Questions about what people did: where they and things are and were, who has and gave what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np

from reverie.tasks.stories.wording import (
    NO,
    NOBODY,
    NOTHING,
    NUMBERS,
    PLACES,
    YES,
    ask,
    join,
    pick,
)
from reverie.tasks.stories.world import World


class Inquiry(NamedTuple):
    """What may be asked of a story."""

    question: str
    answer: str
    support: tuple[int, ...]
    """The facts from which the answer follows, by their numbers."""


Inquire = Callable[[np.random.Generator, World], Inquiry | None]
"""Draws a question of one kind about a world; None where there is none."""


def _inquiry(question: str, answer: str, support: Iterable[int]) -> Inquiry:
    return Inquiry(question, answer, tuple(sorted(set(support))))


def _one(rng: np.random.Generator, found: list[Inquiry]) -> Inquiry | None:
    return pick(rng, found) if found else None


def _even(
    rng: np.random.Generator, found: list[Inquiry], alike: Callable[[Inquiry], object]
) -> Inquiry | None:
    """One of them, so that those which are alike in this are as probable as any others."""
    groups = defaultdict(list)
    for inquiry in found:
        groups[alike(inquiry)].append(inquiry)
    return pick(rng, pick(rng, list(groups.values()))) if groups else None


def whose_place(rng: np.random.Generator, world: World) -> Inquiry | None:
    """Where is somebody? One fact: the last journey."""
    found = [
        _inquiry(ask("place of person", person=person), world.happenings[journey].what, [journey])
        for person, journey in world.journeys.items()
    ]
    return _one(rng, found)


def presence(rng: np.random.Generator, world: World) -> Inquiry | None:
    """Is somebody in a place? Yes and no are as probable, and the other place has a part in the
    story, if there is one."""
    if not world.journeys:
        return None
    person = pick(rng, list(world.journeys))
    here = world.place_of(person)
    told = [one.what for one in world.happenings if one.deed == "go" and one.what != here]
    asked = here if rng.random() < 0.5 else pick(rng, told or [p for p in PLACES if p != here])
    question = ask("presence", person=person, place=str(asked))
    return _inquiry(question, YES if asked == here else NO, [world.journeys[person]])


def thing_place(rng: np.random.Generator, world: World) -> Inquiry | None:
    """Where is a thing? Two facts: who has it or put it down, and where that person came."""

    def support(thing: str) -> tuple[int, int]:
        if thing in world.holders:
            return world.got[thing], world.journeys[world.holders[thing]]
        return world.dropped[thing]

    found = [
        _inquiry(ask("place of thing", thing=thing), trail[-1].place, support(thing))
        for thing, trail in world.trails.items()
    ]
    return _one(rng, found)


def place_before(rng: np.random.Generator, world: World) -> Inquiry | None:
    """Where was a thing before it was in a place, for the last time? Three facts: somebody has it,
    and came to the one place and then to the other; a fourth where it changed hands between."""
    found = []
    for thing, trail in world.trails.items():
        last = {stay.place: n for n, stay in enumerate(trail)}
        for place, n in last.items():
            if n:
                before, stay = trail[n - 1], trail[n]
                support = (before.since, before.arrival, stay.since, stay.arrival)
                question = ask("place before", thing=thing, place=place)
                found.append(_inquiry(question, before.place, support))
    return _one(rng, found)


def giving(rng: np.random.Generator, world: World) -> Inquiry | None:
    """Who gave what to whom, the last time that it fits; and who has what. One fact."""
    return _one(rng, list(_givings(world)))


def _givings(world: World) -> Iterator[Inquiry]:
    # Of several that fit a question the last stays.
    last: dict[str, Inquiry] = {}
    for n, (deed, person, thing, other) in enumerate(world.happenings):
        if deed == "give":
            for question, answer in (
                (ask("given", person=person, other=other), thing),
                (ask("giver", thing=thing, other=other), person),
                (ask("receiver", person=person, thing=thing), other),
            ):
                last[question] = _inquiry(question, answer, [n])
    if not last:
        return
    yield from last.values()
    for thing, when in world.got.items():
        owner = world.holders.get(thing, NOBODY)
        since = when if thing in world.holders else world.dropped[thing][0]
        yield _inquiry(ask("owner", thing=thing), owner, [since])


def counting(rng: np.random.Generator, world: World) -> Inquiry | None:
    """How many things does somebody carry? Every number is as probable."""
    found = [
        _inquiry(ask("count", person=person), NUMBERS[len(world.carried(person))], changes)
        for person, changes in world.changes.items()
    ]
    return _even(rng, found, lambda inquiry: inquiry.answer)


def listing(rng: np.random.Generator, world: World) -> Inquiry | None:
    """What does somebody carry, in the order of getting it? Every number is as probable."""
    found = [
        _inquiry(ask("list", person=person), join(world.carried(person)) or NOTHING, changes)
        for person, changes in world.changes.items()
    ]
    return _even(
        rng, found, lambda inquiry: inquiry.answer.count(",") + (inquiry.answer != NOTHING)
    )

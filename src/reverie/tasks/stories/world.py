"""A small world: people go, take, put down and give, and all that follows from it is known."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Literal, NamedTuple

import numpy as np

from reverie.tasks.stories.wording import HANDS, PEOPLE, PLACES, THINGS, pick, some, tell

Deed = Literal["go", "take", "drop", "give"]
DEEDS: tuple[Deed, ...] = ("go", "take", "drop", "give")

FEWEST, MOST = 2, 4
"""People of a story."""


class Happening(NamedTuple):
    """What somebody does."""

    deed: Deed
    person: str
    what: str
    """The place, or the thing."""
    other: str = ""
    """Who is given it."""

    def sentence(self, rng: np.random.Generator) -> str:
        """It in words."""
        gap = "place" if self.deed == "go" else "thing"
        words = {"person": self.person, "other": self.other, gap: self.what}
        return tell(rng, self.deed, **words)


class Stay(NamedTuple):
    """A thing is somewhere, and the happenings that show it."""

    place: str
    since: int
    """When somebody got it who brought it there, or found it there."""
    arrival: int
    """When that person went there."""


@dataclass
class World:
    """What is so after some happenings. These are told by their numbers.

    Of people, the last journey; of things, who has them, and every place that they were in since
    somebody first took them: where they lay before nobody knows.
    """

    happenings: list[Happening] = field(default_factory=list)
    journeys: dict[str, int] = field(default_factory=dict)
    holders: dict[str, str] = field(default_factory=dict)
    got: dict[str, int] = field(default_factory=dict)
    """When its last holder got a thing."""
    dropped: dict[str, tuple[int, int]] = field(default_factory=dict)
    """When a thing that nobody has was put down, and when who did it had come there."""
    trails: dict[str, list[Stay]] = field(default_factory=dict)
    hands: dict[str, list[str]] = field(default_factory=dict)
    """What each person has, in the order in which they got it."""
    changes: dict[str, list[int]] = field(default_factory=dict)
    """The happenings that changed what a person has."""

    def place_of(self, person: str) -> str | None:
        """Where a person is, if it is known."""
        journey = self.journeys.get(person)
        return None if journey is None else self.happenings[journey].what

    def carried(self, person: str) -> list[str]:
        """What a person has."""
        return self.hands.get(person, [])

    def happen(self, happening: Happening) -> None:
        """Let it happen; it must be possible."""
        now = len(self.happenings)
        self.happenings.append(happening)
        deed, person, what, other = happening
        match deed:
            case "go":
                self.journeys[person] = now
                for thing in self.carried(person):
                    self.trails[thing].append(Stay(what, self.got[thing], now))
            case "take":
                self._get(person, what, now)
                if what not in self.trails:
                    self.trails[what] = [Stay(self._here(person), now, self.journeys[person])]
            case "drop":
                self._lose(person, what, now)
                self.dropped[what] = now, self.journeys[person]
            case "give":
                self._lose(person, what, now)
                self._get(other, what, now)

    def _here(self, person: str) -> str:
        return self.happenings[self.journeys[person]].what

    def _get(self, person: str, thing: str, now: int) -> None:
        self.holders[thing], self.got[thing] = person, now
        self.dropped.pop(thing, None)
        self.hands.setdefault(person, []).append(thing)
        self.changes.setdefault(person, []).append(now)

    def _lose(self, person: str, thing: str, now: int) -> None:
        del self.holders[thing]
        self.hands[person].remove(thing)
        self.changes[person].append(now)

    def possible(self, deed: Deed, people: Sequence[str]) -> list[Happening]:
        """All of one kind that these people could do next, but going."""
        placed = [person for person in people if person in self.journeys]
        match deed:
            case "take":
                return [
                    Happening("take", person, thing)
                    for person in placed
                    if len(self.carried(person)) < HANDS
                    for thing in THINGS
                    if self._lies(thing, self._here(person))
                ]
            case "drop":
                return [
                    Happening("drop", person, thing)
                    for person in placed
                    for thing in self.carried(person)
                ]
            case "give":
                return [
                    Happening("give", person, thing, other)
                    for person in placed
                    for other in placed
                    if other != person
                    and self._here(other) == self._here(person)
                    and len(self.carried(other)) < HANDS
                    for thing in self.carried(person)
                ]
        raise ValueError(deed)

    def _lies(self, thing: str, place: str) -> bool:
        """Whether a thing may be found in a place."""
        trail = self.trails.get(thing)
        return trail is None or (thing not in self.holders and trail[-1].place == place)


class Habits(NamedTuple):
    """How often people do what they can, one beside the other."""

    go: float = 4
    take: float = 2
    drop: float = 1
    give: float = 1.5
    follow: float = 0.5
    """How often somebody goes where another is, so that things can be given."""


def draw_world(
    rng: np.random.Generator,
    facts: int,
    habits: Habits = Habits(),
    people: Sequence[str] = PEOPLE,
) -> World:
    """A world after so many happenings among a few of the people."""
    world, ends = World(), list(accumulate(habits[: len(DEEDS)]))
    cast = some(rng, people, int(rng.integers(FEWEST, min(MOST, len(people)) + 1)))
    while len(world.happenings) < facts:
        deed = DEEDS[bisect(ends, rng.random() * ends[-1])]
        if deed == "go":
            world.happen(_journey(rng, world, cast, habits.follow))
        elif found := world.possible(deed, cast):
            world.happen(pick(rng, found))
    return world


def _journey(
    rng: np.random.Generator, world: World, cast: Sequence[str], follow: float
) -> Happening:
    person = pick(rng, cast)
    here = world.place_of(person)
    others = [there for other in cast if (there := world.place_of(other)) and there != here]
    follows = bool(others) and rng.random() < follow
    places = others if follows else [place for place in PLACES if place != here]
    return Happening("go", person, pick(rng, places))

"""The words of written stories, and the sentences and questions that are made of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations, product
from string import Formatter
from typing import TypeVar

import numpy as np

from reverie.codecs.stories import Stories, answer_words, story_words

T = TypeVar("T")

PEOPLE = ("Alice", "Bruno", "Clara", "Dario", "Emma", "Felix")
PLACES = ("kitchen", "garden", "cellar", "library", "workshop", "market", "station")
THINGS = ("milk", "lamp", "book", "key", "ball")
TIMES = ("yesterday", "this morning", "this afternoon", "this evening")
"""In their order."""
WAYS = {"north": (0, 1), "south": (0, -1), "east": (1, 0), "west": (-1, 0)}
"""How far each leads to the east and to the north."""
ANIMALS = ("Pip", "Momo", "Rex", "Kiki", "Tuffy")
SPECIES = ("fox", "hawk", "goat", "snake", "hare", "badger")
BOXES = ("trunk", "crate", "chest", "basket", "jar", "case")
NUMBERS = ("none", "one", "two", "three")
HANDS = len(NUMBERS) - 1
"""The most things that somebody carries."""
NOTHING, NOBODY, YES, NO = "nothing", "nobody", "yes", "no"

WORDS: dict[str, Sequence[str]] = {
    "person": PEOPLE,
    "other": PEOPLE,
    "place": PLACES,
    "goal": PLACES,
    "thing": THINGS,
    "time": TIMES,
    "way": tuple(WAYS),
    "animal": ANIMALS,
    "species": SPECIES,
    "feared": SPECIES,
    "box": BOXES,
    "smaller": BOXES,
}
"""What may stand at each gap of a sentence."""

SENTENCES: dict[str, tuple[str, ...]] = {
    "go": (
        "{person} went to the {place}.",
        "{person} walked to the {place}.",
        "{person} ran to the {place}.",
    ),
    "take": (
        "{person} took the {thing}.",
        "{person} picked up the {thing}.",
        "{person} grabbed the {thing}.",
    ),
    "drop": ("{person} put down the {thing}.", "{person} dropped the {thing}."),
    "give": (
        "{person} gave the {thing} to {other}.",
        "{person} handed the {thing} to {other}.",
        "{person} passed the {thing} to {other}.",
    ),
    "stay": ("{time} {person} was in the {place}.", "{person} was in the {place} {time}."),
    "lie": ("The {place} is {way} of the {goal}.",),
    "be": ("{animal} is a {species}.",),
    "fear": ("Every {species} fears the {feared}.", "The {feared} frightens every {species}."),
    "exceed": ("The {box} is larger than the {smaller}.", "The {smaller} fits into the {box}."),
}
"""How each fact may be told."""

QUESTIONS: dict[str, str] = {
    "place of person": "Where is {person}?",
    "place of thing": "Where is the {thing}?",
    "place before": "Where was the {thing} before the {place}?",
    "given": "What did {person} give to {other}?",
    "giver": "Who gave the {thing} to {other}?",
    "receiver": "Who did {person} give the {thing} to?",
    "owner": "Who has the {thing}?",
    "presence": "Is {person} in the {place}?",
    "count": "How many things does {person} carry?",
    "list": "What does {person} carry?",
    "place then": "Where was {person} {time}?",
    "place earlier": "Where was {person} before the {place}?",
    "path": "How do you go from the {place} to the {goal}?",
    "fear": "What does {animal} fear?",
    "larger": "Is the {box} larger than the {smaller}?",
    "fit": "Does the {smaller} fit into the {box}?",
}
"""What may be asked."""


def pick(rng: np.random.Generator, choices: Sequence[T]) -> T:
    """One of them, each as probable."""
    return choices[int(rng.random() * len(choices))]


def some(rng: np.random.Generator, choices: Sequence[T], count: int) -> list[T]:
    """So many of them, none twice, in an order by chance."""
    return [choices[n] for n in rng.permutation(len(choices))[:count]]


def tell(rng: np.random.Generator, fact: str, **words: str) -> str:
    """A fact in one of its sentences."""
    said = pick(rng, SENTENCES[fact]).format(**words)
    return said[0].upper() + said[1:]


def ask(question: str, **words: str) -> str:
    """A question with its gaps filled."""
    return QUESTIONS[question].format(**words)


def join(words: Sequence[str]) -> str:
    """An answer of several words."""
    return ",".join(words)


def answers() -> Iterator[str]:
    """All answers that there are."""
    yield from (YES, NO, NOTHING, NOBODY, *NUMBERS, *PEOPLE, *PLACES, *SPECIES)
    for count in range(1, HANDS + 1):
        yield from map(join, permutations(THINGS, count))
    yield from map(join, product(WAYS, repeat=2))


def story_codec(*, split_answers: bool = True) -> Stories:
    """The codec of all that can be told, asked and answered here; nothing is drawn for it."""
    templates = [said for way in SENTENCES.values() for said in way] + list(QUESTIONS.values())
    texts = [literal for said in templates for literal in _literals(said)]
    texts += [word for words in WORDS.values() for word in words]
    words = [word for text in texts for word in story_words(text)]
    found = [answer_words(answer) for answer in answers()]
    whole = [word for each in found for word in (each if split_answers else [" ".join(each)])]
    return Stories.of_words([*words, *whole], split_answers=split_answers)


def longest_sentence() -> int:
    """The words of the longest sentence or question."""
    most = {
        gap: max(words, key=lambda word: len(story_words(word))) for gap, words in WORDS.items()
    }
    templates = [said for way in SENTENCES.values() for said in way] + list(QUESTIONS.values())
    return max(len(story_words(said.format(**most))) for said in templates)


def _literals(template: str) -> Iterator[str]:
    """What stands between the gaps of a sentence."""
    return (literal for literal, *_ in Formatter().parse(template))

"""A small medium for every recipe."""

from typing import Any

from reverie.media.characters import Characters
from reverie.media.fields import Categorical, Numeric
from reverie.media.handwriting import Handwriting
from reverie.media.labelled import Labelled
from reverie.media.labels import Labels
from reverie.media.motion import Motion
from reverie.media.pair import Pair
from reverie.media.reading import Reading
from reverie.media.strokes import Strokes

LETTERS = Characters("abcdefg", "a")
STROKES = Strokes((8.0, 0.5), (40.0, 30.0))
PAIR = Pair(LETTERS, Characters("\nabcdef", "a"))
GENRE = Categorical("genre", ("comedies", "tragedies"), (1, 2))
STARS = Numeric("stars", 3.0, 1.5, 1.0, 5.0, (1.0, 5.0), (1, 1))
LABELLED = Labelled(LETTERS, Labels((GENRE, STARS)))
MEDIA = {
    "handwriting": Handwriting(STROKES, Characters(" abcdef", " "), (50,) * 7, 60.0, 45.0),
    "handwriting_prediction": STROKES,
    "reading": Reading(Motion(), LETTERS),
    "plays": LABELLED,
    "reviews": LABELLED,
    "translation": PAIR,
    "sutskever_translation": PAIR,
}


def medium_of(name: str) -> Any:
    """The one of the recipe of that name; seven letters where it is one of texts."""
    return MEDIA.get(name, LETTERS)

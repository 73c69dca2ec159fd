"""A small medium for every recipe."""

from typing import Any

from reverie.codecs.captions import Captions
from reverie.codecs.characters import Characters
from reverie.codecs.fields import Categorical, Numeric
from reverie.codecs.handwriting import Handwriting
from reverie.codecs.labelled import Labelled
from reverie.codecs.labels import Labels
from reverie.codecs.motion import Motion
from reverie.codecs.pair import Pair
from reverie.codecs.piano_roll import PianoRoll
from reverie.codecs.reading import Reading
from reverie.codecs.spans import Spans
from reverie.codecs.stories import Stories
from reverie.codecs.strokes import Strokes
from reverie.codecs.voices import Voices
from reverie.codecs.words import Words
from reverie.tasks.algorithms.problems import BitsProblem, StringProblem
from reverie.tasks.programs.data import codec_of
from reverie.tasks.programs.exercises import Addition, Memorisation
from reverie.tasks.programs.writer import Programs

LETTERS = Characters("abcdefg", "a")
STROKES = Strokes((8.0, 0.5), (40.0, 30.0))
PAIR = Pair(LETTERS, Characters("\nabcdef", "a"))
GENRE = Categorical("genre", ("comedies", "tragedies"), (1, 2))
STARS = Numeric("stars", 3.0, 1.5, 1.0, 5.0, (1.0, 5.0), (1, 1))
LABELLED = Labelled(LETTERS, Labels((GENRE, STARS)))
CAPTIONS = Captions(Words.learn(["a small thing\n"]), 16, 0)
STORIES = Stories.of_words(["a", "b"])
CODECS = {
    "babi": STORIES,
    "captions": CAPTIONS,
    "chorales": Voices(((60, 64), (55, 60)), 0.5),
    "polyphony": PianoRoll(0.5),
    "rnn_nade": PianoRoll(0.5),
    "rnn_rbm": PianoRoll(0.5),
    "video_captions": CAPTIONS,
    "entity_network": STORIES,
    "handwriting": Handwriting(STROKES, Characters(" abcdef", " "), (50,) * 7, 60.0, 45.0),
    "handwriting_prediction": STROKES,
    "reading": Reading(Motion(), LETTERS),
    "addition": codec_of(Addition()),
    "memorisation": codec_of(Memorisation()),
    "programs": codec_of(Programs()),
    "spans": Spans(("<unk>", "a", "b")),
    "stack_augmented": StringProblem("anbn"),
    "stories": STORIES,
    "turing": BitsProblem("copy", 2),
    "plays": LABELLED,
    "reviews": LABELLED,
    "translation": PAIR,
    "sutskever_translation": PAIR,
}


def medium_of(name: str) -> Any:
    """The one of the recipe of that name; seven letters where it is one of texts."""
    return CODECS.get(name, LETTERS)

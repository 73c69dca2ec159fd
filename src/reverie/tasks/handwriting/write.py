"""The verbs `write` and `scribble`: ink from a model, as files or in the terminal."""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Generator, Iterator

from reverie.codecs.handwriting import Handwriting
from reverie.codecs.unknown import character_name
from reverie.data.sources import open_source
from reverie.errors import InputError
from reverie.samplers import keys_of
from reverie.storage import Loaded
from reverie.tasks.handwriting.generate import Scribbler, StyleExample, Writer
from reverie.tasks.handwriting.options import InkOutput, ScribbleOptions, WriteOptions
from reverie.tasks.handwriting.output import deliver
from reverie.tasks.handwriting.pages import (
    Page,
    Rank,
    Scribe,
    by_probability,
    make_page,
    wrap_text,
)
from reverie.tasks.handwriting.styles import read_style
from reverie.tasks.handwriting.substitutes import nearest
from reverie.tasks.task import Given, Output, Remark, choose_seed
from reverie.tasks.text.sample import respelled
from reverie.tasks.transcription.generate import Recogniser
from reverie.tasks.transcription.options import READER

RARE = 20
"""Characters seen less often are named: the model hardly knows them."""


def write(loaded: Loaded, given: Given) -> Output:
    """A text by hand, as often as was asked for."""
    options, output = given.group(WriteOptions), given.group(InkOutput)
    text = yield from _known_text(_text(given), loaded.codec, options.substitute)
    writer = Writer(loaded.model, loaded.codec)
    example = yield from _example(writer, options)
    seed = yield from choose_seed(options.seed, options.count, "writes")
    lines = wrap_text(text, options.wrap)
    rank = yield from _rank(given, text)
    for number in range(options.count):
        scribe = Scribe(writer, seed + number, options.bias, options.candidates, rank)
        notes: list[Remark] = []
        pages = _collect_notes(scribe.pages(lines, example), notes)
        yield from deliver(pages, output, number if options.count > 1 else None)
        yield from notes


def scribble(loaded: Loaded, given: Given) -> Output:
    """Lines of a pen that runs free, one below the other."""
    options = given.group(ScribbleOptions)
    seed = yield from choose_seed(options.seed, 0, "scribbles")
    scribbler = Scribbler(loaded.model, loaded.codec)
    keys = keys_of(seed, options.count)
    lines = scribbler.write(options.points, keys, bias=options.bias)
    yield from deliver(iter([make_page(dict(enumerate(lines)))]), given.group(InkOutput))


def _text(given: Given) -> str:
    """The text to write. InputError where it is empty."""
    file = given.group(WriteOptions).file
    text: str = open_source(file).text() if file else given.values["text"]
    if not text.strip():
        raise InputError("the text is empty: give some letters to write")
    return text


def _known_text(text: str, codec: Handwriting, substitute: bool) -> Generator[Remark, None, str]:
    """Notes on characters that the model has hardly seen; returns the text as it can be written.

    Raises InputError for characters that it has never seen, unless others may replace them.
    """
    known = codec.alphabet.alphabet
    text = yield from respelled(codec.alphabet, text)
    if any(unicodedata.combining(c) and c not in known for c in text):
        text = unicodedata.normalize("NFC", text)  # what is near to é is e
    unseen = [c for c in dict.fromkeys(text) if c not in known and not c.isspace()]
    instead = {c: nearest(c, known) for c in unseen}
    for character in unseen:
        other = instead[character]
        if other is None:
            raise InputError(
                f"the model has never seen {character_name(character)}, and nothing is near to "
                "it: write it in other letters"
            )
        if not substitute:
            raise InputError(
                f"the model has never seen {character_name(character)}: write {other!r}, as "
                "--substitute does"
            )
        yield Remark(f"writing {other!r} for {character_name(character)}")
    text = "".join(instead.get(c) or c for c in text)
    for character in dict.fromkeys(text):
        if not character.isspace() and codec.count(character) < RARE:
            yield Remark(
                f"the model has seen {character_name(character)} only "
                f"{codec.count(character)} times: it may not write it well"
            )
    return text


def _example(writer: Writer, options: WriteOptions) -> Generator[Remark, None, StyleExample | None]:
    """The trace of the style, and notes on it. InputError for a file that is not one."""
    if not options.style:
        return None
    style = read_style(options.style)
    yield from (Remark(f"{options.style}: {note}") for note in style.notes)
    ink, alphabet = style.inks[0], writer.codec.alphabet
    text = yield from respelled(alphabet, options.style_text or ink.text)
    unseen = [character for character in text if character not in alphabet.alphabet]
    if unseen:
        raise InputError(
            f"the text of the style has {character_name(unseen[0])}, which the model has never "
            "seen: take a trace without it"
        )
    return writer.example(ink, text)


def _rank(given: Given, text: str) -> Generator[Remark, None, Rank]:
    """What decides which candidate is best; notes a text that the reader cannot judge."""
    options = given.group(WriteOptions)
    if options.rank == "probability" or options.candidates == 1:
        return by_probability
    loaded = given.load(READER.path())
    unread = set(text) - set(loaded.codec.alphabet.alphabet) - set(string.whitespace)
    if unread:
        yield Remark(
            f"candidates are ranked by probability: the reader has never seen "
            f"{character_name(min(unread))}"
        )
        return by_probability
    reader = Recogniser(loaded.model, loaded.codec)
    return lambda lines: reader.legibility([line.ink for line in lines])


def _collect_notes(pages: Iterator[Page], notes: list[Remark]) -> Iterator[Page]:
    """The same pages; notes lines that did not come to their end."""
    for page in pages:
        notes += [
            Remark(
                f"{line.ink.text!r} was ended by the limit, not by the end of the text, every "
                "time: try another --seed, or more --candidates"
            )
            for line in page.lines
            if not line.finished
        ]
        yield page

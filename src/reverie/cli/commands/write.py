"""Write by hand: any text, in a hand by chance, a style that ships, or your own."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from reverie.cli.parsing import Parser
from reverie.errors import InputError
from reverie.settings import Options, change_group, option
from reverie.tasks.handwriting.output import InkOutput, deliver

if TYPE_CHECKING:
    from reverie.codecs.handwriting import Handwriting
    from reverie.tasks.handwriting.generate import Example, Writer
    from reverie.tasks.handwriting.pages import Page, Rank

RARE = 20
"""Characters seen less often are named: the model hardly knows them."""


@dataclass(frozen=True)
class WriteOptions(Options):
    """What to write, and how."""

    file: str = option("", "the text is in this file (- is standard input)")
    wrap: int = option(32, "characters a line at most", least=1, below=200)
    style: str = option("", "the number of a shipped style, or a trace: .svg, .inkml, .json")
    style_text: str = option("", "what is written in that trace, if it does not say so")
    bias: float = option(0.5, "0 is wild, 1 is neat, 10 is the mean of hands", least=0)
    seed: int | None = option(None, "same seed, same ink; else a new one", least=0, below=2**32)
    count: int = option(1, "how many versions", least=1)
    candidates: int = option(1, "write each line so often and keep the best", least=1, below=33)
    rank: Literal["reader", "probability"] = option("reader", "who says which is best")
    substitute: bool = option(False, "write the nearest known characters for unknown ones")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.style_text and not self.style:
            raise InputError("style-text says what a trace spells: name the trace with --style")


def run(argv: list[str]) -> int:
    """Writes a text by hand."""
    parser = Parser("write", "TEXT [options]", "Write a text by hand, to a file or the terminal.")
    parser.add_argument("text", metavar="TEXT", nargs="?", help="what to write")
    parser.add_argument("--model", metavar="MODEL", help="a model of handwriting; else the shipped")
    parser.add_options("what", WriteOptions())
    parser.add_options("where", InkOutput())
    given = parser.parsed(argv)
    writing, drawn = change_group(WriteOptions(), given), change_group(InkOutput(), given)
    drawn.check()
    text = text_to_write(given.get("text"), writing)

    from reverie.runtime import prepare

    prepare()
    from reverie.cli.models import open_model
    from reverie.tasks.handwriting.generate import Writer
    from reverie.tasks.handwriting.pages import Scribe, wrap_text

    loaded = open_model(given.get("model"), "write")
    text = known_text(text, loaded.codec, writing.substitute)
    writer = Writer(loaded.model, loaded.codec)
    example = example_of(writer, writing)
    seed = secrets.randbelow(2**32 - writing.count) if writing.seed is None else writing.seed
    if writing.seed is None:
        print(f"(--seed {seed} writes this again)", file=sys.stderr, flush=True)
    lines = wrap_text(text, writing.wrap)
    rank = rank_of(writing)
    for number in range(writing.count):
        scribe = Scribe(writer, seed + number, writing.bias, writing.candidates, rank)
        written = told(scribe.pages(lines, example))
        deliver(written, drawn, number if writing.count > 1 else None)
    return 0


def text_to_write(text: str | None, writing: WriteOptions) -> str:
    """The text that was given. InputError where there is none, or two."""
    if (text is None) == (not writing.file):
        raise InputError("give the text to write, or a file of it with --file: one of the two")
    if writing.file:
        from reverie.data.sources import open_source

        text = open_source(writing.file).text()
    assert text is not None
    if not text.strip():
        raise InputError("the text is empty: give some letters to write")
    return text


def known_text(text: str, codec: Handwriting, substitute: bool) -> str:
    """The text as it can be written; tells of what the model has hardly seen.

    Raises InputError for characters that it has never seen, unless others may stand for them.
    """
    from reverie.codecs.unknown import character_name
    from reverie.tasks.handwriting.substitutes import nearest

    known = codec.alphabet.alphabet
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
        print(f"writing {other!r} for {character_name(character)}", file=sys.stderr)
    text = "".join(instead.get(c) or c for c in text)
    for character in dict.fromkeys(text):
        if not character.isspace() and codec.count(character) < RARE:
            print(
                f"the model has seen {character_name(character)} only "
                f"{codec.count(character)} times: it may not write it well",
                file=sys.stderr,
            )
    return text


def example_of(writer: Writer, writing: WriteOptions) -> Example | None:
    """The trace that names the style. InputError where it is none."""
    if not writing.style:
        return None
    from reverie.tasks.handwriting.styles import read_style

    ink = read_style(writing.style)
    return writer.example(ink, writing.style_text or ink.text)


def rank_of(writing: WriteOptions) -> Rank:
    """Who says which candidate is best."""
    from reverie.tasks.handwriting.pages import by_probability

    if writing.rank == "probability" or writing.candidates == 1:
        return by_probability
    from reverie.cli.models import open_model
    from reverie.tasks.transcription.generate import Recogniser

    loaded = open_model(None, "read")
    return Recogniser(loaded.model, loaded.codec).legibility


def told(pages: Iterator[Page]) -> Iterator[Page]:
    """The same pages; tells of lines that did not come to their end."""
    for page in pages:
        for line in page.lines:
            if not line.finished:
                print(
                    f"{line.ink.text!r} was ended by the limit, not by the end of the text, every "
                    "time: try another --seed, or more --candidates",
                    file=sys.stderr,
                )
        yield page

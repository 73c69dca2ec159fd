"""Translate lines: one, or what comes on standard input."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from reverie.cli.parsing import Parser
from reverie.errors import InputError
from reverie.media.unknown import Unknown
from reverie.recipes.parts.settings import Options, changed_group, option

if TYPE_CHECKING:
    from reverie.dreams.translations import Translation, Translator

AT_ONCE = 256
"""Lines that are read before they are translated."""


@dataclass(frozen=True)
class Translating(Options):
    """How to search, and what to print."""

    beam: int = option(5, "hypotheses kept at every step; 1 is greedy", least=1)
    nbest: int = option(1, "how many to print, with their scores if more than one", least=1)
    length_penalty: float = option(1.0, "alpha of the length penalty; 0: none", least=0)
    unknown: Unknown = option("replace", "what to do with symbols the model does not know")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.nbest > self.beam:
            raise InputError(f"a beam of {self.beam} finds no {self.nbest}: raise --beam")


def run(argv: list[str]) -> int:
    """Prints the translation of each line."""
    parser = Parser("translate", "MODEL [TEXT] [options]", "Translate a text, or standard input.")
    parser.add_argument("model", metavar="MODEL", help="a model of the recipe translation")
    parser.add_argument("text", metavar="TEXT", nargs="?", help="a line; else standard input")
    parser.add_options("how", Translating())
    given = parser.parsed(argv)
    translating = changed_group(Translating(), given)

    from reverie.runtime import prepare

    prepare()
    from reverie.cli.models import opened
    from reverie.dreams.translations import Translator

    loaded = opened(given["model"], "translate")
    translator = Translator(loaded.model, loaded.medium)
    source = [given["text"]] if "text" in given else (line.rstrip("\n") for line in sys.stdin)
    for line in translated(translator, source, translating):
        print(line, flush=True)
    return 0


def translated(
    translator: Translator, source: Iterable[str], translating: Translating
) -> Iterator[str]:
    """What to print for each line; an empty one stays empty."""
    waiting = iter(source)
    while texts := list(islice(waiting, AT_ONCE if not sys.stdin.isatty() else 1)):
        known = [text for text in texts if text.strip()]
        found = iter(
            translator.translate(
                known,
                width=translating.beam,
                alpha=translating.length_penalty,
                unknown=translating.unknown,
            )
        )
        for text in texts:
            yield from told(next(found), translating.nbest) if text.strip() else [""]


def told(found: Sequence[Translation], most: int) -> Iterator[str]:
    """The best, or several with their scores."""
    for translation in found[:most]:
        mark = "" if translation.finished else " (not finished)"
        scores = f"{translation.score:.3f}\t{translation.log_prob:.3f}\t" if most > 1 else ""
        yield f"{scores}{translation.text}{mark}"

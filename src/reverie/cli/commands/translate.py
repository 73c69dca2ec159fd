"""Translate lines: one, or what comes on standard input."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

from reverie.cli.parsing import Parser
from reverie.codecs.unknown import Unknown
from reverie.errors import InputError
from reverie.inspection.saving import check_suffix
from reverie.settings import Options, change_group, option

if TYPE_CHECKING:
    from reverie.tasks.translation.generate import SearchSettings, Translation, Translator

AT_ONCE = 256
"""Lines that are read before they are translated."""

Improve = Callable[[str, list["Translation"]], list["Translation"]]
"""What is done to the hypotheses of a source."""


@dataclass(frozen=True)
class TranslateOptions(Options):
    """How to search, and what to print."""

    beam: int = option(5, "hypotheses kept at every step; 1 is greedy", least=1)
    nbest: int = option(1, "how many to print, with their scores if more than one", least=1)
    length_penalty: float = option(1.0, "alpha of the length penalty; 0: none", least=0)
    coverage_penalty: float = option(0.0, "what is left unread costs so much", least=0)
    block: int = option(0, "no so many symbols in a row twice; 0: they may be", least=0)
    shortest: int = option(1, "symbols of a translation at least, with its end", least=1)
    longest: int | None = option(None, "and at most; else twice those of the line", least=1)
    groups: int = option(1, "of a diverse search: so many beams that avoid each other", least=1)
    diversity: float = option(0.5, "how much they do: nats a symbol", least=0)
    ensemble: str = option("", "more models, a comma between: probabilities are averaged")
    rerank: str = option("", "a model of texts, or one that translates back, has a say")
    rerank_weight: float = option(0.3, "so much; below 0: prefer what is not said anyway")
    alignment: str = option("", "picture what was read when: this file, .png or .svg")
    unk: str = option("", "for unknown words: source, or a dictionary: word, tab, word")
    unknown: Unknown = option("replace", "what to do with symbols the model does not know")
    most: int = option(400, "symbols of a line at most", least=1)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.nbest > self.beam:
            raise InputError(f"a beam of {self.beam} finds no {self.nbest}: raise --beam")
        if self.beam % self.groups:
            raise InputError(
                f"{self.groups} groups do not divide a beam of {self.beam}: change one of them"
            )
        if self.longest is not None and self.longest < self.shortest:
            raise InputError("longest is less than shortest: change one of them")

    def searching(self) -> SearchSettings:
        """What is asked of the search."""
        from reverie.tasks.translation.generate import SearchSettings

        return SearchSettings(
            self.beam,
            self.length_penalty,
            self.coverage_penalty,
            self.block,
            self.shortest,
            self.longest,
            self.groups,
            self.diversity,
        )


def run(argv: list[str]) -> int:
    """Prints the translation of each line."""
    parser = Parser("translate", "MODEL [TEXT] [options]", "Translate a text, or standard input.")
    parser.add_argument("model", metavar="MODEL", help="a model of a recipe that translates")
    parser.add_argument("text", metavar="TEXT", nargs="?", help="a line; else standard input")
    parser.add_options("how", TranslateOptions())
    given = parser.parsed(argv)
    translating = change_group(TranslateOptions(), given)
    if translating.alignment:
        if "text" not in given:
            raise InputError("alignment pictures one line: give it as TEXT")
        check_suffix(translating.alignment)

    from reverie.runtime import prepare

    prepare()
    translator = translator_of(given["model"], translating)
    improvements = improvements_of(translator, translating)
    source = [given["text"]] if "text" in given else lines_of(sys.stdin.buffer)
    for text, found in translated(translator, source, translating):
        for improve in improvements:
            found = improve(text, found)
        for line in told(found, translating.nbest) if text.strip() else [""]:
            print(line, flush=True)
        if translating.alignment and found:
            drawn(translator, text, found[0], translating.alignment)
    return 0


def lines_of(stream: BinaryIO) -> Iterator[str]:
    """The lines of a stream of bytes. InputError where one is not UTF-8."""
    for number, line in enumerate(stream, 1):
        try:
            yield line.decode().rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise InputError(
                f"line {number} of the standard input is not UTF-8 (byte {error.start + 1}): "
                "convert it first"
            ) from error


def translator_of(model: str, translating: TranslateOptions) -> Translator:
    """The model, or all models of the ensemble. InputError where they differ in symbols."""
    from reverie.cli.models import open_model
    from reverie.tasks.translation.generate import Translator

    paths = [model, *filter(None, map(str.strip, translating.ensemble.split(",")))]
    loaded = [open_model(path, "translate") for path in paths]
    for path, other in zip(paths, loaded, strict=True):
        if other.codec.describe() != loaded[0].codec.describe():
            raise InputError(
                f"{path} has other symbols than {model}: an ensemble needs models that "
                "learned from the same pairs in the same units"
            )
    return Translator([each.model for each in loaded], loaded[0].codec)


def improvements_of(translator: Translator, translating: TranslateOptions) -> list[Improve]:
    """What is asked for beside the search: another model's opinion, words for unknown ones."""
    asked: list[Improve] = []
    if translating.rerank:
        asked.append(_judged(translating))
    if translating.unk:
        asked.append(_known(translator, translating))
    return asked


def _judged(translating: TranslateOptions) -> Improve:
    from reverie.recipes import recipe
    from reverie.storage import load
    from reverie.tasks.translation.reranking import (
        BackTranslationScorer,
        LanguageModelScorer,
        TargetScorer,
        rerank,
    )

    loaded = load(translating.rerank)
    match recipe(loaded.recipe).ABOUT.use:
        case "translate":
            judge: TargetScorer = BackTranslationScorer(loaded.model, loaded.codec)
        case "sample":
            judge = LanguageModelScorer(loaded.model, loaded.codec)
        case use:
            raise InputError(
                f"{translating.rerank} is for reverie {use}: rerank needs a model of texts, or "
                "one that translates back"
            )
    return lambda text, found: rerank(text, found, judge, translating.rerank_weight)


def _known(translator: Translator, translating: TranslateOptions) -> Improve:
    from reverie.tasks.translation.pairs import read_table
    from reverie.tasks.translation.unknown_words import replace_unknown

    dictionary: dict[str, str] = {}
    if translating.unk != "source":
        words = read_table(translating.unk)
        dictionary = dict(zip(words.sources, words.targets, strict=True))

    def known(text: str, found: list[Translation]) -> list[Translation]:
        better = []
        for each in found[: translating.nbest]:
            alpha = translator.alignment(text, each.values, unknown=translating.unknown)
            words = replace_unknown(translator.codec, text, each.values, alpha, dictionary)
            better.append(each._replace(text=words))
        return better

    return known


def translated(
    translator: Translator, source: Iterable[str], translating: TranslateOptions
) -> Iterator[tuple[str, list[Translation]]]:
    """Each line and its hypotheses; a line of white space has none."""
    waiting, number = iter(source), 0
    while texts := list(islice(waiting, AT_ONCE if not sys.stdin.isatty() else 1)):
        for text in texts:
            number += 1
            if (length := len(translator.codec.encode_source(text, "replace"))) > translating.most:
                raise InputError(
                    f"line {number} has {length} symbols, {translating.most} are the most: cut it "
                    "into sentences, or raise --most"
                )
        known = [text for text in texts if text.strip()]
        found = iter(
            translator.translate(known, translating.searching(), unknown=translating.unknown)
        )
        for text in texts:
            yield text, next(found) if text.strip() else []


def told(found: Sequence[Translation], most: int) -> Iterator[str]:
    """The best, or several with their scores."""
    for translation in found[:most]:
        mark = "" if translation.finished else " (not finished)"
        scores = f"{translation.score:.3f}\t{translation.log_prob:.3f}\t" if most > 1 else ""
        yield f"{scores}{translation.text}{mark}"


def drawn(translator: Translator, text: str, translation: Translation, path: str) -> None:
    """Pictures the alignment of a line and its translation."""
    from reverie.inspection.alignment import alignment_picture, symbol_labels
    from reverie.inspection.saving import save_figure

    alpha, codec = translator.alignment(text, translation.values), translator.codec
    source = symbol_labels(codec.source.symbols(), codec.encode_source(text, "replace"))
    target = symbol_labels(codec.target.symbols(), translation.values)
    save_figure(alignment_picture(alpha, source, target), path)

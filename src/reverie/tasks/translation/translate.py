"""The verb `translate`: lines in, their best translations out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from reverie.codecs.pair import Pair
from reverie.codecs.respelling import respell
from reverie.codecs.text import Bytes, Characters, Pieces, Words
from reverie.data.sources import input_lines
from reverie.errors import InputError
from reverie.inspection.alignment import alignment_picture, symbol_labels
from reverie.inspection.saving import save_figure
from reverie.search.sources import SearchSettings
from reverie.storage import Loaded
from reverie.tasks.task import Given, Output
from reverie.tasks.text.sample import note_forms
from reverie.tasks.translation.generate import Translation, Translator
from reverie.tasks.translation.options import TranslateOptions
from reverie.tasks.translation.pairs import read_table
from reverie.tasks.translation.reranking import (
    BackTranslationScorer,
    LanguageModelScorer,
    TargetScorer,
    rerank,
)
from reverie.tasks.translation.unknown_words import replace_unknown

AT_ONCE = 256
"""Lines that are read before they are translated."""

Improve = Callable[[str, list[Translation]], list[Translation]]
"""What is done to the hypotheses of a source."""


def translate(loaded: Loaded, given: Given) -> Output:
    """The translation of each line."""
    options = given.group(TranslateOptions)
    translator = _translator(loaded, given)
    improvements = _improvements(translator, given)
    text = given.values.get("text")
    forms: dict[str, None] = {}

    def known(line: str) -> str:
        line, used = respell(loaded.codec.source, line)
        forms.update(dict.fromkeys(used))
        return line

    source = map(known, input_lines() if text is None else [text])
    for line, found in _translate_lines(translator, source, options):
        for improve in improvements:
            found = improve(line, found)
        for row in _rows(found, options.nbest) if line.strip() else [""]:
            yield f"{row}\n"
        if options.alignment and found:
            _draw(translator, line, found[0], options.alignment)
    yield from note_forms(forms)


def _translator(loaded: Loaded, given: Given) -> Translator:
    """The model, or all models of the ensemble. InputError where they differ in symbols."""
    names = given.group(TranslateOptions).ensemble.split(",")
    paths = list(filter(None, map(str.strip, names)))
    others = [given.load(path) for path in paths]
    for path, other in zip(paths, others, strict=True):
        if other.codec.describe() != loaded.codec.describe():
            raise InputError(
                f"{path} has other symbols than {given.model}: an ensemble needs models that "
                "learned from the same pairs in the same units"
            )
    return Translator([each.model for each in (loaded, *others)], loaded.codec)


def _improvements(translator: Translator, given: Given) -> list[Improve]:
    """What is asked for besides the search: re-ranking, words in place of unknown ones."""
    options = given.group(TranslateOptions)
    improvements: list[Improve] = []
    if options.rerank:
        improvements.append(_reranking(given))
    if options.unk:
        improvements.append(_replacing_unknown(translator, options))
    return improvements


def _reranking(given: Given) -> Improve:
    options = given.group(TranslateOptions)
    loaded = given.load(options.rerank)
    match loaded.codec:
        case Pair():
            judge: TargetScorer = BackTranslationScorer(loaded.model, loaded.codec)
        case Bytes() | Characters() | Pieces() | Words():
            judge = LanguageModelScorer(loaded.model, loaded.codec)
        case _:
            raise InputError(
                f"{options.rerank} is a model of the recipe {loaded.recipe.replace('_', '-')}: "
                "rerank needs a model of texts, or one that translates back"
            )
    return lambda text, found: rerank(text, found, judge, options.rerank_weight)


def _replacing_unknown(translator: Translator, options: TranslateOptions) -> Improve:
    dictionary: dict[str, str] = {}
    if options.unk != "source":
        words = read_table(options.unk)
        dictionary = dict(zip(words.sources, words.targets, strict=True))

    def known(text: str, found: list[Translation]) -> list[Translation]:
        better = []
        for each in found[: options.nbest]:
            alpha = translator.alignment(text, each.values, unknown=options.unknown)
            words = replace_unknown(translator.codec, text, each.values, alpha, dictionary)
            better.append(each._replace(text=words))
        return better

    return known


def _search(options: TranslateOptions) -> SearchSettings:
    """What is asked of the search."""
    return SearchSettings(
        options.beam,
        options.length_penalty,
        options.coverage_penalty,
        options.block,
        options.shortest,
        options.longest,
        options.groups,
        options.diversity,
    )


def _translate_lines(
    translator: Translator, source: Iterable[str], options: TranslateOptions
) -> Iterator[tuple[str, list[Translation]]]:
    """Each line and its hypotheses; a line of white space has none."""
    waiting, number = iter(source), 0
    while texts := list(islice(waiting, AT_ONCE if not sys.stdin.isatty() else 1)):
        for text in texts:
            number += 1
            if (length := len(translator.codec.encode_source(text, "replace"))) > options.most:
                raise InputError(
                    f"line {number} has {length} symbols, more than {options.most}: cut it "
                    "into sentences, or raise --most"
                )
        known = [text for text in texts if text.strip()]
        found = iter(translator.translate(known, _search(options), unknown=options.unknown))
        for text in texts:
            yield text, next(found) if text.strip() else []


def _rows(found: Sequence[Translation], most: int) -> Iterator[str]:
    """The best, or several with their scores."""
    for translation in found[:most]:
        mark = "" if translation.finished else " (not finished)"
        scores = f"{translation.score:.3f}\t{translation.log_prob:.3f}\t" if most > 1 else ""
        yield f"{scores}{translation.text}{mark}"


def _draw(translator: Translator, text: str, translation: Translation, path: str) -> None:
    """Pictures the alignment of a line and its translation."""
    alpha, codec = translator.alignment(text, translation.values), translator.codec
    source = symbol_labels(codec.source.symbols(), codec.encode_source(text, "replace"))
    target = symbol_labels(codec.target.symbols(), translation.values)
    save_figure(alignment_picture(alpha, source, target), path)

"""The verbs `ask` and `inspect`: the answer to a question, and where it was looked for."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Sequence
from itertools import accumulate

from reverie.codecs.spans import Spans, SplitText
from reverie.data.stories.files import read_story
from reverie.data.stories.questions import check_question
from reverie.errors import InputError, excerpt
from reverie.files import replace_file
from reverie.inspection.alignment import alignment_picture
from reverie.inspection.saving import save_figure
from reverie.storage import Loaded
from reverie.tasks.ask_options import AskOptions, each_question
from reverie.tasks.spans.answer import SpanAnswer, answer_question, match_attention
from reverie.tasks.spans.options import AnswerPageOptions, MatchOptions, SpanSearchOptions
from reverie.tasks.spans.page import answer_page
from reverie.tasks.task import Given, Output, Remark

SHOWN = 16
"""Answers that a page has."""
AROUND, ACROSS = 40, 80
"""Words before and behind the beginning of an answer, and of a question, that a picture has."""


class ToldStory:
    """The sentences of a story as one passage."""

    def __init__(self, sentences: Sequence[str]):
        self.sentences = sentences
        self.passage = SplitText(" ".join(sentences))
        self._begins = list(accumulate((len(each) + 1 for each in sentences), initial=0))

    def sentence_of(self, word: int) -> int:
        """The number from 0 of the sentence that has the word at a place of the passage."""
        return bisect(self._begins, self.passage.bounds[word][0]) - 1

    def cut(self, answer: SpanAnswer) -> str:
        """An answer as it is written."""
        return self.passage.cut(answer.first, answer.last)


def ask(loaded: Loaded, given: Given) -> Output:
    """The answers to each question; a page of one."""
    options, longest = given.group(AskOptions), given.group(SpanSearchOptions).longest
    page = given.group(AnswerPageOptions).out
    told = ToldStory(read_story(options.story))
    yield from _say_unknown_of_story(loaded.codec, told)
    for asked in each_question(given):
        try:
            question = check_question(asked)
        except InputError as error:
            # One line of many; alone it was refused before.
            yield Remark(f"({error})")
            continue
        yield from _say_unknown(loaded.codec, question)
        text, count = told.passage.text, max(options.best, SHOWN if page else 1)
        found = answer_question(loaded.model, loaded.codec, text, question, longest, count)
        yield from _rows(told, found[: options.best])
        if page:
            alpha = match_attention(loaded.model, loaded.codec, text, question)
            with replace_file(page) as file:
                file.write(answer_page(told.passage, SplitText(question), found, alpha))
            yield Remark(f"({page}: the passage, its answers and where it was looked)")


def _rows(told: ToldStory, found: Sequence[SpanAnswer]) -> Iterator[str]:
    """A line for each answer: what it is, how probable, and the sentence it begins in."""
    texts = [told.cut(answer) for answer in found]
    width = max(map(len, texts))
    for text, answer in zip(texts, found, strict=True):
        n = told.sentence_of(answer.first)
        yield f"{text:<{width}}  {answer.probability:6.1%}  {n + 1}: {told.sentences[n]}\n"


def _say_unknown(codec: Spans, question: str) -> Iterator[Remark]:
    if unknown := [word for word in codec.unknown(question) if word.isalnum()]:
        yield Remark(f"(the model does not know {excerpt(', '.join(unknown))})")


def _say_unknown_of_story(codec: Spans, told: ToldStory) -> Iterator[Remark]:
    words = {word.lower() for word in told.passage.words}
    if count := len({word.lower() for word in codec.unknown(told.passage.text)}):
        yield Remark(
            f"(the model does not know {count:,} of the {len(words):,} words of the story)"
        )


def inspect(loaded: Loaded, given: Given) -> Output:
    """Draws the match attention at the words of the sentence in which the best answer is."""
    options = given.group(MatchOptions)
    told = ToldStory(read_story(options.story))
    question = check_question(given.values["question"])
    text = told.passage.text
    longest = SpanSearchOptions().longest
    (best,) = answer_question(loaded.model, loaded.codec, text, question, longest)
    alpha = match_attention(loaded.model, loaded.codec, text, question)
    n, words = told.sentence_of(best.first), told.passage.words
    near = range(max(0, best.first - AROUND), min(len(words), best.first + AROUND))
    rows = [place for place in near if told.sentence_of(place) == n]
    asked = SplitText(question).words[:ACROSS]
    picture = alignment_picture(alpha[rows, : len(asked)], asked, [words[place] for place in rows])
    save_figure(picture, options.out)
    yield Remark(f"{options.out}: sentence {n + 1}, in which {told.cut(best)!r} is")

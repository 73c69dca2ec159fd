"""Questions whose answers stand in a passage: opened, divided by article, and read in batches."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np

from reverie.codecs.spans import Spans, SplitText
from reverie.concepts import Example
from reverie.data.dataset import Dataset, Report, Stored, keep_sizes, pad_steps, steps_of
from reverie.data.split import Split, divide
from reverie.data.stories.files import read_passages
from reverie.data.stories.questions import SpanQuestion
from reverie.encoders import MarkedWords, Passage
from reverie.errors import InputError
from reverie.formats.opening import counted
from reverie.padding import bucket_shapes, round_up
from reverie.tasks.spans.options import SpanData
from reverie.tasks.spans.written import PassageWriter
from reverie.training.generated import GeneratedReader
from reverie.training.sequences import SequenceReader

FILE = re.compile(r"\.jsonl?(\.(gz|bz2|xz))?$", re.IGNORECASE)
"""How the names of files end that are read of a folder."""
UNITS = (0, 32, 8)
"""Batches are padded to multiples of so many steps, words of a passage and of a question;"""
SHAPES, WORTH = 4, 25
"""in so many shapes at most: each is compiled for itself, and is worth it for so many batches."""
LARGEST = 100_000
"""Words of a passage, or of a question, at most."""


def open_passages(data: SpanData, seed: int) -> tuple[Split[list[SpanQuestion]], Report]:
    """The questions that options name, divided by article. InputError where there are none."""
    questions, report = read_questions(data.data)
    return divide_articles(questions, data.valid_part, data.test_part, seed), report


def read_questions(path: str | Path) -> tuple[list[SpanQuestion], Report]:
    """The questions of a file, or of all files of JSON in a folder.

    Those without words, or whose answer has none, are left out; the report counts them. Raises
    InputError as `read_passages` does, and where no question is left.
    """
    found = [read_passages(file) for file in _files(path)]
    questions = [question for each, _ in found for question in each]
    kept = [question for question in questions if _has_words(question)]
    lost, dropped = len(questions) - len(kept), sum(report.dropped for _, report in found)
    report = Report("", dropped + lost)
    for _, each in found:
        report = report.and_then(each.text)
    if not kept:
        raise InputError(f"no question of {path} has words, and an answer with words: name others")
    if lost:
        report = report.and_then(f"{counted(lost, 'question')} without words: left out")
    return kept, report


def _files(path: str | Path) -> list[str | Path]:
    folder = Path(path)
    if not folder.is_dir():
        return [path]
    found = [file for file in sorted(folder.rglob("*")) if FILE.search(file.name)]
    if not found:
        raise InputError(f"{folder} has no file whose name ends in .json or .jsonl: name another")
    return list(found)


def _has_words(question: SpanQuestion) -> bool:
    try:
        SplitText(question.passage).cover(*question.spans[0])
    except InputError:
        return False
    return bool(SplitText(question.question).words)


def divide_articles(
    questions: Sequence[SpanQuestion], valid_part: float, test_part: float, seed: int
) -> Split[list[SpanQuestion]]:
    """The questions in parts; those of one article, or without its name of one passage, stay
    together. InputError where nothing is left to learn from."""
    articles = list(dict.fromkeys(map(_article, questions)))
    order = np.random.default_rng(seed).permutation(len(articles)).tolist()
    parts = divide(len(articles), valid_part, test_part)
    if not parts.train:
        raise InputError(
            f"{counted(len(articles), 'article')} cannot be divided so: give more, or make "
            "valid-part and test-part less"
        )
    named = parts.map(lambda part: {articles[order[n]] for n in part})
    return named.map(lambda names: [each for each in questions if _article(each) in names])


def _article(question: SpanQuestion) -> str:
    return question.article or question.passage


@final
@dataclass(frozen=True)
class PassageExamples:
    """Makes examples of questions: the places of the first answer, given passage and question."""

    codec: Spans

    def __call__(self, question: SpanQuestion) -> Example:
        """Raises InputError where the answer, or the question, has no words."""
        first, last, _ = SplitText(question.passage).cover(*question.spans[0])
        places: Any = np.array([first, last], np.int32)
        return Example(places, source=self.source(question.passage, question.question))

    def source(self, passage: str, question: str) -> Passage:
        """Both. Raises InputError where one has no words, or more than can be read."""
        texts = self.codec.encode(passage, question)
        for name, text in zip(("passage", "question"), texts, strict=True):
            if len(text.values) > LARGEST:
                raise InputError(
                    f"the {name} has {len(text.values):,} words: give one of at most {LARGEST:,}"
                )
        return Passage(*(MarkedWords.of(*text) for text in texts))


def measure_passage(example: Example) -> tuple[int, int, int]:
    """The steps, which are two, and the words of the passage and of the question."""
    source: Passage = example.source
    return steps_of(example), source.memory_size, source.question_size


def pad_passage(example: Example, sizes: tuple[int, ...]) -> Example:
    """The example padded to so many steps and words."""
    steps, words, question = sizes
    source: Passage = example.source
    return pad_steps(example, steps)._replace(
        source=source.pad(steps, words).pad_question(question)
    )


@final
class PassageDataset(Dataset):
    """Questions, encoded when they are asked for."""

    dimensions = ("steps", "memory", "question")

    def __init__(self, examples: PassageExamples, questions: Sequence[SpanQuestion]):
        self.examples, self.questions = examples, questions

    def __len__(self) -> int:
        return len(self.questions)

    def __getitem__(self, n: int) -> Example:
        return self.examples(self.questions[n])

    def measure(self, example: Example) -> tuple[int, ...]:
        return measure_passage(example)

    def pad(self, example: Example, sizes: tuple[int, ...]) -> Example:
        return pad_passage(example, sizes)


def passage_reader(
    codec: Spans,
    questions: Sequence[SpanQuestion],
    rows: int,
    longest: int | None = None,
    seed: int = 0,
) -> SequenceReader:
    """Questions with their passages; none of which has more than `longest` words."""
    dataset: Dataset = Stored(PassageDataset(PassageExamples(codec), questions))
    if longest is not None:
        why = f"questions are longer, or their passages, than {longest} words"
        dataset = keep_sizes(dataset, lambda sizes: max(sizes[1:]) <= longest, why)
    if not len(dataset):
        raise InputError(f"no passage has {longest} words or less: raise longest")
    rows = min(rows, len(dataset))
    count = min(SHAPES, max(1, len(dataset) // (WORTH * rows)))
    return SequenceReader(dataset, rows, bucket_shapes(dataset.all_sizes(), count, UNITS), seed)


def endless_passages(
    writer: PassageWriter, codec: Spans, rows: int, seed: int = 0
) -> GeneratedReader:
    """Passages to learn from that are written by chance; where it was left it goes on exactly."""
    examples = PassageExamples(codec)

    def make(rng: np.random.Generator, level: int) -> Example:
        return examples(writer(rng))

    words, question = writer.sizes()
    _, unit, _ = UNITS
    step = round_up(-(-words // SHAPES), unit)
    shapes = [(2, width, question) for width in range(step, words + step, step)]
    return GeneratedReader(make, rows, shapes, seed, measure=measure_passage, pad=pad_passage)

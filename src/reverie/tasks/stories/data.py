"""Questions about stories: opened, and divided by story; or written by chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from reverie.codecs.stories import Stories
from reverie.data.dataset import Report
from reverie.data.split import Split, divide
from reverie.data.stories.babi import ALL as EVERY
from reverie.data.stories.babi import ARCHIVE, open_babi
from reverie.data.stories.files import read_questions
from reverie.data.stories.questions import Question
from reverie.errors import InputError
from reverie.formats.opening import counted
from reverie.settings import names_in
from reverie.storage import Loaded
from reverie.tasks.stories.endless import write_stories
from reverie.tasks.stories.kinds import KINDS, Part, QuestionKind, StoryWriter
from reverie.tasks.stories.options import ALL, WRITTEN, StoryData
from reverie.tasks.task import Given

COMPARED, WATCHED, TESTED = 64, 264, 100
"""Written questions by which a training is known again, that are watched, and of each kind for the
test."""


def open_questions(data: StoryData, seed: int) -> tuple[Split[list[Question]], Report]:
    """The questions that options name: divided as they come, else by story.

    Raises InputError where there are none, or none is left to learn from.
    """
    if comes_divided(data.data):
        parts, report = open_babi(data.data, data.folder, data.numbers or EVERY)
        if parts.valid:
            return parts, report
        train, valid, _ = divide_stories(parts.train, data.valid_part, 0.0, seed)
        return Split(train, valid, parts.test), report
    questions, report = read_questions(data.data)
    return divide_stories(questions, data.valid_part, data.test_part, seed), report


def own_or_named(loaded: Loaded, given: Given, count: int) -> tuple[list[Question], Report]:
    """The questions of the file that was named, all of them or the test part of what comes divided;
    else the test part of a model's own, of written ones so many of each kind."""
    path, data = given.values.get("path"), loaded.config.data
    if path is not None:
        if not comes_divided(path):
            return read_questions(path)
        data = replace(data, data=str(path))
    elif data.data == WRITTEN:
        return measured_stories(data, count), Report()
    else:
        given.check_own_data(loaded)
    parts, report = open_questions(data, loaded.config.training.seed)
    if not parts.held_out:
        raise InputError("there are no questions to measure the model on: name a file of them")
    return parts.held_out, report


def comes_divided(path: str) -> bool:
    """Whether that is a folder or an archive, as bAbI comes."""
    return Path(path).is_dir() or bool(ARCHIVE.search(path))


def divide_stories(
    questions: Sequence[Question], valid_part: float, test_part: float, seed: int
) -> Split[list[Question]]:
    """The questions in parts; those about one story stay together. InputError where nothing is left
    to learn from."""
    stories = list(dict.fromkeys(map(_story, questions)))
    order = np.random.default_rng(seed).permutation(len(stories)).tolist()
    parts = divide(len(stories), valid_part, test_part)
    if not parts.train:
        raise InputError(
            f"{counted(len(stories), 'story')} cannot be divided so: give more, or make valid-part "
            "and test-part less"
        )
    told = parts.map(lambda part: {stories[order[n]] for n in part})
    return told.map(lambda part: [each for each in questions if _story(each) in part])


def _story(question: Question) -> tuple[str, tuple[str, ...]]:
    return question.kind, question.sentences


def learn_codec(data: StoryData, questions: Sequence[Question]) -> Stories:
    """The words of stories, each counted once, and those of questions and answers."""
    stories = dict.fromkeys(question.sentences for question in questions)
    texts = [sentence for story in stories for sentence in story]
    return Stories.learn(
        [*texts, *(question.question for question in questions)],
        [question.answer for question in questions],
        split_answers=data.split_answers,
        max_size=data.max_alphabet or None,
        min_count=data.least_count,
    )


def kinds_of(data: StoryData) -> list[QuestionKind]:
    """The kinds of question that options name. InputError for one that there is not."""
    known = {kind.name: kind for kind in KINDS}
    if data.kinds == ALL:
        return list(KINDS)
    chosen = names_in(data.kinds, "kind of question", known)
    if not chosen:
        raise InputError(f"kinds names none: leave it out, or name some of {', '.join(known)}")
    return [known[name] for name in chosen]


def story_writer(data: StoryData, part: Part = "train") -> StoryWriter:
    """Writes stories of one part."""
    return StoryWriter(data.fewest, data.sentences, kinds_of(data), part)


def written_parts(data: StoryData) -> Split[list[Question]]:
    """The first stories to learn from, and all others."""
    return Split(
        write_stories(story_writer(data), COMPARED),
        write_stories(story_writer(data, "valid"), WATCHED),
        measured_stories(data, TESTED),
    )


def measured_stories(data: StoryData, count: int) -> list[Question]:
    """So many of each kind, none of which was learned from."""
    writers = (StoryWriter(data.fewest, data.sentences, [kind], "test") for kind in kinds_of(data))
    return [question for writer in writers for question in write_stories(writer, count)]


def longer_stories(data: StoryData, count: int) -> list[Question]:
    """The same of stories longer than the longest that were learned from, and at most twice as
    long."""
    fewest, sentences = data.sentences + 1, 2 * data.sentences
    return measured_stories(replace(data, fewest=fewest, sentences=sentences), count)

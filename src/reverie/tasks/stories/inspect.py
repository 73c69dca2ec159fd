"""The verb `inspect`: where a model looked, beside the sentences from which the answer follows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, islice, zip_longest

from reverie.codecs.stories import answer_words
from reverie.data.stories.questions import Question
from reverie.errors import InputError
from reverie.files import replace_file
from reverie.storage import Loaded
from reverie.tasks.stories.ask import show
from reverie.tasks.stories.build import form_of
from reverie.tasks.stories.data import own_or_named
from reverie.tasks.stories.hops import hops_page
from reverie.tasks.stories.options import HopsOptions
from reverie.tasks.task import Given, Output, Remark

BEST = 3
"""Answers that are shown to each question."""


def inspect(loaded: Loaded, given: Given) -> Output:
    """Writes a page of some questions, and lists what was answered."""
    options, form = given.group(HopsOptions), form_of(loaded.config.network, loaded.codec)
    part, report = own_or_named(loaded, given, options.count)
    if report.text:
        yield Remark(f"({report.text})")
    shown = []
    for question in in_turn(part, options.count):
        found = show(loaded.model, form, question, BEST)
        if found.looks is None:
            raise InputError("this network does not look at sentences: there is nothing to show")
        shown.append(found)
        said = found.answers[0].text
        mark = "" if same_answer(said, question.answer) else f"   ({question.answer} is right)"
        yield f"{question.question} {said}{mark}\n"
    with replace_file(options.out) as file:
        file.write(hops_page("Hops", shown))
    yield Remark(f"({options.out}: where each hop looked, and the supporting facts)")


def in_turn(questions: Sequence[Question], count: int) -> list[Question]:
    """So many questions: one of each kind, then another of each."""
    kinds = dict.fromkeys(question.kind for question in questions)
    each = ([one for one in questions if one.kind == kind] for kind in kinds)
    turns = chain.from_iterable(zip_longest(*each))
    return list(islice((question for question in turns if question is not None), count))


def same_answer(one: str, other: str) -> bool:
    """Whether two answers are the same words."""
    return answer_words(one) == answer_words(other)

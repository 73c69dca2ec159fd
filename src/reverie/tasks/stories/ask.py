"""The verb `ask`: the answers to questions about a story, and where each hop looked for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from reverie.codecs.stories import story_words
from reverie.codecs.unknown import Unknown
from reverie.data.stories.files import read_story
from reverie.data.stories.questions import Question, check_question
from reverie.errors import InputError, excerpt
from reverie.files import replace_file
from reverie.model import SequenceModel
from reverie.storage import Loaded
from reverie.tasks.ask_options import AskOptions, each_question
from reverie.tasks.stories.answer import best_answers, look, rank_choices
from reverie.tasks.stories.build import form_of
from reverie.tasks.stories.forms import Form
from reverie.tasks.stories.hops import Shown, answer_lines, hops_page, look_lines
from reverie.tasks.stories.options import AnswerOptions
from reverie.tasks.task import Given, Output, Remark


def ask(loaded: Loaded, given: Given) -> Output:
    """The answers to each question, and where each hop looked; a page of one."""
    options, answering = given.group(AskOptions), given.group(AnswerOptions)
    story, form = read_story(options.story), form_of(loaded.config.network, loaded.codec)
    yield from _remarks(form, story)
    for asked in each_question(given):
        try:
            question = read_question(form, story, asked, answering.unknown)
            shown = show(loaded.model, form, question, options.best, answering.longest)
        except InputError as error:
            if given.values.get("question") is not None:
                raise
            # One line of many.
            yield Remark(f"({error})")
            continue
        yield from (f"{line}\n" for line in chain(answer_lines(shown.answers), look_lines(shown)))
        if answering.hops:
            with replace_file(answering.hops) as file:
                file.write(hops_page(question.question, [shown]))
            yield Remark(f"({answering.hops}: the sentences, and how much of each was read)")


def read_question(form: Form, story: tuple[str, ...], asked: str, unknown: Unknown) -> Question:
    """A question about a story. InputError where there is not one, or it has unknown words that are
    not to be skipped or replaced."""
    text = check_question(asked)
    missing = form.codec.unknown_words(text)
    if missing and unknown == "error":
        raise InputError(
            f"the model does not know {excerpt(', '.join(missing))} of the question: ask in other "
            "words, or leave out what it does not know (--unknown skip)"
        )
    if missing and unknown == "skip":
        words = [word for word in story_words(text) if word not in missing]
        text = check_question(" ".join(words))
    return Question(story, text, "")


def show(
    model: SequenceModel, form: Form, question: Question, count: int, longest: int = 20
) -> Shown:
    """The best answers to a question, or of those to choose from, and where the model looked for
    the first."""
    if question.choices:
        answers = rank_choices(model, form, question)[:count]
    else:
        answers = best_answers(model, form, question, count, longest)
    looks = look(model, form, question, answers[0])
    return Shown(question, answers, looks, form.first(question))


def _remarks(form: Form, story: Sequence[str]) -> Iterator[Remark]:
    """What the model does not remember of a story, and the words that it does not know."""
    first = form.first(Question(tuple(story), "", ""))
    if first:
        yield Remark(
            f"(the model remembers the last {len(story) - first:,} of {len(story):,} sentences)"
        )
    missing = dict.fromkeys(w for told in story[first:] for w in form.codec.unknown_words(told))
    if missing:
        yield Remark(f"(the model does not know {excerpt(', '.join(missing))} of the story)")

"""What people ask of a text: the options of the verb `ask`, whichever task answers. No jax here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from reverie.data.sources import input_lines
from reverie.data.stories.questions import check_question
from reverie.errors import InputError
from reverie.settings import Options, option
from reverie.tasks.task import Argument, Given, Verb, check_folder


@dataclass(frozen=True)
class AskOptions(Options):
    """What is told, and how the answer is shown."""

    story: str = option("", "file of the story, a text; - is standard input")
    best: int = option(1, "number of answers to print, best first", least=1, below=101)


def check_asking(given: Given, page: str = "") -> None:
    """InputError where there is no story or question, or a `page` that cannot be written."""
    options, question = given.group(AskOptions), given.values.get("question")
    check_story(options.story)
    if question is not None:
        check_question(question)
    elif options.story == "-":
        raise InputError("standard input is the story: give the question as an argument")
    if page:
        if question is None:
            raise InputError("a page shows one question: give it as an argument")
        check_page(page)


def check_page(path: str) -> None:
    """InputError where that is no file for a page."""
    if Path(path).suffix.lower() not in (".html", ".htm"):
        raise InputError(f"{path!r} is not a page: end the name in .html")
    check_folder(path)


def check_story(path: str) -> None:
    """InputError where none is named."""
    if not path:
        raise InputError("there is no story to ask about: name a file of it with --story")


def each_question(given: Given) -> Iterator[str]:
    """The question that was given, or the lines of standard input, in which empty ones do not
    count."""
    question = given.values.get("question")
    asked = input_lines() if question is None else [str(question)]
    return (line.strip() for line in asked if line.strip())


QUESTION = Argument(
    "question", "QUESTION", "the question; default: each line of standard input is one", "?"
)
ASK = Verb(
    "Ask a text a question: the answer, how probable it is, and where it is from.",
    "[QUESTION] --story FILE [--model MODEL] [options]",
    (QUESTION,),
    {"the story and the answer": AskOptions()},
    model_option=True,
    check=check_asking,
)
"""As every task has it; what else a task needs to know are groups of its own."""

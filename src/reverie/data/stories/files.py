"""Any file of stories, told apart by what is in it, and a story alone."""

from __future__ import annotations

import re
from pathlib import Path

from reverie.data.dataset import Report
from reverie.data.sources import open_source
from reverie.data.stories.babi import parse_babi
from reverie.data.stories.jsonl import parse_objects, parse_spans
from reverie.data.stories.questions import Question, SpanQuestion, split_sentences
from reverie.data.stories.squad import parse_squad
from reverie.errors import InputError
from reverie.formats import tables

SQUAD = re.compile(r'\s*\{\s*(?:"version"\s*:\s*"[^"]*"\s*,\s*)?"data"\s*:')
"""How SQuAD's files begin."""
NUMBERED = re.compile(r"([0-9]{1,9})[.)]?\s+(.*)")


def read_questions(path: str | Path) -> tuple[list[Question], Report]:
    """The questions of a file in the format of bAbI, of SQuAD, or of JSON objects; - is standard
    input.

    The passages of SQuAD are cut into sentences. Raises InputError as their readers do.
    """
    text, name = open_source(path if str(path) == "-" else Path(path)).text(), str(path)
    if SQUAD.match(text):
        found, report = parse_squad(text, name)
        return [question.about_sentences() for question in found], report
    if tables.is_json(text):
        return parse_objects(text, name)
    return parse_babi(text, name), Report()


def read_passages(path: str | Path) -> tuple[list[SpanQuestion], Report]:
    """The questions of a file in the format of SQuAD, or of JSON objects with spans; - is standard
    input.

    Raises InputError as their readers do, and for a file that is no JSON.
    """
    text, name = open_source(path if str(path) == "-" else Path(path)).text(), str(path)
    if SQUAD.match(text):
        return parse_squad(text, name)
    if not tables.is_json(text):
        raise InputError(
            f"{name} is not JSON: answers that stand in a passage come as in SQuAD's files, or as "
            "objects with a story, a question and a span"
        )
    return parse_spans(text, name)


def read_story(path: str | Path) -> tuple[str, ...]:
    """The sentences of a story in a text file, in lines or running on; - is standard input.

    Numbers from 1 before all lines are left out. Raises InputError where nothing is told, and for
    a tab, as questions with answers have it.
    """
    text, name = open_source(path if str(path) == "-" else Path(path)).text(), str(path)
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    for number, line in lines:
        if "\t" in line.strip():
            raise InputError(
                f"line {number} of {name} has a tab, and a story has only sentences: take out what "
                "is asked and answered"
            )
    said = [line.strip() for _, line in lines]
    found = [NUMBERED.fullmatch(line) for line in said]
    if [match and int(match[1]) for match in found] == list(range(1, len(said) + 1)):
        said = [match[2] for match in found if match]
    story = split_sentences("\n".join(said))
    if not any(re.search(r"\w", sentence) for sentence in story):
        raise InputError(f"{name} tells nothing: write a sentence in each line")
    return story

"""Questions whose answers stand in a passage, in the JSON of SQuAD (Rajpurkar et al., 2016)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from reverie.data.dataset import Report
from reverie.data.sources import open_source
from reverie.data.stories.questions import Span, SpanQuestion
from reverie.errors import InputError
from reverie.formats.opening import counted

V = TypeVar("V")


def read_squad(path: str | Path) -> tuple[list[SpanQuestion], Report]:
    """The questions of a file of SQuAD 1.1 or 2.0, unpacked if its name ends in .gz, .bz2 or .xz.

    An answer that does not stand at its offset is left out, and so is a question that has none
    left or never had one; the report counts them. Raises InputError, with the place, where the
    file is built otherwise.
    """
    return parse_squad(open_source(Path(path)).text(), str(path))


def parse_squad(text: str, name: str) -> tuple[list[SpanQuestion], Report]:
    """The same for a text; `name` is that of its file."""
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as error:
        why = "it is nested too deeply" if isinstance(error, RecursionError) else error
        raise InputError(f"{name} is not JSON ({why}): correct it") from error
    found = list(_questions(whole, name))
    kept = [question for question, _, _ in found if question.spans]
    misplaced = sum(count for _, count, _ in found)
    unanswered = sum(not given for _, _, given in found)
    lost = len(found) - len(kept) - unanswered
    if not kept:
        raise InputError(f"{name} has no question with an answer at its offset: name another file")
    report = Report("", len(found) - len(kept))
    if misplaced:
        left = f"; {counted(lost, 'question')} without another one" if lost else ""
        report = report.and_then(
            f"{counted(misplaced, 'answer')} of {name} not at the offset: left out{left}"
        )
    if unanswered:
        report = report.and_then(
            f"{counted(unanswered, 'question')} of {name} without an answer: left out"
        )
    return kept, report


def _questions(whole: Any, name: str) -> Iterator[tuple[SpanQuestion, int, bool]]:
    """Each question with the answers that are at their offsets, the count of those that are not,
    and whether there are any."""
    for n, article in enumerate(_field(whole, "data", list, name), 1):
        where = f"article {n} of {name}"
        title = article.get("title", "") if isinstance(article, dict) else ""
        for k, paragraph in enumerate(_field(article, "paragraphs", list, where), 1):
            place = f"paragraph {k} of {where}"
            passage = _field(paragraph, "context", str, place)
            for m, asked in enumerate(_field(paragraph, "qas", list, place), 1):
                at = f"question {m} of {place}"
                question = _field(asked, "question", str, at)
                answers = _field(asked, "answers", list, at)
                spans = [span_at(passage, answer, at) for answer in answers]
                found = tuple(dict.fromkeys(span for span in spans if span is not None))
                known = SpanQuestion(passage, question, found, str(title), str(asked.get("id", "")))
                yield known, spans.count(None), bool(answers)


def span_at(passage: str, answer: Any, where: str) -> Span | None:
    """The span of an answer {"text", "answer_start"}; None where it does not stand there."""
    text = _field(answer, "text", str, f"an answer to {where}")
    begin = _field(answer, "answer_start", int, f"an answer to {where}")
    end = begin + len(text)
    return (begin, end) if text and begin >= 0 and passage[begin:end] == text else None


def _field(owner: Any, key: str, kind: type[V], where: str) -> V:
    """A field of a JSON object. InputError where it is not there, or of another type."""
    value = owner.get(key) if isinstance(owner, dict) else None
    if not isinstance(value, kind):
        names = {list: "a list", str: "text", int: "a whole number"}
        raise InputError(f"{where} needs {key!r}, {names[kind]}, as SQuAD's files have it")
    return value

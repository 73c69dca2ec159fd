"""Stories of one's own: JSON objects of a story, a question, and an answer, a span or choices."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from reverie.data.dataset import Report
from reverie.data.sources import open_source
from reverie.data.stories.questions import Question, Span, SpanQuestion, split_sentences
from reverie.errors import InputError, excerpt
from reverie.formats import tables
from reverie.formats.opening import counted

SHOWN = 60
"""The most characters of a value that a message shows."""

Q = TypeVar("Q")


def read_objects(path: str | Path) -> tuple[list[Question], Report]:
    """The questions of a file with an object a line, or an array of them:

        {"story": "Ann has a cat. Bob has none.", "question": "Who has a cat?", "answer": "Ann"}

    The story is a text or a list of sentences. The answer is text; or, with "choices", a list of
    answers, one of these or its number from 0; or a "span" of a story that is a text: where the
    answer begins and where it ends, in characters from 0, the end not in it. "kind", and the
    numbers from 0 of the supporting sentences as "support", may be there too.

    Spans that say something else than their "answer" are counted and left out. Raises InputError,
    with the number of the object, for what is built otherwise.
    """
    return parse_objects(open_source(Path(path)).text(), str(path))


def read_spans(path: str | Path) -> tuple[list[SpanQuestion], Report]:
    """The same of a file in which every question has a span: passages that are not cut."""
    return parse_spans(open_source(Path(path)).text(), str(path))


def parse_objects(text: str, name: str) -> tuple[list[Question], Report]:
    """As `read_objects`, for a text; `name` is that of its file."""
    return _kept([_question(row, where) for row, where in _objects(text, name)], name)


def parse_spans(text: str, name: str) -> tuple[list[SpanQuestion], Report]:
    """As `read_spans`, for a text; `name` is that of its file."""
    return _kept([_span_question(row, where) for row, where in _objects(text, name)], name)


def _kept(found: list[Q | None], name: str) -> tuple[list[Q], Report]:
    """Those that are there, and how many are not."""
    kept = [question for question in found if question is not None]
    lost = len(found) - len(kept)
    if not kept:
        raise InputError(f"{name} has no question with an answer at its span: correct the spans")
    said = f"{counted(lost, 'answer')} of {name} not at the span: left out" if lost else ""
    return kept, Report(said, lost)


def _objects(text: str, name: str) -> Iterator[tuple[dict[str, Any], str]]:
    """The objects, each with its place."""
    rows = tables.objects(text, name)
    if not rows:
        raise InputError(f"{name} has no objects: write one for each question")
    for number, row in enumerate(rows, 1):
        yield row, f"object {number} of {name}"


def _question(row: dict[str, Any], where: str) -> Question | None:
    """The question of an object; None where its span says something else than its answer."""
    sentences = _sentences(row, where)
    asked, kind = _text(row, "question", where), str(row.get("kind", ""))
    support = _support(row, len(sentences), where)
    if "span" in row:
        found = _span_question(row, where)
        return found and Question(sentences, asked, found.answers[0], support, kind)
    choices = _texts(row, "choices", where) if "choices" in row else ()
    answer = _answer(row, choices, where)
    return Question(sentences, asked, answer, support, kind, choices)


def _span_question(row: dict[str, Any], where: str) -> SpanQuestion | None:
    passage, asked = _text(row, "story", where), _text(row, "question", where)
    begin, end = _span(row.get("span"), len(passage), where)
    if "answer" in row and row["answer"] != passage[begin:end]:
        return None
    return SpanQuestion(passage, asked, ((begin, end),), kind=str(row.get("kind", "")))


def _sentences(row: dict[str, Any], where: str) -> tuple[str, ...]:
    if isinstance(row.get("story"), list):
        return _texts(row, "story", where)
    return split_sentences(_text(row, "story", where))


def _text(row: dict[str, Any], key: str, where: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{where} needs a text as {key!r}, not {_shown(value)}")
    return value


def _texts(row: dict[str, Any], key: str, where: str) -> tuple[str, ...]:
    values = row[key]
    if not isinstance(values, list) or not values:
        raise InputError(f"{where} needs texts as {key!r}, not {_shown(values)}")
    return tuple(_text({key: value}, key, where) for value in values)


def _answer(row: dict[str, Any], choices: tuple[str, ...], where: str) -> str:
    answer = row.get("answer")
    if not choices:
        return _text(row, "answer", where)
    if type(answer) is int and 0 <= answer < len(choices):
        return choices[answer]
    if answer not in choices:
        raise InputError(
            f"{where} has the answer {_shown(answer)}, which is not one of its choices: write it "
            f"as one of them, or its number from 0 to {len(choices) - 1}"
        )
    return str(answer)


def _span(value: Any, length: int, where: str) -> Span:
    whole = isinstance(value, list) and len(value) == 2 and all(type(n) is int for n in value)
    if not whole or not 0 <= value[0] < value[1] <= length:
        raise InputError(
            f"{where} has the span {_shown(value)}: give [begin, end] in its story, which has "
            f"{length:,} characters"
        )
    return value[0], value[1]


def _support(row: dict[str, Any], count: int, where: str) -> tuple[int, ...]:
    value = row.get("support", [])
    if not isinstance(value, list) or not all(type(n) is int and 0 <= n < count for n in value):
        raise InputError(
            f"{where} has the support {_shown(value)}: give numbers of its sentences, 0 to "
            f"{count - 1}"
        )
    return tuple(value)


def _shown(value: Any) -> str:
    return excerpt(repr(value), SHOWN)

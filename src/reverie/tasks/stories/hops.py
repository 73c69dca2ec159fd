"""Where a model looked for its answers: tables, and a self-contained page like the lecture's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

import numpy as np

from reverie.data.stories.questions import Question
from reverie.errors import excerpt
from reverie.inspection.template import fill_template
from reverie.tasks.stories.answer import Answer, Looks

TEMPLATE = Path(__file__).with_name("hops.html")
LEAST = 0.005
"""A sentence of which every hop read less is left out of a table."""
LONGEST, COLUMNS = 60, 12
"""Characters of a sentence in a table, and columns of what was read."""


class Shown(NamedTuple):
    """A question, what a model answered, and where it looked for the first of its answers.

    The true answer of the question may be empty: nobody knows it.
    """

    question: Question
    answers: Sequence[Answer]
    looks: Looks | None
    first: int = 0
    """The number of the first sentence that it remembers."""


def answer_lines(answers: Sequence[Answer]) -> Iterator[str]:
    """Each answer and how probable it is."""
    width = max((len(answer.text) for answer in answers), default=0)
    for answer in answers:
        mark = "" if answer.finished else "  (not finished)"
        yield f"{answer.text:<{width}}  {answer.probability:6.1%}{mark}"


def look_lines(shown: Shown) -> Iterator[str]:
    """The sentences that were looked at, and how much of each every hop read for the first words
    of the answer."""
    question, looks = shown.question, shown.looks
    if looks is None:
        return
    most = max(1, COLUMNS // looks.weights.shape[1])
    looks = Looks(looks.words[:most], looks.weights[:most])
    read = np.flatnonzero(looks.weights.max((0, 1)) >= LEAST).tolist()
    told = {n: f"{n + 1}: {excerpt(question.story[n], LONGEST)}" for n in read}
    width = max(map(len, told.values()), default=0)
    if len(looks.words) > 1:
        span = 7 * looks.weights.shape[1]
        yield " " * width + "".join(f"{excerpt(word, span - 1):>{span}}" for word in looks.words)
    yield " " * width + "".join(f"{name:>7}" for name in _columns(looks))
    for n, sentence in told.items():
        cells = "".join(f"{weight:7.2f}" for weight in looks.weights[..., n].ravel())
        mark = " *" if n in question.support else ""
        yield f"{sentence:<{width}}{cells}{mark}"


def hops_page(title: str, cards: Sequence[Shown]) -> str:
    """The page, in HTML: a table for each question."""
    body = "".join(map(_card, cards))
    return fill_template(TEMPLATE, {"title": escape(title), "cards": body})


def _columns(looks: Looks) -> list[str]:
    """A name for each look for each word."""
    hops = looks.weights.shape[1]
    names = [f"hop {hop + 1}" for hop in range(hops)] if hops > 1 else ["read"]
    return names * len(looks.words)


def _card(shown: Shown) -> str:
    question = shown.question
    answers = "".join(
        f"<tr><td>{escape(each.text)}<td class=n>{each.probability:.1%}" for each in shown.answers
    )
    right = f"<p>true: <b>{escape(question.answer)}</b>" if question.answer else ""
    return (
        f"<section><h2>{escape(question.question)}</h2><table class=answers>{answers}</table>"
        f"{right}{_table(shown)}</section>\n"
    )


def _table(shown: Shown) -> str:
    """Sentences as rows, hops as columns."""
    question, looks = shown.question, shown.looks
    if looks is None:
        return ""
    over = ""
    if len(looks.words) > 1:
        each = (f"<th colspan={looks.weights.shape[1]}>{escape(word)}" for word in looks.words)
        over = f"<tr><th colspan=2>{''.join(each)}"
    support = "support" if question.support else ""
    head = f"<tr><th><th>{support}" + "".join(f"<th>{name}" for name in _columns(looks))
    rows = "".join(_row(shown, looks, n) for n in range(shown.first, len(question.story)))
    return f"<table class=hops>{over}{head}{rows}</table>"


def _row(shown: Shown, looks: Looks, n: int) -> str:
    cells = "".join(
        f'<td class=n style="--d:{100 * weight:.0f}%">{weight:.2f}'
        for weight in looks.weights[..., n].ravel()
    )
    mark = "yes" if n in shown.question.support else ""
    return f"<tr><td>{escape(shown.question.story[n])}<td>{mark}{cells}"

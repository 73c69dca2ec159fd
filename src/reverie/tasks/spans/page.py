"""A self-contained web page of a passage, of its answers and of where they were looked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from reverie.codecs.spans import SplitText
from reverie.inspection.template import embed_json, fill_template
from reverie.tasks.spans.answer import SpanAnswer

TEMPLATE = Path(__file__).with_name("page.html")
LEVELS = 10
"""Shades of a word of the question: one digit for each, or a colon for the deepest."""


def answer_page(
    passage: SplitText,
    question: SplitText,
    answers: Sequence[SpanAnswer],
    alpha: Float[np.ndarray, "S Q"],
) -> str:
    """The page, in HTML: alpha is how much each word of the question was looked at."""
    depths = np.zeros(len(passage.words))
    for answer in answers:
        depths[answer.first : answer.last + 1] += answer.probability
    shades: Any = np.round(LEVELS * alpha).astype(np.uint8) + ord("0")
    data = {"looked": [bytes(row).decode() for row in shades], "first": answers[0].first}
    slots = {
        "title": escape(question.text),
        "question": "".join(_words(question)),
        "answers": "".join(_row(passage, answer) for answer in answers),
        "passage": "".join(_words(passage, depths)),
        "data": embed_json(data),
    }
    return fill_template(TEMPLATE, slots)


def _row(passage: SplitText, answer: SpanAnswer) -> str:
    text = escape(passage.cut(answer.first, answer.last))
    return f"<tr><td>{text}</td><td>{answer.probability:.1%}</td></tr>"


def _words(text: SplitText, depths: Sequence[float] | np.ndarray | None = None) -> Iterator[str]:
    """The text with each of its words in an element, as deep as its probability."""
    end = 0
    for n, (begin, after) in enumerate(text.bounds):
        yield escape(text.text[end:begin])
        style = "" if depths is None else f' tabindex=0 style="--d:{100 * depths[n]:.0f}%"'
        yield f"<i{style}>{escape(text.text[begin:after])}</i>"
        end = after
    yield escape(text.text[end:])

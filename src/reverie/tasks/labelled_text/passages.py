"""Passages of plays and of their speakers, labelled by genre, play and speaker."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from reverie.data.shakespeare import Play
from reverie.data.split import Split
from reverie.errors import InputError
from reverie.tasks.labelled_text.table import Table

SPEECH = re.compile(r"^([^\n\[\]]+):\n((?:[^\n]+\n)+)", re.MULTILINE)
"""A heading on a line of its own, and the lines up to a blank one."""


class Stretch(NamedTuple):
    """A text with one set of labels."""

    text: str
    labels: dict[str, str]


def label_plays(plays: Iterable[Play]) -> list[Stretch]:
    """The plays, each with its genre and its title as labels."""
    return [Stretch(p.text, {"genre": p.genre, "play": p.title}) for p in plays]


def label_speeches(plays: Iterable[Play], speakers: int) -> list[Stretch]:
    """The speeches of the speakers with the most lines, by play, with blank lines between.

    A speaker is a name in a heading: two speakers of one name in two plays are one.
    """
    spoken = [(play, name, lines) for play in plays for name, lines in speeches(play.text)]
    counts: Counter[str] = Counter()
    for _, name, lines in spoken:
        counts[name] += lines.count("\n")
    # Roles without a name of their own cannot be recognised.
    most = [name for name, _ in counts.most_common() if name.isupper()][:speakers]
    joined: dict[tuple[str, str, str], list[str]] = {}
    for play, name, lines in spoken:
        if name in most:
            joined.setdefault((play.genre, play.title, name), []).append(lines)
    return [
        Stretch("\n".join(lines), {"genre": genre, "play": title, "speaker": name})
        for (genre, title, name), lines in joined.items()
    ]


def speeches(text: str) -> Iterator[tuple[str, str]]:
    """The speakers and the lines of the speeches of a play, without stage directions."""
    for found in SPEECH.finditer(text):
        lines = re.sub(r"\s*\[[^\]]*\]", "", found.group(2))
        if lines.strip():
            yield found.group(1), lines.lstrip()


def cut_passages(
    stretches: Sequence[Stretch], length: int, valid: float, test: float
) -> Split[Table]:
    """Passages of exactly `length` characters; validation and test come from the ends of texts.

    Each text is cut in three, so that the parts do not overlap. Raises InputError where no text
    has a passage.
    """
    parts: list[list[Stretch]] = [[], [], []]
    for text, labels in stretches:
        ends = [0, round(len(text) * (1 - valid - test)), round(len(text) * (1 - test)), len(text)]
        for part, begin, end in zip(parts, ends, ends[1:], strict=False):
            starts = range(begin, end - length + 1, length)
            part += [Stretch(text[at : at + length], labels) for at in starts]
    if not parts[0]:
        raise InputError(f"no text has a passage of {length} characters: make passages shorter")
    return Split(*(_table(part, stretches[0].labels) for part in parts))


def _table(passages: Sequence[Stretch], names: Iterable[str]) -> Table:
    columns = {name: [passage.labels[name] for passage in passages] for name in names}
    return Table("the plays", [passage.text for passage in passages], columns, whole=False)

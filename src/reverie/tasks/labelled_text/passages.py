"""Passages of plays, and what their speakers say, labelled by genre, play and speaker."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from reverie.data.shakespeare import Play
from reverie.errors import InputError
from reverie.tasks.labelled_text.table import Table, TableParts

SPEECH = re.compile(r"^([^\n\[\]]+):\n((?:[^\n]+\n)+)", re.MULTILINE)
"""A heading of its own line, and the lines up to a blank one."""


class Stretch(NamedTuple):
    """A text of one kind from beginning to end."""

    text: str
    labels: dict[str, str]


def label_plays(plays: Iterable[Play]) -> list[Stretch]:
    """The plays, each labelled with its genre and its title."""
    return [Stretch(p.text, {"genre": p.genre, "play": p.title}) for p in plays]


def label_speeches(plays: Iterable[Play], speakers: int) -> list[Stretch]:
    """All that each of the speakers with most lines says in a play, a blank line between speeches.

    Speakers are told by the name in the heading: two of one name in two plays are one.
    """
    said = [(play, name, lines) for play in plays for name, lines in speeches(play.text)]
    counts: Counter[str] = Counter()
    for _, name, lines in said:
        counts[name] += lines.count("\n")
    # Roles without a name of their own are no speakers whom one could tell.
    most = [name for name, _ in counts.most_common() if name.isupper()][:speakers]
    joined: dict[tuple[str, str, str], list[str]] = {}
    for play, name, lines in said:
        if name in most:
            joined.setdefault((play.genre, play.title, name), []).append(lines)
    return [
        Stretch("\n".join(lines), {"genre": genre, "play": title, "speaker": name})
        for (genre, title, name), lines in joined.items()
    ]


def speeches(text: str) -> Iterator[tuple[str, str]]:
    """The speeches of a play: who speaks, and the lines, stage directions among them left out."""
    for found in SPEECH.finditer(text):
        lines = re.sub(r"\s*\[[^\]]*\]", "", found.group(2))
        if lines.strip():
            yield found.group(1), lines.lstrip()


def cut_passages(
    stretches: Sequence[Stretch], length: int, valid: float, test: float
) -> TableParts:
    """Whole passages of `length` characters, those to watch and to measure from the ends.

    Each stretch is cut in three where nothing overlaps, so that no passage of one part has a
    character of another. Raises InputError where a part gets none.
    """
    parts: list[list[Stretch]] = [[], [], []]
    for text, labels in stretches:
        ends = [0, round(len(text) * (1 - valid - test)), round(len(text) * (1 - test)), len(text)]
        for part, begin, end in zip(parts, ends, ends[1:], strict=False):
            starts = range(begin, end - length + 1, length)
            part += [Stretch(text[at : at + length], labels) for at in starts]
    if not parts[0]:
        raise InputError(f"no text has a passage of {length} characters: make passages shorter")
    return TableParts(*(_table(part, stretches[0].labels) for part in parts))


def _table(passages: Sequence[Stretch], names: Iterable[str]) -> Table:
    columns = {name: [passage.labels[name] for passage in passages] for name in names}
    return Table("the plays", [passage.text for passage in passages], columns, whole=False)

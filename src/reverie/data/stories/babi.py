"""The tasks of bAbI (Weston et al., 2015), version 1.2, in files, a folder or its archive."""

from __future__ import annotations

import re
import tarfile
import zlib
from collections.abc import Collection, Iterable, Iterator
from lzma import LZMAError
from pathlib import Path
from typing import NamedTuple

from reverie.data.dataset import Report
from reverie.data.sources import open_source
from reverie.data.split import Split
from reverie.data.stories.questions import Question
from reverie.data.utf8 import decode_blocks
from reverie.errors import InputError, excerpt
from reverie.formats.opening import LARGEST, check_expansion

TASKS = (
    "single supporting fact",
    "two supporting facts",
    "three supporting facts",
    "two-argument relations",
    "three-argument relations",
    "yes or no",
    "counting",
    "lists and sets",
    "simple negation",
    "indefinite knowledge",
    "basic coreference",
    "conjunction",
    "compound coreference",
    "time",
    "basic deduction",
    "basic induction",
    "positions",
    "sizes",
    "path finding",
    "motivations",
)
"""Their names; the first is task 1."""
ALL = range(1, len(TASKS) + 1)
PARTS = ("train", "valid", "test")
NAME = re.compile(r"qa([0-9]{1,2})(?:_[^/]*)?_(train|valid|test)\.txt(?:\.gz)?")
ARCHIVE = re.compile(r"\.(tar|tar\.gz|tgz|tar\.xz|txz|tar\.bz2)$", re.IGNORECASE)
LINE = re.compile(r"([0-9]{1,9}) (.*)")


class Row(NamedTuple):
    """A line of a story: its number there, what it says, and where it stands, for messages."""

    number: int
    text: str
    where: str


class TaskFile(NamedTuple):
    """The file of one part of a task."""

    name: str
    text: str


def task_kind(task: int) -> str:
    """What the questions of a task are called: "qa2 two supporting facts"."""
    return f"qa{task} {TASKS[task - 1]}"


def open_babi(
    path: str | Path, folder: str = "en", tasks: Collection[int] = ALL
) -> tuple[Split[list[Question]], Report]:
    """The questions of some tasks, divided as they come; a part that does not come is empty.

    `path` is the archive, the folder that it makes, or the folder that holds the files; of several
    folders in it `folder` is read: "en", "en-10k" or "en-valid". A task of which there is nothing
    to learn from or nothing to test on is left out, and the report says so. Raises InputError
    where no task is there, and as `parse_babi` does.
    """
    if unknown := sorted(set(tasks) - set(ALL)):
        raise InputError(f"bAbI has no task {unknown[0]}: it has tasks 1 to {len(TASKS)}")
    files = _find(Path(path), folder, tasks)
    numbers = sorted({task for task, _ in files})
    whole = [n for n in numbers if {(n, "train"), (n, "test")} <= set(files)]
    if not whole:
        raise InputError(f"{path} has no whole task of bAbI in {folder!r}: name other tasks")
    kept = {
        part: [
            question
            for task in whole
            if (task, part) in files
            for question in parse_babi(files[task, part].text, files[task, part].name, task)
        ]
        for part in PARTS
    }
    lost = ", ".join(str(task) for task in sorted(tasks) if task not in whole)
    said = f"bAbI: no whole task {lost} in {folder!r}: left out" if lost else ""
    return Split(**kept), Report(said)


def read_babi(path: str | Path) -> list[Question]:
    """The questions of one file, unpacked if its name ends in .gz. InputError as `parse_babi`."""
    named = NAME.fullmatch(Path(path).name)
    task = int(named[1]) if named and int(named[1]) in ALL else None
    return parse_babi(open_source(Path(path)).text(), str(path), task)


def parse_babi(text: str, name: str, task: int | None = None) -> list[Question]:
    """The questions of a text in the format of bAbI; `name` is that of its file.

    Each line has its number within its story, a blank and a sentence; 1 begins a story. A question
    ends with a question mark, behind which stand a tab, the answer, and, where they are known, a
    tab and the numbers of its supporting facts.

    Raises InputError, with the line, for numbers out of order, an empty line, a tab where none
    belongs, a question without an answer or without a fact before it, and a supporting fact that
    is not there; also for a text without questions.
    """
    kind = "" if task is None else task_kind(task)
    found = [q for rows in _stories(_rows(text, name)) for q in _questions(rows, kind)]
    if not found:
        raise InputError(f"{name} asks nothing: a question has a tab and its answer behind it")
    return found


def _rows(text: str, name: str) -> Iterator[Row]:
    """The lines, in order."""
    last = 0
    for line, said in enumerate(text.rstrip("\n").split("\n"), 1):
        where = f"line {line} of {name}"
        if not said.strip():
            raise InputError(f"{where} is empty: take it out")
        match = LINE.fullmatch(said)
        if match is None or not match[2].strip():
            raise InputError(
                f"{where} is not a number, a blank and a sentence: {excerpt(repr(said), 60)}"
            )
        number = int(match[1])
        if number not in (1, last + 1):
            raise InputError(
                f"{where} has the number {number} where {last + 1} follows, or 1 begins a story: "
                "put the lines in order"
            )
        yield Row(number, match[2], where)
        last = number


def _stories(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """The rows of each story."""
    story: list[Row] = []
    for row in rows:
        if row.number == 1 and story:
            yield story
            story = []
        story.append(row)
    yield story


def _questions(rows: list[Row], kind: str) -> Iterator[Question]:
    """The questions of one story."""
    places: dict[str, int] = {}
    sentences: list[str] = []
    asked = []
    for row in rows:
        if "\t" in row.text or row.text.rstrip().endswith("?"):
            asked.append((*_asked(row, places), len(sentences)))
        else:
            places[str(row.number)] = len(sentences)
            sentences.append(row.text.strip())
    story = tuple(sentences)
    for question, answer, support, told in asked:
        yield Question(story, question, answer, support, kind, told=told)


def _asked(row: Row, places: dict[str, int]) -> tuple[str, str, tuple[int, ...]]:
    """A question, its answer, and the places of its supporting facts."""
    question, *rest = (cell.strip() for cell in row.text.split("\t"))
    if not question.endswith("?") or len(rest) > 2:
        raise InputError(
            f"{row.where} has a tab where none belongs: only a question has them, before its "
            "answer and before the numbers of its supporting facts"
        )
    if not rest or not rest[0]:
        raise InputError(f"{row.where} asks without an answer: put a tab and the answer behind it")
    if not places:
        raise InputError(f"{row.where} asks before anything is told: put a sentence before it")
    numbers = rest[1].split() if len(rest) > 1 else []
    for number in numbers:
        if number not in places:
            raise InputError(
                f"{row.where} has the supporting fact {excerpt(repr(number), 30)}, which is not "
                "the number of a sentence before it in its story: correct it"
            )
    return question, rest[0], tuple(places[number] for number in numbers)


Files = dict[tuple[int, str], TaskFile]
"""By task and part."""


def _find(path: Path, folder: str, tasks: Collection[int]) -> Files:
    """The files of some tasks in a folder or an archive."""
    if not path.exists():
        raise InputError(f"there is no file or folder {str(path)!r}: check the path")
    if path.is_file() and not ARCHIVE.search(path.name):
        raise InputError(f"{path} is neither a folder nor an archive: name the one of bAbI")
    entries = _loose(path, folder, tasks) if path.is_dir() else _packed(path, folder, tasks)
    files: Files = {}
    seen: set[str] = set()
    for name, text in entries:
        match = NAME.fullmatch(Path(name).name)
        seen.add(Path(name).parent.name)
        if match is None or text is None:
            continue
        key = int(match[1]), match[2]
        if key in files:
            raise InputError(
                f"{path} has two files for the {key[1]} part of task {key[0]}, {files[key].name} "
                f"and {name}: name the folder of one"
            )
        files[key] = TaskFile(name, text)
    if not files:
        said = f": it has {excerpt(', '.join(sorted(seen)))}" if seen - {folder} else ""
        raise InputError(f"{path} has no tasks of bAbI that are asked for in {folder!r}{said}")
    return files


Entries = Iterator[tuple[str, str | None]]
"""The names of files, and the texts of those that are asked for."""


def _wanted(name: str, tasks: Collection[int]) -> bool:
    match = NAME.fullmatch(Path(name).name)
    return match is not None and int(match[1]) in tasks


def _loose(path: Path, folder: str, tasks: Collection[int]) -> Entries:
    found = [p for p in sorted(path.rglob("qa*.txt*")) if NAME.fullmatch(p.name) and p.is_file()]
    here = {p.parent for p in found} == {path}
    for each in found:
        wanted = (here or each.parent.name == folder) and _wanted(each.name, tasks)
        yield str(each), open_source(each).text() if wanted else None


def _packed(path: Path, folder: str, tasks: Collection[int]) -> Entries:
    """Those of an archive, read from front to back."""
    packed, total = path.stat().st_size, 0
    try:
        with tarfile.open(path, "r|*") as archive:
            for member in archive:
                check_expansion(path, packed, member.offset_data + member.size)
                if not member.isfile() or not NAME.fullmatch(Path(member.name).name):
                    continue
                wanted = Path(member.name).parent.name == folder and _wanted(member.name, tasks)
                file = archive.extractfile(member) if wanted else None
                total += member.size if wanted else 0
                if total > LARGEST:
                    raise InputError(f"{path} holds more than {LARGEST:,} bytes: unpack it")
                name = f"{path}: {member.name}"
                yield name, "".join(decode_blocks([file.read()], name)) if file else None
    except InputError:
        raise
    except (tarfile.TarError, LZMAError, zlib.error, EOFError, ValueError, TypeError) as error:
        # TypeError: what tarfile makes of a head of gzip that is cut off.
        raise InputError(f"{path} is damaged ({error}): fetch it again") from error
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}; check it") from error

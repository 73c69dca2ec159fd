"""The IAM On-Line Handwriting Database: lines of English text written on a whiteboard.

It is free for research that is not commercial, to those who register with its authors
(Liwicki and Bunke 2005), and does not come with Reverie.
"""

import json
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from reverie.data.ink.iamondb_files import LIST, STROKES, TEXT, DatabaseFiles, find_files
from reverie.data.ink.inks import InkRecord, Inks
from reverie.data.split import Split
from reverie.errors import InputError
from reverie.files import cache_directory, make_directory, replace_file
from reverie.formats.iamondb_strokes import Ends, Points, parse, repair

FORMAT = 1
"""The version of the arrays in the cache and of the repairs in `iamondb_strokes`."""


@dataclass(frozen=True, eq=False)
class IAMOnDB:
    """All lines with a transcription, sorted by name, repaired as in `iamondb_strokes`.

    The name of a line is that of its file, a01-000u-01 for line 1 of form a01-000u. `lists` has
    the forms of the four published lists by name; `notes` say what was left out.
    """

    lines: Inks
    lists: dict[str, frozenset[str]]
    notes: tuple[str, ...] = ()

    def select(self, *names: str) -> Inks:
        """The lines of the lists `names`: trainset, testset_v, testset_t, testset_f.

        Raises InputError where a list is not among the files.
        """
        missing = [name for name in names if name not in self.lists]
        if missing:
            raise InputError(
                f"the list {missing[0]}.txt of IAM-OnDB's task t1 is missing: put it beside "
                "lineStrokes and ascii, or beside the archives"
            )
        forms = frozenset[str]().union(*(self.lists[name] for name in names))
        chosen = (i for i, name in enumerate(self.lines.names) if name.rpartition("-")[0] in forms)
        return self.lines.select(chosen)

    def graves_split(self) -> Split[Inks]:
        """The split of Graves (2013): everything but testset_v for training, and testset_v for
        validation and for the reported results; there is no separate test set."""
        train = self.select("trainset", "testset_t", "testset_f")
        return Split(train, self.select("testset_v"), self.select())

    def split(self) -> Split[Inks]:
        """A clean split: trainset and testset_t for training, testset_v for validation and
        testset_f for the test. As published, no two lists share a writer.

        The publication calls testset_t a second validation set; one is enough here.
        """
        train = self.select("trainset", "testset_t")
        return Split(train, self.select("testset_v"), self.select("testset_f"))


def open_iamondb(path: str | Path, *, cache: Path | None = None) -> IAMOnDB:
    """The database in a folder or in archives, which are not unpacked to disk.

    `path` is a folder that holds, at any depth, `lineStrokes` and `ascii`, or else archives
    (.tar, .tar.gz, .tar.xz) of them as they are distributed; or one archive of both. The
    lists of the split are searched there, and beside a single archive. The result is kept in the
    folder `cache` (default: the user's cache directory) until the files change.

    Raises InputError where there is nothing to read, or an archive is damaged.
    """
    files = find_files(Path(path))
    cached = (cache or cache_directory()) / "iamondb" / f"{FORMAT}-{files.fingerprint()}.npz"
    with suppress(InputError):  # a cache that is missing or damaged is made again
        return _load(cached)
    database = _read(files)
    _save(database, cached)
    return database


def transcription(text: str) -> list[str]:
    """The lines of a form as they were written, from the text of `ascii/.../FORM.txt`.

    They follow `CSR:`; the text after `OCR:` has other line breaks.
    """
    return [line.strip() for line in text.partition("CSR:")[2].splitlines() if line.strip()]


@dataclass
class _Collected:
    """The contents of the files, before strokes and texts are matched."""

    strokes: dict[tuple[str, int], tuple[Points, Ends] | None] = field(default_factory=dict)
    """By form and number; None where they cannot be read."""
    texts: dict[str, list[str]] = field(default_factory=dict)
    lists: dict[str, frozenset[str]] = field(default_factory=dict)

    def add(self, name: str, data: bytes) -> None:
        """Adds one file."""
        if found := STROKES.search(name):
            place = found[1], int(found[2])
            self.strokes[place] = None
            with suppress(InputError):
                self.strokes[place] = repair(*parse(data))
        elif found := TEXT.search(name):
            self.texts[found[1]] = transcription(data.decode("latin-1"))
        elif found := LIST.search(name):
            self.lists[found[1]] = frozenset(data.decode("latin-1").split())


def _read(files: DatabaseFiles) -> IAMOnDB:
    collected = _Collected()
    for name, data in files.contents():
        collected.add(name, data)
    return _match(collected)


def _match(collected: _Collected) -> IAMOnDB:
    """The lines with their texts, without forms that have different numbers of the two."""
    counts = Counter(form for form, _ in collected.strokes)
    texts = {form: collected.texts.get(form, []) for form in sorted(counts)}
    lines = []
    notes = [
        f"left out form {form}: {counts[form]} lines of strokes, {len(text)} of text"
        for form, text in texts.items()
        if len(text) != counts[form]
    ]
    for form, number in sorted(collected.strokes):
        name, strokes = f"{form}-{number:02d}", collected.strokes[form, number]
        if strokes is None:
            notes.append(f"left out line {name}: its strokes cannot be read")
        elif number > counts[form]:
            notes.append(f"left out line {name}: it has no text")
        elif len(texts[form]) == counts[form]:
            lines.append(InkRecord(name, texts[form][number - 1], *strokes))
    if not lines:
        raise InputError(
            "no line of strokes has a text that belongs to it: "
            "lineStrokes and ascii must be of the same database"
        )
    return IAMOnDB(Inks.from_records(lines), collected.lists, tuple(notes))


def _save(database: IAMOnDB, path: Path) -> None:
    make_directory(path.parent)
    lists = {name: sorted(forms) for name, forms in database.lists.items()}
    with replace_file(path.with_suffix(".json")) as file:
        json.dump({"lists": lists, "notes": database.notes}, file)
    database.lines.save(path)


def _load(path: Path) -> IAMOnDB:
    """The database of a cache; InputError where it is missing or damaged."""
    try:
        saved = json.loads(path.with_suffix(".json").read_bytes())
        lists = {name: frozenset(forms) for name, forms in saved["lists"].items()}
        return IAMOnDB(Inks.load(path), lists, tuple(saved["notes"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path} cannot be restored ({error}): it is made again") from error

"""The files of IAM-OnDB: in a folder, or in archives that need not be unpacked."""

import hashlib
import lzma
import re
import tarfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from reverie.data.sources import file_fingerprint
from reverie.errors import InputError

STROKES = re.compile(r"(?:^|/)lineStrokes(?:-all)?/(?:.*/)?([^/]+)-(\d+)\.xml$")
TEXT = re.compile(r"(?:^|/)ascii(?:-all)?/(?:.*/)?([^/]+)\.txt$")
LIST = re.compile(r"(?:^|/)(trainset|testset_[vtf])\.txt$")
ARCHIVE = re.compile(r"\.(tar|tar\.gz|tgz|tar\.xz|txz|tar\.bz2)$", re.IGNORECASE)

NOT_NEEDED = ("lineimages", "original")
"""The prefixes of the archives that hold neither strokes of lines nor texts."""


class DatabaseFiles(NamedTuple):
    """Files below the folder `root`, and archives of such files."""

    root: Path
    loose: list[Path]
    archives: list[Path]

    def fingerprint(self) -> str:
        """A hash that changes when a file does."""
        parts = [file_fingerprint(path) for path in self.loose + self.archives]
        return hashlib.sha256("\0".join(parts).encode(errors="surrogateescape")).hexdigest()[:32]

    def contents(self) -> Iterator[tuple[str, bytes]]:
        """The names and bytes of the strokes, the texts and the lists.

        Raises InputError where one cannot be read, or an archive is damaged.
        """
        for path in self.loose:
            try:
                yield _name(path, self.root), path.read_bytes()
            except OSError as error:
                raise InputError(f"cannot read {path}: {error.strerror}; check it") from error
        for path in self.archives:
            yield from _unpack(path)


def find_files(path: Path) -> DatabaseFiles:
    """The files of a folder, or one archive and the lists beside it.

    Raises InputError where there is neither.
    """
    if path.is_file():
        lists = [p for p in sorted(path.parent.iterdir()) if LIST.search(p.name)]
        return DatabaseFiles(path.parent, lists, [path])
    files = sorted(p for p in path.rglob("*") if p.is_file())
    loose = [p for p in files if _is_wanted(_name(p, path))]
    archives = [
        p for p in files if ARCHIVE.search(p.name) and not p.name.lower().startswith(NOT_NEEDED)
    ]
    if _are_complete(_name(p, path) for p in loose):
        return DatabaseFiles(path, loose, [])
    if not archives:
        raise InputError(
            f"there is no IAM-OnDB in {str(path)!r}: name the folder that holds its lineStrokes "
            "and ascii, or its archives"
        )
    return DatabaseFiles(path, loose, archives)


def is_iamondb(path: Path) -> bool:
    """Whether a folder holds the database, or a file is an archive."""
    if path.is_file():
        return bool(ARCHIVE.search(path.name))
    try:
        find_files(path)
    except InputError:
        return False
    return True


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _is_wanted(name: str) -> bool:
    return any(pattern.search(name) for pattern in (STROKES, TEXT, LIST))


def _are_complete(names: Iterable[str]) -> bool:
    """Whether there are both strokes and texts."""
    listed = list(names)
    return all(any(pattern.search(name) for name in listed) for pattern in (STROKES, TEXT))


def _unpack(path: Path) -> Iterator[tuple[str, bytes]]:
    """The needed files of an archive, read from front to back."""
    try:
        with tarfile.open(path, "r|*") as archive:
            for member in archive:
                file = archive.extractfile(member) if _is_wanted(member.name) else None
                if file is not None:
                    yield member.name, file.read()
    except (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError) as error:
        raise InputError(f"{path} is damaged ({error}): fetch it again") from error
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}; check it") from error

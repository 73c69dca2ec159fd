"""Writing files atomically, locking them, and the folder for caches."""

import errno
import os
import re
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import IO, Any, BinaryIO, Literal, TextIO, overload

from reverie.errors import InputError

PART = re.compile(r"\..+\.[0-9a-f]{8}\.part")
"""The name of a file that is not yet whole."""
LOCKED_BYTE = 1 << 40
"""Where there are locks of bytes only: one that no file has, so that all may read the file."""


class WriteError(InputError):
    """A file that the system refuses to write: which one, and why."""

    def __init__(self, path: str | Path, reason: str):
        super().__init__(
            f"cannot write {path}: {reason}; choose a place that exists, is writable and has room"
        )
        self.path, self.reason = path, reason


def number_path(path: str | Path, *numbers: int | None) -> Path:
    """The path with numbers behind its stem; those that are None are left out."""
    whole = Path(path)
    given = [str(number) for number in numbers if number is not None]
    return whole.with_name("-".join([whole.stem, *given]) + whole.suffix)


@overload
def replace_file(path: str | Path, mode: Literal["w"] = "w") -> AbstractContextManager[TextIO]: ...
@overload
def replace_file(path: str | Path, mode: Literal["wb"]) -> AbstractContextManager[BinaryIO]: ...
def replace_file(path: str | Path, mode: str = "w") -> AbstractContextManager[Any]:
    """Open a file that replaces `path` when the block ends without an exception.

    Until then it stands beside `path`; after an exception it is removed and `path` is unchanged.
    Text is UTF-8 and line ends are not translated. Pipes and devices, which cannot be replaced,
    are written directly.

    Raises WriteError where the system refuses (no such folder, read-only, disk full).
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file() and not target.is_dir():
        return _open(target, mode)
    return _replace(target, mode)


@contextmanager
def _replace(target: Path, mode: str) -> Iterator[IO[Any]]:
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with _report_refusals(target, beside):
            if target.is_dir():
                raise IsADirectoryError(None, "it is a folder", str(target))
            with _open(beside, mode.replace("w", "x")) as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            if target.exists():
                shutil.copymode(target, beside)
            os.replace(beside, target)
    finally:
        with suppress(OSError):
            beside.unlink()


def _open(path: Path, mode: str) -> IO[Any]:
    if "b" in mode:
        return open(path, mode)
    return open(path, mode, encoding="utf-8", newline="")


@contextmanager
def _report_refusals(target: Path, beside: Path) -> Iterator[None]:
    """Turns the system's refusal to write `target` into a WriteError; others pass."""
    try:
        yield
    except OSError as error:
        # An error that names another file comes from the caller's block, not from this file.
        if error.filename not in (None, str(target), str(beside)):
            raise
        raise WriteError(target, error.strerror or str(error)) from error


def remove_parts(folder: Path) -> None:
    """Removes what processes that were killed left half-written below `folder`.

    For a folder that one process writes at a time: the files of the others would go as well.
    """
    for path in filter(is_part, folder.rglob(".*.part")):
        with suppress(OSError):
            path.unlink()


def is_part(path: Path) -> bool:
    """Whether it is what `replace_file` writes, before it is whole."""
    return PART.fullmatch(path.name) is not None


def lock(file: IO[Any]) -> bool:
    """Whether this process may have an open file for itself, until it closes it or ends.

    True as well on file systems that have no locks.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(file.fileno(), LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK)
    return True


def make_directory(path: str | Path) -> Path:
    """Make the folder `path` and those above it; InputError where the system refuses."""
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"cannot make the folder {path}: {error.strerror or error}; choose another place"
        ) from error
    return Path(path)


def cache_directory() -> Path:
    """The user's folder for files that can be made again; it need not exist.

    `REVERIE_CACHE` if set, else the platform's cache folder. Raises InputError for a user
    without a home.
    """
    try:
        return _cache_directory()
    except RuntimeError as error:
        raise InputError(
            "there is no home to keep caches in: name a folder in the variable REVERIE_CACHE"
        ) from error


def _cache_directory() -> Path:
    if chosen := os.environ.get("REVERIE_CACHE"):
        return Path(chosen).expanduser()
    if base := os.environ.get("XDG_CACHE_HOME"):
        return Path(base) / "reverie"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "reverie"
    if sys.platform == "win32" and (local := os.environ.get("LOCALAPPDATA")):
        return Path(local) / "reverie"
    return Path.home() / ".cache" / "reverie"

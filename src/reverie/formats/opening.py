"""What several formats share: reading bytes and XML, and errors that name the file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree
from xml.parsers import expat

from reverie.errors import InputError

LARGEST = 256 << 20
"""The largest file, in bytes. A million points take about 20 MB in any of these formats."""


UNPACKED, EXPANSION = 64 << 20, 200
"""From so many bytes on, compressed data may not be more than so many times as long unpacked."""


def read_bytes(path: Path) -> bytes:
    """The bytes of a file; InputError where it cannot be read or is larger than 256 MB."""
    try:
        with open(path, "rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}; check the path") from error
    if len(data) > LARGEST:
        raise InputError(f"{path} is larger than 256 MB: split it into smaller files")
    return data


def check_expansion(name: str | Path, packed: int, unpacked: int) -> None:
    """InputError where compressed data become so many times as long as only a trap does."""
    if unpacked > max(UNPACKED, EXPANSION * packed):
        raise InputError(
            f"{name} would unpack to more than {EXPANSION} times its {packed:,} bytes, which data "
            "that can be learned from do not: unpack it yourself if you trust it"
        )


def parse_xml(path: Path) -> ElementTree.Element:
    """The root of an XML file.

    Raises InputError for broken XML, and for a document type: what it declares could make a
    small file expand without end, or read other files.
    """
    data = read_bytes(path)

    def refuse(*_: object) -> None:
        raise InputError(
            f"{path} declares a document type, which is not allowed: "
            "remove the part that begins with <!DOCTYPE"
        )

    first = expat.ParserCreate()
    first.StartDoctypeDeclHandler = refuse
    try:
        first.Parse(data, True)
        return ElementTree.fromstring(data)
    except (expat.ExpatError, ElementTree.ParseError, ValueError, LookupError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"{path} is broken XML ({error}): save it again, or use another copy"
        ) from error


def local_name(element: ElementTree.Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def printable(text: str) -> str:
    """The text without control characters, which XML cannot hold."""
    return "".join(c for c in text if c in "\t\n" or (c >= " " and not "\ud800" <= c <= "\udfff"))


@contextmanager
def prefix_errors(path: Path | str) -> Iterator[None]:
    """Prefixes the message of an InputError with `path`."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{path}: {error}") from error

"""What several formats share: reading bytes and XML, and errors that name the file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree
from xml.parsers import expat

from reverie.codecs.ink import Ink
from reverie.errors import InputError

LARGEST = 256 << 20
"""The largest file, in bytes. A million points take about 20 MB in any of these formats."""

LARGEST_XML, MOST_ELEMENTS, DEEPEST = 64 << 20, 500_000, 200
"""The largest XML file in bytes, the most elements in it, and the most levels of them."""

MOST_POINTS = 2_000_000
"""The most points of one ink in XML."""


class InkFile(NamedTuple):
    """The inks of a file, and `notes` that say what of it was left out."""

    inks: list[Ink]
    notes: tuple[str, ...] = ()


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

    Raises InputError for broken XML, for one that is too large or too deep, and for declarations
    of entities and default attributes, which could make a small file expand without end or read
    other files. A document type without them is allowed; what it names is never fetched.
    """
    data = read_bytes(path)
    with prefix_errors(path):
        if len(data) > LARGEST_XML:
            raise InputError(f"it is larger than {LARGEST_XML >> 20} MB: split it")
        try:
            _check_xml(data)
            return ElementTree.fromstring(data)
        except (expat.ExpatError, ElementTree.ParseError, LookupError) as error:
            message = f"it is broken XML ({error}): save it again, or use another copy"
            raise InputError(message) from error


def _check_xml(data: bytes) -> None:
    """Reads the structure only. InputError for what `parse_xml` refuses."""
    depth = count = 0

    def refuse(*_: object) -> None:
        raise InputError(
            "its document type declares entities or attributes, which is not allowed: remove the "
            "part between [ and ] that follows <!DOCTYPE"
        )

    def enter(*_: object) -> None:
        nonlocal depth, count
        depth, count = depth + 1, count + 1
        if depth > DEEPEST:
            raise InputError(f"its elements are nested more than {DEEPEST} deep: flatten them")
        if count > MOST_ELEMENTS:
            raise InputError(f"it has more than {MOST_ELEMENTS:,} elements: split it")

    def leave(*_: object) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.EntityDeclHandler = parser.AttlistDeclHandler = refuse
    parser.StartElementHandler, parser.EndElementHandler = enter, leave
    try:
        parser.Parse(data, True)
    except InputError:
        raise
    except ValueError as error:  # an encoding that Python does not have
        raise InputError(f"it is broken XML ({error}): save it again as UTF-8") from error


def too_many_points() -> InputError:
    """The error for an ink of more than `MOST_POINTS`."""
    return InputError(f"it has more than {MOST_POINTS:,} points: split it")


def local_name(element: ElementTree.Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def printable(text: str) -> str:
    """The text without control characters, which XML cannot hold."""
    return "".join(c for c in text if c in "\t\n" or (c >= " " and not "\ud800" <= c <= "\udfff"))


def counted(count: int, what: str) -> str:
    """ "1 shape" or "3 shapes"."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


@contextmanager
def prefix_errors(path: Path | str) -> Iterator[None]:
    """Prefixes the message of an InputError with `path`."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{path}: {error}") from error

"""What the formats in XML share: parsing a stranger's file within limits, and names."""

from pathlib import Path
from xml.etree import ElementTree
from xml.parsers import expat

from reverie.errors import InputError
from reverie.formats.opening import prefix_errors, read_bytes

LARGEST_XML, MOST_ELEMENTS, DEEPEST = 64 << 20, 500_000, 200
"""The largest XML file in bytes, the most elements in it, and the most levels of them."""

MOST_POINTS = 2_000_000
"""The most points of one ink in XML."""


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

"""The error for input that cannot be used, and for optional packages that are missing."""

from importlib import import_module
from typing import Any

QUOTED, LONGEST = 200, 1000
"""The most characters that a message quotes of a file, and that it has in all."""


class InputError(ValueError):
    """Input that cannot be used. The message is one sentence: what is wrong, where, what to do.

    It is one line of printable characters, whatever it quotes.
    """

    def __init__(self, message: str):
        super().__init__(excerpt(message, LONGEST))


def excerpt(said: object, most: int = QUOTED) -> str:
    """What a message shows of a text that others wrote: its beginning, in printable characters.

    Control characters, which could make a terminal do anything, and the other ones that cannot
    be seen stand as their codes.
    """
    text = str(said)
    cut = text if len(text) <= most else f"{text[: most - 3]}..."
    if cut.isprintable():
        return cut
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cut)


CONTROLS = {c: 0x2400 + c for c in range(32) if chr(c) not in "\t\n"} | dict.fromkeys(
    range(127, 160), 65533
)
"""Control characters: the picture of each, or the mark of what cannot be shown."""


def visible(text: str) -> str:
    """A text for a terminal: control characters, which could make it do anything, as pictures."""
    return text.translate(CONTROLS)


def missing_extra(package: str, extra: str) -> InputError:
    """The error for an optional `package` that is not installed, which `extra` installs."""
    return InputError(
        f"this needs the package {package!r}, which is not installed: "
        f"run pip install 'reverie[{extra}]'"
    )


def require(module: str, extra: str, package: str = "") -> Any:
    """The optional `module`, imported; `package` is its name on PyPI where that is another.

    Raises InputError, with what to install, where it is not there.
    """
    root = module.partition(".")[0]
    try:
        import_module(root)
        return import_module(module)
    except ImportError as error:
        raise missing_extra(package or root, extra) from error

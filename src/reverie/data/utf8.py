"""Reading text out of bytes, and naming the bytes that are no text."""

import codecs
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, NamedTuple, get_args

from reverie.errors import InputError

Errors = Literal["strict", "replace", "latin-1"]
"""What to do with bytes that are no UTF-8: refuse them, read each as U+FFFD, or read the whole
text as Latin-1, in which every byte is a character."""

BLOCK = 1 << 16


class Fault(NamedTuple):
    """A byte that is no UTF-8: `line` counts from 1, `offset` in bytes from 0."""

    file: str
    line: int
    offset: int
    byte: int

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}, byte offset {self.offset} (0x{self.byte:02x})"


def check_errors(errors: str) -> None:
    """InputError unless `errors` is one of the policies."""
    if errors not in get_args(Errors):
        raise InputError(
            f"errors={errors!r} is not a policy for undecodable bytes: "
            "use 'strict', 'replace' or 'latin-1'"
        )


def decode_blocks(blocks: Iterable[bytes], file: str, errors: Errors = "strict") -> Iterator[str]:
    """The text of `blocks`, the bytes of `file`, piece by piece.

    Raises InputError at the first undecodable byte where `errors` is "strict".
    """
    if errors == "strict":
        yield from decode_with_faults(blocks, file, _refuse)
        return
    name = "utf-8" if errors == "replace" else "latin-1"
    decoder = codecs.getincrementaldecoder(name)("replace")
    for block in blocks:
        yield decoder.decode(block)
    yield decoder.decode(b"", final=True)


def decode_with_faults(
    blocks: Iterable[bytes], file: str, found: Callable[[Fault], None]
) -> Iterator[str]:
    """The text of `blocks`, undecodable bytes as U+FFFD; `found` is told of each of them."""
    line, offset, rest = 1, 0, b""

    def read(data: bytes, final: bool) -> Iterator[str]:
        nonlocal line, offset, rest
        while True:
            try:
                text, used = codecs.utf_8_decode(data, "strict", final)
                break
            except UnicodeDecodeError as error:
                good = data[: error.start]
                line, offset = line + good.count(b"\n"), offset + error.start
                found(Fault(file, line, offset, data[error.start]))
                yield good.decode() + "\ufffd"
                offset, data = offset + error.end - error.start, data[error.end :]
        line, offset, rest = line + data.count(b"\n", 0, used), offset + used, data[used:]
        yield text

    for block in blocks:
        # Small steps: the rest of a step is read again behind every fault.
        for start in range(0, len(block), BLOCK):
            yield from read(rest + block[start : start + BLOCK], False)
    yield from read(rest, True)


def _refuse(fault: Fault) -> None:
    raise InputError(
        f"{fault} is not UTF-8: convert the file, or read undecodable bytes by the rule "
        "'latin-1' or 'replace'"
    )

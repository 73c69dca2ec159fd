"""Reading text out of bytes, and naming the bytes that are no text."""

import codecs
import io
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, NamedTuple, get_args

from reverie.errors import InputError

Errors = Literal["strict", "replace", "latin-1", "cp1252"]
"""What to do with bytes that are no UTF-8: refuse them, read each as U+FFFD, or read the whole
text as Latin-1, in which every byte is a character, or as cp1252, what Windows calls ANSI: the same
with quotes and dashes at 0x80 to 0x9f."""

BLOCK = 1 << 16
BOM = "\ufeff"


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
            f"use one of {', '.join(get_args(Errors))}"
        )


def decode_blocks(
    blocks: Iterable[bytes], file: str, errors: Errors = "strict", hint: str = ""
) -> Iterator[str]:
    """The text of `blocks`, the bytes of `file`, piece by piece.

    A byte order mark is no text, and LF, CR LF and CR all end a line: a line feed stands for each.
    Raises InputError at the first undecodable byte where `errors` is "strict"; `hint` ends it.
    """
    if errors == "strict":
        yield from decode_with_faults(blocks, file, _refuse(hint))
    else:
        yield from _plain(_decode(blocks, "utf-8" if errors == "replace" else errors))


def _decode(blocks: Iterable[bytes], encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for block in blocks:
        yield decoder.decode(block)
    yield decoder.decode(b"", final=True)


def compose(pieces: Iterable[str]) -> Iterator[str]:
    """The same text in NFC: an accented letter is one character wherever there is one."""
    hold = ""
    for piece in pieces:
        hold += piece
        # Nothing before an ASCII character is composed with what is behind it.
        cut = next((at for at in reversed(range(len(piece))) if piece[at].isascii()), None)
        if cut is not None:
            cut += len(hold) - len(piece)
            yield unicodedata.normalize("NFC", hold[:cut])
            hold = hold[cut:]
    yield unicodedata.normalize("NFC", hold)


def decode_with_faults(
    blocks: Iterable[bytes], file: str, found: Callable[[Fault], None]
) -> Iterator[str]:
    """The text of `blocks` as `decode_blocks` has it, undecodable bytes as U+FFFD; `found` is told
    of each of them."""
    return _plain(_decode_utf8(blocks, file, found))


def _decode_utf8(
    blocks: Iterable[bytes], file: str, found: Callable[[Fault], None]
) -> Iterator[str]:
    ends = Counter[bytes]()
    offset, rest = 0, b""

    def pass_over(good: bytes) -> None:
        ends.update({end: good.count(end) for end in (b"\n", b"\r")})

    def read(data: bytes, final: bool) -> Iterator[str]:
        nonlocal offset, rest
        while True:
            try:
                text, used = codecs.utf_8_decode(data, "strict", final)
                break
            except UnicodeDecodeError as error:
                good = data[: error.start]
                pass_over(good)
                offset += error.start
                # Where no line ends in LF, they end in CR.
                line = 1 + (ends[b"\n"] or ends[b"\r"])
                found(Fault(file, line, offset, data[error.start]))
                yield good.decode() + "\ufffd"
                offset, data = offset + error.end - error.start, data[error.end :]
        pass_over(data[:used])
        offset, rest = offset + used, data[used:]
        yield text

    for block in blocks:
        # Small steps: the rest of a step is read again behind every fault.
        for start in range(0, len(block), BLOCK):
            yield from read(rest + block[start : start + BLOCK], False)
    yield from read(rest, True)


def _plain(pieces: Iterable[str]) -> Iterator[str]:
    """Text without a byte order mark at its head, and with line feeds as its only line ends."""
    translate, begun = io.IncrementalNewlineDecoder(None, translate=True), False
    for piece in filter(None, pieces):
        yield translate.decode(piece if begun else piece.removeprefix(BOM))
        begun = True
    yield translate.decode("", final=True)


def _refuse(hint: str) -> Callable[[Fault], None]:
    def refuse(fault: Fault) -> None:
        # Every printable character of Latin-1 is the same in cp1252.
        raise InputError(
            f"{fault} is not UTF-8: convert the file (iconv -f cp1252 -t utf-8, if it comes from "
            f"Windows){hint}"
        )

    return refuse

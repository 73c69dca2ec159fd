"""A report on a text before training: size, alphabet, faults, baselines and advice."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from reverie.codecs.characters import CODE_POINTS, Characters, code_points
from reverie.codecs.unknown import character_name
from reverie.data.sources import TextSource
from reverie.data.utf8 import Fault, compose, decode_blocks, decode_with_faults
from reverie.errors import excerpt
from reverie.metrics.ngrams import ngram_bits, unigram_bits

__all__ = ["TextReport", "examine", "ngram_bits", "unigram_bits"]

LISTED = 10
RARE = 5
LONG_LINE = 10_000
REPEATABLE = 20
ORDER = 5
PREFIX = 6_000_000
TAG = re.compile(
    r"</?(?:a|b|blockquote|body|br|code|div|em|font|h[1-6]|head|hr|html|i|img|li|ol|p|pre|script|"
    r"small|span|strong|style|sub|sup|table|td|th|title|tr|u|ul)(?:\s[^<>=]{1,80}=[^<>]{0,500})?\s?/?>"
    r"|&(?:amp|quot|lt|gt|nbsp|apos|#\d+|#x[0-9a-f]+);",
    re.IGNORECASE,
)
"""What is HTML and no text."""
FILLERS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
"""Characters that look like nothing although their category does not say so."""


def html_notes(texts: Iterable[str]) -> list[str]:
    """A note on the tags and entities of HTML in texts, if there are any."""
    found: Counter[str] = Counter()
    for text in texts:
        found.update(TAG.findall(text))
    return _note_html(found)


def _note_html(found: Counter[str]) -> list[str]:
    if not found:
        return []
    ((usual, _),) = found.most_common(1)
    return [f"{found.total():,} tags or entities of HTML, such as {excerpt(usual)}: remove them"]


def is_invisible(character: str) -> bool:
    """Is it a character that cannot be seen, or a space other than the plain one?"""
    odd = unicodedata.category(character) in ("Cc", "Cf", "Zs", "Zl", "Zp")
    selects = "\ufe00" <= character <= "\ufe0f"
    return character not in " \t\n" and (odd or selects or character in FILLERS)


@dataclass(frozen=True)
class TextReport:
    """The findings of `examine`.

    `alphabet` maps each character to its frequency. `repeated` is the fraction of the characters
    in lines of 20 or more that are in a line seen before. `decomposed` characters would go in NFC:
    accents apart from their letters. The bits per character are held out:
    estimated on the first 90 % of the first `evaluate` characters and measured on the rest; None
    for shorter texts.
    """

    name: str
    files: int
    bytes: int
    characters: int
    lines: int
    longest_line: int
    alphabet: dict[str, int]
    undecodable: int
    faults: tuple[str, ...]
    tabs: int
    crlf: int
    cr: int
    decomposed: int
    repeated: float
    evaluate: int
    unigram_bits: float | None
    ngram_bits: float | None
    notes: tuple[str, ...]

    @property
    def rare(self) -> list[str]:
        """The characters that occur fewer than 5 times."""
        return [character for character, count in self.alphabet.items() if count < RARE]

    @property
    def invisible(self) -> list[str]:
        """The characters that cannot be seen, and the spaces other than the plain one."""
        return list(filter(is_invisible, self.alphabet))

    def advice(self) -> list[str]:
        """Advice on the findings, one sentence each."""
        sentences = [_enough(self.characters)]
        if self.undecodable:
            sentences.append(
                "Convert the file to UTF-8, or train with --undecodable cp1252 if it comes from "
                "Windows."
            )
        if self.rare:
            sentences.append("Rare characters are hard to learn: consider leaving them out.")
        if self.repeated > 0.2:
            sentences.append(
                "Much of the text is repeated and will be memorised: remove duplicates."
            )
        if self.decomposed:
            sentences.append(
                "Accents stand apart from their letters, as symbols of their own: train with --nfc."
            )
        if self.longest_line > LONG_LINE:
            sentences.append(f"The longest line has {self.longest_line:,} characters: is it text?")
        return sentences

    def to_json(self) -> str:
        """The findings as one JSON object."""
        fields: dict[str, Any] = asdict(self)
        return json.dumps({**fields, "rare": self.rare, "advice": self.advice()}, indent=2)

    def to_text(self) -> str:
        """The findings as text."""
        return "\n".join([self.name, *(f"  {line}" for line in self._findings()), *self.advice()])

    def _findings(self) -> Iterator[str]:
        yield (
            f"{self.characters:,} characters, {self.bytes:,} bytes, {self.lines:,} lines, "
            f"{self.files:,} {'file' if self.files == 1 else 'files'}"
        )
        yield f"{len(self.alphabet)} distinct characters: {_format_alphabet(self.alphabet)}"
        if self.rare:
            names = ", ".join(map(character_name, self.rare[:LISTED]))
            more = f" and {len(self.rare) - LISTED} more" if len(self.rare) > LISTED else ""
            yield f"{len(self.rare)} occur fewer than {RARE} times: {names}{more}"
        yield from self._bits()
        yield (
            f"longest line {self.longest_line:,} characters, {self.repeated:.1%} in repeated "
            f"lines, {self.tabs:,} tabs, {self.crlf:,} CR LF, {self.cr:,} CR alone (read as LF)"
        )
        if self.invisible:
            seen = [f"{self.alphabet[c]:,} {character_name(c)}" for c in self.invisible]
            others = f" and {len(seen) - LISTED} more" if len(seen) > LISTED else ""
            yield f"not to be seen: {', '.join(seen[:LISTED])}{others}"
        if self.decomposed:
            yield f"{self.decomposed:,} accents that stand apart from their letters (not NFC)"
        if self.undecodable:
            yield f"{self.undecodable:,} undecodable bytes: {'; '.join(self.faults)}"
        yield from self.notes

    def _bits(self) -> Iterator[str]:
        if self.unigram_bits is None or self.ngram_bits is None:
            yield "too short to measure bits per character"
            return
        yield (
            f"{self.unigram_bits:.3f} bits per character by frequency, {self.ngram_bits:.3f} by "
            f"a {ORDER}-gram model (on the last tenth of the first {self.evaluate:,} characters)"
        )


def examine(source: TextSource) -> TextReport:
    """The report on a source, read once; undecodable bytes are counted, not refused.

    Raises InputError only where a file cannot be read.
    """
    tally = _Tally()
    for text in tally.read(source):
        tally.add(text)
    unigram, ngram, evaluate = _bits("".join(tally.prefix))
    present = np.flatnonzero(tally.counts)
    return TextReport(
        name=source.name,
        files=len(source.parts),
        bytes=tally.bytes,
        characters=int(tally.counts.sum()),
        lines=tally.lines,
        longest_line=tally.longest_line,
        alphabet={chr(point): int(tally.counts[point]) for point in present},
        undecodable=tally.undecodable,
        faults=tuple(map(str, tally.faults)),
        tabs=int(tally.counts[ord("\t")]),
        crlf=tally.crlf,
        cr=tally.cr - tally.crlf,
        decomposed=tally.decomposed,
        repeated=tally.repeated / max(tally.repeatable, 1),
        evaluate=evaluate,
        unigram_bits=unigram,
        ngram_bits=ngram,
        notes=(*source.notes, *_note_html(tally.html)),
    )


class _Tally:
    """Counts over a text in one pass."""

    def __init__(self) -> None:
        self.counts: npt.NDArray[np.int64] = np.zeros(CODE_POINTS, np.int64)
        self.prefix: list[str] = []
        self.faults: list[Fault] = []
        self.bytes = self.undecodable = self.lines = self.longest_line = 0
        self.crlf = self.cr = self.decomposed = 0
        self.repeated = self.repeatable = 0
        self._room = PREFIX
        self._open_line: list[str] = []
        self._seen: set[int] = set()
        self.html: Counter[str] = Counter()

    def read(self, source: TextSource) -> Iterator[str]:
        """The text of `source`, its bytes and faults counted."""
        for part in source.parts:
            blocks = self._count(part.blocks())
            if source.errors in ("latin-1", "cp1252"):
                pieces = decode_blocks(blocks, part.name, source.errors)
            else:
                pieces = decode_with_faults(blocks, part.name, self._fault)
            yield from compose(pieces) if source.nfc else pieces
            self._end_of_file()

    def add(self, text: str) -> None:
        seen = np.bincount(code_points(text))
        self.counts[: len(seen)] += seen
        if self._room > 0:
            self.prefix.append(text[: self._room])
            self._room -= len(text)
        first, *rest = text.split("\n")
        self._open_line.append(first)
        for line in rest:
            self._line("".join(self._open_line))
            self._open_line = [line]

    def _end_of_file(self) -> None:
        """The last line of a file may lack its newline."""
        if last := "".join(self._open_line):
            self._line(last)
        self._open_line = []

    def _count(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        last = b""
        for block in blocks:
            self.bytes += len(block)
            self.cr += block.count(b"\r")
            self.crlf += (last + block).count(b"\r\n")
            last = block[-1:]
            yield block

    def _fault(self, fault: Fault) -> None:
        self.undecodable += 1
        if len(self.faults) < LISTED:
            self.faults.append(fault)

    def _line(self, line: str) -> None:
        self.lines += 1
        self.longest_line = max(self.longest_line, len(line))
        self.html.update(TAG.findall(line))
        if not line.isascii() and not unicodedata.is_normalized("NFC", line):
            self.decomposed += max(1, len(line) - len(unicodedata.normalize("NFC", line)))
        if len(line) < REPEATABLE:
            return
        mark = hash(line)
        self.repeatable += len(line)
        if mark in self._seen:
            self.repeated += len(line)
        self._seen.add(mark)


def _bits(text: str) -> tuple[float | None, float | None, int]:
    """Held-out bits per character by frequency and by n-grams, and the length of the text used."""
    if len(text) < 20:
        return None, None, len(text)
    codec = Characters.learn([text])
    values = codec.encode(text)
    cut = len(values) * 9 // 10
    train, test = values[:cut], values[cut:]
    unigram = unigram_bits(train, test, codec.size)
    return unigram, ngram_bits(train, test, codec.size, ORDER), len(text)


def _format_alphabet(alphabet: dict[str, int]) -> str:
    # On a letter, an accent that stands alone would look like one that does not.
    accents = {c: f"\N{DOTTED CIRCLE}{c}" for c in alphabet if unicodedata.combining(c)}
    plain = "".join(accents.get(c, c) for c in alphabet if c.isprintable())
    return plain if len(plain) <= 120 else plain[:120] + " ..."


def _enough(characters: int) -> str:
    """Advice by length: about as many parameters as characters."""
    if characters < 20_000:
        return "This is too little text: a model will memorise it; use 100,000 characters or more."
    if characters < 500_000:
        return (
            "This is a little text: a small model (one layer of 128 units) with dropout, "
            "stopped early, can learn its style."
        )
    if characters < 3_000_000:
        return "This is enough for about a million parameters: two layers of 256 units."
    return (
        f"This is enough for about {characters / 1e6:.0f} million parameters: three layers of "
        "512 units have five."
    )

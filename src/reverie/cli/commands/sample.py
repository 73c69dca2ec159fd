"""Write text with a model: the one that ships with Reverie, or your own."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from reverie.cli.parsing import Parser
from reverie.codecs.unknown import Unknown
from reverie.errors import InputError
from reverie.settings import Options, change_group, option
from reverie.tasks.labelled_text.arguments import named_values
from reverie.tasks.text.sampling import SamplerOptions

if TYPE_CHECKING:
    from reverie.tasks.text.generate import TextGenerator

RULE = "-" * 40
LABEL = "what the text is to be; again for each label of the model"


@dataclass(frozen=True)
class SampleOptions(Options):
    """What to begin with, how much to write, and where to."""

    prime: str = option("", "begin with this text")
    prime_file: str = option("", "begin with the text of this file")
    unknown: Unknown = option("error", "what to do with symbols the model does not know")
    length: int = option(1000, "how many symbols to write", least=1)
    forever: bool = option(False, "write until Ctrl-C")
    count: int = option(1, "how many texts, written at once", least=1)
    seed: int | None = option(None, "same seed, same text; else a new one", least=0, below=2**32)
    out: str = option("", "write to this file (several: name-1, name-2 ...)", letter="o")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.prime and self.prime_file:
            raise InputError("prime and prime-file exclude each other: give one")
        if self.forever and (self.count > 1 or self.out):
            raise InputError("forever writes one text to the terminal: leave count and out away")


def run(argv: list[str]) -> int:
    """Streams text as it is drawn."""
    parser = Parser("sample", "[MODEL] [options]", "Write text with a model.")
    parser.add_argument("model", metavar="MODEL", nargs="?", help="a file; else the shipped one")
    parser.add_argument("--label", metavar="NAME=VALUE", action="append", help=LABEL)
    parser.add_options("what", SampleOptions())
    parser.add_options("how", SamplerOptions())
    given = parser.parsed(argv)
    drawing, writing = change_group(SamplerOptions(), given), change_group(SampleOptions(), given)
    seed = secrets.randbelow(2**32) if writing.seed is None else writing.seed
    prime, labels = prime_text(writing), named_values(given.get("label", []))

    from reverie.runtime import prepare

    prepare()
    from reverie.cli.models import open_model
    from reverie.tasks.labelled_text.generate import generator_of
    from reverie.tasks.text.sampling import sampler_of

    loaded = open_model(given.get("model"), "sample", "classify")
    generator = generator_of(loaded.model, loaded.codec, labels, sampler_of(drawing), seed)
    opening = generator.primed(prime, writing.unknown)
    if writing.seed is None and not drawing.greedy:
        print(f"(--seed {seed} writes this again)", file=sys.stderr, flush=True)
    limit = None if writing.forever else writing.length
    deliver(generator, opening, limit, writing)
    return 0


def prime_text(writing: SampleOptions) -> str:
    """What to begin with."""
    if not writing.prime_file:
        return writing.prime
    from reverie.data.sources import open_source

    return open_source(writing.prime_file).text()


def deliver(
    generator: TextGenerator, opening: str, limit: int | None, writing: SampleOptions
) -> None:
    """Writes the texts, each with its opening, as they come."""
    pieces = generator.texts(writing.count, limit)
    if not writing.out:
        show(opening, pieces, writing.count, sys.stdout)
        return
    from reverie.files import replace_file

    with ExitStack() as stack:
        files = [
            stack.enter_context(replace_file(p)) for p in out_paths(writing.out, writing.count)
        ]
        for file in files:
            file.write(opening)
        for row in pieces:
            for file, piece in zip(files, row, strict=True):
                file.write(piece)


def out_paths(out: str, count: int) -> list[Path]:
    """One path, or as many with numbers."""
    path = Path(out)
    if count == 1:
        return [path]
    return [path.with_name(f"{path.stem}-{n}{path.suffix}") for n in range(1, count + 1)]


def show(opening: str, pieces: Iterator[Sequence[str]], count: int, out: TextIO) -> None:
    """The first text as it comes, then the others, a rule between them."""
    if hasattr(out, "reconfigure"):
        out.reconfigure(errors="replace")  # a terminal that is not UTF-8 shows what it can
    waiting: list[list[str]] = [[] for _ in range(count - 1)]
    out.write(opening)
    out.flush()
    for first, *others in pieces:
        out.write(first)
        out.flush()
        for parts, piece in zip(waiting, others, strict=True):
            parts.append(piece)
    for parts in waiting:
        out.write(f"\n{RULE}\n{opening}{''.join(parts)}")
    if out.isatty() or count > 1:
        out.write("\n")
    out.flush()

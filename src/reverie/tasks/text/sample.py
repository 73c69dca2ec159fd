"""The verb `sample` of models of texts: write text to the terminal or to files."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from reverie.concepts import Sampler
from reverie.data.sources import open_source
from reverie.files import replace_file
from reverie.storage import Loaded
from reverie.tasks.task import Given, Note, Output
from reverie.tasks.text.generate import TextGenerator, sampler_of
from reverie.tasks.text.options import SampleOptions, SamplerOptions

RULE = "-" * 40
"""Between two texts."""

MakeGenerator = Callable[[Sampler, int], TextGenerator]
"""The generator with a sampler and a seed."""


def sample(loaded: Loaded, given: Given) -> Output:
    """Text as it is drawn."""
    return write_texts(
        given, lambda how, seed: TextGenerator(loaded.model, loaded.codec, how, seed)
    )


def write_texts(given: Given, generator_of: MakeGenerator) -> Output:
    """The texts of a generator; a seed that was chosen by chance is told."""
    options, choice = given.group(SampleOptions), given.group(SamplerOptions)
    seed = secrets.randbelow(2**32) if options.seed is None else options.seed
    generator = generator_of(sampler_of(choice), seed)
    opening = generator.prime(_prime(options), options.unknown)
    if options.seed is None and not choice.greedy:
        yield Note(f"(--seed {seed} writes this again)")
    pieces = generator.texts(options.count, None if options.forever else options.length)
    if options.out:
        _write_files(opening, pieces, _paths(options.out, options.count))
    else:
        yield from _stream(opening, pieces, options.count)


def _prime(options: SampleOptions) -> str:
    """The text to begin with."""
    return open_source(options.prime_file).text() if options.prime_file else options.prime


def _write_files(opening: str, pieces: Iterator[Sequence[str]], paths: Sequence[Path]) -> None:
    """Writes each text, with its opening, to a file of its own."""
    with ExitStack() as stack:
        files = [stack.enter_context(replace_file(path)) for path in paths]
        for file in files:
            file.write(opening)
        for row in pieces:
            for file, piece in zip(files, row, strict=True):
                file.write(piece)


def _paths(out: str, count: int) -> list[Path]:
    """One path, or several with numbers."""
    path = Path(out)
    if count == 1:
        return [path]
    return [path.with_name(f"{path.stem}-{n}{path.suffix}") for n in range(1, count + 1)]


def _stream(opening: str, pieces: Iterator[Sequence[str]], count: int) -> Output:
    """The first text as it comes, then the others, a rule between them."""
    waiting: list[list[str]] = [[] for _ in range(count - 1)]
    yield opening
    for first, *others in pieces:
        yield first
        for parts, piece in zip(waiting, others, strict=True):
            parts.append(piece)
    for parts in waiting:
        yield f"\n{RULE}\n{opening}{''.join(parts)}"
    if count > 1:
        yield "\n"

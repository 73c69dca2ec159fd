"""The verb `sample` of models of texts: write text to the terminal or to files."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from reverie.codecs.respelling import respell
from reverie.codecs.text import TextCodec
from reverie.concepts import Sampler
from reverie.data.sources import open_source
from reverie.files import replace_file
from reverie.storage import Loaded
from reverie.tasks.task import Given, Output, Remark
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
    prime = yield from respelled(generator.codec, _prime(options))
    opening = generator.prime(prime, options.unknown)
    if options.seed is None and not choice.greedy:
        yield Remark(f"(--seed {seed} writes this again)")
    pieces = generator.texts(options.count, None if options.forever else options.length)
    if options.out:
        _write_files(opening, pieces, _paths(options.out, options.count))
    else:
        yield from _stream(opening, pieces, options.count)


def _prime(options: SampleOptions) -> str:
    """The text to begin with."""
    return open_source(options.prime_file).text() if options.prime_file else options.prime


def respelled(codec: TextCodec, text: str) -> Generator[Remark, None, str]:
    """A text that was given, as a model knows it; a note says in which form it is read."""
    text, forms = respell(codec, text)
    yield from note_forms(forms)
    return text


def note_forms(forms: Iterable[str]) -> Iterator[Remark]:
    """A note on the forms in which a text is read, if there are any."""
    if said := ", ".join(forms):
        yield Remark(f"(read in another form, which the model knows: {said})")


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

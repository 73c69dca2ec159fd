"""Output of ink to files or to the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from reverie.files import number_path
from reverie.formats.braille import to_braille
from reverie.formats.ink_files import write_ink
from reverie.tasks.handwriting.options import InkOutput
from reverie.tasks.handwriting.pages import Page
from reverie.tasks.task import Output, Remark


def deliver(pages: Iterator[Page], options: InkOutput, version: int | None = None) -> Output:
    """Writes pages as they come, one file each; without a file, gives them in Braille dots."""
    if not options.out:
        for page in pages:
            for line in page.lines:
                yield f"{to_braille(line.ink)}\n"
        return
    first = next(pages)
    for number, (page, last) in enumerate(_with_last(first, pages), 1):
        several = None if number == 1 and last else number
        path = number_path(options.out, None if version is None else version + 1, several)
        write_ink(page.ink, path, animated=options.animate, by_speed=options.by_speed)
        lines = "1 line" if len(page.lines) == 1 else f"{len(page.lines)} lines"
        yield Remark(f"{path}: {lines}, {len(page.ink.points):,} points")


def _with_last(first: Page, others: Iterator[Page]) -> Iterator[tuple[Page, bool]]:
    """Each page with whether it is the last."""
    current = first
    for following in others:
        yield current, False
        current = following
    yield current, True

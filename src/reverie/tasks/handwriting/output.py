"""Where ink goes to: files, or the terminal. No jax here."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reverie.errors import InputError
from reverie.settings import Options, option

if TYPE_CHECKING:
    from reverie.tasks.handwriting.pages import Page


@dataclass(frozen=True)
class InkOutput(Options):
    """Where the ink goes."""

    out: str = option("", "this file: .svg, .png, .gif, .gcode, .inkml or .json", letter="o")
    animate: bool = option(False, "the pen writes: .svg and .gif")
    by_speed: bool = option(False, "thin where the pen was fast: .svg, .png and .gif")

    def check(self) -> None:
        """InputError for a format that is none, or cannot do what is asked; before any work."""
        if self.out:
            from reverie.formats.ink_files import check_format

            check_format(self.out, animated=self.animate, by_speed=self.by_speed)
            if not Path(self.out).parent.is_dir():
                raise InputError(f"there is no folder to write {self.out} into: make it first")
        elif self.animate or self.by_speed:
            raise InputError("animate and by-speed need a file: name it with --out")


def deliver(pages: Iterator[Page], drawn: InkOutput, version: int | None = None) -> None:
    """Draws pages as they come: one file each, or into the terminal."""
    from reverie.formats.braille import to_braille
    from reverie.formats.ink_files import write_ink

    if not drawn.out:
        for page in pages:
            for line in page.lines:
                print(to_braille(line.ink), flush=True)
        return
    first = next(pages)
    for number, (page, last) in enumerate(_with_last(first, pages), 1):
        several = None if number == 1 and last else number
        path = number_path(Path(drawn.out), version, several)
        write_ink(page.ink, path, animated=drawn.animate, by_speed=drawn.by_speed)
        lines = "1 line" if len(page.lines) == 1 else f"{len(page.lines)} lines"
        print(f"{path}: {lines}, {len(page.ink.points):,} points", file=sys.stderr, flush=True)


def _with_last(first: Page, others: Iterator[Page]) -> Iterator[tuple[Page, bool]]:
    """Each page, and whether it is the last."""
    current = first
    for following in others:
        yield current, False
        current = following
    yield current, True


def number_path(path: Path, version: int | None, page: int | None) -> Path:
    """The path with the numbers of a version and a page, where there are several."""
    said = [str(n) for n in (None if version is None else version + 1, page) if n is not None]
    return path.with_name("-".join([path.stem, *said]) + path.suffix)

"""Output of ink to files or to the terminal. No jax."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reverie.errors import InputError
from reverie.formats.suffixes import check_format
from reverie.settings import Options, option

if TYPE_CHECKING:
    from reverie.tasks.handwriting.pages import Page


@dataclass(frozen=True)
class InkOutput(Options):
    """Output of ink."""

    out: str = option(
        "", "The output file: .svg, .png, .gif, .gcode, .inkml, .json or .npz.", letter="o"
    )
    animate: bool = option(False, "Animate the pen, in .svg and .gif.")
    by_speed: bool = option(
        False, "Draw thin lines where the pen was fast, in .svg, .png and .gif."
    )

    def check(self) -> None:
        """Raises InputError for an unknown format or one without these options, before any work."""
        if self.out:
            check_format(self.out, animated=self.animate, by_speed=self.by_speed)
            if not Path(self.out).parent.is_dir():
                raise InputError(f"there is no folder to write {self.out} into: make it first")
        elif self.animate or self.by_speed:
            raise InputError("animate and by-speed need a file: name it with --out")


def deliver(pages: Iterator[Page], output: InkOutput, version: int | None = None) -> None:
    """Writes pages as they come, one file each, or prints them in the terminal."""
    from reverie.formats.braille import to_braille
    from reverie.formats.ink_files import write_ink

    if not output.out:
        for page in pages:
            for line in page.lines:
                print(to_braille(line.ink), flush=True)
        return
    first = next(pages)
    for number, (page, last) in enumerate(_with_last(first, pages), 1):
        several = None if number == 1 and last else number
        path = number_path(Path(output.out), version, several)
        write_ink(page.ink, path, animated=output.animate, by_speed=output.by_speed)
        lines = "1 line" if len(page.lines) == 1 else f"{len(page.lines)} lines"
        print(f"{path}: {lines}, {len(page.ink.points):,} points", file=sys.stderr, flush=True)


def _with_last(first: Page, others: Iterator[Page]) -> Iterator[tuple[Page, bool]]:
    """Each page with whether it is the last."""
    current = first
    for following in others:
        yield current, False
        current = following
    yield current, True


def number_path(path: Path, version: int | None, page: int | None) -> Path:
    """The path with the numbers of a version and a page, where there are several."""
    numbers = [str(n) for n in (None if version is None else version + 1, page) if n is not None]
    return path.with_name("-".join([path.stem, *numbers]) + path.suffix)

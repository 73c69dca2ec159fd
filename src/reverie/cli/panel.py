"""The live panel of a training: the state of the run in one place, rendered as lines of text."""

from __future__ import annotations

import math
import shutil
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TextIO

from reverie.runs.events import Previewed, RunEvent
from reverie.tasks.task import Preview, Unit
from reverie.training.events import Evaluated, Notice, Progressed

BLOCKS = "▁▂▃▄▅▆▇█"


@dataclass
class Watched:
    """What a panel shows."""

    title: str
    unit: Unit
    references: str
    """What is known without a network."""
    latest: Progressed | None = None
    valid: float | None = None
    best: float | None = None
    curve: list[float] = field(default_factory=list)
    """The loss as people read it, one a report."""
    preview: Preview | None = None
    notices: list[str] = field(default_factory=list)

    def see(self, event: RunEvent) -> None:
        """Takes an event in."""
        match event:
            case Progressed():
                self.latest = event
                self.curve.append(self.unit.of(event.loss))
            case Evaluated():
                self.valid = self.unit.of(event.nats)
                self.best = self.valid if event.best else self.best
            case Notice():
                self.notices.append(event.text)
            case Previewed():
                self.preview = event.preview
            case _:
                pass


def render(watched: Watched, width: int) -> list[str]:
    """The panel as lines, none wider than `width`."""
    lines = [watched.title, *_state(watched), *_picture(watched, width)]
    if watched.preview:
        lines += ["", *(f"  | {line}" for line in wrap(watched.preview.text, width - 4))]
        lines.append(f"  {watched.preview.note}")
    lines += [f"! {text}" for text in watched.notices[-2:]]
    return [line[:width] for line in lines]


def _state(watched: Watched) -> Iterator[str]:
    now = watched.latest
    if now is None:
        yield "  compiling ..."
        return
    left = now.spent.seconds * (1 - now.progress) / max(now.progress, 1e-9)
    yield (
        f"  {bar(now.progress, 24)} {now.progress:4.0%}  {clock(now.spent.seconds)} gone, "
        f"{clock(left)} left   step {now.spent.step:,}, epoch {now.spent.epoch:.2f}"
    )
    unit, valid = watched.unit, ""
    if watched.best is not None:
        digits = unit.digits
        valid = f"   valid {watched.valid:z.{digits}f} (best {watched.best:z.{digits}f})"
    yield f"  {unit.format(now.loss)}{valid}"
    yield (
        f"  {now.elements_per_second:,.0f} {unit.element}s a second   gradient "
        f"{now.gradient_norm:.3g}   rate {now.rate:.2e}"
    )


def _picture(watched: Watched, width: int) -> Iterator[str]:
    """The curve of the loss, and what to compare it with."""
    if watched.references:
        yield f"  baselines: {watched.references}"
    if watched.curve:
        yield "  " + sparkline(watched.curve, min(60, width - 2))


def bar(fraction: float, width: int) -> str:
    """A bar, filled by a fraction."""
    full = round(min(max(fraction, 0.0), 1.0) * width)
    return "█" * full + "░" * (width - full)


def clock(seconds: float) -> str:
    """Seconds as people say them."""
    if not math.isfinite(seconds) or seconds > 360_000:
        return "long"
    whole = round(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def sparkline(numbers: list[float], width: int) -> str:
    """A row of blocks, each the mean of its share of the numbers; higher is more."""
    finite = [number for number in numbers if math.isfinite(number)]
    if not finite:
        return ""
    columns = min(width, len(finite))
    cuts = [round(k * len(finite) / columns) for k in range(columns + 1)]
    means = [sum(finite[a:b]) / (b - a) for a, b in pairwise(cuts)]
    low, high = min(means), max(means)
    scale = (len(BLOCKS) - 1) / (high - low) if high > low else 0.0
    return "".join(BLOCKS[round((mean - low) * scale)] for mean in means)


def wrap(text: str, width: int, lines: int = 6) -> list[str]:
    """The first lines of a text, as wide as there is room, with nothing that moves the cursor."""
    shown = []
    for line in text.splitlines():
        plain = "".join(c if c.isprintable() else " " for c in line)
        shown += textwrap.wrap(plain, max(width, 8)) or [""]
    return shown[:lines]


class Terminal:
    """Draws the panel in place."""

    def __init__(self, out: TextIO = sys.stdout):
        self.out, self.height = out, 0

    def show(self, watched: Watched, event: RunEvent) -> None:
        """Draws it over what it drew before."""
        size = shutil.get_terminal_size()
        lines = render(watched, size.columns - 1)[: size.lines - 1]
        up = f"\x1b[{self.height}F" if self.height else ""
        # Each line is cleared behind its end, and the screen below the last: no flicker.
        body = "".join(f"{line}\x1b[K\n" for line in lines)
        self.out.write(f"{up}{body}\x1b[J")
        self.out.flush()
        self.height = len(lines)


class Lines:
    """Prints a line a report: for logs and pipes."""

    def __init__(self, out: TextIO = sys.stdout):
        self.out = out

    def show(self, watched: Watched, event: RunEvent) -> None:
        """Prints what the event says, if it says something."""
        for line in _lines(watched, event):
            self.out.write(line + "\n")
        self.out.flush()


def _lines(watched: Watched, event: RunEvent) -> Iterator[str]:
    unit = watched.unit
    match event:
        case Progressed():
            yield (
                f"step {event.spent.step}  {event.progress:.1%}  "
                f"{unit.format(event.loss, unit.digits + 1)}  "
                f"{event.elements_per_second:,.0f} {unit.element}s/s  gradient "
                f"{event.gradient_norm:.3g}  rate {event.rate:.2e}"
            )
        case Evaluated():
            mark = "  best so far" if event.best else ""
            yield f"step {event.spent.step}  valid {unit.format(event.nats, unit.digits + 1)}{mark}"
        case Previewed():
            yield from (f"  | {line}" for line in wrap(event.preview.text, 100))
            yield f"  {event.preview.note}"
        case Notice():
            yield f"step {event.spent.step}  {event.text}"
        case _:
            pass


def panel_for(out: TextIO) -> Terminal | Lines:
    """What suits an output."""
    return Terminal(out) if out.isatty() else Lines(out)

"""What is told of work that takes long, while one waits for it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

PATIENCE, PAUSE = 2.0, 0.5
"""Seconds before anything is told, and between two times."""


def follow(items: Sequence[T], said: str) -> Iterator[T]:
    """Each of the items; if they take long and somebody watches, how far they are, in one line of
    standard error: what is done (`said`), how many of all, so many a second, and the time left."""
    begun = told = time.monotonic()
    for done, item in enumerate(items):
        now = time.monotonic()
        if done and now - begun > PATIENCE and now - told > PAUSE and sys.stderr.isatty():
            rate = done / (now - begun)
            left = time.strftime("%H:%M:%S", time.gmtime((len(items) - done) / rate))
            print(
                f"\r{said}: {done:,} of {len(items):,}, {rate:,.1f} a second, {left} left\033[K",
                end="",
                file=sys.stderr,
                flush=True,
            )
            told = now
        yield item
    if told > begun:
        print("\r\033[K", end="", file=sys.stderr, flush=True)

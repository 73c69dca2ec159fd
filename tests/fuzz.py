"""Malformed files for every reader: each is read or refused in a sentence, soon and in little room.

`make fuzz` runs it for a few minutes. A valid small file of each kind is damaged at random, byte by
byte and in the places where its format says something: numbers, names, shapes, what is packed in
what. A reader may return or raise InputError. Anything else is a fault, and so are more than
`SECONDS` and more than `ROOM`; the file that did it is kept. One seed gives the same files again.
"""

from __future__ import annotations

import argparse
import faulthandler
import resource
import signal
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import NamedTuple

from malformed.readers import Reader, readers

SECONDS, ROOM = 5, 1 << 30


class Fault(NamedTuple):
    """What a reader did that it must not."""

    reader: str
    number: int
    what: str
    data: bytes


def inputs(reader: Reader, count: int, seed: int) -> Iterator[tuple[int, str, bytes]]:
    """So many damaged files of a reader: number, name, content."""
    names = list(reader.files)
    for number in range(count):
        random = Random(f"{seed}/{reader.name}/{number}")
        name = names[number % len(names)]
        data = reader.files[name]
        for _ in range(random.choice((1, 1, 1, 2))):
            with suppress(Exception):  # twice damaged, it may no longer be what can be taken apart
                data = random.choice(reader.damages)(random, data)
        yield number, name, data


def fuzz(reader: Reader, count: int, seed: int) -> Iterator[Fault | bool]:
    """Of each input, whether it was read, or the fault."""
    with tempfile.TemporaryDirectory() as folder:
        for number, name, data in inputs(reader, count, seed):
            path = Path(folder, name)
            path.write_bytes(data)
            outcome = attempt(reader.read, path)
            yield Fault(reader.name, number, outcome, data) if isinstance(outcome, str) else outcome


def attempt(read: Callable[[Path], object], path: Path) -> bool | str:
    """Whether a file was read and not refused; or what went wrong."""
    from reverie.errors import InputError

    before = peak()
    try:
        with limits():
            read(path)
        outcome: bool | str = True
    except InputError as error:
        outcome = (
            False if str(error).isprintable() else f"a message that cannot be printed: {error}"
        )
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        place = [frame for frame in frames if frame.filename != __file__][-1]
        outcome = f"{type(error).__name__} at {place.filename}:{place.lineno} ({str(error)[:80]})"
    if peak() - before > ROOM:
        return f"took {(peak() - before) / 2**30:.1f} GB"
    return outcome


class TooSlow(Exception):
    """The time is over."""


@contextmanager
def limits() -> Iterator[None]:
    """Stops what takes too long; what does not even stop then ends the program with its stack."""

    def stop(*_: object) -> None:
        raise TooSlow(f"more than {SECONDS} s")

    usual = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    faulthandler.dump_traceback_later(12 * SECONDS, exit=True)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        faulthandler.cancel_dump_traceback_later()
        signal.signal(signal.SIGALRM, usual)


def peak() -> int:
    """The most memory that this process ever had, in bytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most << 10


@contextmanager
def bounded(room: int) -> Iterator[None]:
    """So much more address space and no more: an allocation beyond it is a MemoryError."""
    with open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    usual = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (used + room, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, usual)


def main() -> int:
    """Fuzzes each reader, prints the counts, keeps what found a fault."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=12_000, help="inputs in all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="only readers whose names contain this")
    parser.add_argument("--keep", default=".cache/fuzz", help="folder for what found a fault")
    options = parser.parse_args()
    chosen = [reader for reader in readers() if options.only in reader.name]
    unit = -(-options.count // sum(reader.share for reader in chosen))
    faults: list[Fault] = []
    print(f"{'reader':22}{'inputs':>8}{'read':>8}{'refused':>9}{'faults':>8}")
    for reader in chosen:
        with bounded(2 * ROOM):
            outcomes = list(fuzz(reader, unit * reader.share, options.seed))
        found = [outcome for outcome in outcomes if isinstance(outcome, Fault)]
        read = sum(outcome is True for outcome in outcomes)
        refused = len(outcomes) - read - len(found)
        print(f"{reader.name:22}{len(outcomes):8,}{read:8,}{refused:9,}{len(found):8,}", flush=True)
        faults += found
    print(f"{sum(reader.share for reader in chosen) * unit:,} inputs, {len(faults):,} faults")
    print(f"peak memory of this process: {peak() / 2**20:,.0f} MB")
    for what, count in Counter((fault.reader, fault.what) for fault in faults).most_common(60):
        print(f"  {count} x {what[0]}: {what[1]}")
    for fault in faults:
        path = Path(options.keep, f"{fault.reader.replace(' ', '-')}-{fault.number}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(fault.data)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

"""Malformed files for every reader: each is read or refused in a sentence, soon and in little room.

`make fuzz` runs it for a few minutes. A valid small file of each kind is damaged at random, byte by
byte and in the places where its format says something: numbers, names, shapes, what is packed in
what. A reader may return or raise InputError. Anything else is a fault, and so are more than
`SECONDS` and more than `ROOM`; the file that did it is kept. One seed gives the same files again.
"""

from __future__ import annotations

import argparse
import bz2
import faulthandler
import gzip
import io
import json
import lzma
import re
import resource
import signal
import sys
import tempfile
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import numpy as np

SECONDS, ROOM = 5, 1 << 30
GOLDEN = Path(__file__).parent / "golden"

Damage = Callable[[Random, bytes], bytes]


class Reader(NamedTuple):
    """What reads a kind of file, valid files by name, and the ways in which they are damaged."""

    name: str
    read: Callable[[Path], object]
    files: Mapping[str, bytes]
    damages: Sequence[Damage]
    share: int = 1
    """How many times as many inputs as of the smallest kinds."""


class Fault(NamedTuple):
    """What a reader did that it must not."""

    reader: str
    number: int
    what: str
    data: bytes


# Damage.

NUMBERS = (
    *("0", "-1", "1", "2", "255", "65536", "-0.0", "1e-320", "1e308", "1e400", "-1e400", "NaN"),
    *("inf", "4294967296", "9223372036854775807", "9" * 25, "9" * 400, "9" * 5000, "0x1f", "1_0"),
    *("1" * 200_000, "1e" * 50_000, "1." * 50_000, "-" * 100_000, "1,5", "1 " * 50_000),
    *("0.1.2", "+", "e", "--1", "\u0661", "1,5", ""),
)
WORDS = (
    *("\x00", "\x1b[31m", "\ufeff", "\ufffe", "\u202e", "\r", "\u2028", '"', "'", "\\", "\t", ","),
    *("<", "&amp;", "&x;", "<!--", "<![CDATA[", "{", "}", "[", "]", "(", ")", ";", "null", "true"),
    *(
        "<!DOCTYPE a [<!ENTITY x 'xx'>]>",
        "M",
        "z",
        "matrix(",
        "#",
        "..",
        "/dev/zero",
        "/etc/passwd",
    ),
    *(
        "[" * 100_000,
        '{"a":' * 1000,
        "<g>" * 500,
        "9" * 10_000,
        " " * 50_000,
        "(" * 3000,
        "1 " * 9999,
    ),
)


def damage_bytes(random: Random, data: bytes) -> bytes:
    """Bytes changed, cut out, doubled, cut off or put in."""
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 4, 16))):
        at = random.randrange(len(changed) + 1)
        to = min(len(changed), at + random.choice((1, 2, 4, 8, 64, 512)))
        match random.randrange(6):
            case 0:
                changed[at:to] = random.randbytes(to - at)
            case 1:
                del changed[at:to]
            case 2:
                changed[at:at] = changed[at:to]
            case 3:
                changed[at:at] = random.randbytes(random.choice((1, 4, 64)))
            case 4:
                changed[at:to] = bytes([random.choice((0, 0xFF, 0x7F, 0x80))]) * (to - at)
            case 5 if random.random() < 0.3:
                del changed[at:]
    return bytes(changed)


def damage_text(random: Random, data: bytes) -> bytes:
    """Numbers and words changed, and pieces of text put elsewhere."""
    text = data.decode("utf-8", "surrogateescape")
    for _ in range(random.choice((1, 1, 2, 3))):
        found = list(re.finditer(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", text[:20_000]))
        at = random.randrange(len(text) + 1)
        match random.randrange(5):
            case 0 | 1 if found:
                one = random.choice(found)
                text = text[: one.start()] + random.choice(NUMBERS) + text[one.end() :]
            case 2:
                text = text[:at] + random.choice(WORDS) + text[at:]
            case 3:
                to = at + random.choice((1, 5, 30))
                text = text[:at] + text[to:]
            case 4:
                begin = random.randrange(len(text) + 1)
                piece = text[begin : begin + random.choice((3, 20, 200))]
                text = text[:at] + piece * random.choice((1, 2, 50)) + text[at:]
    return text.encode("utf-8", "surrogateescape" if random.random() < 0.9 else "replace")


def damage_runs(random: Random, data: bytes) -> bytes:
    """A character or a few of them very often: what takes quadratic time takes for ever."""
    text = data.decode("utf-8", "surrogateescape")
    at = random.randrange(len(text) + 1)
    piece = text[at : at + random.choice((1, 1, 1, 2, 3, 12))]
    if random.random() < 0.3:
        piece = random.choice(' 0(,-\t"&<{[')
    text = text[:at] + piece * (150_000 // max(1, len(piece))) + text[at:]
    return text.encode("utf-8", "surrogateescape")


def recode(random: Random, data: bytes) -> bytes:
    """The text in another encoding, with other ends of lines."""
    text = data.decode("utf-8", "replace")
    text = text.replace("\n", random.choice(("\n", "\r\n", "\r", "\u2028", "\n\r", "\x0b")))
    codec = random.choice(
        (
            "utf-16",
            "utf-16-le",
            "utf-32",
            "cp1252",
            "latin-1",
            "utf-7",
            "cp037",
            "shift_jis",
            "utf-8-sig",
        )
    )
    return text.encode(codec, "replace")


DEEP = "so many lists in each other that a stack ends"


def to_json(random: Random, value: Any) -> str:
    """As JSON, with lists as deep as JSON's writer would not go."""
    text = json.dumps(value)
    for name in (DEEP, json.dumps(DEEP)[1:-1]):
        deep = random.choice((200, 900, 960, 985, 990, 994, 1000, 100_000))
        text = text.replace(f'"{name}"', "[" * deep + "]" * deep)
    return text


def damage_json(random: Random, value: Any) -> Any:
    """A tree of JSON with one node of it replaced, left out or deepened."""
    if isinstance(value, dict) and value and random.random() < 0.85:
        key = random.choice(list(value))
        rest = dict(value)
        if random.random() < 0.08:
            del rest[key]
        elif random.random() < 0.05:
            rest[random.choice(WORDS)[:300]] = random.choice(list(value.values()))
        else:
            rest[key] = damage_json(random, value[key])
        return rest
    if isinstance(value, list) and value and random.random() < 0.85:
        at = random.randrange(len(value))
        return [*value[:at], damage_json(random, value[at]), *value[at + random.randrange(2) :]]
    numbers = (True, -1, 0, 1, 3, 1e300, float("nan"), 10**9, 10**25, 10**400)
    others = (None, "", "a", DEEP, [], {}, [1], [[]], {"a": 1}, [0] * 1000, random.choice(WORDS))
    return random.choice((*numbers, *others, [value] * 3, str(value)[:99]))


def damage_json_text(random: Random, data: bytes) -> bytes:
    """JSON that stays JSON."""
    lines = data.decode().splitlines()
    whole = len(lines) == 1 or not data.startswith(b"{")
    values = [json.loads(data)] if whole else [json.loads(line) for line in lines]
    at = random.randrange(len(values))
    values[at] = damage_json(random, values[at])
    return "\n".join(to_json(random, value) for value in values).encode()


def damage_model(random: Random, data: bytes) -> bytes:
    """A model file that says something else, hash and all."""
    from safetensors.numpy import load, save

    from reverie.storage import _fingerprint

    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    said = json.loads(header["__metadata__"]["reverie"])
    arrays = load(data)
    where = random.choice(("config", "config", "codec", "codec", "medium", "weights", "top"))
    if where == "weights":
        name = random.choice(list(arrays))
        array = arrays[name]
        kinds = ("float64", "float16", "int8", "uint64", "bool", "complex64")
        match random.randrange(5):
            case 0:
                arrays[name] = np.full_like(array, random.choice((np.nan, np.inf, 1e38, 0)))
            case 1:
                arrays[name] = array.astype(random.choice(kinds))
            case 2:
                arrays[name] = array[: random.randrange(len(array) + 1)] if array.ndim else array
            case 3:
                arrays[random.choice(WORDS)[:99]] = arrays.pop(name)
            case 4:
                arrays[name] = array.reshape((1,) * random.choice((1, 30)) + array.shape)
    elif where in said:
        said[where] = damage_json(random, said[where])
    else:
        said = damage_json(random, said)
    with suppress(TypeError, AttributeError, ValueError):
        said["sha256"] = _fingerprint(said, arrays)
    return save(arrays, {"reverie": to_json(random, said)})


def damage_tensors(random: Random, data: bytes) -> bytes:
    """A safetensors file whose list of arrays says something else."""
    length = int.from_bytes(data[:8], "little")
    header = to_json(random, damage_json(random, json.loads(data[8 : 8 + length]))).encode()
    return len(header).to_bytes(8, "little") + header + data[8 + length :]


def damage_checkpoint(random: Random, data: bytes) -> bytes:
    """A checkpoint that says something else."""
    from safetensors.numpy import load, save

    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    about = damage_json(random, json.loads(header["__metadata__"]["reverie"]))
    return save(load(data), {"reverie": to_json(random, about)})


def damage_members(random: Random, data: bytes) -> bytes:
    """An .npz whose arrays say something else, packed in another way."""
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        members = {name: file.read(name) for name in file.namelist()}
    name = random.choice(list(members))
    if random.random() < 0.5:
        members[name] = _damage_array(random, members[name])
    else:
        members[name] = random.choice((damage_bytes, damage_text))(random, members[name])
    if random.random() < 0.05:
        members[random.choice(WORDS)[:50] + ".npy"] = members[name]
    how = random.choice(
        (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", how) as file:
        for each, content in members.items():
            file.writestr(each, content)
    whole = bytearray(packed.getvalue())
    if random.random() < 0.3:
        # In the directory at the end: method, flags, sizes.
        at = whole.find(b"PK\x01\x02") + random.randrange(4, 46)
        whole[at : at + 2] = random.choice((b"\x01\x00", b"\xff\xff", b"\x63\x00", b"\x00\x00"))
    return bytes(whole)


SHAPES = (
    *("()", "(0,)", "(3, 3)", "(-1, 3)", "(1.5,)", "(True, 3)", "None", "(2, 2, 3)", "3"),
    *("(1000000000, 0)", "(4611686018427387904, 3)", f"({'9' * 30}, 3)", f"({'1, ' * 70})"),
)
ELEMENTS = (
    *("'<f8'", "'<M8[s]'", "'<U3'", "'|b1'", "'|O'", "'V100'", "'<c16'", "'<f2'", "'|S0'", "'x'"),
    *("[('a', '<f8')]", "('<f8', (9999, 9999))", "'<U2147483647'", "None", "'>i8'", "'<f16'"),
)


def _damage_array(random: Random, data: bytes) -> bytes:
    """An array of another shape or type than its bytes."""
    head = (
        f"{{'descr': {random.choice(ELEMENTS)}, "
        f"'fortran_order': {random.choice(('True', 'False', '3'))}, "
        f"'shape': {random.choice(SHAPES)}, }}\n"
    ).encode()
    size = random.choice((len(head), len(head), 65535, 5)).to_bytes(2, "little")
    version = random.choice((b"\x01\x00", b"\x01\x00", b"\x02\x00", b"\x03\x00", b"\x09\x00"))
    return b"\x93NUMPY" + version + size + head + data[128 : 128 + random.choice((0, 72, 10**6))]


def packed_by(pack: Any, *inner: Damage) -> Damage:
    """Damage of what a module packs, or of the pack."""

    def damage(random: Random, data: bytes) -> bytes:
        if random.random() < 0.6:
            return damage_bytes(random, data)
        if random.random() < 0.03:
            return pack.compress(b"a" * ((300 if random.random() < 0.1 else 65) << 20))
        return pack.compress(random.choice(inner)(random, pack.decompress(data)))

    return damage


# Valid files.

PROSE = b"It was a bright cold day in April,\nand the clocks were striking 13.\n" * 8
INKML = b"""<?xml version="1.0" encoding="UTF-8"?><ink xmlns="http://www.w3.org/2003/InkML">
<definitions><brush xml:id="b"/></definitions><traceFormat><channel name="X" type="decimal"/>
<channel name="Y" type="decimal"/><channel name="T" type="integer" units="ms"/></traceFormat>
<annotation type="truth">ab</annotation><traceGroup><trace id="t1">10 0 1, 9 14 2, 8 28 3</trace>
<trace type="penDown">1 2 4, 3 4 5</trace></traceGroup></ink>"""
SVG = b"""<svg xmlns="http://www.w3.org/2000/svg" width="9mm" viewBox="0 0 90 40">
<style>.a{stroke:red}</style><title>ab</title><defs><path id="p" d="M0 0h1"/></defs>
<g transform="translate(1,2) scale(2) rotate(30 1 1)"><path class="a" style="fill:none"
d="M1 2L3 4c0 4 4 4 4 0s4-4 4 0q2 4 4 0t4 0a2 3 10 0 1 4 4z"/><polyline points="0,0 1,1 2 0"/>
<line x1="1" y1="2" x2="3px" y2="4"/><circle cx="3" cy="4" r=".5"/>
<rect x="1" y="1" width="3" height="2"/><use href="#p" x="3"/></g></svg>"""
INK = b'{"strokes": [[[0, 1, 0.0], [2, 3.5, 0.01]], [[4, 5, 0.02]]], "text": "ab"}'
TABLE = b'kind,size,text\na,1,"row, row\nyour boat"\nb,2.5,down a stream\na,3,merrily merrily\n'
JSONL = (
    b'{"kind": "a", "size": 1, "text": "row the boat"}\n{"kind": "b", "size": 2, "text": "down"}\n'
)
PAIRS = "ein Haus\ta house\ndrei Häuser\tthree houses\nja\tyes\n".encode()
TOML = b'[network]\nhidden = 12\ncell = "gru"\n[training]\nrate = 0.01\nsteps = 30\nlanes = 4\n'


def drawings() -> dict[str, bytes]:
    """Drawings in all the forms of an .npz."""
    rows = np.array([[1, 2, 0], [3, 0, 1], [0, 5, 0], [1, 1, 1]], np.int16)
    several = np.empty(2, object)
    several[:] = [rows, rows[:2]]
    forms: list[dict[str, Any]] = [
        {"strokes": rows, "lengths": np.array([3, 1])},
        {"train": several, "test": several},
        {"train": np.stack([rows, rows])},
    ]
    return {f"{n}.npz": _npz(form) for n, form in enumerate(forms)}


def _npz(arrays: dict[str, Any]) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def checkpoint() -> bytes:
    """A checkpoint of no training."""
    from safetensors.numpy import save

    from reverie.trees import digest

    arrays = {"learner.a": np.arange(6.0, dtype=np.float32).reshape(2, 3)}
    course = {"step": 3, "position": [0, 1], "seconds": 1.0, "best": None}
    return save(arrays, {"reverie": json.dumps({"course": course, "digest": digest(arrays)})})


def run_note() -> bytes:
    """What stands in the folder of a run."""
    from dataclasses import asdict

    from reverie.recipes import recipe

    return json.dumps(
        {"recipe": "characters", "config": asdict(recipe("characters").Config()), "from": None}
    ).encode()


def use_codec(codec: Any) -> None:
    """What a command does with the codec of a model."""
    from reverie.codecs.ink import Ink

    ink = Ink(([[0, 0], [10, 3], [12, 9]], [[20, 5]]), "to be")
    for each in (codec, getattr(codec, "text", None), getattr(codec, "source", None)):
        if hasattr(each, "symbols") or hasattr(each, "units"):
            each.decode(each.encode("to be or not", "replace"))
            each.decode(np.arange(min(each.size, 50)))
        elif hasattr(each, "strokes") or hasattr(each, "motion") or hasattr(each, "scale"):
            each.encode(ink)


# Readers.


def readers() -> list[Reader]:
    """All that read files which others may have written."""
    from reverie.cli.parsing import config_from
    from reverie.data.sources import open_source
    from reverie.errors import InputError
    from reverie.formats import npz
    from reverie.formats.ink_files import read_inks
    from reverie.header import read_header
    from reverie.loading import load
    from reverie.recipes import recipe
    from reverie.runs.run import open_run
    from reverie.tasks.labelled_text.table import read_table
    from reverie.tasks.translation.pairs import read_pairs
    from reverie.tasks.translation.pairs import read_table as read_pair_table
    from reverie.training import checkpoint as checkpoints

    def read_checkpoint(path: Path) -> None:
        try:
            checkpoints.read(path)
        except checkpoints.DamagedError as error:  # told, and the one before it is used
            raise InputError(str(error)) from error

    def read_model(path: Path) -> None:
        use_codec(load(path).codec)

    def read_text(path: Path) -> None:
        open_source(path, "replace").text()
        open_source(path).text()

    def read_both(path: Path) -> None:
        other = path.with_name("other.txt")
        other.write_text("eins\nzwei\n")
        read_pairs(str(path), str(other))

    plain: tuple[Damage, ...] = (damage_bytes, damage_text, damage_text, damage_runs)
    models = {p.name: p.read_bytes() for p in sorted(GOLDEN.glob("*.reverie"))}
    saved = _npz({"names": np.array(["a", "b"]), "points": np.zeros((2, 3)), "n": np.arange(3)})
    tsv = TABLE.replace(b",", b"\t")
    packs: dict[str, Any] = {"gz": gzip, "bz2": bz2, "xz": lzma}
    return [
        Reader(
            "model",
            read_model,
            models,
            (damage_bytes, damage_model, damage_model, damage_tensors),
            4,
        ),
        Reader("header", read_header, models, (damage_bytes, damage_model, damage_tensors)),
        Reader(
            "drawings .npz",
            read_inks,
            drawings(),
            (damage_bytes, damage_members, damage_members),
            3,
        ),
        Reader("arrays .npz", npz.read, {"a.npz": saved}, (damage_bytes, damage_members)),
        Reader("svg", read_inks, {"a.svg": SVG}, (*plain, recode), 3),
        Reader("inkml", read_inks, {"a.inkml": INKML}, (*plain, recode), 2),
        Reader("ink json", read_inks, {"a.json": INK}, (*plain, damage_json_text), 2),
        Reader(
            "table csv, tsv",
            lambda path: read_table(str(path)),
            {"a.csv": TABLE, "a.tsv": tsv},
            (*plain, recode),
            2,
        ),
        Reader(
            "table json",
            lambda path: read_table(str(path)),
            {"a.jsonl": JSONL},
            (*plain, damage_json_text, recode),
            2,
        ),
        Reader("pairs", lambda p: read_pair_table(str(p)), {"a.tsv": PAIRS}, (*plain, recode)),
        Reader("pairs in two files", read_both, {"a.txt": b"one\ntwo\n"}, (*plain, recode)),
        Reader("text", read_text, {"a.txt": PROSE}, (*plain, recode)),
        *(
            Reader(
                f"text .{name}",
                read_text,
                {f"a.{name}": pack.compress(PROSE)},
                (packed_by(pack, *plain),),
            )
            for name, pack in packs.items()
        ),
        Reader(
            "config toml",
            lambda path: config_from(recipe("characters").Config(), str(path), {}),
            {"a.toml": TOML},
            plain,
        ),
        Reader(
            "checkpoint",
            read_checkpoint,
            {"a.safetensors": checkpoint()},
            (damage_bytes, damage_checkpoint, damage_tensors),
        ),
        Reader(
            "run",
            lambda p: open_run(p.parent),
            {"run.json": run_note()},
            (*plain, damage_json_text),
        ),
    ]


# The run.


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

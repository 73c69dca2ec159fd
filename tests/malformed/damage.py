"""Ways to damage a file: byte by byte, and in the places where its format says something."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any

import numpy as np

Damage = Callable[[Random, bytes], bytes]

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

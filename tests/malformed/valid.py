"""Valid small files of each kind, to be damaged."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import pickletools
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

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
BABI = (
    b"1 Ann is here.\n2 Bob took tea.\n3 Who is here?\tAnn\t1\n1 It rains.\n2 Is it dry?\tno\t1\n"
)
OBJECTS = b"""{"story": "Ann is here.", "question": "Who?", "span": [0, 3], "answer": "Ann"}
{"story": "Bob left. Ann came.", "question": "Who left?", "span": [0, 3], "kind": "who"}
"""
SQUAD = b"""{"data": [{"title": "T", "paragraphs": [{"context": "Ann is here.", "qas": [
{"id": "1", "question": "Who?", "answers": [{"text": "Ann", "answer_start": 0}]}]}]}]}"""
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
    return {f"{n}.npz": pack_npz(form) for n, form in enumerate(forms)}


def pack_npz(arrays: dict[str, Any]) -> bytes:
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


def feature_arrays() -> dict[str, bytes]:
    """Features of pictures in all their forms."""
    forms = (np.ones(4, np.float32), np.ones((3, 4), np.float16), np.ones((2, 2, 4)))
    return {"a.npz": pack_npz({f"{n}.jpg": form for n, form in enumerate(forms)})}


def pictures() -> dict[str, bytes]:
    """A small picture of each kind; of some kinds an animation, with a palette, with EXIF data."""
    from PIL import Image

    numbers = np.random.default_rng(0).integers(0, 255, (12, 9, 3), np.uint8)
    first, second = Image.fromarray(numbers), Image.fromarray(255 - numbers)
    exif = Image.Exif()
    exif[0x0112] = 6
    clip = {"save_all": True, "append_images": [second], "duration": 40}
    forms: list[tuple[str, Any, dict[str, Any]]] = [
        ("jpg", first, {"exif": exif, "progressive": True}),
        ("jpeg", first.convert("CMYK"), {}),
        ("png", first.convert("P"), {"transparency": bytes(range(99))}),
        ("apng", first, {**clip, "format": "PNG"}),
        ("gif", first, clip),
        ("webp", first, clip),
        ("bmp", first, {}),
        ("ppm", first, {}),
    ]
    return {f"a.{suffix}": _picture(image, suffix, how) for suffix, image, how in forms}


def _picture(image: Any, suffix: str, how: Mapping[str, Any]) -> bytes:
    from PIL import Image

    file = io.BytesIO()
    kind = Image.registered_extensions()[f".{suffix}"]
    image.save(file, **{"format": kind, **how})
    return file.getvalue()


STORAGES = {"f4": "FloatStorage", "f8": "DoubleStorage", "i8": "LongStorage", "f2": "HalfStorage"}


def torch_pickle(
    arrays: Mapping[str, np.ndarray], *, shared: bool = False, older: bool = False, **changes: Any
) -> bytes:
    """What PyTorch would say of the arrays, written by hand; or that with something changed.

    With `shared` all of them are in the first storage.
    """
    body = b"\x80\x02}("
    for n, (name, array) in enumerate(arrays.items()):
        strides = tuple(stride // array.itemsize for stride in array.strides)
        said = {"shape": array.shape, "strides": strides, "offset": 0, "length": array.size}
        said |= {"kind": STORAGES[array.dtype.str[1:]]} | changes
        key = "0" if shared else str(n)
        body += _constant(name) + b"ctorch._utils\n_rebuild_tensor_v2\n((" + _constant("storage")
        body += f"ctorch\n{said['kind']}\n".encode() + _constant(key) + _constant("cpu")
        body += _constant(said["length"]) + (b"N" if older else b"") + b"tQ"
        body += b"".join(_constant(said[part]) for part in ("offset", "shape", "strides"))
        body += b"\x89ccollections\nOrderedDict\n)RtR"
    return body + b"u."


def _constant(value: Any) -> bytes:
    """The instructions that put it on the stack."""
    return pickletools.optimize(pickle.dumps(value, 2))[2:-1]


def torch_archive(arrays: Mapping[str, np.ndarray], *, saved: bytes | None = None) -> bytes:
    """A checkpoint as PyTorch writes it; `saved` is another pickle than that of the arrays."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a/data.pkl", torch_pickle(arrays) if saved is None else saved)
        archive.writestr("a/byteorder", "little")
        for n, array in enumerate(arrays.values()):
            archive.writestr(f"a/data/{n}", array.tobytes())
    return file.getvalue()


def older_checkpoint(arrays: Mapping[str, np.ndarray], *, saved: bytes | None = None) -> bytes:
    """The same as before PyTorch 1.6."""
    about = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"long": 4}}
    head = b"".join(pickle.dumps(each, 2) for each in (0x1950A86A20F9469CFC6C, 1001, about))
    keys = pickle.dumps([str(n) for n in range(len(arrays))], 2)
    numbers = [a.size.to_bytes(8, "little") + a.tobytes() for a in arrays.values()]
    said = torch_pickle(arrays, older=True) if saved is None else saved
    return head + said + keys + b"".join(numbers)


def midi(*tracks: bytes, kind: int = 1, division: int = 480, said: int | None = None) -> bytes:
    """A MIDI file of tracks, which may say that it has another number of them."""
    count = len(tracks) if said is None else said
    head = b"MThd" + struct.pack(">IHHh", 6, kind, count, division)
    return head + b"".join(b"MTrk" + struct.pack(">I", len(track)) + track for track in tracks)


def midi_track(*events: tuple[int, bytes]) -> bytes:
    """A track of messages, each with the ticks before it."""
    return b"".join(_ticks(delta) + said for delta, said in (*events, (0, b"\xff\x2f\x00")))


def _ticks(delta: int) -> bytes:
    """A number in the form that is as long as it has to be."""
    digits = [delta & 0x7F]
    while delta := delta >> 7:
        digits.append(delta & 0x7F | 0x80)
    return bytes(reversed(digits))


def midi_files() -> dict[str, bytes]:
    """A tune with what files have, in one track and in two."""
    head = [(0, b"\xff\x51\x03\x09\x27\xc0"), (0, b"\xff\x58\x04\x03\x02\x18\x08")]
    head += [(0, b"\xff\x59\x02\x02\x00"), (0, b"\xff\x03\x04tune"), (0, b"\xf0\x03\x43\x12\xf7")]
    upper = [(0, b"\x90\x48\x50"), (480, b"\x80\x48\x40"), (0, b"\x90\x4a\x50"), (480, b"\x4a\x00")]
    lower = [(0, b"\xc1\x05"), (0, b"\x91\x30\x50"), (960, b"\xb1\x7b\x00"), (240, b"\x99\x24\x50")]
    both = midi_track(*head, *upper, *lower, (9, b"\xff\x51\x03\x05\x27\xc0"))
    tracks = (midi_track(*head), midi_track(*upper), midi_track(*lower))
    return {
        "a.mid": midi(both, kind=0),
        "b.mid": midi(*tracks),
        "c.mid": midi(*tracks[1:], kind=2, division=-(25 << 8) + 40),
    }


def mat_element(kind: int, body: bytes, order: str = "<") -> bytes:
    """A piece of a MATLAB file."""
    return struct.pack(f"{order}II", kind, len(body)) + body + bytes(-len(body) % 8)


def mat_matrix(
    number_class: int, shape: tuple[int, ...], name: str, *content: bytes, order: str = "<"
) -> bytes:
    """A matrix of a MATLAB file, of which the elements in `content` are given."""
    sizes = struct.pack(f"{order}{len(shape)}i", *shape)
    said = mat_element(6, struct.pack(f"{order}II", number_class, 0), order)
    said += mat_element(5, sizes, order) + mat_element(1, name.encode(), order)
    return mat_element(14, said + b"".join(content), order)


def mat_cells(name: str, *rolls: np.ndarray, order: str = "<") -> bytes:
    """A row of cells of matrices in uint8."""
    cells = (
        mat_matrix(9, roll.shape, "", mat_element(2, roll.tobytes("F"), order), order=order)
        for roll in rolls
    )
    return mat_matrix(1, (1, len(rolls)), name, *cells, order=order)


def mat_file(*variables: bytes, packed: bool = False, order: str = "<") -> bytes:
    """A MATLAB file of version 5, or of version 7, which packs each variable."""
    head = b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack(f"{order}H", 0x0100)
    head += b"IM" if order == "<" else b"MI"
    if packed:
        bodies = [zlib.compress(variable) for variable in variables]
        variables = tuple(struct.pack(f"{order}II", 15, len(body)) + body for body in bodies)
    return head + b"".join(variables)


def roll_files() -> dict[str, bytes]:
    """Piano rolls in three parts, as they are and packed."""
    roll = np.zeros((6, 88), np.uint8)
    roll[:4, 39], roll[2:, 43] = 1, 1
    names = [f"{part}data" for part in ("train", "valid", "test")]
    parts = [mat_cells(name, roll, roll[:3]) for name in names]
    swapped = [mat_cells(name, roll, roll[:3], order=">") for name in names]
    return {
        "a.mat": mat_file(*parts),
        "b.mat": mat_file(*parts, packed=True),
        "c.mat": mat_file(*swapped, order=">"),
    }


def story_archive() -> bytes:
    """Task 1 of bAbI in its archive."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as archive:
        for part in ("train", "test"):
            member = tarfile.TarInfo(f"tasks/en/qa1_{part}.txt")
            member.size = len(BABI)
            archive.addfile(member, io.BytesIO(BABI))
    return gzip.compress(whole.getvalue(), mtime=0)

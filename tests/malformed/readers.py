"""What reads files that others may have written, and how each kind of file is damaged."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from malformed.damage import (
    Damage,
    damage_bytes,
    damage_checkpoint,
    damage_json_text,
    damage_members,
    damage_model,
    damage_runs,
    damage_tensors,
    damage_text,
    packed_by,
    recode,
)
from malformed.valid import (
    INK,
    INKML,
    JSONL,
    PAIRS,
    PROSE,
    SVG,
    TABLE,
    TOML,
    checkpoint,
    drawings,
    pack_npz,
    run_note,
)

GOLDEN = Path(__file__).parents[1] / "golden"


class Reader(NamedTuple):
    """What reads a kind of file, valid files by name, and the ways in which they are damaged."""

    name: str
    read: Callable[[Path], object]
    files: Mapping[str, bytes]
    damages: Sequence[Damage]
    share: int = 1
    """How many times as many inputs as of the smallest kinds."""


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
    saved = pack_npz({"names": np.array(["a", "b"]), "points": np.zeros((2, 3)), "n": np.arange(3)})
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

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
    BABI,
    INK,
    INKML,
    JSONL,
    OBJECTS,
    PAIRS,
    PROSE,
    SQUAD,
    SVG,
    TABLE,
    TOML,
    checkpoint,
    drawings,
    feature_arrays,
    midi_files,
    older_checkpoint,
    pack_npz,
    pictures,
    roll_files,
    run_note,
    story_archive,
    torch_archive,
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


PLAIN: tuple[Damage, ...] = (damage_bytes, damage_text, damage_text, damage_runs)
"""What any text suffers."""


def readers() -> list[Reader]:
    """All that read files which others may have written; their order decides what a seed makes."""
    return [
        *of_models(),
        *of_drawings(),
        *of_tables(),
        *of_texts(),
        *of_runs(),
        *of_pictures(),
        *of_music(),
        *of_stories(),
    ]


def of_models() -> list[Reader]:
    """Of whole models, used as a command does, and of their headers alone."""
    from reverie.header import read_header
    from reverie.loading import load

    def read_model(path: Path) -> None:
        use_codec(load(path).codec)

    models = {p.name: p.read_bytes() for p in sorted(GOLDEN.glob("*.reverie"))}
    whole = (damage_bytes, damage_model, damage_model, damage_tensors)
    return [
        Reader("model", read_model, models, whole, 4),
        Reader("header", read_header, models, (damage_bytes, damage_model, damage_tensors)),
    ]


def of_drawings() -> list[Reader]:
    """Of ink in its formats, and of arrays."""
    from reverie.formats import npz
    from reverie.formats.ink_files import read_inks

    members = (damage_bytes, damage_members, damage_members)
    saved = pack_npz({"names": np.array(["a", "b"]), "points": np.zeros((2, 3)), "n": np.arange(3)})
    return [
        Reader("drawings .npz", read_inks, drawings(), members, 3),
        Reader("arrays .npz", npz.read, {"a.npz": saved}, (damage_bytes, damage_members)),
        Reader("svg", read_inks, {"a.svg": SVG}, (*PLAIN, recode), 3),
        Reader("inkml", read_inks, {"a.inkml": INKML}, (*PLAIN, recode), 2),
        Reader("ink json", read_inks, {"a.json": INK}, (*PLAIN, damage_json_text), 2),
    ]


def of_tables() -> list[Reader]:
    """Of labelled texts and of pairs."""
    from reverie.tasks.labelled_text.table import read_table
    from reverie.tasks.translation.pairs import read_pairs
    from reverie.tasks.translation.pairs import read_table as read_pair_table

    def read_both(path: Path) -> None:
        other = path.with_name("other.txt")
        other.write_text("eins\nzwei\n")
        read_pairs(str(path), str(other))

    def read_labelled(path: Path) -> None:
        read_table(str(path))

    separated = {"a.csv": TABLE, "a.tsv": TABLE.replace(b",", b"\t")}
    lines = (*PLAIN, damage_json_text, recode)
    return [
        Reader("table csv, tsv", read_labelled, separated, (*PLAIN, recode), 2),
        Reader("table json", read_labelled, {"a.jsonl": JSONL}, lines, 2),
        Reader("pairs", lambda p: read_pair_table(str(p)), {"a.tsv": PAIRS}, (*PLAIN, recode)),
        Reader("pairs in two files", read_both, {"a.txt": b"one\ntwo\n"}, (*PLAIN, recode)),
    ]


def of_texts() -> list[Reader]:
    """Of texts, as they are and packed."""
    from reverie.data.sources import open_source

    def read_text(path: Path) -> None:
        open_source(path, "replace").text()
        open_source(path).text()

    packs: dict[str, Any] = {"gz": gzip, "bz2": bz2, "xz": lzma}
    packed = [
        Reader(
            f"text .{name}",
            read_text,
            {f"a.{name}": pack.compress(PROSE)},
            (packed_by(pack, *PLAIN),),
        )
        for name, pack in packs.items()
    ]
    return [Reader("text", read_text, {"a.txt": PROSE}, (*PLAIN, recode)), *packed]


def of_runs() -> list[Reader]:
    """Of what a training is asked, and of what it leaves."""
    from reverie.cli.parsing import config_from
    from reverie.errors import InputError
    from reverie.recipes import recipe
    from reverie.runs.run import open_run
    from reverie.training import checkpoint as checkpoints

    def read_config(path: Path) -> None:
        config_from(recipe("characters").Config(), str(path), {})

    def read_checkpoint(path: Path) -> None:
        try:
            checkpoints.read(path)
        except checkpoints.DamagedError as error:  # told, and the one before it is used
            raise InputError(str(error)) from error

    def read_run(path: Path) -> None:
        open_run(path.parent)

    saved = {"a.safetensors": checkpoint()}
    damages = (damage_bytes, damage_checkpoint, damage_tensors)
    return [
        Reader("config toml", read_config, {"a.toml": TOML}, PLAIN),
        Reader("checkpoint", read_checkpoint, saved, damages),
        Reader("run", read_run, {"run.json": run_note()}, (*PLAIN, damage_json_text)),
    ]


def of_pictures() -> list[Reader]:
    """Of pictures and clips, of their features, and of the weights of what sees them."""
    from reverie.formats.features import features_of
    from reverie.formats.pictures import read, read_frames
    from reverie.formats.torch_weights import read as read_weights

    def read_both(path: Path) -> None:
        read(path)
        read_frames(path, 4)

    members = (damage_bytes, damage_members, damage_members)
    arrays = {"a": np.ones((2, 3), np.float32), "n": np.array(7, np.int64)}
    weights = {"a.pth": torch_archive(arrays), "b.pth": older_checkpoint(arrays)}
    return [
        Reader("pictures", read_both, pictures(), (damage_bytes,), 3),
        Reader("features .npz", features_of, feature_arrays(), members),
        Reader("torch weights", read_weights, weights, (damage_bytes,), 2),
    ]


def of_music() -> list[Reader]:
    """Of tunes and of piano rolls."""
    from reverie.data.music.matlab import open_matlab
    from reverie.data.rolls import roll_of
    from reverie.formats.midi import read

    def read_roll(path: Path) -> None:
        roll_of(read(path).tune, 0.25)

    return [
        Reader("midi", read_roll, midi_files(), (damage_bytes,), 3),
        Reader("rolls .mat", open_matlab, roll_files(), (damage_bytes,), 2),
    ]


def of_stories() -> list[Reader]:
    """Of stories with questions, and of a story alone."""
    from reverie.codecs.stories import Stories
    from reverie.data.stories.babi import open_babi
    from reverie.data.stories.dataset import StoryDataset, StoryExamples
    from reverie.data.stories.files import read_questions, read_story
    from reverie.data.stories.jsonl import read_spans

    def read_file(path: Path) -> None:
        questions, _ = read_questions(path)
        texts = [text for question in questions for text in (*question.story, question.question)]
        codec = Stories.learn(texts, [question.answer for question in questions])
        list(StoryDataset(StoryExamples(codec), questions))

    def read_archive(path: Path) -> None:
        open_babi(path, tasks=[1])

    lines = (*PLAIN, damage_json_text, recode)
    objects = {"a.jsonl": OBJECTS, "a.json": SQUAD}
    archive = {"a.tar.gz": story_archive()}
    return [
        Reader("stories bAbI", read_file, {"a.txt": BABI}, (*PLAIN, recode), 2),
        Reader("stories json", read_file, objects, lines, 3),
        Reader("spans json", read_spans, {"a.jsonl": OBJECTS}, lines),
        Reader("stories .tar.gz", read_archive, archive, (packed_by(gzip, damage_bytes),), 3),
        Reader(
            "story", read_story, {"a.txt": b"1 Ann is here.\n2 Bob is not.\n"}, (*PLAIN, recode)
        ),
    ]

"""Music in voices: opened, divided, moved to all keys, and read in batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from reverie.codecs.tune import Tune
from reverie.codecs.voices import REST, VoiceGrid, Voices, moved
from reverie.concepts import Example
from reverie.data.dataset import Dataset, Report
from reverie.data.music.corpora import chorales
from reverie.data.music.folder import few, read_folder
from reverie.data.split import Split, divide
from reverie.encoders.voices import Known
from reverie.errors import InputError
from reverie.formats.opening import counted
from reverie.padding import bucket_shapes
from reverie.tasks.chorales.options import ChoraleData
from reverie.training.sequences import SequenceReader

UNIT, SHAPES = 64, 4
"""Batches are padded to multiples of the first, in steps of a voice, in so many shapes."""


class VoiceScore(NamedTuple):
    """A piece in voices."""

    name: str
    tune: Tune
    upbeat: float = 0.0
    """The length of the bar before the first whole one, in quarters."""


@dataclass(frozen=True)
class Scores:
    """Pieces in voices, in three parts."""

    name: str
    parts: Split[list[VoiceScore]]
    notes: tuple[str, ...] = ()

    def summary(self) -> str:
        """What there is, in a line."""
        train, valid, test = (f"{len(part):,}" for part in self.parts)
        notes = "".join(f"\n{note}" for note in self.notes)
        return (
            f"{self.name}: {train} pieces to learn from, {valid} to watch, {test} for the "
            f"test{notes}"
        )


def open_scores(data: ChoraleData) -> Scores:
    """The pieces that options name. InputError where they are missing or have other voices."""
    if data.data == "chorales":
        library = chorales()
        scores = [VoiceScore(piece.name, piece.tune, piece.upbeat) for piece in library.pieces]
        notes = library.notes
    elif Path(data.data).is_dir():
        scores, notes = _read_scores(data)
    else:
        raise InputError(
            f"{data.data} is no folder of MIDI files: check the path (chorales are what the "
            "package music21 ships)"
        )
    parts = divide(len(scores), data.valid_part, data.test_part)
    return Scores(data.data, parts.map(lambda part: [scores[n] for n in part]), notes)


def _read_scores(data: ChoraleData) -> tuple[list[VoiceScore], tuple[str, ...]]:
    """Those of the files of a folder that have so many voices."""
    files, refused = read_folder(data.data)
    scores = [
        VoiceScore(name, tune)
        for name, (tune, _) in files
        if {note.voice for note in tune.notes} == set(range(data.voices))
    ]
    if not scores:
        raise InputError(
            f"no file below {data.data} has {data.voices} voices, a track or channel each: set "
            "voices, or name another folder"
        )
    if others := len(files) - len(scores):
        refused.insert(0, f"left out: {counted(others, 'file')} of other than {data.voices} voices")
    return scores, tuple(few(refused))


def grids_of(codec: Voices, scores: Sequence[VoiceScore]) -> list[VoiceGrid]:
    """The grid of each piece."""
    return [codec.encode(score.tune, upbeat=score.upbeat) for score in scores]


def shifts_of(codec: Voices, grid: VoiceGrid) -> range:
    """The semitones by which a grid can be moved with its voices in their ranges, with 0."""
    sounding = [[codec.pitch(s) for s in line if s != REST] for line in grid.symbols.T.tolist()]
    within = codec.shifts(sounding)
    return range(min(0, within.start), max(1, within.stop))


class VoiceDataset(Dataset):
    """Each grid in each of its keys, the voices of a step one after the other."""

    def __init__(
        self,
        codec: Voices,
        grids: Sequence[VoiceGrid],
        *,
        keys: bool = False,
        longest: int | None = None,
    ):
        """With `keys`, in every key in which the voices keep within their ranges."""
        kept = [grid for grid in grids if longest is None or len(grid.symbols) <= longest]
        self.grids, self.dropped, self.longest = kept, len(grids) - len(kept), longest
        self.rows = [
            (n, shift)
            for n, grid in enumerate(kept)
            for shift in (shifts_of(codec, grid) if keys else (0,))
        ]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, n: int) -> Example:
        number, shift = self.rows[n]
        grid = self.grids[number]
        symbols = moved(grid.symbols, shift)
        return Example(symbols.reshape(-1), source=Known.of(symbols, grid.places, grid.held))

    def sizes(self, n: int) -> tuple[int, ...]:
        steps, voices = self.grids[self.rows[n][0]].symbols.shape
        return steps * voices, steps

    @property
    def report(self) -> Report:
        if not self.dropped:
            return Report()
        said = f"{self.dropped:,} pieces have more than {self.longest} steps: they are left out"
        return Report(said, self.dropped)


def voice_reader(dataset: VoiceDataset, rows: int, seed: int = 0) -> SequenceReader:
    """The pieces of a data set, `rows` at a time. InputError where there is none."""
    if not len(dataset):
        raise InputError("no piece is left to learn from: give more, or raise longest")
    voices = dataset.grids[0].symbols.shape[1]
    steps = bucket_shapes(dataset.all_sizes()[:, 1:], SHAPES, (UNIT,))
    shapes = [(voices * size, size) for (size,) in steps]
    return SequenceReader(dataset, min(rows, len(dataset)), shapes, seed)

"""Pictures and their captions: opened, divided, and read in batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from reverie.codecs.captions import Captions
from reverie.concepts import Example
from reverie.data.caption_files import read_captions
from reverie.data.dataset import Dataset, Report
from reverie.data.sources import file_blocks
from reverie.data.split import Split, divide
from reverie.encoders.visual import Features, Pixels
from reverie.errors import InputError, excerpt
from reverie.padding import bucket_shapes
from reverie.tasks.captions.options import MADE, CaptionData, CaptionNetwork
from reverie.tasks.captions.scenes import CLIP_SIDE, SIDE, Scene, make_clips, make_pictures
from reverie.tasks.captions.seeing import Made, See, seeing, side_of
from reverie.training.rewards import References
from reverie.training.sequences import SequenceReader

HELD_OUT = 1000
"""Scenes to validate on, and to test on."""
UNIT, SHAPES = 2, 2
"""Batches are padded to multiples of the first, in so many shapes."""
REFERENCES, LONGEST = 5, 30
"""Captions of a picture that a reward compares with, and words of each, at most."""

Source = Pixels | Features


@dataclass(frozen=True)
class Captioned:
    """Pictures, each with what is said of it; they are seen when they are asked for."""

    name: str
    names: list[str]
    """Of the pictures."""
    captions: list[list[str]]
    """Of each picture."""
    see: See = field(repr=False)
    notes: tuple[str, ...] = ()
    """What was left out."""

    def __len__(self) -> int:
        return len(self.names)

    def open(self, n: int) -> Source:
        """What is to be seen in the n-th; where there is no picture, in no place anything."""
        name = self.names[n]
        return self.see(name) if self.see.has(name) else self._blank

    def size(self, n: int) -> int:
        """How many frames or places the n-th has."""
        name = self.names[n]
        return self.see.size(name) if self.see.has(name) else self._blank.memory_size

    @cached_property
    def _blank(self) -> Source:
        return self.see.blank()

    def prepare(self) -> None:
        """Sees all of them, if together that is done faster."""
        self.see.prepare([name for name in dict.fromkeys(self.names) if self.see.has(name)])

    @property
    def said(self) -> dict[str, list[str]]:
        """The captions by the name of their picture, which may be there several times."""
        return dict(zip(self.names, self.captions, strict=True))

    def first(self, most: int | None) -> Captioned:
        """The first pictures, at most so many."""
        return replace(self, names=self.names[:most], captions=self.captions[:most])


def open_captions(data: CaptionData, network: CaptionNetwork, seed: int) -> Split[Captioned]:
    """The pictures that options name. InputError where they or their captions are missing."""
    if data.data in MADE:
        return _make(data, seed)
    said, notes = read_captions(data.captions)
    see = seeing(data, network)
    there = [name for name in said if see.has(name)]
    if not there and data.absent == "skip":
        raise InputError(
            f"none of the {len(said):,} names in {data.captions} is that of a picture in "
            f"{data.data}: the first is {excerpt(next(iter(said), 'none'))!r}"
        )
    parts = _divide(data, said, there)
    notes = (*notes, *_missing(said, there, data))
    # Without any picture, sentences are learned and measured alone.
    if there:
        seen = _those(parts.train, there)
        train = parts.train + (data.repeat - 1) * seen if data.absent == "blind" else seen
        parts = Split(train, _those(parts.valid, there), _those(parts.test, there))
    if not parts.train:
        raise InputError("no picture is left to learn from: name others, or make the parts smaller")
    title = Path(data.captions).name
    split = parts.map(lambda names: Captioned(title, names, [said[name] for name in names], see))
    return split._replace(train=replace(split.train, notes=notes))


def _make(data: CaptionData, seed: int) -> Split[Captioned]:
    """Scenes whose pairs are seen in training to learn from, unseen ones for the rest."""
    make = make_pictures if data.data == "scenes" else make_clips
    train = make(data.scenes, seed, seen=True)
    valid, test = (make(HELD_OUT, at, seen=False) for at in (0, 1))
    return Split(train, valid, test).map(lambda scenes: made(data.data, scenes))


def made(name: str, scenes: Sequence[Scene]) -> Captioned:
    """Scenes as pictures with captions."""
    numbered = {f"{name}-{n}": scene for n, scene in enumerate(scenes)}
    captions = [[scene.caption] for scene in scenes]
    return Captioned(name, list(numbered), captions, Made(numbered))


def _divide(data: CaptionData, said: Mapping[str, Any], there: list[str]) -> Split[list[str]]:
    """The names of the parts: those of lists, and of what is in none the parts that have no list.

    InputError for a name in two lists.
    """
    paths = data.train_names, data.valid_names, data.test_names
    listed = [_read_names(path, said) if path else None for path in paths]
    names = [name for each in listed for name in each or ()]
    if len(names) > len(set(names)):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"{excerpt(twice)} is in two lists of names: leave it in one")
    known = set(names)
    rest = [name for name in there or said if name not in known]
    shares = data.valid_part * (not data.valid_names), data.test_part * (not data.test_names)
    chosen = divide(len(rest), *shares).map(lambda numbers: [rest[n] for n in numbers])
    if data.absent == "blind" and there:
        # Where there are pictures, what is held out has some.
        absent = [name for name in said if name not in known.union(there)]
        chosen = chosen._replace(train=chosen.train + absent)
    return Split(*(a if a is not None else b for a, b in zip(listed, chosen, strict=True)))


def _read_names(path: str, said: Mapping[str, Any]) -> list[str]:
    """The names in a file that have captions, one a line. InputError where none has."""
    text = b"".join(file_blocks(Path(path))).decode(errors="replace")
    names = [name for line in text.splitlines() if (name := line.strip()) in said]
    if not names:
        raise InputError(f"{path} has no name that has a caption: one name a line is needed")
    return names


def _missing(said: Mapping[str, Any], there: list[str], data: CaptionData) -> Iterator[str]:
    """What is to be said of captions whose pictures are not there."""
    if missing := len(said) - len(there):
        done = "left out" if data.absent == "skip" else "to train on, they are read without one"
        yield f"{missing:,} of {len(said):,} captioned pictures are not in {data.data}: {done}"


def _those(names: list[str], there: list[str]) -> list[str]:
    known = set(there)
    return [name for name in names if name in known]


def form_of(data: CaptionData, network: CaptionNetwork, part: Captioned) -> tuple[int, int]:
    """The side of pictures and the width of features, of which one is 0."""
    side = opened_side(data, network)
    return side, 0 if side else int(part.open(0).values.shape[-1])


def opened_side(data: CaptionData, network: CaptionNetwork) -> int:
    """Pixels of a side of what is learned from; 0 of features."""
    if network.encoder == "features":
        return 0
    if data.data in MADE:
        return SIDE if data.data == "scenes" else CLIP_SIDE
    return side_of(data, network)


class CaptionDataset(Dataset):
    """One example for each caption, with its picture as the source.

    Its target are `references` of the captions of the picture, if there are to be any.
    """

    def __init__(
        self,
        codec: Captions,
        captioned: Captioned,
        longest: int | None = None,
        references: int = 0,
    ):
        self.codec, self.captioned, self.references = codec, captioned, references
        rows = [
            (n, codec.encode(caption))
            for n, captions in enumerate(captioned.captions)
            for caption in captions
        ]
        self.rows = [row for row in rows if longest is None or len(row[1]) <= longest]
        self.dropped = len(rows) - len(self.rows)
        self.longest = longest

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, n: int) -> Example:
        picture, values = self.rows[n]
        return Example(
            values, source=self.captioned.open(picture), target=self._references(picture)
        )

    def _references(self, picture: int) -> References | None:
        """What is said of a picture; None where it is not asked for."""
        if not self.references:
            return None
        truths = [self.codec.encode(each) for each in self.captioned.captions[picture]]
        return References.of(truths, self.references, self.longest or LONGEST)

    def sizes(self, n: int) -> tuple[int, ...]:
        picture, values = self.rows[n]
        return len(values), self.captioned.size(picture)

    @property
    def report(self) -> Report:
        if not self.dropped:
            return Report()
        said = f"{self.dropped:,} captions have more than {self.longest} words: they are left out"
        return Report(said, self.dropped)


def captions_reader(
    codec: Captions,
    captioned: Captioned,
    rows: int,
    longest: int | None = None,
    seed: int = 0,
    references: int = 0,
) -> SequenceReader:
    """Captions with their pictures; none longer than `longest`. InputError where none is left."""
    captioned.prepare()
    dataset = CaptionDataset(codec, captioned, longest, references)
    if not len(dataset):
        raise InputError(f"no caption has {longest} words or less: raise longest")
    shapes = bucket_shapes(dataset.all_sizes(), SHAPES, (UNIT, 0))
    return SequenceReader(dataset, min(rows, len(dataset)), shapes, seed)

"""The verb `caption`: pictures in, what is to be seen in them out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np

from reverie.codecs.captions import Captions
from reverie.encoders.onnx import ONNXFeatures
from reverie.encoders.visual import Pixels
from reverie.errors import InputError
from reverie.formats.features import features_of
from reverie.formats.pictures import read_frames, resize
from reverie.inspection.saving import save_figure
from reverie.search.sources import SearchSettings
from reverie.storage import Loaded
from reverie.tasks.captions.generate import ROWS, Caption, Captioner, Source
from reverie.tasks.captions.options import CaptionOptions, MadeOptions
from reverie.tasks.captions.overlay import attention_picture
from reverie.tasks.captions.scenes import make_clips, make_pictures
from reverie.tasks.captions.seeing import as_places, see_all
from reverie.tasks.captions.sheet import Told, write_sheet
from reverie.tasks.task import Given, Note, Output


class Subject(NamedTuple):
    """Something to be captioned."""

    name: str
    source: Source
    pixels: np.ndarray | None
    """The frames (N, H, W, 3), in the size in which they came; None of features."""
    notes: tuple[str, ...] = ()


def caption(loaded: Loaded, given: Given) -> Output:
    """The captions of each picture, with their log-probabilities."""
    options = given.group(CaptionOptions)
    captioner = Captioner(loaded.model, loaded.codec)
    told: list[Told] = []
    waiting = _subjects(loaded, given)
    while subjects := list(islice(waiting, ROWS)):
        for subject in subjects:
            yield from (Note(f"{subject.name}: {note}\n") for note in subject.notes)
        found = captioner.caption([subject.source for subject in subjects], _search(options))
        for subject, captions in zip(subjects, found, strict=True):
            yield from _rows(subject.name, captions[: options.nbest])
            if options.attention or options.page:
                told.append(_read(captioner, subject, captions[: options.nbest]))
    if options.attention and told:
        save_figure(attention_picture(told[0]), options.attention)
    if options.page:
        write_sheet(options.page, told)


def _search(options: CaptionOptions) -> SearchSettings:
    return SearchSettings(
        options.beam, options.length_penalty, block=options.block, longest=options.longest
    )


def _rows(name: str, captions: Sequence[Caption]) -> Iterator[str]:
    """Name, log p and text, with tabs between them."""
    for found in captions:
        mark = "" if found.finished else " (not finished)"
        yield f"{name}\t{found.log_prob:.3f}\t{found.text}{mark}\n"


def _read(captioner: Captioner, subject: Subject, captions: Sequence[Caption]) -> Told:
    """The captions with what was looked at for each word of the best. InputError where there is
    nothing to look at."""
    if subject.pixels is None:
        raise InputError(f"{subject.name} has features and no picture that could be shown")
    reading = captioner.read(subject.source, captions[0].values)
    return Told(subject.name, subject.pixels, list(captions), reading)


def _subjects(loaded: Loaded, given: Given) -> Iterator[Subject]:
    """What the command line names, one after the other."""
    codec: Captions = loaded.codec
    options, number = given.group(CaptionOptions), given.group(MadeOptions).scene
    frames = loaded.config.network.places == "frames"
    network = ONNXFeatures(options.onnx) if options.onnx else None
    if number is not None:
        yield _made(codec, number, frames)
    for path in given.values.get("pictures") or []:
        if path.endswith(".npz"):
            for name, features in features_of(path).items():
                yield Subject(name, as_places(features), None)
            continue
        found = read_frames(path, loaded.config.data.frames if frames else 1)
        side = codec.side or loaded.config.data.side or 224
        squeezed = Pixels.of(np.stack([resize(frame, side) for frame in found.pixels]))
        source: Source = squeezed
        if network is not None:
            source = see_all(network, [squeezed], frames)[0]
        yield Subject(path, source, found.pixels, found.notes)


def _made(codec: Captions, number: int, frames: bool) -> Subject:
    """A scene of things that did not meet where the model learned."""
    scene = (make_clips if frames else make_pictures)(number + 1, 1, seen=False)[number]
    pixels = scene.pixels
    side = codec.side or pixels.shape[1]
    if side != pixels.shape[1]:
        pixels = np.stack([resize(frame, side) for frame in pixels])
    return Subject(f"scene {number}", Pixels.of(pixels), pixels, (f"made as: {scene.caption}",))

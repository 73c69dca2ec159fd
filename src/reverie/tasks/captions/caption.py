"""The verb `caption`: pictures in, what is to be seen in them out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np

from reverie.encoders.onnx import ONNXFeatures
from reverie.errors import InputError
from reverie.formats.features import features_of
from reverie.formats.opening import prefix_errors
from reverie.formats.pictures import read_frames
from reverie.inspection.saving import save_figure
from reverie.search.sources import SearchSettings
from reverie.storage import Loaded
from reverie.tasks.captions.generate import ROWS, Caption, Captioner, Source
from reverie.tasks.captions.options import CaptionOptions, MadeOptions
from reverie.tasks.captions.overlay import attention_picture
from reverie.tasks.captions.scenes import Scene, make_clips, make_pictures
from reverie.tasks.captions.seeing import as_places, see_all, side_of, squeeze
from reverie.tasks.captions.sheet import Told, board, write_sheet
from reverie.tasks.task import Given, Output, Remark


class Subject(NamedTuple):
    """Something to be captioned."""

    name: str
    source: Source
    board: np.ndarray | None = None
    """What can be shown of it; None of features."""
    frames: int = 1
    notes: tuple[str, ...] = ()


def caption(loaded: Loaded, given: Given) -> Output:
    """The captions of each picture, with their log-probabilities.

    Pictures that cannot be read are told, and InputError is raised behind the last of the others.
    """
    options = given.group(CaptionOptions)
    captioner = Captioner(loaded.model, loaded.codec)
    told: list[Told] = []
    refused: list[InputError] = []
    waiting = _subjects(loaded, captioner, given)
    while chosen := list(islice(waiting, ROWS)):
        subjects = [each for each in chosen if isinstance(each, Subject)]
        refused += [each for each in chosen if isinstance(each, InputError)]
        for each in chosen:
            yield from map(Remark, [str(each)] if isinstance(each, InputError) else each.notes)
        found = captioner.caption([subject.source for subject in subjects], _search(options))
        for subject, captions in zip(subjects, found, strict=True):
            yield from _rows(subject.name, captions[: options.nbest])
            if options.attention or options.page:
                told.append(_read(captioner, subject, captions[: options.nbest]))
    if options.attention and told:
        save_figure(attention_picture(told[0]), options.attention)
    if options.page and told:
        write_sheet(options.page, told)
    if refused:
        raise InputError(f"pictures without a caption: {len(refused):,}; see above why")


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
    if subject.board is None:
        raise InputError(f"{subject.name} has features and no picture that could be shown")
    reading = captioner.read(subject.source, captions[0].values)
    return Told(subject.name, subject.board, subject.frames, list(captions), reading)


def _subjects(loaded: Loaded, captioner: Captioner, given: Given) -> Iterator[Subject | InputError]:
    """What the command line names, one after the other; of several, why one cannot be read."""
    config, options = loaded.config, given.group(CaptionOptions)
    clips, frames = config.network.clips, config.network.places == "frames"
    network = ONNXFeatures(options.onnx) if options.onnx else None
    side = loaded.codec.side or side_of(config.data, config.network, network)

    def shown(name: str, pixels: np.ndarray, notes: tuple[str, ...]) -> Subject:
        squeezed = squeeze(pixels, side)
        source = see_all(network, [squeezed], frames)[0] if network else squeezed
        notes = tuple(f"{name}: {note}" for note in notes)
        return Subject(name, source, board(pixels), len(pixels), notes)

    def opened(path: str) -> Iterator[Subject]:
        if path.endswith(".npz"):
            for name, features in features_of(path).items():
                yield Subject(name, as_places(features))
        else:
            found = read_frames(path, config.data.frames if clips else 1)
            yield shown(path, found.pixels, found.notes)

    number, paths = given.group(MadeOptions).scene, given.values.get("pictures") or []
    if number is not None:
        scene = _made(number, clips)
        yield shown(f"scene {number}", scene.pixels, (f"made as: {scene.caption}",))
    for path in paths:
        try:
            for subject in opened(path):
                with prefix_errors(subject.name):
                    captioner.check(subject.source)
                yield subject
        except InputError as error:
            if len(paths) == 1:
                raise
            yield error


def _made(number: int, clips: bool) -> Scene:
    """A scene of things that did not meet where the model learned."""
    (scene,) = (make_clips if clips else make_pictures)(1, 1, seen=False, first=number)
    return scene

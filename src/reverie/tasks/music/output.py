"""Music that was made: files to hear and to see, or lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from reverie.codecs.tune import Tune
from reverie.data.music.keys import key_of, note_name, sharps_of
from reverie.errors import require
from reverie.files import number_path
from reverie.formats import midi, wav
from reverie.inspection.saving import save_figure
from reverie.tasks.music import score
from reverie.tasks.music.options import MusicOutput
from reverie.tasks.music.player import Played, write_player
from reverie.tasks.music.roll import divide_lines, roll_picture
from reverie.tasks.music.sound import synthesise
from reverie.tasks.music.sound_font import check_font, fluidsynth, synthesise_with
from reverie.tasks.music.timing import bar_length
from reverie.tasks.task import Output, Remark


class Composed(NamedTuple):
    """A tune that was made."""

    name: str
    tune: Tune
    probabilities: Float[np.ndarray, "T 88"]
    """How probable each key of a piano was in each step."""
    step: float
    """The quarters of a step."""
    remark: str

    @property
    def sharps(self) -> int:
        """The signature of the key in which it seems to be; flats are negative."""
        return sharps_of(key_of(self.tune))


def check_ready(options: MusicOutput, quarters: float, metre: tuple[int, int] = (4, 4)) -> None:
    """InputError where music of that length could not be written: before it is composed."""
    suffix = Path(options.out).suffix.lower()
    if options.sound_font:
        check_font(options.sound_font)
        fluidsynth()
    if options.score:
        require("verovio", "score")
    elif suffix in (".svg", ".png"):
        divide_lines(quarters, bar_length(metre))
        require("matplotlib", "pictures")
    elif suffix in (".mid", ".midi"):
        require("mido", "music")


def deliver(made: Sequence[Composed], options: MusicOutput) -> Output:
    """Writes each tune to a file of its own, or all to one page; without a file, as text."""
    if not options.out:
        for each in made:
            yield f"{text_of(each.tune)}\n"
        return
    if Path(options.out).suffix.lower() == ".html":
        write_player(options.out, [_played(each, options) for each in made])
        yield Remark(f"{options.out}: {', '.join(each.remark for each in made)}")
        return
    for number, each in enumerate(made, 1):
        path = number_path(options.out, number if len(made) > 1 else None)
        _write(each, path, options)
        yield Remark(f"{path}: {each.remark}")


def _played(made: Composed, options: MusicOutput) -> Played:
    engraved = score.engrave(made.tune, sharps=made.sharps) if options.score else None
    return Played(made.name, made.tune, made.probabilities, engraved, made.remark, step=made.step)


def _write(made: Composed, path: Path, options: MusicOutput) -> None:
    suffix = path.suffix.lower()
    if suffix in (".mid", ".midi"):
        midi.write(made.tune, path)
    elif suffix == ".wav":
        font, tune = options.sound_font, begun(made.tune)
        wav.write(synthesise_with(font, tune) if font else synthesise(tune), path)
    elif options.score:
        score.write(made.tune, path, sharps=made.sharps)
    else:
        save_figure(roll_picture(made.tune, made.probabilities, step=made.step), path)


def begun(tune: Tune) -> Tune:
    """The tune without the silence before its first note."""
    return tune.moved(quarters=-min((note.start for note in tune.notes), default=0.0))


def text_of(tune: Tune) -> str:
    """Each voice in a line: its notes with their lengths in quarters, where that is not one."""
    lines = []
    by_voice = sorted(tune.notes, key=lambda note: (note.voice, note.start, note.pitch))
    for _, notes in groupby(by_voice, key=lambda note: note.voice):
        said = (
            note_name(note.pitch) + (f":{note.length:g}" if note.length != 1 else "")
            for note in notes
        )
        lines.append(" ".join(said))
    return "\n".join(lines)

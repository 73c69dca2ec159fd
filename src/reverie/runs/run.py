"""The folder of a training: what was asked for, the log, the checkpoints, the model."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from reverie.errors import InputError
from reverie.files import is_part, make_directory, remove_parts, replace_file
from reverie.recipes import recipe
from reverie.runs.log import Log
from reverie.settings import all_settings, change, flatten, groups_of


class DataNote(NamedTuple):
    """What a run remembers of its data, to tell whether they are still the same."""

    hashes: Mapping[str, str]
    """A hash of each part."""
    codec: Any
    """The description of the codec with which the model began."""
    changed: bool = False
    """The data were exchanged since then, so the codec can no longer be learned from them."""

    def differences(self, now: DataNote) -> list[str]:
        """What is not as it was, in words."""
        names = {"train": "training part", "valid": "validation part", "test": "test part"}
        said = [names[part] for part, known in self.hashes.items() if now.hashes.get(part) != known]
        return said + ["symbols or scales"] * (not alike(self.codec, now.codec))


def alike(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal but for the rounding of another processor or library."""
    match one, other:
        case dict(), dict():
            return one.keys() == other.keys() and all(alike(one[k], other[k]) for k in one)
        case list(), list():
            return len(one) == len(other) and all(map(alike, one, other))
        case float(), float():
            return math.isclose(one, other, rel_tol=1e-9)
    return bool(one == other)


@dataclass(frozen=True)
class Run:
    """One training of a recipe with a config, in a folder."""

    folder: Path
    recipe: str
    config: Any
    earlier: str | None = None
    """The file of the model that it goes on from."""
    numbered: bool = False
    """The folder was not asked for: if another run takes it first, the next free one will do."""
    data: DataNote | None = None
    """What it remembers of its data, once it was begun."""

    @property
    def log(self) -> Path:
        """What happened, a JSON object a line."""
        return self.folder / "log.jsonl"

    @property
    def checkpoints(self) -> Path:
        """What to resume from."""
        return self.folder / "checkpoints"

    @property
    def previews(self) -> Path:
        """What the model made on the way, where it is more than text."""
        return self.folder / "previews"

    @property
    def model(self) -> Path:
        """What came of it."""
        return self.folder / "model.reverie"

    @property
    def finished(self) -> bool:
        """Whether it came to its end; one that was stopped on the way has a model as well."""
        if not (self.model.exists() and self.log.exists()):
            return False
        with open(self.log, encoding="utf-8") as lines:
            ends = [json.loads(line) for line in lines if line.startswith('{"event": "finished"')]
        return bool(ends) and ends[-1]["reason"] != "interrupted"

    def begin(self, data: DataNote) -> tuple[Run, Log]:
        """Makes the folder and writes down what was asked for; the run as it began, and its log.

        InputError if the folder is in use.
        """
        run = replace(self, data=data)
        if self.numbered:
            run = replace(run, folder=_claim_folder(self.recipe))
        make_directory(run.folder)
        run.refuse_used()
        log = Log(run.log)
        try:
            run.refuse_used()  # by one that was quicker
            remove_parts(run.folder)
            run.write_note()
        except BaseException:
            log.close()
            raise
        return run, log

    def refuse_used(self) -> None:
        """InputError unless the folder is empty, but for what a begin that was killed left."""
        for path in self.folder.iterdir():
            if not (is_part(path) or (path == self.log and not path.stat().st_size)):
                raise InputError(
                    f"{self.folder} is not empty: go on with --resume {self.folder}, or name "
                    "another folder with --out"
                )

    def resume(self) -> Log:
        """Takes a run up again: its log. InputError while another process trains in its folder."""
        log = Log(self.log)
        remove_parts(self.folder)
        return log

    def write_note(self) -> None:
        """Writes down what was asked for."""
        data = self.data and self.data._asdict()
        said = {"recipe": self.recipe, "config": asdict(self.config), "from": self.earlier}
        with replace_file(_note(self.folder)) as file:
            json.dump({**said, "data": data}, file, indent=2)

    def go_on(self, data: DataNote, *, other_data: bool) -> Run:
        """The run with the data as they are now, written down.

        InputError, which says what differs, where they are not those that it was begun with,
        unless `other_data` may be.
        """
        different = self.data.differences(data) if self.data and not other_data else []
        if different:
            raise InputError(
                f"the data of {self.folder} are not those it was begun with (other: "
                f"{', '.join(different)}): put them back, or go on with them as they are by "
                f"reverie train --resume {self.folder} --changed-data"
            )
        run = replace(self, data=data)
        run.write_note()
        return run

    def check_same(self, config: Any) -> None:
        """InputError, which names the difference, unless a config is the one it was begun with."""
        begun = all_settings(self.config)
        for name, setting in all_settings(config).items():
            # Processes only divide the work.
            if name != "processes" and setting.value != begun[name].value:
                raise InputError(
                    f"{self.folder} was begun with {setting.label} {begun[name].value}, not "
                    f"{setting.value}: resume it as it was, or begin another run"
                )


def open_run(folder: str | Path) -> Run:
    """The run in a folder. InputError where there is none."""
    try:
        said = json.loads(_note(Path(folder)).read_text(encoding="utf-8"))
        system = recipe(said["recipe"])
        plain = system.Config()
        config = change(plain, flatten(said["config"], groups_of(plain)))
        data = DataNote(**said["data"]) if said.get("data") else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        reason = f" ({error})" if isinstance(error, InputError) else ""
        raise InputError(
            f"there is no run to resume in {str(folder)!r}{reason}: name the folder of one, such "
            "as runs/characters-1"
        ) from error
    return Run(Path(folder), said["recipe"], config, said.get("from"), data=data)


def free_folder(recipe_name: str) -> Path:
    """The first of runs/NAME-1, runs/NAME-2 ... that does not exist."""
    return next(folder for folder in _numbered_folders(recipe_name) if not folder.exists())


def _claim_folder(recipe_name: str) -> Path:
    """The same, made at once, so that no other run can have it."""
    for folder in _numbered_folders(recipe_name):
        with suppress(FileExistsError):
            make_directory(folder.parent)
            folder.mkdir()
            return folder
    raise AssertionError("numbers do not end")


def _numbered_folders(recipe_name: str) -> Iterator[Path]:
    return (Path("runs") / f"{recipe_name.replace('_', '-')}-{n}" for n in count(1))


def _note(folder: Path) -> Path:
    return folder / "run.json"

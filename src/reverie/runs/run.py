"""The folder of a training: what was asked for, the log, the checkpoints, the model."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from reverie.errors import InputError
from reverie.files import make_directory, replace_file
from reverie.recipes import recipe
from reverie.settings import all_settings, change, flatten, groups_of


@dataclass(frozen=True)
class Run:
    """One training of a recipe with a config, in a folder."""

    folder: Path
    recipe: str
    config: Any
    earlier: str | None = None
    """The file of the model that it goes on from."""

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

    def begin(self) -> None:
        """Makes the folder and writes down what was asked for. InputError if it is in use."""
        make_directory(self.folder)
        if any(self.folder.iterdir()):
            raise InputError(
                f"{self.folder} is not empty: go on with --resume {self.folder}, or name another "
                "folder with --out"
            )
        said = {"recipe": self.recipe, "config": asdict(self.config), "from": self.earlier}
        with replace_file(_note(self.folder)) as file:
            json.dump(said, file, indent=2)

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
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        reason = f" ({error})" if isinstance(error, InputError) else ""
        raise InputError(
            f"there is no run to resume in {str(folder)!r}{reason}: name the folder of one, such "
            "as runs/characters-1"
        ) from error
    return Run(Path(folder), said["recipe"], config, said.get("from"))


def free_folder(recipe_name: str) -> Path:
    """The first of runs/NAME-1, runs/NAME-2 ... that does not exist."""
    number = 1
    while (folder := Path("runs") / f"{recipe_name.replace('_', '-')}-{number}").exists():
        number += 1
    return folder


def _note(folder: Path) -> Path:
    return folder / "run.json"

"""A nest of trainings: each in a folder of its own, and resumed where it was stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reverie.cli.interrupts import Interrupts
from reverie.cli.watch import watch
from reverie.errors import InputError
from reverie.runs.run import Run, open_run


def train_to_end(folder: Path, recipe_name: str, config: Any) -> Path:
    """The model of a training: the one that is there, or after it was begun or gone on with.

    InputError where the folder has the training of another config, KeyboardInterrupt where it was
    asked to stop: what nests it stops as well.
    """
    begun = folder.exists()
    run = open_run(folder) if begun else Run(folder, recipe_name, config)
    if run.config != config:
        raise InputError(
            f"{folder} holds a model that was trained in another way: keep these elsewhere, with "
            "--runs"
        )
    if not run.finished:
        with Interrupts() as interrupts:
            watch(run, interrupts, resume=begun)
        if interrupts.requested():
            raise KeyboardInterrupt
    return run.model

"""A model by its file alone: the header names the recipe, whose task builds the model."""

from __future__ import annotations

from pathlib import Path

from reverie.errors import InputError
from reverie.header import read_header
from reverie.recipes import recipe
from reverie.storage import Loaded, restore


def load(path: str | Path) -> Loaded:
    """The model in a file. InputError as for `restore`, and for a recipe that there is not."""
    name = read_header(path).recipe
    try:
        found = recipe(name)
    except InputError as error:
        raise InputError(f"{path} cannot be loaded: {error}") from error
    return restore(path, found)

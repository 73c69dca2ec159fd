"""The models that commands work with: the user's, or those that come with the package."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from reverie.errors import InputError

if TYPE_CHECKING:
    from reverie.storage import Loaded

SHIPPED = {
    "sample": ("shakespeare", "characters"),
    "inspect": ("shakespeare", "characters"),
    "write": ("handwriting", "handwriting"),
    "read": ("reading", "reading"),
}
"""For each command, the file that comes with Reverie and the recipe that makes another."""


def open_model(path: str | None, use: str, *others: str) -> Loaded:
    """A model for the command `use`: that of a file, or the shipped one.

    Models for the `others` will do as well. Raises InputError where there is none, or it is for
    another command.
    """
    from reverie.recipes import recipe
    from reverie.storage import load

    loaded = load(path or shipped(use))
    about = recipe(loaded.recipe).ABOUT
    if about.use not in (use, *others):
        raise InputError(
            f"{path} is a model of the recipe {loaded.recipe.replace('_', '-')}: "
            f"it is for reverie {about.use}, not for reverie {use}"
        )
    return loaded


def shipped(use: str) -> Path:
    """The model that comes with the package for a command. InputError where it was left out."""
    if use not in SHIPPED:
        raise InputError(f"no model for reverie {use} comes with the package: name a file")
    name, recipe = SHIPPED[use]
    path = Path(__file__).parents[1] / "models" / f"{name}.reverie"
    if not path.exists():
        raise InputError(
            "this installation came without its model: name one, or make one with "
            f"reverie train {recipe}"
        )
    return path

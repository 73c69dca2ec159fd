"""Recipes: one published system a module, which defines `RECIPE`. No jax here.

The modules of this package are the list. Recipes of other packages are found through their entry
points of the group `reverie.recipes`.
"""

from __future__ import annotations

import importlib
import pkgutil
from importlib.metadata import entry_points

from reverie.recipes.recipe import About as About
from reverie.recipes.recipe import Recipe as Recipe
from reverie.settings import unknown_name

GROUP = "reverie.recipes"
"""The group of entry points."""


def names() -> list[str]:
    """The names of the recipes of this package."""
    return [m.name for m in pkgutil.iter_modules(__path__) if m.name != "recipe"]


def recipe(name: str) -> Recipe:
    """The recipe of that name, of this package or another; InputError if there is none."""
    known = names()
    plain = name.replace("-", "_")
    if plain in known:
        return _check(importlib.import_module(f"{__name__}.{plain}").RECIPE)
    for found in entry_points(group=GROUP):
        if found.name.replace("-", "_") == plain:
            return _check(found.load())
    raise unknown_name("recipe", name, dict.fromkeys(known))


def _check(found: object) -> Recipe:
    if not isinstance(found, Recipe):
        raise TypeError(f"an entry point of {GROUP} must name a Recipe, not {type(found).__name__}")
    return found

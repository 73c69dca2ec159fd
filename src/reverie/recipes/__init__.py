"""Recipes: one system a module, each with a typed config, a description, a subject and a `build`.

The modules of this package are the list: there is no other.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, Any, Protocol, cast

from reverie.recipes.recipe import About
from reverie.settings import unknown_name

if TYPE_CHECKING:
    import numpy as np

    from reverie.storage import Loaded
    from reverie.tasks.task import Task


class Recipe(Protocol):
    """What a module of this package defines. It imports jax only when it builds."""

    ABOUT: About
    Config: Any
    """A frozen dataclass of the groups `network`, `data` and `training`."""

    def subject(self) -> Task:
        """The kind of data that it learns."""

    def build(self, config: Any, codec: Any, *, rng: np.random.Generator) -> Any:
        """The untrained model of what the medium encodes."""


class WarmStarting(Recipe, Protocol):
    """A recipe that can go on from models of other recipes too."""

    WARM_STARTS: tuple[str, ...]
    """The names of those recipes."""

    def warm_start(self, config: Any, earlier: Loaded) -> Loaded:
        """The model as one of this recipe, at first with the same probabilities."""


def names() -> list[str]:
    """The names of all recipes."""
    return [module.name for module in pkgutil.iter_modules(__path__) if not module.ispkg]


def recipe(name: str) -> Recipe:
    """The recipe of that name; InputError if there is none."""
    known = dict.fromkeys(names())
    if name.replace("-", "_") not in known:
        raise unknown_name("recipe", name, known)
    module = importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
    return cast(Recipe, module)


def warm_starts(name: str) -> tuple[str, ...]:
    """The recipes whose models one of this recipe can go on from, besides its own."""
    found: tuple[str, ...] = getattr(recipe(name), "ADOPTS", ())
    return found


def warm_start(name: str, config: Any, earlier: Loaded) -> Loaded:
    """A model that a training of this recipe goes on from, as one of its own."""
    if not warm_starts(name):
        return earlier
    return cast(WarmStarting, recipe(name)).warm_start(config, earlier)

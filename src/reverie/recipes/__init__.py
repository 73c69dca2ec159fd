"""Recipes: one system a module, each with a typed config, a description and a `build`.

The modules of this package are the list: there is no other.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, Any, Protocol, cast

from reverie.recipes.parts.about import About
from reverie.recipes.parts.settings import unknown_name

if TYPE_CHECKING:
    import numpy as np

    from reverie.model import SequenceModel


class Recipe(Protocol):
    """What a module of this package defines. It imports jax only when it builds."""

    ABOUT: About
    Config: Any
    """A frozen dataclass of the groups `network`, `data` and `training`."""

    def build(self, config: Any, size: int, *, rng: np.random.Generator) -> SequenceModel:
        """The untrained model over `size` symbols."""


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

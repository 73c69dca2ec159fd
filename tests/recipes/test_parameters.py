"""The names and shapes of every recipe's weights: model files are read by them.

`PYTHONPATH=tests python tests/recipes/test_parameters.py` writes the list anew. A change of
it breaks the files that exist, so it needs a new format version.
"""

import json
from pathlib import Path

import pytest
from recipes.small_codecs import medium_of

from reverie.layers import Undrawn
from reverie.recipes import names, recipe
from reverie.trees import named_arrays

GOLDEN = Path(__file__).parents[1] / "golden" / "parameters.json"


def weights(name: str) -> dict[str, list[int]]:
    system = recipe(name)
    model = system.build(system.Config(), medium_of(name), rng=Undrawn())
    return {weight: list(array.shape) for weight, array in named_arrays(model).items()}


@pytest.mark.parametrize("name", names())
def test_weights_keep_their_names_and_shapes(name):
    assert weights(name) == json.loads(GOLDEN.read_text())[name]


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps({name: weights(name) for name in names()}, indent=1) + "\n")

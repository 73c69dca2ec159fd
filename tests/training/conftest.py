"""A tiny model, a tiny text and plans that the tests of training share."""

import numpy as np
import pytest

from reverie.cells import LSTM
from reverie.data.lanes import Lanes
from reverie.emissions import CategoricalHead
from reverie.feedbacks import OneHot
from reverie.model import SequenceModel
from reverie.training.batches import LaneReader

V = 4


def tiny(hidden: int = 5, seed: int = 0) -> SequenceModel:
    rng = np.random.default_rng(seed)
    return SequenceModel(OneHot(V), LSTM(V, hidden, rng=rng), CategoricalHead(hidden, V, rng=rng))


@pytest.fixture
def model_of():
    """Makes the model in any size."""
    return tiny


@pytest.fixture
def model() -> SequenceModel:
    return tiny()


@pytest.fixture(scope="session")
def values() -> np.ndarray:
    """A sequence with something to learn: a noisy cycle."""
    rng = np.random.default_rng(1)
    cycle = np.arange(600) % V
    return np.where(rng.random(600) < 0.1, rng.integers(0, V, 600), cycle).astype(np.int32)


@pytest.fixture
def reader(values) -> LaneReader:
    return LaneReader(Lanes(values, lanes=2, length=5))

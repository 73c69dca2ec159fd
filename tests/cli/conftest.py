"""A small untrained model in a file, and a short text."""

from pathlib import Path

import numpy as np
import pytest

from reverie.codecs.text import Characters
from reverie.recipes import recipe
from reverie.settings import change
from reverie.storage import save

SONG = "row, row, row your boat\ngently down the stream\n"


@pytest.fixture(scope="session")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained model over the letters of a song."""
    system = recipe("characters")
    config = change(system.Config(), {"hidden": 8})
    codec = Characters.learn([SONG])
    model = system.build(config, codec, rng=np.random.default_rng(0))
    path = tmp_path_factory.mktemp("model") / "song.reverie"
    save(path, model, recipe="characters", config=config, codec=codec)
    return path


@pytest.fixture
def song(tmp_path: Path) -> Path:
    """A text of some thousand characters."""
    path = tmp_path / "song.txt"
    path.write_text(SONG * 60)
    return path


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is cached goes where it is thrown away, and runs go to a folder of their own."""
    monkeypatch.setenv("REVERIE_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)

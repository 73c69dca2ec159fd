"""A training with weights that are not learned, from its first update to the model's file."""

import numpy as np
import pytest
from PIL import Image

from reverie.encoders.efficientnet import EfficientNetLite0, Stage, shapes
from reverie.loading import load
from reverie.recipes import recipe
from reverie.runs.events import Saved
from reverie.runs.run import Run, open_run
from reverie.runs.session import start
from reverie.settings import change
from reverie.training.checkpoint import Checkpoints, read
from reverie.training.events import Finished
from reverie.trees import named_arrays

OPTIONS = {
    "encoder": "efficientnet",
    "side": 8,
    "hidden": 4,
    "width": 3,
    "embedding": 3,
    "steps": 6,
    "lanes": 2,
    "evaluations": 2,
    "averaging": 0.9,
    "rate": 0.1,
    "valid_part": 0.25,
    "test_part": 0.25,
    "processes": 1,
}
NETWORK = "encoder.network."


@pytest.fixture
def tiny(monkeypatch) -> EfficientNetLite0:
    """A network of one block in place of the one that ImageNet has taught."""
    stages, rng = (Stage(1, 3, 1, 1, 4),), np.random.default_rng(0)
    found = {name: rng.uniform(0.1, 1, size) for name, size in shapes(stages)}
    network = EfficientNetLite0.from_weights(found, stages)
    empty = EfficientNetLite0.from_weights({name: 0 * a + 1 for name, a in found.items()}, stages)
    monkeypatch.setattr(EfficientNetLite0, "pretrained", classmethod(lambda cls: network))
    monkeypatch.setattr(EfficientNetLite0, "blank", classmethod(lambda cls: empty))
    return network


@pytest.fixture
def run_of(tmp_path):
    """A run on four pictures."""
    rng, lines = np.random.default_rng(0), []
    (tmp_path / "pictures").mkdir()
    for n in range(4):
        pixels = rng.integers(0, 256, (8, 8, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / "pictures" / f"{n}.png")
        lines.append(f"{n}.png\ta b{n % 2}")
    (tmp_path / "captions.txt").write_text("\n".join(lines))
    data = {"data": str(tmp_path / "pictures"), "captions": str(tmp_path / "captions.txt")}

    def make(name: str, **options) -> Run:
        config = change(recipe("captions").Config(), {**OPTIONS, **data, **options})
        return Run(tmp_path / name, "captions", config)

    return make


def fixed_of(model) -> dict[str, np.ndarray]:
    """The network's weights by name."""
    arrays = named_arrays(model.encoder.network)
    return {name.removeprefix("network."): np.asarray(array) for name, array in arrays.items()}


def check_same(model, network) -> None:
    found, expected = fixed_of(model), named_arrays(network)
    assert found.keys() == expected.keys() and found
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array, name)


def test_they_are_bit_for_bit_the_same_at_the_end_and_after_a_resumption(tiny, run_of):
    events = list(start(run_of("whole")))
    whole = next(event for event in events if isinstance(event, Finished)).model
    saved = load(next(event for event in events if isinstance(event, Saved)).path)
    check_same(whole, tiny)
    check_same(saved.model, tiny)
    # Stopped in the middle and resumed, it ends where the other did.
    halves = run_of("halves")
    stops = iter([False, False, True])
    events = list(start(halves, stopping=lambda: next(stops, True)))
    (stopped,) = (event for event in events if isinstance(event, Finished))
    assert stopped.reason == "interrupted" and stopped.spent.step < OPTIONS["steps"]
    *_, last = start(open_run(halves.folder), resume=True)
    assert isinstance(last, Saved)
    resumed = load(last.path).model
    check_same(resumed, tiny)
    for name, array in named_arrays(resumed).items():
        np.testing.assert_array_equal(array, named_arrays(saved.model)[name], name)


def test_nothing_is_kept_for_them_and_all_else_moves(tiny, run_of):
    run = run_of("kept", lanes=2)
    list(start(run))
    arrays, _ = read(Checkpoints(run.checkpoints).paths()[-1])
    learner = [name for name in arrays if name.startswith("learner.")]
    assert not [name for name in learner if "network" in name]
    for part in ("parametrisation", "average", "optimiser"):
        assert [name for name in learner if part in name and "encoder.linear.W" in name], part
    saved = load(run.model)
    system = recipe("captions")
    rng = np.random.default_rng(run.config.training.seed)
    began = named_arrays(system.build(run.config, saved.codec, rng=rng))
    for name, array in named_arrays(saved.model).items():
        if NETWORK not in name:
            assert (np.asarray(array) != np.asarray(began[name])).any(), name


def test_a_network_that_is_fine_tuned_moves_as_well(tiny, run_of):
    run = run_of("tuned", fine_tune=True)
    list(start(run))
    model = load(run.model).model
    assert not np.array_equal(model.encoder.network.stem.W, tiny.stem.W)

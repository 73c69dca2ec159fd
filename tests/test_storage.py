"""One-file models: they come back as they were, and everything else gets a clear error.

`python tests/test_storage.py` writes the golden file anew. Do that only with a new format
version, under a new name: the old files must still load.
"""

import json
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from safetensors.numpy import load as unpacked
from safetensors.numpy import save as packed

from reverie.codecs.text import Bytes, Characters
from reverie.concepts import Condition, Memory, SymbolSequence
from reverie.errors import InputError
from reverie.header import read_header
from reverie.layers import TooManyWeightsError, Undrawn, uniform
from reverie.loading import load
from reverie.model import SequenceModel
from reverie.recipes import recipe
from reverie.settings import change
from reverie.storage import _fingerprint as fingerprint
from reverie.storage import save
from reverie.trees import named_arrays

GOLDEN = Path(__file__).parent / "golden" / "characters-format-1.reverie"
CASES = json.loads(GOLDEN.with_name("format-1.json").read_text())
"""What small models of format 1 were given, and the log-probabilities in the code of then."""
TEXT = "to be or not"


def small(hidden: int = 8):
    system = recipe("characters")
    config = change(system.Config(), {"hidden": hidden, "steps": 10})
    codec = Characters.learn(["to be or not to be\n"])
    return config, codec, system.build(config, codec, rng=np.random.default_rng(7))


@pytest.fixture
def saved(tmp_path):
    config, codec, model = small()
    path = tmp_path / "small.reverie"
    save(path, model, recipe="characters", config=config, codec=codec, facts={"steps": 10})
    return path


def log_probs(model: SequenceModel, values: np.ndarray) -> np.ndarray:
    return np.asarray(model.unroll(jnp.asarray(values)).distribution.log_prob(values))


def refused(path) -> str:
    with pytest.raises(InputError) as caught:
        load(path)
    assert "\n" not in str(caught.value) and "Traceback" not in str(caught.value)
    return str(caught.value)


def rewritten(path: Path, change) -> None:
    """Changes what a file says about itself, and nothing else."""
    data = path.read_bytes()
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    said = json.loads(header["__metadata__"]["reverie"])
    change(said)
    path.write_bytes(packed(unpacked(data), {"reverie": json.dumps(said)}))


def test_what_was_saved_comes_back(saved):
    config, codec, model = small()
    loaded = load(saved)
    assert (loaded.config, loaded.codec, loaded.recipe) == (config, codec, "characters")
    assert loaded.facts == {"steps": 10}
    for (name, ours), theirs in zip(
        named_arrays(model).items(), named_arrays(loaded.model).values(), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs, err_msg=name)


def test_half_precision_is_a_matter_of_the_file_only(tmp_path):
    config, codec, model = small(hidden=64)
    whole, half = tmp_path / "whole.reverie", tmp_path / "half.reverie"
    save(whole, model, recipe="characters", config=config, codec=codec)
    save(half, model, recipe="characters", config=config, codec=codec, dtype="float16")
    assert half.stat().st_size < 0.6 * whole.stat().st_size
    loaded = load(half).model
    assert {leaf.dtype for leaf in jax.tree.leaves(loaded)} == {jnp.dtype("float32")}
    values = codec.encode(TEXT)
    np.testing.assert_allclose(log_probs(loaded, values), log_probs(model, values), atol=2e-3)


def test_a_weight_that_half_precision_cannot_hold_is_refused(tmp_path):
    config, codec, model = small()
    model = jax.tree.map(lambda w: w * 1e6, model)
    with pytest.raises(InputError, match="too large for float16"):
        save(
            tmp_path / "x",
            model,
            recipe="characters",
            config=config,
            codec=codec,
            dtype="float16",
        )
    assert not list(tmp_path.iterdir())


def test_the_header_is_read_without_jax(saved):
    said = "import sys; from reverie.header import read_header as r; h = r(sys.argv[1]); "
    check = said + "assert 'jax' not in sys.modules; print(h.recipe, h.codec['kind'])"
    done = subprocess.run(
        [sys.executable, "-c", check, saved], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["characters", "characters"]


def test_missing_and_folder_and_empty(tmp_path):
    assert "there is no model file" in refused(tmp_path / "none.reverie")
    assert "is a folder" in refused(tmp_path)
    (tmp_path / "empty").touch()
    assert "is empty" in refused(tmp_path / "empty")


@pytest.mark.parametrize("kept", [9, 300, -1, -100])
def test_truncated(saved, kept):
    saved.write_bytes(saved.read_bytes()[:kept])
    assert "is truncated" in refused(saved)


@pytest.mark.parametrize(
    "content",
    [
        b"just some text that is long enough",
        b"PK\x03\x04" + bytes(60),
        b"\x80\x04\x95" * 30,
        packed({"a": np.zeros(3)}),
        packed({"a": np.zeros(3)}, {"format": "pt"}),
        packed({}, {"reverie": "[]"}),
        packed({}, {"reverie": "{"}),
    ],
)
def test_foreign(tmp_path, content):
    (tmp_path / "x.reverie").write_bytes(content)
    assert "is not a model file of Reverie" in refused(tmp_path / "x.reverie")


def test_newer_version_says_which_and_what_to_do(saved):
    rewritten(saved, lambda said: said.update(version=9, reverie="9.9", new_field=1))
    message = refused(saved)
    assert "reverie 9.9" in message and "format 2" in message and "upgrade" in message


@pytest.mark.parametrize(
    "change",
    [
        lambda said: said["codec"].update(alphabet=said["codec"]["alphabet"][:-1] + "z"),
        lambda said: said["config"]["network"].update(hidden=9),
        lambda said: said.update(recipe="words"),
        lambda said: said.update(sha256="0" * 64),
        lambda said: said.update(extra=1),
        lambda said: said.pop("facts"),
    ],
)
def test_a_changed_header(saved, change):
    rewritten(saved, change)
    assert "was changed or damaged" in refused(saved)


def test_changed_weights(saved):
    data = bytearray(saved.read_bytes())
    data[-3] ^= 1
    saved.write_bytes(data)
    assert "was changed or damaged" in refused(saved)


def test_a_recipe_that_does_not_exist_is_named_and_nothing_is_imported(tmp_path):
    config, codec, model = small()
    save(tmp_path / "x", model, recipe="antigravity", config=config, codec=codec)
    assert "no recipe 'antigravity'" in refused(tmp_path / "x")
    assert "antigravity" not in sys.modules


def test_weights_that_do_not_fit_the_config(tmp_path):
    config, codec, _ = small()
    save(tmp_path / "x", small(hidden=9)[2], recipe="characters", config=config, codec=codec)
    assert "cannot be loaded" in refused(tmp_path / "x")


@pytest.mark.parametrize("sizes", [{"hidden": 10**9}, {"layers": 10**9}, {"hidden": 20_000}])
@pytest.mark.parametrize("cell", ["lstm", "relu"])
def test_sizes_that_a_file_does_not_have_are_never_built(tmp_path, sizes, cell):
    config, codec, model = small()
    asked = change(config, {"cell": cell, **sizes})
    save(tmp_path / "x", model, recipe="characters", config=asked, codec=codec)
    assert "ask for more weights than it has" in refused(tmp_path / "x")


def test_undrawn_weights_are_counted_before_they_are_made():
    rng = Undrawn(arrays=2, numbers=12)
    assert uniform(rng, 2, 3).shape == (2, 3) and (rng.arrays, rng.numbers) == (1, 6)
    with pytest.raises(TooManyWeightsError):
        uniform(rng, 10**12, 10**12)
    with pytest.raises(TooManyWeightsError):
        uniform(Undrawn(arrays=0), 1)


@pytest.mark.parametrize("number", [np.nan, np.inf, 1e300])
def test_weights_that_are_no_finite_numbers(tmp_path, number):
    config, codec, model = small()
    save(tmp_path / "x", model, recipe="characters", config=config, codec=codec)
    arrays = unpacked((tmp_path / "x").read_bytes())
    arrays["emission.linear.b"] = np.full(arrays["emission.linear.b"].shape, number)
    rewritten_whole(tmp_path / "x", lambda said: None, arrays)
    assert "emission.linear.b has weights that are not finite" in refused(tmp_path / "x")


def rewritten_whole(path: Path, change, arrays) -> None:
    """A file that says something else, or has other weights, with a hash that is right."""
    data = path.read_bytes()
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    said = json.loads(header["__metadata__"]["reverie"])
    change(said)
    said["sha256"] = fingerprint(said, arrays)
    path.write_bytes(packed(arrays, {"reverie": json.dumps(said)}))


@pytest.mark.parametrize(
    "change",
    [
        lambda said: said.update(recipe=None),
        lambda said: said.update(config=[]),
        lambda said: said.update(codec="characters"),
        lambda said: said.update(facts=3),
        lambda said: said.update(reverie=1.0),
    ],
)
def test_a_header_of_other_types(saved, change):
    rewritten_whole(saved, change, unpacked(saved.read_bytes()))
    assert "was changed or damaged" in refused(saved)


@pytest.mark.parametrize(
    "header",
    [
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"__metadata__":{"reverie":"{}"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}',
        b'{"__metadata__":{"reverie":"{}"},"a":{"data_offsets":["0","x"]}}',
        b'{"__metadata__":{"reverie":"{}"},"a":{"data_offsets":[0,1e999]}}',
        b'{"__metadata__":{"reverie":"{}"},"a":[]}',
        b'{"__metadata__":[]}',
    ],
)
def test_headers_of_other_shapes(tmp_path, header):
    path = tmp_path / "x.reverie"
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(40))
    assert "is not a model file of Reverie" in refused(path)


def test_what_a_file_says_is_printed_in_printable_characters(saved):
    rewritten(saved, lambda said: said.update(version=9, reverie="\x1b[31m\n" + "9" * 5000))
    message = refused(saved)
    assert "reverie \\x1b[31m\\n999" in message and message.isprintable() and len(message) < 500


def test_another_codec(tmp_path):
    config, _, _ = small()
    codec = Bytes()
    model = recipe("characters").build(config, codec, rng=np.random.default_rng(0))
    save(tmp_path / "x", model, recipe="characters", config=config, codec=codec)
    assert load(tmp_path / "x").codec == codec


def test_a_folder_that_is_missing_is_told(tmp_path):
    config, codec, model = small()
    with pytest.raises(InputError, match="cannot write"):
        save(tmp_path / "no" / "x", model, recipe="characters", config=config, codec=codec)


def test_golden_file_of_format_1():
    assert GOLDEN.stat().st_size < 10_000
    assert read_header(GOLDEN).facts == {"licence": "CC0-1.0"}
    loaded = load(GOLDEN)
    found = log_probs(loaded.model, loaded.codec.encode(TEXT))
    np.testing.assert_allclose(found, EXPECTED, atol=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_models_of_format_1_predict_what_they_did(name):
    """Each has emissions, bridges or a window whose parameters had other names."""
    loaded = load(GOLDEN.with_name(f"{name}-format-1.reverie"))
    found = predicted(name, loaded.model, CASES[name])
    np.testing.assert_allclose(found, CASES[name]["log_probs"], rtol=1e-5, atol=1e-5)


def predicted(name: str, model, case) -> jax.Array:
    """The log-probabilities of a recorded case."""
    if name == "reading":
        return model(jnp.asarray(case["steps"])).log_probs()
    if name == "handwriting":
        values = jnp.asarray(case["offsets"]), jnp.asarray(case["bits"])
        letters = jax.nn.one_hot(jnp.asarray(case["letters"]), 7)
        condition = Condition(memory=Memory(letters, letters, jnp.ones(len(letters), bool)))
    elif "source" in case:
        values = jnp.asarray(case["target"])
        source = jnp.asarray(case["source"])
        condition = model.condition(SymbolSequence(source, jnp.ones(len(source), bool)))
    else:
        values, condition = jnp.asarray(case["values"]), Condition(jnp.asarray(case["vector"]))
    return model.unroll(values, condition=condition).distribution.log_prob(values)


EXPECTED = [
    -2.0794415,
    -2.0893445,
    -2.4535301,
    -1.9629127,
    -1.7978153,
    -2.7073431,
    -1.4499195,
    -2.7213166,
    -2.9084582,
    -3.6539233,
    -1.4648873,
    -1.545736,
]


def write_golden() -> None:
    config, codec, model = small()
    model = jax.tree.map(lambda w: 3 * w, model)  # so that it has opinions
    GOLDEN.parent.mkdir(exist_ok=True)
    facts = {"licence": "CC0-1.0"}
    save(GOLDEN, model, recipe="characters", config=config, codec=codec, facts=facts)
    print([round(float(p), 7) for p in log_probs(model, codec.encode(TEXT))])


if __name__ == "__main__":
    write_golden()


def test_a_model_built_undrawn_has_the_form_of_a_drawn_one():
    """The skeleton into which `load` puts the weights."""
    config, codec, drawn = small()
    blank = recipe("characters").build(config, codec, rng=Undrawn())
    forms = [jax.tree.map(lambda a: (a.shape, a.dtype), model) for model in (drawn, blank)]
    assert jax.tree.structure(drawn) == jax.tree.structure(blank) and forms[0] == forms[1]

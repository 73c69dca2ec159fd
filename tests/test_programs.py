"""Programs that are kept for later processes."""

import functools
import os
import shutil
import subprocess
import sys

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from reverie import programs
from reverie.layers import Role
from reverie.programs import UnnamedError, describe, remember


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("REVERIE_CACHE", str(tmp_path))
    return tmp_path / "programs"


traced = []


def scaled(tree, times):
    """Counts how often it is traced."""
    traced.append(times)
    return {"scaled": tree["x"] * times, "key": jax.random.uniform(tree["key"])}


def ours(function):
    """The function as if it were of this package: only those are kept."""
    function.__module__, function.__qualname__ = "reverie.test", function.__name__
    return function


def test_a_later_process_does_not_trace_it_again(folder):
    traced.clear()
    args = {"x": np.arange(3.0), "key": jax.random.key(1)}
    first = remember(ours(scaled))
    one = first(args, 2)
    np.testing.assert_array_equal(one["scaled"], [0, 2, 4])
    np.testing.assert_array_equal(first(args | {"x": np.ones(3)}, 2)["scaled"], [2, 2, 2])
    assert traced == [2] and len(list(folder.iterdir())) == 1

    later = remember(scaled)  # knows nothing of the first
    two = later(args, 2)
    assert traced == [2]
    assert all(np.array_equal(one[name], two[name]) for name in one)
    later(args, 3)
    later(args | {"x": np.arange(4.0)}, 2)
    later(args | {"x": np.arange(3)}, 2)
    assert traced == [2, 3, 2, 2] and len(list(folder.iterdir())) == 4


def test_only_the_newest_programs_are_kept(folder, monkeypatch):
    monkeypatch.setattr(programs, "KEPT", 2)
    function = remember(ours(scaled))
    for times in range(4):
        function({"x": np.arange(3.0), "key": jax.random.key(1)}, times)
    assert len(list(folder.iterdir())) == 2


def test_values_in_tuples_and_lists_come_back_as_they_were(folder):
    def nested(x):
        return {"a": (x, [x + 1, None]), "b": x * 2}

    for _ in range(2):  # the second one from the cache
        found = remember(ours(nested))(np.arange(2.0))
        assert type(found["a"]) is tuple and type(found["a"][1]) is list
        np.testing.assert_array_equal(found["a"][1][0], [1, 2])
        assert found["a"][1][1] is None
        np.testing.assert_array_equal(found["b"], [0, 2])


def test_damaged_files_and_full_disks_cost_only_time(folder, monkeypatch):
    args = {"x": jnp.arange(3.0), "key": jax.random.key(1)}
    remember(ours(scaled))(args, 2)
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes()[:-9] + b"something")
    traced.clear()
    np.testing.assert_array_equal(remember(scaled)(args, 2)["scaled"], [0, 2, 4])
    assert traced == [2]
    remember(scaled)(args, 2)
    assert traced == [2]  # it was written anew
    monkeypatch.setenv("REVERIE_CACHE", str(file))
    np.testing.assert_array_equal(remember(scaled)(args, 2)["scaled"], [0, 2, 4])


def test_what_depends_on_functions_of_others_is_compiled_as_usual(folder):
    def theirs(x):
        return x + 1

    assert float(remember(theirs)(jnp.array(1.0))) == 2
    assert float(remember(ours(lambda f, x: f(x)))(theirs, jnp.array(1.0))) == 2
    assert not folder.exists()


PROCESS = """
from reverie.runtime import prepare
prepare()
import jax, numpy as np
from reverie.programs import remember

def sums(x):
    return {"sums": jax.lax.scan(lambda s, row: (s + row @ x, s.sum()), x[0], x)[1]}

sums.__module__, sums.__qualname__ = "reverie.test", "sums"
print(remember(sums)(np.ones((9, 9)))["sums"].tolist())
"""


@pytest.mark.slow
def test_programs_do_not_depend_on_what_jax_keeps(tmp_path):
    """What its cache gives back cannot be saved again: the functions of a program are lost."""
    # The cache of jax as a user has it: in the tests it passes over what is compiled quickly.
    environment = {name: v for name, v in os.environ.items() if not name.startswith("JAX_")}
    said = []
    for _ in range(2):
        for kept in (True, False):
            run = subprocess.run(
                [sys.executable, "-c", PROCESS],
                env=environment | {"REVERIE_CACHE": str(tmp_path)},
                capture_output=True,
                text=True,
                check=True,
            )
            said.append(run.stdout)
            assert len(list((tmp_path / "programs").iterdir())) == 1
            if not kept:
                shutil.rmtree(tmp_path / "programs")
    assert len(set(said)) == 1


class Layer(eqx.Module):
    """A part of a model, of somebody's own."""

    W: jax.Array


@pytest.mark.parametrize("value", [Layer(jnp.zeros(2)), lambda x: x, object(), {1, 2}])
def test_what_has_no_lasting_name_has_no_description(value):
    with pytest.raises(UnnamedError):
        describe((value,))


def test_descriptions_tell_apart_what_programs_depend_on():
    values = [
        *(np.zeros(2), np.zeros(3), np.zeros(2, np.float32), jnp.zeros(2, bool), 2, 2.0, "2", None),
        *((1,), [1], {"a": 1}, {"b": 1}, Role.OUTPUT, jnp.tanh, jax.nn.relu, np.dtype("int8")),
        functools.partial(jnp.sum, axis=0),
        functools.partial(jnp.sum, axis=1),
        eqx.nn.Linear,
    ]
    described = [describe(value) for value in values]
    assert len(set(described)) == len(values)
    assert describe(jnp.zeros(2)) == describe(np.ones(2, np.float32))
    assert all(" at 0x" not in text for text in described)
    assert programs.name_of(describe) == "reverie.programs.describe"

"""Roles: what each parameter is, which of them Muon takes, and what a user's own module gets."""

import json
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from recipes.small_codecs import medium_of

from reverie.attention import Additive
from reverie.cells import GRU, LSTM, GRUResetBefore
from reverie.codecs.text import Bytes
from reverie.concepts import Feedback
from reverie.cores import Attentive, Dropout, Stack, Zoneout
from reverie.emissions import CategoricalHead
from reverie.feedbacks import Concatenated, Conditioned, Embedding, Identity, OneHot
from reverie.layers import BETWEEN_HIDDEN, Linear, Role, roles
from reverie.model import SequenceModel
from reverie.recipes import recipe
from reverie.settings import change
from reverie.training.parametrisations import (
    AdaptiveWeightNoise,
    Direct,
    WeightDropped,
    WeightNoise,
    WeightNormalised,
)
from reverie.trees import names

MUON = json.loads((Path(__file__).parents[1] / "golden" / "muon.json").read_text())
"""For each recipe, the parameters that were orthogonalised when the choice was made by sizes."""


def role_of(tree) -> dict[str, Role]:
    found = roles(tree)
    assert jax.tree.structure(found) == jax.tree.structure(tree)
    return dict(zip(names(tree), jax.tree.leaves(found), strict=True))


def taken(model) -> set[str]:
    return {name for name, role in role_of(model).items() if role in BETWEEN_HIDDEN}


def built(name: str, codec, **options):
    system = recipe(name)
    return system.build(change(system.Config(), options), codec, rng=np.random.default_rng(0))


@pytest.mark.parametrize("name", MUON)
def test_muon_takes_what_it_took(name):
    assert taken(built(name, medium_of(name), hidden=6)) == set(MUON[name])


def test_widths_that_coincide_do_not_matter():
    """256 bytes and 256 hidden units: once every recurrent matrix went to Adam."""
    model = built("characters", Bytes(), hidden=256)
    assert taken(model) == {"core.core.layers.0.R"}
    few = built("characters", medium_of("characters"), hidden=7, layers=2)
    assert taken(few) == {f"core.core.layers.{n}" for n in ("0.R", "1.R", "1.W")}


def test_peepholes_are_gains_on_text_as_on_ink():
    for name in ("graves_characters", "handwriting"):
        model = built(name, medium_of(name), hidden=3)
        peepholes = {role for at, role in role_of(model).items() if at.endswith(".p")}
        assert peepholes == {Role.GAIN}


def model_of(feedback: Feedback, core) -> SequenceModel:
    return SequenceModel(feedback, core, CategoricalHead(4, 3, rng=np.random.default_rng(0)))


@pytest.mark.parametrize(
    ("feedback", "role"),
    [
        (lambda rng: OneHot(3), Role.TABLE),
        (lambda rng: Identity(3), Role.TABLE),
        (lambda rng: Conditioned(OneHot(2)), Role.TABLE),
        (lambda rng: Concatenated((Identity(2), Identity(1))), Role.TABLE),
        (lambda rng: Embedding(5, 3, rng=rng), Role.INPUT),
        (lambda rng: Conditioned(Embedding(5, 2, rng=rng)), Role.INPUT),
    ],
)
def test_raw_data_meet_a_table_in_the_lowest_cell_only(feedback, role, rng):
    layers = (Dropout(Zoneout(LSTM(3, 4, rng=rng), (0.1, 0.1)), 3, 4), GRU(7, 4, rng=rng))
    found = role_of(model_of(feedback(rng), Stack(layers, skips=True)))
    assert found["core.layers.0.core.cell.W"] is role
    assert found["core.layers.0.core.cell.R"] is Role.RECURRENT
    assert found["core.layers.1.W"] is Role.INPUT


def test_the_cell_that_looks_reads_raw_data_as_well(rng):
    core = Attentive(LSTM(3, 4, rng=rng), Additive(4, 2, 3, rng=rng), 2, rng=rng)
    found = role_of(model_of(OneHot(3), core))
    assert found["core.cell.W"] is Role.TABLE and found["core.F"] is Role.HIDDEN
    assert found["core.score.U"] is Role.HIDDEN and found["core.score.v"] is Role.GAIN


def test_both_matrices_of_a_cell_of_two_products_recur(rng):
    found = role_of(GRUResetBefore(3, 4, rng=rng))
    assert found["V"] is found["U"] is Role.RECURRENT


class Own(eqx.Module):
    """A module of somebody else's, which declares nothing."""

    W: jax.Array
    b: jax.Array
    cell: eqx.nn.GRUCell
    table: eqx.nn.Embedding
    norm: eqx.nn.LayerNorm
    kernel: eqx.nn.Conv1d
    linear: eqx.nn.Linear
    read: Linear
    nothing: None = None


def test_modules_that_declare_nothing_and_those_of_equinox_have_sensible_roles(rng):
    key = jax.random.key(0)
    own = Own(
        jnp.zeros((2, 3)),
        jnp.zeros(2),
        eqx.nn.GRUCell(2, 3, key=key),
        eqx.nn.Embedding(2, 3, key=key),
        eqx.nn.LayerNorm((2, 3)),
        eqx.nn.Conv1d(2, 3, 2, key=key),
        eqx.nn.Linear(2, 3, key=key),
        Linear(2, 3, rng=rng, role=Role.OUTPUT),
    )
    assert {name: role.name for name, role in role_of(own).items()} == {
        "W": "HIDDEN",
        "b": "BIAS",
        "cell.weight_ih": "INPUT",
        "cell.weight_hh": "RECURRENT",
        "cell.bias": "BIAS",
        "cell.bias_n": "BIAS",
        "table.weight": "TABLE",
        "norm.weight": "GAIN",
        "norm.bias": "BIAS",
        "kernel.weight": "HIDDEN",
        "kernel.bias": "BIAS",
        "linear.weight": "HIDDEN",
        "linear.bias": "BIAS",
        "read.W": "OUTPUT",
        "read.b": "BIAS",
    }


def test_roles_go_through_parametrisations(rng):
    model = model_of(OneHot(3), LSTM(3, 4, rng=rng))
    expected = role_of(model)
    for make, inside in (
        (Direct, "model."),
        (lambda m: WeightDropped(WeightNoise(Direct(m), 0.1), 0.1), "inner.inner.model."),
        (AdaptiveWeightNoise.around, "mean."),
        (WeightNormalised.around, "directions."),
    ):
        found = role_of(make(model))
        assert {name: found.pop(inside + name) for name in expected} == expected
        assert set(found.values()) <= {Role.GAIN}

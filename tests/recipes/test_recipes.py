"""Every recipe: it says what it is, its names are unique, its network is what was asked for."""

import subprocess
import sys
from dataclasses import fields

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from reverie.errors import InputError
from reverie.recipes import names, recipe
from reverie.settings import all_settings, groups_of, settings_of
from reverie.tasks.text.build import symbol_model
from reverie.tasks.text.options import Data, Network
from reverie.training.budgets import Epochs, Minutes, Steps
from reverie.training.build import (
    build_budget,
    build_optimiser,
    build_parametrisation,
    build_rate,
)
from reverie.training.objectives import build_objective
from reverie.training.options import LaneTrainingOptions

EVERY = pytest.mark.parametrize("name", names())


def test_the_modules_are_the_list():
    texts, inks = ["characters", "graves_characters", "words"], ["handwriting", "reading"]
    pairs = ["sutskever_translation", "translation"]
    labelled, pictures = ["plays", "reviews"], ["captions", "video_captions"]
    strokes = [*inks, "handwriting_prediction"]
    music = ["chorales", "polyphony", "rnn_nade", "rnn_rbm"]
    programs = ["addition", "memorisation", "programs", "stack_augmented", "turing"]
    answers = ["babi", "entity_network", "spans", "stories"]
    kinds = texts, strokes, pairs, labelled, pictures, music, programs, answers
    assert names() == sorted(name for kind in kinds for name in kind)
    assert recipe("graves-characters") is recipe("graves_characters")
    with pytest.raises(InputError, match=r"no recipe 'caracters': did you mean characters"):
        recipe("caracters")


@EVERY
def test_it_says_what_it_is(name):
    about = recipe(name).about
    assert all(getattr(about, field.name) for field in fields(about))
    assert about.description.endswith(".")


@EVERY
def test_option_names_are_unique_and_explained(name):
    config = recipe(name).Config()
    count = sum(len(settings_of(group)) for group in groups_of(config).values())
    settings = all_settings(config)
    assert len(settings) == count
    assert all(setting.meaning for setting in settings.values())


def test_no_recipe_imports_jax():
    code = (
        "import sys; from reverie.recipes import names, recipe\n"
        "for name in names(): recipe(name).Config()\n"
        "assert 'jax' not in sys.modules and 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


SMALL = {"hidden": 6, "layers": 2}


@pytest.mark.parametrize(
    "options",
    [
        {"cell": "lstm"},
        {"cell": "peephole-lstm", "clip_gates": 1.0},
        {"cell": "lstm-1997"},
        {"cell": "gru", "layer_norm": True},
        {"cell": "gru-reset-before", "projection": 3, "layer_norm": True},
        {"cell": "mlstm", "clip_gates": 1.0, "recurrent_dropout": 0.1},
        {"cell": "mut1", "zoneout": 0.1},
        {"cell": "elman"},
        {"cell": "relu"},
        {"embedding": 4},
        {"skips": True, "dropout_out": 0.5},
        {"residual": True, "dropout_in": 0.5},
        {"projection": 3, "recurrent_dropout": 0.2},
        {"projection": 3, "skips": True, "dropout_in": 0.1},
        {"zoneout": 0.1},
        {"zoneout": 0.1, "clip_gates": 1.0, "cell": "peephole-lstm"},
        {"layer_norm": True, "projection": 3, "clip_gates": 1.0, "recurrent_dropout": 0.1},
    ],
    ids=str,
)
def test_networks_predict(options, rng):
    model = symbol_model(Network(**SMALL | options), 5, rng=rng)
    values = jnp.array([1, 4, 0, 2])
    for key in (None, jax.random.key(0)):
        read = model.unroll(values, model.start(key=key))
        total = jnp.exp(read.distribution.log_probs()).sum(-1)
        np.testing.assert_allclose(total, 1, rtol=1e-5)


@pytest.mark.parametrize(
    ("group", "options", "said"),
    [
        (Network, {"skips": True, "residual": True}, "exclude each other"),
        (Network, {"cell": "lstn"}, "cell must be one of lstm, "),
        (Network, {"zoneout": 0.1, "projection": 4}, "exclude each other"),
        (Network, {"hidden": 0}, "hidden must be 1 or more"),
        (Network, {"dropout_in": 1.0}, "dropout-in must be below 1"),
        (Data, {"data": ""}, "data must name a text"),
        (Data, {"test": "x"}, "name both"),
        (Data, {"valid_part": 0.5, "test_part": 0.5}, "nothing to train on"),
        (LaneTrainingOptions, {"minutes": None}, "give one of minutes, steps and epochs, not none"),
        (LaneTrainingOptions, {"minutes": 1.0, "steps": 1}, "not minutes and steps"),
        (LaneTrainingOptions, {"minutes": 0.0}, "minutes must be above 0"),
        (
            LaneTrainingOptions,
            {"weight_norm": True, "adaptive_weight_noise": True},
            "exclude each other",
        ),
    ],
)
def test_what_cannot_be_is_told(group, options, said):
    with pytest.raises(InputError, match=said):
        group(**options)


def test_budgets():
    assert build_budget(LaneTrainingOptions(minutes=2.0)) == Minutes(2.0)
    assert build_budget(LaneTrainingOptions(minutes=None, steps=3)) == Steps(3)
    assert build_budget(LaneTrainingOptions(minutes=None, epochs=0.5)) == Epochs(0.5)


@pytest.mark.parametrize("schedule", ["constant", "cosine", "linear", "plateau", "halving"])
def test_rates(schedule):
    rate = build_rate(LaneTrainingOptions(rate=0.5, schedule=schedule, warmup=0.1))
    assert float(rate(jnp.array(0.1))) == pytest.approx(0.5)
    assert float(rate(jnp.array(0.05))) == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize("name", ["adam", "adamw", "muon", "sgd", "graves-rmsprop"])
def test_optimisers(name):
    rule = build_optimiser(LaneTrainingOptions(optimiser=name))
    assert isinstance(rule, optax.GradientTransformation)


@pytest.mark.parametrize(
    ("forcing", "k", "at_1"),
    [("linear", 1.0, 0.5), ("exponential", 0.5, 0.5), ("inverse-sigmoid", 1.0, 1 / (1 + np.e))],
)
def test_scheduled_sampling(forcing, k, at_1):
    training = LaneTrainingOptions(
        objective="scheduled-sampling", forcing=forcing, forcing_k=k, forcing_c=0.5
    )
    assert float(build_objective(training).probability(1)) == pytest.approx(at_1)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"weight_noise": 0.1},
        {"adaptive_weight_noise": True},
        {"weight_norm": True},
        {"weight_drop": 0.5},
        {"weight_norm": True, "weight_noise": 0.1, "weight_drop": 0.1},
        {"weight_drop": 0.1, "precision": "bfloat16"},
    ],
    ids=str,
)
def test_parametrisations_realise_the_model(options, rng):
    model = symbol_model(Network(**SMALL), 5, rng=rng)
    realise = build_parametrisation(LaneTrainingOptions(**options), model).realise()
    for ours, theirs in zip(jax.tree.leaves(model), jax.tree.leaves(realise), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)

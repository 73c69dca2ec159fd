"""What every task promises: it opens, learns, comes back from its file, and its verbs answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
import pytest
from contracts.tasks_table import ROWS, TRAINING, Row

from reverie.cli import MENU, MODULES, main
from reverie.loading import load
from reverie.recipes import names, recipe
from reverie.runs.events import Opened, Previewed, RunEvent, Saved
from reverie.runs.fingerprint import fingerprint
from reverie.runs.run import Run, open_run
from reverie.runs.session import start
from reverie.settings import change
from reverie.storage import restore
from reverie.tasks.task import OpenTask, Task
from reverie.training.events import Finished, Progressed

VERBS = {name for group in MENU.values() for name in group} - MODULES


class Trained(NamedTuple):
    """A task that was trained for a moment, and what happened."""

    row: Row
    config: Any
    data: OpenTask
    events: list[RunEvent]
    folder: Path

    def event(self, kind: type) -> Any:
        """The first event of that kind."""
        return next(event for event in self.events if isinstance(event, kind))

    @property
    def model(self) -> Path:
        """The file of the model."""
        return self.event(Saved).path


@pytest.fixture(scope="module", params=ROWS, ids=lambda row: row.recipe)
def trained(request, tmp_path_factory) -> Trained:
    row: Row = request.param
    folder = tmp_path_factory.mktemp(row.recipe)
    options = {**row.data(folder), **row.network, **TRAINING}
    config = change(recipe(row.recipe).Config(), options)
    data = row.spec.load().open(config)
    events = list(start(Run(folder / "run", row.recipe, config)))
    return Trained(row, config, data, events, folder)


def test_every_task_of_a_recipe_is_in_the_table():
    assert all(any(row.spec is recipe(name).task for row in ROWS) for name in names())
    for row in ROWS:
        task = row.spec.load()
        assert isinstance(task, Task)
        assert task.verbs.keys() == row.spec.verbs.keys() == row.verbs.keys()
        assert row.spec.verbs.keys() <= VERBS


def test_it_opens_and_says_so(trained):
    opened = trained.event(Opened)
    assert isinstance(trained.data, OpenTask)
    assert trained.data.summary() in opened.summary
    assert trained.config.network.summary() in opened.title
    assert opened.unit.measure in opened.unit.format(1.0)


def test_its_data_are_known_again_and_others_are_not(trained):
    begun = open_run(trained.folder / "run").data
    assert begun.codec == json.loads(json.dumps(trained.data.codec.describe()))
    for (name, known), part in zip(begun.hashes.items(), trained.data.contents(), strict=True):
        assert fingerprint(part) == known, name
    train, valid, _ = trained.data.contents()
    assert fingerprint(train) != fingerprint(valid)


def test_training_lowers_the_loss(trained):
    assert np.isfinite(trained.event(Progressed).loss)
    rng = np.random.default_rng(0)
    began = recipe(trained.row.recipe).build(trained.config, trained.data.codec, rng=rng)
    measure = trained.data.measure()
    assert measure(trained.event(Finished).model) < measure(began)


def test_its_model_comes_back_from_its_file(trained):
    loaded = load(trained.model)
    assert loaded.codec.describe() == trained.data.codec.describe()
    assert loaded.config == trained.config
    ours, theirs = (jax.tree.leaves(m) for m in (trained.event(Finished).model, loaded.model))
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(one, other)
    named = restore(trained.model, recipe(trained.row.recipe))
    assert named.config == loaded.config


def test_it_shows_and_measures_what_it_learned(trained):
    assert trained.event(Previewed).preview.text is not None
    assert load(trained.model).facts.items() >= trained.event(Saved).metrics.facts.items()
    assert trained.event(Saved).metrics.text
    assert str(trained.model) in "".join(trained.event(Saved).next_commands)


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_answers_or_says_why_not(trained, verb, monkeypatch, capsys):
    monkeypatch.chdir(trained.folder)
    known = trained.row.spec.verbs.get(verb)
    by_option = next(v for r in ROWS for n, v in r.spec.verbs.items() if n == verb).model_option
    model = ["--model", str(trained.model)] if by_option else [str(trained.model)]
    status = main([verb, *model, *trained.row.verbs.get(verb, ["x"])])
    said = capsys.readouterr()
    if known is None:
        assert status == 2 and said.err.count("\n") == 1
        assert f"it is for reverie {trained.row.spec.use}, not for reverie {verb}" in said.err
    else:
        assert status == 0 and said.out + said.err

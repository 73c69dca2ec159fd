"""The loop of training: exact resumption, accidents, early stopping."""

import itertools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from reverie.concepts import Example
from reverie.data.lanes import Lanes
from reverie.errors import InputError
from reverie.model import nll
from reverie.training import optimisers
from reverie.training.budgets import Epochs, Steps
from reverie.training.checkpoint import Checkpoints
from reverie.training.evaluation import evaluate
from reverie.training.events import Evaluated, Finished, Notice, Progressed
from reverie.training.loop import Plan, fit, train
from reverie.training.objectives import ScheduledSampling, TeacherForcing
from reverie.training.parametrisations import Direct, WeightNoise
from reverie.training.schedules import Constant, Cosine
from reverie.trees import named_arrays


def flat(model) -> np.ndarray:
    return np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(model)])


def run(model, reader, values, **options):
    """The events of a short run with noise, averaging and validation."""
    plan = options.pop("plan", Plan(Steps(30), evaluations=3, report_seconds=0.0))
    return train(
        WeightNoise(Direct(model), 0.01),
        reader,
        plan,
        rate=Cosine(0.05),
        averaging=0.9,
        measure=lambda m: evaluate(m, values[:100], lanes=2, length=10),
        **options,
    )


def test_it_learns(model, values):
    trained = fit(model, values, budget=Epochs(8), lanes=2, length=10, rate=0.03)
    assert evaluate(trained, values) < 0.75 * evaluate(model, values)


def test_one_update_is_a_step_along_the_gradient_of_the_mean_loss(model, reader):
    (*_, end) = train(
        Direct(model),
        reader,
        Plan(Steps(1)),
        rate=Constant(0.5),
        optimiser=optimisers.sgd(0.0),
        clip_norm=0.0,
    )
    batch, _ = reader.at((0, 0))

    def loss(m):
        rows = [nll(m.unroll(row).distribution, row) for row in batch.examples.values]
        return jnp.concatenate(rows).mean()

    expected = jax.tree.map(lambda w, g: w - 0.5 * g, model, jax.grad(loss)(model))
    np.testing.assert_allclose(flat(end.model), flat(expected), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("stop_after", [1, 7, 17])
def test_interrupted_and_resumed_is_uninterrupted_bit_for_bit(
    model, reader, values, tmp_path, stop_after
):
    *_, whole = run(model, reader, values)
    calls = itertools.count(1)
    checkpoints = Checkpoints(tmp_path)
    *_, first = run(
        model,
        reader,
        values,
        checkpoints=checkpoints,
        stopping=lambda: next(calls) >= stop_after,
    )
    assert first.reason == "interrupted"
    *_, second = run(model, reader, values, checkpoints=checkpoints, resume=True)
    assert (second.reason, second.spent.step) == ("budget", 30)
    assert second.nats == whole.nats
    np.testing.assert_array_equal(flat(second.model), flat(whole.model))


class Broken(TeacherForcing):
    """Teacher forcing that loses its numbers at one update."""

    at: int = eqx.field(static=True, default=12)

    def __call__(self, model, example, carry, key, update):
        losses, carry = super().__call__(model, example, carry, key, update)
        return jnp.where(update == self.at, jnp.inf, 1.0) * losses, carry


def test_a_loss_that_is_not_finite_is_named_rewound_and_slowed_down(model, reader):
    events = list(
        _until_given_up(
            train(
                Direct(model),
                reader,
                Plan(Steps(20), report_seconds=0.0),
                rate=Constant(0.01),
                objective=Broken(),
            )
        )
    )
    notice = next(e for e in events if isinstance(e, Notice))
    assert "step 13" in notice.text and "loss" in notice.text and "rewound to step 0" in notice.text
    after = [e for e in events if isinstance(e, Progressed) and e.rate < 0.009]
    assert after and after[0].rate == pytest.approx(0.005)


def _until_given_up(events):
    """Events up to the InputError that a loss which always breaks must end in."""
    with pytest.raises(InputError, match="did not help"):
        yield from events


def test_an_explosion_is_survived(model, reader):
    *events, end = train(
        Direct(model),
        reader,
        Plan(Steps(60), report_seconds=0.0),
        rate=Constant(1e38),
        optimiser=optimisers.sgd(0.9),
        clip_norm=0.0,
    )
    notices = [e.text for e in events if isinstance(e, Notice)]
    assert notices and "not finite" in notices[0]
    assert np.isfinite(flat(end.model)).all()


def test_patience_ends_a_run_that_no_longer_improves(model, reader, values):
    plan = Plan(Steps(200), evaluations=100, patience=2)
    *events, end = train(
        Direct(model), reader, plan, rate=Constant(0.0), measure=lambda m: evaluate(m, values)
    )
    assert end.reason == "patience" and end.spent.step == 6
    assert [e.best for e in events if isinstance(e, Evaluated)] == [True, False, False]


def test_the_best_model_is_the_one_that_is_kept(model, reader):
    scores = iter([3.0, 1.0, 2.0])
    kept = {}

    def measure(m):
        score = next(scores)
        kept[score] = flat(m)
        return score

    *_, end = train(
        Direct(model), reader, Plan(Steps(9), evaluations=3), rate=Constant(0.05), measure=measure
    )
    assert isinstance(end, Finished) and end.nats == 1.0
    np.testing.assert_array_equal(flat(end.model), kept[1.0])


def test_a_damaged_checkpoint_is_passed_over_and_said_so(model, reader, values, tmp_path):
    checkpoints = Checkpoints(tmp_path)
    plan = Plan(Steps(30), evaluations=3, checkpoint_seconds=0.0)
    *_, whole = run(model, reader, values, plan=plan, checkpoints=checkpoints)
    older, newest = checkpoints.paths()
    newest.write_bytes(newest.read_bytes()[:-100])
    first, *_, end = run(model, reader, values, plan=plan, checkpoints=checkpoints, resume=True)
    assert isinstance(first, Notice) and newest.name in first.text and "before it" in first.text
    np.testing.assert_array_equal(flat(end.model), flat(whole.model))

    flipped = bytearray(older.read_bytes())
    flipped[-3] ^= 1
    older.write_bytes(flipped)
    for path in checkpoints.paths()[1:]:
        path.unlink()
    with pytest.raises(InputError, match="no checkpoint to resume from"):
        list(run(model, reader, values, plan=plan, checkpoints=checkpoints, resume=True))


def test_a_checkpoint_of_another_size_is_refused(reader, values, tmp_path, model, model_of):
    checkpoints = Checkpoints(tmp_path)
    list(run(model, reader, values, checkpoints=checkpoints))
    with pytest.raises(InputError, match=r"shape .* made with other options"):
        list(run(model_of(6), reader, values, checkpoints=checkpoints, resume=True))


def test_lanes_that_do_not_divide_are_refused(model, values):
    with pytest.raises(InputError):
        Lanes(values, 400, 5)


def test_scheduled_sampling_at_probability_one_is_teacher_forcing(model, values):
    key, update = jax.random.key(0), jnp.array(0)
    arguments = (model, Example(jnp.asarray(values[:9])), model.start(), key, update)
    forced, _ = TeacherForcing()(*arguments)
    always, _ = ScheduledSampling(lambda i: jnp.array(1.0))(*arguments)
    never, _ = ScheduledSampling(lambda i: jnp.array(0.0))(*arguments)
    np.testing.assert_allclose(forced, always, rtol=1e-5)
    assert not np.allclose(forced, never)


def test_evaluation_is_the_same_in_shares_as_whole(model, values):
    whole = evaluate(model, values, lanes=4, length=10)
    rows = [evaluate(model, values, lanes=4, length=10, share=(i, 2)) for i in range(2)]
    assert np.mean(rows) == pytest.approx(whole, rel=1e-5)
    one = evaluate(model, values, lanes=1, length=7)
    exact = nll(model.unroll(jnp.asarray(values)).distribution, jnp.asarray(values)).mean()
    assert one == pytest.approx(float(exact), rel=1e-5)


def test_names_are_those_of_the_fields(model):
    assert set(named_arrays(model)) == {
        "core.R",
        "core.W",
        "core.b",
        "emission.linear.W",
        "emission.linear.b",
    }

"""One update: the gradient of a batch, on every device its own rows, and a step along it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jax import shard_map
from jax.sharding import Mesh
from jaxtyping import Array, Float, Int

from reverie.concepts import Example, Key, Trainable
from reverie.training.beginnings import Beginning, Stateful
from reverie.training.mesh import BY_ROW, ROWS, SHARED
from reverie.training.objectives import Objective
from reverie.training.parametrisations import Parametrisation

Rate = Callable[[Float[Array, ""]], Float[Array, ""]]


class Learner(NamedTuple):
    """All that an update changes. With the position in the data, all that a run must remember."""

    parametrisation: Parametrisation
    average: Parametrisation | None
    """A running mean of the trainable arrays, where averaging is on."""
    optimiser: Any
    kept: Any
    """What each row goes on from, divided among the devices."""
    step: Int[Array, ""]


class Signals(NamedTuple):
    """What each process says of the run, for they must agree on when to do what."""

    progress: Any
    """The fraction of the budget that is spent: the rate is a function of it."""
    after: Any
    """The same after this update."""
    save: Any
    """Above 0 where it is time for a checkpoint."""


class Measured(NamedTuple):
    """What an update measured, the same on all devices."""

    loss: Float[Array, ""]
    """Nats per element, before the update."""
    gradient_norm: Float[Array, ""]
    rate: Float[Array, ""]
    signals: Float[Array, " 3"]
    """`Signals`, each the largest that any process sent."""


class Update(eqx.Module):
    """How a learner becomes the next one; compiled once."""

    objective: Objective
    optimiser: optax.GradientTransformation = eqx.field(static=True)
    rate: Rate = eqx.field(static=True)
    mesh: Mesh = eqx.field(static=True)
    elements: int = eqx.field(static=True)
    """In the training data: the weights' description is paid for once by all of them."""
    beginning: Beginning = Stateful()
    clip_norm: float = eqx.field(static=True, default=1.0)
    averaging: float = eqx.field(static=True, default=0.0)

    def begin(self, parametrisation: Parametrisation, rows: int, key: Key) -> Learner:
        """The learner before the first update; `rows` are those of this process."""
        model = parametrisation.realise()
        kept = jax.vmap(lambda k: self.beginning.first(model, k))(jax.random.split(key, rows))
        average = parametrisation if self.averaging else None
        state = self.optimiser.init(eqx.filter(parametrisation, eqx.is_inexact_array))
        return Learner(parametrisation, average, state, kept, jnp.array(0))

    def specs(self) -> Learner:
        """Which parts of a learner are shared by the devices and which are divided by row."""
        return Learner(SHARED, SHARED, SHARED, BY_ROW, SHARED)  # type: ignore[arg-type]

    def __call__(
        self,
        learner: Learner,
        examples: Example,
        is_first: Array,
        signals: Array,
        scale: Array,
        key: Key,
    ) -> tuple[Learner, Measured]:
        """`examples` have a leading B, `signals` (devices, 3) are the fields of `Signals`.

        `scale` multiplies the rate.
        """
        return self._shard(self._local, (self.specs(), SHARED))(
            learner, examples, is_first, signals, scale, key
        )

    def gradient(
        self,
        learner: Learner,
        examples: Example,
        is_first: Array,
        signals: Array,
        scale: Array,
        key: Key,
    ) -> tuple[Float[Array, ""], Parametrisation]:
        """The loss in nats per element and its gradient, without a step: to look for a fault."""

        def local(*arguments: Any) -> Any:
            loss, gradient, _ = self._gradient(*arguments)
            return loss, gradient

        return self._shard(local, (SHARED, SHARED))(
            learner, examples, is_first, signals, scale, key
        )

    def _shard(self, local: Any, out_specs: Any) -> Any:
        """`local` on every device with its own rows."""
        in_specs = (self.specs(), BY_ROW, SHARED, BY_ROW, SHARED, SHARED)
        return shard_map(
            local, mesh=self.mesh, in_specs=in_specs, out_specs=out_specs, check_vma=False
        )

    def _local(
        self,
        learner: Learner,
        examples: Example,
        is_first: Array,
        signals: Array,
        scale: Array,
        key: Key,
    ) -> tuple[Learner, Measured]:
        loss, gradient, kept = self._gradient(learner, examples, is_first, signals, scale, key)
        norm = optax.tree.norm(gradient)
        gradient = jax.tree.map(lambda g: g * _clip_factor(self.clip_norm, norm), gradient)
        # One array for all: they cost one reduction.
        furthest = jax.lax.pmax(signals[0], ROWS)
        rate = scale * self.rate(jnp.minimum(Signals(*furthest).progress, 1.0))
        stepped = self._step(learner, gradient, rate)
        return stepped._replace(kept=kept), Measured(loss, norm, rate, furthest)

    def _gradient(
        self,
        learner: Learner,
        examples: Example,
        is_first: Array,
        signals: Array,
        scale: Array,
        key: Key,
    ) -> tuple[Float[Array, ""], Parametrisation, Any]:
        key = jax.random.fold_in(key, learner.step)
        (nats, (kept, count)), gradient = jax.value_and_grad(self._loss, has_aux=True)(
            learner.parametrisation, learner, examples, is_first, key
        )
        # One reduction of the gradients is all that the devices say to each other.
        gradient, nats, count = jax.lax.psum((gradient, nats, count), ROWS)
        count = jnp.where(count > 0, count, 1.0)  # a batch in which no step counts
        penalty, slope = jax.value_and_grad(lambda p: p.penalty())(learner.parametrisation)
        gradient = jax.tree.map(lambda g, s: g / count + s / self.elements, gradient, slope)
        return nats / count + penalty / self.elements, gradient, kept

    def _loss(
        self,
        parametrisation: Parametrisation,
        learner: Learner,
        examples: Example,
        is_first: Array,
        key: Key,
    ) -> tuple[Float[Array, ""], tuple[Any, Array]]:
        """The summed loss of this device's rows, what they keep, and how many steps that is.

        Noise is a function of the row's number.
        """
        weights, rows = jax.random.split(key)
        model: Trainable = parametrisation.realise(weights)
        own = jax.tree.leaves(examples.values)[0].shape[0]
        numbers = jax.lax.axis_index(ROWS) * own + jnp.arange(own)

        def one(number: Array, example: Example, kept: Any) -> Any:
            noise, coins, restart = jax.random.split(jax.random.fold_in(rows, number), 3)
            condition = model.condition(example.source, key=jax.random.fold_in(noise, 0))
            begin = self.beginning(model.start(condition, key=noise), kept, is_first, restart)
            example = example._replace(source=condition)
            losses, carry = self.objective(model, example, begin, coins, learner.step)
            nats, count = example.total(losses)
            return nats, self.beginning.carry_over(carry), count

        sums, kept, counts = jax.vmap(one)(numbers, examples, learner.kept)
        return sums.sum(), (jax.lax.stop_gradient(kept), jnp.asarray(counts.sum(), float))

    def _step(self, learner: Learner, gradient: Any, rate: Float[Array, ""]) -> Learner:
        direction, state = self.optimiser.update(
            gradient, learner.optimiser, learner.parametrisation
        )
        moved = jax.tree.map(lambda w, d: w - rate * d, learner.parametrisation, direction)
        average = learner.average
        if average is not None:
            # Young averages forget faster, so that the start is soon left behind.
            kept = jnp.minimum(self.averaging, (1 + learner.step) / (10 + learner.step))
            average = jax.tree.map(lambda a, w: a + (1 - kept) * (w - a), average, moved)
        return Learner(moved, average, state, learner.kept, learner.step + 1)


def _clip_factor(limit: float, norm: Float[Array, ""]) -> Float[Array, ""]:
    """What a gradient of this norm is multiplied by to be at most `limit` long; 0 is no limit."""
    return jnp.minimum(1.0, limit / (norm + 1e-12)) if limit else jnp.ones(())

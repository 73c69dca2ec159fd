"""Contrastive divergence: how a restricted Boltzmann machine learns without its log Z."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from reverie.concepts import Carry, Example, Key, zero_masked
from reverie.distributions import RBM
from reverie.model import SequenceModel
from reverie.training.objectives import Objective


class ContrastiveDivergence(Objective):
    """-log p(y_t | y_<t) of an RBM, whose gradient is that of (Hinton 2002)

        F(y_t) - F(y'_t)      y'_t after `steps` Gibbs steps from y_t, without a gradient

    With infinitely many steps that is, in expectation, the gradient of -log p. The losses' values
    are NOT those of -log p, which nobody knows, nor of the difference, which is about 0 however
    good the model is. They estimate the pseudo-likelihood (Besag 1975),

        -sum_i log p(y_i | y_-i) = -N E_i[log s(F(y with bit i turned) - F(y))]

    by one bit drawn for each step: it falls as the model learns, and bounds -log p from neither
    side. Raises TypeError for a model whose distribution is no `RBM`.
    """

    steps: int = eqx.field(static=True, default=15)

    def __call__(
        self,
        model: SequenceModel,
        example: Example,
        carry: Carry,
        key: Key,
        update: Int[Array, ""],
    ) -> tuple[Float[Array, " T"], Carry]:
        mask, values = example.mask, zero_masked(example.mask, example.values)
        read = model.unroll(values, carry, example.source, mask=mask)
        rbm = read.distribution
        if not isinstance(rbm, RBM):
            raise TypeError(f"{type(rbm).__name__} is no RBM: train it by its likelihood")
        frozen, (chain, bits) = jax.lax.stop_gradient(rbm), jax.random.split(key)
        fantasies = frozen.gibbs(chain, values, self.steps)
        taught = rbm.free_energy(values) - rbm.free_energy(fantasies)
        shown = _pseudo_nats(frozen, values, bits)
        # A gradient without a value.
        losses = shown + taught - jax.lax.stop_gradient(taught)
        return losses if mask is None else jnp.where(mask, losses, 0.0), read.carry


def _pseudo_nats(rbm: RBM, values: Float[Array, "T N"], key: Key) -> Float[Array, " T"]:
    """-N log p(y_i | all others) of a bit drawn for each step."""
    size = values.shape[-1]
    turned = jax.random.randint(key, (*values.shape[:-1], 1), 0, size) == jnp.arange(size)
    others = jnp.where(turned, 1 - values, values)
    return size * jax.nn.softplus(rbm.free_energy(values) - rbm.free_energy(others))

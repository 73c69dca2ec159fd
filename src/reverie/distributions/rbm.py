"""Bits that depend on one another through hidden ones: a restricted Boltzmann machine."""

from __future__ import annotations

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from reverie.concepts import Key, Predictive
from reverie.distributions.bernoulli import Bernoulli
from reverie.distributions.shared import shared
from reverie.products import product, pull

LISTED = 20
"""So many units, hidden or visible, have few enough states to be summed over."""
BLOCK = 64
"""States that are summed at once."""


class RBM(Predictive):
    """p(y) = sum_h exp(-E(y, h)) / Z with hidden bits h (H,) (Smolensky 1986),

        E(y, h) = -b . y - c . h - h . W y      F(y) = -b . y - sum_j softplus(c_j + W_j . y)

    where F is the free energy, p(y) = exp(-F(y)) / Z. The biases are those of a step; W is the
    same along leading axes (RNN-RBM of Boulanger-Lewandowski 2012). The element is a vector of
    N numbers 0 or 1, as of `Bernoulli`.
    """

    b: Float[Array, "... N"]
    c: Float[Array, "... H"]
    W: Float[Array, "... H N"]
    steps: int = eqx.field(static=True, default=25)
    """Of Gibbs sampling for a sample, or of ascent for a mode."""

    @property
    def can_sum(self) -> bool:
        """Whether log Z is exact: `LISTED` units on one side, or fewer."""
        return min(self.b.shape[-1], self.c.shape[-1]) <= LISTED

    def hidden(self, value: Float[Array, "... N"]) -> Bernoulli:
        """p(h | y)."""
        return Bernoulli(self.c + product(shared(self.W), value))

    def visible(self, hidden: Float[Array, "... H"]) -> Bernoulli:
        """p(y | h)."""
        return Bernoulli(self.b + pull(shared(self.W), hidden))

    def free_energy(self, value: Float[Array, "... N"]) -> Float[Array, "..."]:
        """F(y) in nats: -log p(y) but for log Z, which is the same for all y."""
        return -(self.b * value).sum(-1) - jax.nn.softplus(self.hidden(value).logits).sum(-1)

    def gibbs(
        self,
        key: Key,
        value: Float[Array, "... N"],
        steps: int,
        known: Bool[Array, "... N"] | None = None,
    ) -> Float[Array, "... N"]:
        """So many steps of a Markov chain from a value; each draws h given y, then y given h.

        Its samples are in the end those of p. Where `known` the value stays as it is, and they
        are those of p given all of it.
        """

        begin = jnp.asarray(value, self.b.dtype)

        def step(y: Array, key: Key) -> tuple[Array, None]:
            up, down = jax.random.split(key)
            drawn = self.visible(self.hidden(y).sample(up)).sample(down)
            return drawn if known is None else jnp.where(known, begin, drawn), None

        return jax.lax.scan(step, begin, jax.random.split(key, steps))[0]

    def log_prob(self, value: Float[Array, "... N"]) -> Float[Array, "..."]:
        """Exact, by `log_z`, whose ValueError it raises; cheap up to some 12 units."""
        return -self.free_energy(value) - self.log_z()

    def pseudo_log_prob(self, value: Float[Array, "... N"]) -> Float[Array, "..."]:
        """sum_i log p(y_i | all others), the pseudo-likelihood (Besag 1975): no bound of log p."""
        b, W, a = self.b, shared(self.W), self.hidden(value).logits
        turns = 1 - 2 * value

        def of_bit(rows: tuple[Array, Array, Array]) -> Array:
            b, w, turn = rows
            gain = jax.nn.softplus(a + turn[..., None] * w) - jax.nn.softplus(a)
            return jax.nn.log_sigmoid(-turn * b - gain.sum(-1))

        bits = jnp.moveaxis(b, -1, 0), W.T, jnp.moveaxis(turns, -1, 0)
        return jax.lax.map(of_bit, bits).sum(0)

    def log_z(self) -> Float[Array, "..."]:
        """log Z, a sum over all states of the hidden or of the visible units, the fewer of them.

        Raises ValueError where they are more than 20.
        """
        b, c, W = self.b, self.c, shared(self.W)
        if b.shape[-1] < c.shape[-1]:
            b, c, W = c, b, W.T
        if not self.can_sum:
            raise ValueError(
                f"an RBM of {self.b.shape[-1]} x {self.c.shape[-1]} units has too many states for "
                f"an exact log p ({LISTED} units on one side are the most): bound log Z by "
                "log_z_lower and log_z_upper of reverie.distributions.annealed"
            )
        count = 2 ** c.shape[-1]
        numbers = jnp.arange(count).reshape(-1, min(BLOCK, count))
        # Differentiated block by block: kept, all blocks would be 2^H (..., N) numbers.
        return jax.nn.logsumexp(jax.lax.map(jax.checkpoint(partial(_summed, b, c, W)), numbers), 0)

    def sample(self, key: Key) -> Float[Array, "... N"]:
        """The end of a chain of `steps` Gibbs steps from zeros: close to p where those suffice."""
        return self.gibbs(key, jnp.zeros_like(self.b), self.steps)

    def mode(self) -> Float[Array, "... N"]:
        """A value that is probable, and that no turn as below makes more so; others may be.

        Mean field theory of RBMs that become as certain as this one, in `steps` turns, says where
        to begin. From there as many turns go up: F is concave and so below its tangent,
        F(y) + F'(y) . (y' - y), and the y' with the least of that is as probable as y or more.
        """

        def decide(k: Int[Array, ""], mean: Array) -> Array:
            rbm = self.sharpen((k + 1) / self.steps - 1)
            return jax.nn.sigmoid(rbm._given_mean(mean).logits)

        mean = jax.lax.fori_loop(0, self.steps, decide, jnp.full_like(self.b, 0.5))
        return jax.lax.fori_loop(0, self.steps, lambda _, y: self._given_mean(y).mode(), mean)

    def sharpen(self, bias: Float[Array, ""] | float) -> RBM:
        """The energy times 1 + b, and so the logits of y given h and of h given y.

        It is the joint distribution of y and h that becomes p^(1 + b), not quite that of y.
        """
        b, c, W = (a * (1 + bias) for a in (self.b, self.c, self.W))
        return RBM(b, c, W, self.steps)

    def _given_mean(self, mean: Float[Array, "... N"]) -> Bernoulli:
        """p(y | h) where h is what it is in the mean given the bits, or their means."""
        return self.visible(jax.nn.sigmoid(self.hidden(mean).logits))


def _summed(
    b: Float[Array, "... N"],
    c: Float[Array, "... H"],
    W: Float[Array, "H N"],
    numbers: Int[Array, " M"],
) -> Float[Array, "..."]:
    """log sum_h sum_y exp(-E(y, h)) over all y and the h that the numbers spell in bits."""
    h = (numbers[:, None] >> jnp.arange(c.shape[-1]) & 1).astype(c.dtype)
    of_visible = jax.nn.softplus(b[..., None, :] + h @ W).sum(-1)
    return jax.nn.logsumexp(c @ h.T + of_visible, -1)

"""Where the pen goes next: a mixture of bivariate Gaussians."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from reverie.concepts import Key, Predictive

STEEPEST = 15.0
"""The largest |r|: beyond it tanh(r) is 1 in float32, and exp(2 r) soon no number."""


class BivariateMixture(Predictive):
    """p(y) = sum_j pi_j N(y; mu_j, sd_j, rho_j) for y (..., 2) (Graves 2013, eq. 24-25).

        pi = softmax(weights)      sd = exp(log_sd)      rho = tanh(r), |r| <= 15

    In log space throughout: with d = (y - mu) / sd, the quadratic form and the determinant

        Z / (1 - rho^2) = ((d1 + d2)^2 (1 + exp(-2 r)) + (d1 - d2)^2 (1 + exp(2 r))) / 4
        1 - rho^2       = 4 s(2 r) s(-2 r)

    have only positive terms, so nothing cancels however thin a component is.
    """

    weights: Float[Array, "... M"]
    """Logits of the components."""
    mu: Float[Array, "... M 2"]
    log_sd: Float[Array, "... M 2"]
    r: Float[Array, "... M"]

    def component_log_probs(self, value: Float[Array, "... 2"]) -> Float[Array, "... M"]:
        """log N_j(value) of each component, in nats."""
        d = (value[..., None, :] - self.mu) * jnp.exp(-self.log_sd)
        steep = 2 * self._r()
        along = jnp.square(d.sum(-1)) * (1 + jnp.exp(-steep))
        across = jnp.square(d[..., 0] - d[..., 1]) * (1 + jnp.exp(steep))
        return -(along + across) / 8 - self._log_area()

    def log_prob(self, value: Float[Array, "... 2"]) -> Float[Array, "..."]:
        return jax.nn.logsumexp(
            jax.nn.log_softmax(self.weights) + self.component_log_probs(value), -1
        )

    def sample(self, key: Key) -> Float[Array, "... 2"]:
        which, where = jax.random.split(key)
        chosen = jax.random.categorical(which, self.weights)
        mu, log_sd, r = (_pick(a, chosen) for a in (self.mu, self.log_sd, self._r()))
        first, second = jnp.moveaxis(jax.random.normal(where, mu.shape, mu.dtype), -1, 0)
        # (first, rho first + sqrt(1 - rho^2) second), where sqrt(1 - tanh^2) = 1 / cosh.
        both = jnp.stack([first, jnp.tanh(r) * first + second / jnp.cosh(r)], -1)
        return mu + jnp.exp(log_sd) * both

    def mode(self) -> Float[Array, "... 2"]:
        """The centre of the component with the highest peak: exact where components lie apart."""
        return _pick(self.mu, jnp.argmax(self.weights - self._log_area(), -1))

    def mean(self) -> Float[Array, "... 2"]:
        """The mean of the mixture."""
        return (jax.nn.softmax(self.weights)[..., None] * self.mu).sum(-2)

    def sharpen(self, bias: Float[Array, ""] | float) -> BivariateMixture:
        """Weights times 1 + b, and b off every log sd (Graves 2013, eq. 61-62)."""
        return BivariateMixture(self.weights * (1 + bias), self.mu, self.log_sd - bias, self.r)

    def _r(self) -> Float[Array, "... M"]:
        return jnp.clip(self.r, -STEEPEST, STEEPEST)

    def _log_area(self) -> Float[Array, "... M"]:
        """log(2 pi sd_1 sd_2 sqrt(1 - rho^2)), minus the log density at the centre."""
        steep = 2 * self._r()
        log_det = jnp.log(4.0) - jax.nn.softplus(steep) - jax.nn.softplus(-steep)
        return jnp.log(2 * jnp.pi) + self.log_sd.sum(-1) + log_det / 2


def _pick(of_components: Array, chosen: Array) -> Array:
    """The entry of the chosen component: (..., M, *rest) and (...) to (..., *rest)."""
    rest = of_components.ndim - chosen.ndim - 1
    index = chosen.reshape(*chosen.shape, *[1] * (rest + 1))
    return jnp.take_along_axis(of_components, index, chosen.ndim).squeeze(chosen.ndim)

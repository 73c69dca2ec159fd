"""A matrix times one vector or many: the same numbers and gradients, in the form that is fast."""

import jax
import jax.numpy as jnp
import numpy as np
from jax.test_util import check_grads

from reverie.layers import product


def test_it_is_a_product_under_every_vmap(rng, double):
    W, x = jnp.asarray(rng.normal(size=(3, 4))), jnp.asarray(rng.normal(size=(2, 5, 4)))
    expected = np.einsum("gx,abx->abg", W, x)
    np.testing.assert_allclose(product(W, x[0, 0]), expected[0, 0])
    np.testing.assert_allclose(jax.vmap(lambda x: product(W, x))(x[0]), expected[0])
    nested = jax.vmap(jax.vmap(lambda x: product(W, x)))
    np.testing.assert_allclose(nested(x), expected)
    several = jnp.stack([W, 2 * W])
    np.testing.assert_allclose(
        jax.vmap(product)(several, x[:, 0]), np.einsum("agx,ax->ag", several, x[:, 0])
    )
    np.testing.assert_allclose(jax.vmap(product, (0, None))(several, x[0, 0]), several @ x[0, 0])


def test_its_gradients_are_those_of_a_product(rng, double):
    W, x = jnp.asarray(rng.normal(size=(3, 4))), jnp.asarray(rng.normal(size=(5, 4)))
    check_grads(product, (W, x[0]), order=2, modes=["fwd", "rev"])

    def loss(W, x, form):
        def step(h, x):
            h = jnp.tanh(form(W, x + h))
            h = jnp.append(h, 1.0)
            return h, h

        return jax.lax.scan(step, jnp.zeros(4), x)[1].sum()

    for rows in (x, jnp.stack([x, -x])):

        def total(W, rows, form):
            if rows.ndim == 2:
                return loss(W, rows, form)
            return jax.vmap(lambda x: loss(W, x, form))(rows).sum()

        got = jax.grad(total, (0, 1))(W, rows, product)
        expected = jax.grad(total, (0, 1))(W, rows, lambda W, x: W @ x)
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-9), got, expected)


def test_a_batch_is_multiplied_from_the_right(rng):
    W, x = jnp.ones((3, 4)), jnp.ones((5, 4))
    text = jax.jit(jax.vmap(lambda x: product(W, x))).lower(x).as_text()
    assert "transpose" not in text.split("dot_general")[1]

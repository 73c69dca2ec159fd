"""A matrix times one vector or many: the same numbers and gradients, in the form that is fast."""

import itertools
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from reverie import products
from reverie.products import FEW, affine, before, has_native, product, pull


def test_it_is_a_product_under_every_vmap(rng, double):
    W, x = jnp.asarray(rng.normal(size=(3, 4))), jnp.asarray(rng.normal(size=(2, 5, 4)))
    expected = np.einsum("gx,abx->abg", W, x)
    np.testing.assert_allclose(product(W, x[0, 0]), expected[0, 0])
    np.testing.assert_allclose(product(W, x[:1, 0]), expected[:1, 0])
    np.testing.assert_allclose(product(W, x), expected)
    np.testing.assert_allclose(jax.vmap(lambda x: product(W, x))(x[0]), expected[0])
    nested = jax.vmap(jax.vmap(lambda x: product(W, x)))
    np.testing.assert_allclose(nested(x), expected)
    several = jnp.stack([W, 2 * W])
    np.testing.assert_allclose(
        jax.vmap(product)(several, x[:, 0]), np.einsum("agx,ax->ag", several, x[:, 0])
    )
    np.testing.assert_allclose(jax.vmap(product, (0, None))(several, x[0, 0]), several @ x[0, 0])
    np.testing.assert_allclose(affine(W, x, W[:, 0]), expected + W[:, 0])


@pytest.mark.parametrize(("form", "letters"), [(product, "gx,abx->abg"), (pull, "xg,abx->abg")])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_the_batch_may_be_any_axis(form, letters, axis, rng, double):
    W, x = rng.normal(size=(3, 4)), rng.normal(size=(2, 5, 4))
    W = jnp.asarray(W if form is product else W.T)
    got = jax.vmap(lambda x: form(W, x), axis, axis)(jnp.asarray(np.moveaxis(x, 0, axis)))
    np.testing.assert_allclose(np.moveaxis(got, axis, 0), np.einsum(letters, W, x))


def test_its_gradients_are_those_of_a_product(rng, double):
    W, x = jnp.asarray(rng.normal(size=(3, 4))), jnp.asarray(rng.normal(size=(5, 4)))
    for given in (x[0], x[:1], x):
        check_grads(product, (W, given), order=3, modes=["fwd", "rev"])
        check_grads(pull, (W.T, given), order=3, modes=["fwd", "rev"])

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


def test_gradients_of_examples_are_those_of_a_product(rng, double):
    """`vmap` around `grad`, with what is differentiated, what is not and both divided by row."""
    W, x = jnp.asarray(rng.normal(size=(2, 3, 4))), jnp.asarray(rng.normal(size=(2, 5, 4)))

    def gradients(form, axes):
        def loss(W, x):
            return (form(W, jnp.sin(x)) ** 2).sum()

        each = jax.vmap(jax.grad(loss, (0, 1)), axes)
        return each(*(a if axis == 0 else a[0] for a, axis in zip((W, x), axes, strict=True)))

    for axes in itertools.product((0, None), repeat=2):
        if axes != (None, None):
            got, expected = gradients(product, axes), gradients(lambda W, x: x @ W.T, axes)
            jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-9), got, expected)


def test_time_stays_outside_and_the_batch_where_it_is(rng):
    """Nothing is moved between a loop over time, whose rows come out (T, B), and the product."""
    W, x = jnp.ones((3, 4)), jnp.ones((7, 5, 4))
    steps = jax.make_jaxpr(jax.vmap(lambda x: product(W, x), 1, 1))(x)
    assert [equation.primitive.name for equation in steps.eqns] == ["product"]
    assert steps.out_avals[0].shape == (7, 5, 3)

    steps = jax.make_jaxpr(jax.vmap(lambda x: affine(W, x, W[:, 0]), 1, 1))(x).eqns[-2:]
    assert [equation.primitive.name for equation in steps] == ["product", "shift"]
    steps = jax.make_jaxpr(jax.vmap(before, (0, 1), 1))(x[0], x).eqns[-1]
    assert steps.primitive.name == "before" and steps.outvars[0].aval.shape == (7, 5, 4)


def test_what_is_added_to_a_product_has_the_gradients_of_a_sum(rng, double):
    W, x = jnp.asarray(rng.normal(size=(2, 3, 4))), jnp.asarray(rng.normal(size=(2, 5, 4)))
    b = jnp.asarray(rng.normal(size=(2, 3)))
    for given in (x[0, 0], x[0], x):
        check_grads(affine, (W[0], given, b[0]), order=2, modes=["fwd", "rev"])
    for axes in itertools.product((0, None), (0, 1, None), (0, None)):
        if axes == (None, None, None):
            continue
        given = [
            a[0] if axis is None else jnp.moveaxis(a, 0, axis)
            for a, axis in zip((W, x, b), axes, strict=True)
        ]

        def each(form, axes=axes, given=given):
            def loss(W, x, b):
                return jnp.sin(form(W, x, b)).sum()

            values = jax.vmap(form, axes)(*given)
            return values, jax.vmap(jax.grad(loss, (0, 1, 2)), axes)(*given)

        got, expected = each(affine), each(lambda W, x, b: x @ W.T + b)
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-9), got, expected)


def test_what_was_there_before_each_step(rng):
    first, rest = (rng.normal(size=s).astype(np.float32) for s in ((2, 3), (2, 4, 3)))
    expected = np.concatenate([first[:, None], rest], 1)[:, :-1]
    np.testing.assert_array_equal(before(first[0], rest[0]), expected[0])
    for axes in itertools.product((0, 1, None), (0, 1, 2, None)):
        if axes == (None, None):
            continue
        given = [
            a[0] if axis is None else np.moveaxis(a, 0, axis)
            for a, axis in zip((first, rest), axes, strict=True)
        ]
        wanted = [
            np.concatenate(
                [
                    first[i if axes[0] is not None else 0][None],
                    rest[i if axes[1] is not None else 0],
                ]
            )[:-1]
            for i in range(2)
        ]
        np.testing.assert_array_equal(jax.vmap(before, axes)(*given), wanted)


def test_a_product_is_as_precise_as_its_matrix(rng):
    W, x = (jnp.asarray(rng.normal(size=s).astype(np.float32)) for s in ((3, 40), (5, 40)))
    rough = W.astype(jnp.bfloat16)
    exact = x.astype(jnp.bfloat16).astype(float) @ rough.astype(float).T
    for got in (product(rough, x), pull(rough.T, x)):
        assert got.dtype == jnp.float32
        np.testing.assert_allclose(got, exact, rtol=1e-5, atol=1e-5)  # the sums are precise
    np.testing.assert_allclose(product(rough, x[0]), exact[0], rtol=1e-5, atol=1e-5)
    of_W, of_x = jax.grad(lambda W, x: jnp.sin(product(W, x)).sum(), (0, 1))(rough, x)
    assert of_W.dtype == jnp.bfloat16 and of_x.dtype == jnp.float32
    d = jnp.cos(product(rough, x)).astype(jnp.bfloat16).astype(float)
    np.testing.assert_allclose(of_x, d @ rough.astype(float), rtol=1e-5, atol=1e-5)
    wanted = d.T @ x.astype(jnp.bfloat16).astype(float)
    np.testing.assert_allclose(of_W.astype(float), wanted, rtol=2**-8, atol=1e-5)


def test_a_large_product_in_bfloat16_that_is_turned_round_is_the_same(rng, monkeypatch):
    monkeypatch.setattr(products, "LARGE", 0)
    W, d = jnp.asarray(rng.normal(size=(12, 5)), jnp.bfloat16), rng.normal(size=(4, 3, 12))
    exact = np.asarray(jnp.asarray(d, jnp.bfloat16), float) @ np.asarray(W, float)
    for got in (
        pull(W, jnp.asarray(d, jnp.float32)),
        jax.vmap(lambda d: pull(W, d))(jnp.float32(d)),
    ):
        assert got.dtype == jnp.float32
        np.testing.assert_allclose(got, exact, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float32])
def test_the_native_product_rounds_as_that_of_many_rows_does(dtype, rng, monkeypatch):
    pytest.importorskip("reverie_native", reason="the package in native/ is not installed")
    assert has_native()
    monkeypatch.setattr(products, "has_avx512", lambda: True)  # else it would be XLA's
    monkeypatch.setattr(products, "MIDDLE", range(2**20))
    for outputs, inputs in ((1, 1), (3, 31), (9, 32), (17, 65), (64, 40), (700, 514)):
        W = jnp.asarray(rng.normal(size=(outputs, inputs)), dtype)
        x = jnp.asarray(rng.normal(size=inputs), jnp.float32)
        native = jax.jit(lambda W, x: product(W, x))
        found = native(W, x)
        assert "reverie_product" in native.lower(W, x).as_text()
        exact = np.asarray(W, np.float64) @ np.asarray(x.astype(dtype), np.float64)
        np.testing.assert_allclose(found, exact, atol=1e-4)
        for count in (2, 3, 5, 6, 8, 11):
            rows = jnp.stack([x, *rng.normal(size=(count - 1, inputs))]).astype(jnp.float32)
            exact = np.asarray(rows.astype(dtype), np.float64) @ np.asarray(W, np.float64).T
            np.testing.assert_allclose(native(W, rows), exact, atol=1e-4)
        many = native(W, jnp.broadcast_to(x, (FEW + 1, inputs)))
        assert "reverie_product" not in native.lower(W, jnp.ones((FEW + 1, inputs))).as_text()
        np.testing.assert_allclose(many[-1], found, atol=1e-4)


@pytest.mark.parametrize("dtype", [jnp.bfloat16, jnp.float32])
def test_numbers_that_are_none_stay_so_in_the_native_product(dtype):
    pytest.importorskip("reverie_native", reason="the package in native/ is not installed")
    W = jnp.ones((8, 33), dtype)
    for odd in (jnp.nan, jnp.inf):
        found = jax.jit(product)(W, jnp.full(33, odd))
        np.testing.assert_array_equal(found, np.full(8, odd))


def test_without_the_native_package_it_is_the_product_of_xla(rng, monkeypatch):
    monkeypatch.setitem(sys.modules, "reverie_native", None)
    has_native.cache_clear()
    assert not has_native()
    W, x = jnp.asarray(rng.normal(size=(5, 3)), jnp.bfloat16), jnp.arange(3.0)
    expected = np.asarray(W, np.float32) @ np.arange(3.0)
    np.testing.assert_allclose(jax.jit(lambda x: product(W, x))(x), expected, rtol=1e-6)
    has_native.cache_clear()

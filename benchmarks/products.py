"""GFLOP/s of the six matrix products of an LSTM's update: plain JAX's and Reverie's.

Two of them are made in a loop over time, forward and backward; four outside it, over all steps at
once. "Plain" is `x @ W.T`, its own gradients, and a loop over them.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from side_by_side import as_reverie_does, best, load

from reverie.products import lay_out, product, pull

T = 64


def loop(multiply: Callable[[Array], Array], width: int) -> Callable[[Array], Array]:
    """T products, each of what the one before it left: (B, N) to (B, N)."""

    def step(rows: Array, _: None) -> tuple[Array, None]:
        return multiply(rows)[:, :width] * 0.01, None

    return lambda rows: jax.lax.scan(step, rows, None, length=T)[0]


def backward(multiply: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """The same for a product whose answer is the narrower side."""

    def step(rows: Array, _: None) -> tuple[Array, None]:
        return jnp.tile(multiply(rows) * 0.01, 4), None

    return lambda rows: jax.lax.scan(step, rows, None, length=T)[0]


def plain_gradient(W: Array, x: Array, d: Array) -> Array:
    """dW as JAX finds it."""
    return jax.vjp(lambda W: x @ W.T, W)[1](d)[0]


def our_gradient(W: Array, x: Array, d: Array) -> Array:
    """dW of `product`."""
    return jax.vjp(lambda W: product(W, x), W)[1](d)[0]


def works(hidden: int, batch: int, dtype: jnp.dtype) -> dict[str, Callable[[], object]]:
    """Both forms of each product by name, compiled on their first call."""
    rng = np.random.default_rng(0)
    W = jnp.asarray(rng.normal(size=(4 * hidden, hidden)), dtype)
    x, d = (
        jnp.asarray(rng.normal(size=(T, batch, size)), jnp.float32) for size in (hidden, 4 * hidden)
    )

    def compiled(function: Callable[..., Array], *arguments: Array) -> Callable[[], object]:
        return lambda run=jax.jit(function): run(*arguments).block_until_ready()

    def ours_r(W: Array, rows: Array) -> Array:
        across = lay_out(W.T)
        return loop(lambda h: pull(across, h), hidden)(rows)

    return {
        "a = W x, plain": compiled(lambda W, x: x @ W.T, W, x),
        "a = W x, ours": compiled(product, W, x),
        "r = R h, plain": compiled(lambda W, h: loop(lambda h: h @ W.T, hidden)(h), W, x[0]),
        "r = R h, ours": compiled(ours_r, W, x[0]),
        "R^T d, plain": compiled(lambda W, d: backward(lambda d: d @ W)(d), W, d[0]),
        "R^T d, ours": compiled(lambda W, d: backward(lambda d: pull(W, d))(d), W, d[0]),
        "dx = W^T d, plain": compiled(lambda W, d: d @ W, W, d),
        "dx = W^T d, ours": compiled(pull, W, d),
        "dW = d x^T, plain": compiled(plain_gradient, W, x, d),
        "dW = d x^T, ours": compiled(our_gradient, W, x, d),
    }


def machine_rate(dtype: jnp.dtype = jnp.float32) -> float:
    """The best GFLOP/s of a large square product."""
    n = 2048
    a = jnp.ones((n, n), dtype)
    run = jax.jit(lambda a: jnp.dot(a, a, preferred_element_type=jnp.float32))
    return 2 * n**3 / best({"": lambda: run(a).block_until_ready()}, 9)[""] / 1e9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--bfloat16", action="store_true", help="with matrices in bfloat16")
    options = parser.parse_args()
    as_reverie_does()
    dtype = jnp.bfloat16 if options.bfloat16 else jnp.float32
    print(f"GFLOP/s, B {options.batch}, T {T}, {dtype.__name__}; {load()}; dR is formed as dW is")
    for hidden in (256, 512, 1024):
        flops = 2 * T * options.batch * 4 * hidden**2
        times = best(works(hidden, options.batch, dtype), options.rounds)
        rates = {name: flops / time / 1e9 for name, time in times.items()}
        print(f"H {hidden}; a square product runs at {machine_rate(dtype):.0f}")
        for name in list(rates)[::2]:
            name = name.removesuffix(", plain")
            before, after = rates[f"{name}, plain"], rates[f"{name}, ours"]
            print(f"  {name:12} plain {before:4.0f}   ours {after:4.0f}   {after / before:.2f}")


if __name__ == "__main__":
    main()

"""A matrix times a vector, as fast for one vector as for many side by side.

XLA multiplies one vector fastest from the left, W x, and a batch of them from the right, X W^T:
the wrong form of either takes twice the time, for a batch because the answer comes out lying on
its side. What is written for one sequence must be fast for many, so the form is chosen where
`vmap` says how many there are.
"""

from __future__ import annotations

import jax
from jax.custom_batching import custom_vmap
from jaxtyping import Array, Float


@jax.custom_jvp
def product(W: Float[Array, "G X"], x: Float[Array, " X"]) -> Float[Array, " G"]:
    """W x."""
    answer: Array = _product(W, x)
    return answer


product.defjvps(lambda dW, _, W, x: x @ dW.T, lambda dx, _, W, x: dx @ W.T)


@custom_vmap
def _product(W: Array, x: Array) -> Array:
    return W @ x


@_product.def_vmap
def _batched(size: int, batched: list[bool], W: Array, x: Array) -> tuple[Array, bool]:
    match batched:
        case [False, True]:
            return x @ W.T, True
        case [False, False]:
            return W @ x, False
    matrices, vectors = (0 if each else None for each in batched)
    return jax.vmap(lambda W, x: W @ x, (matrices, vectors))(W, x), True

"""Products of a matrix and vectors: fast for one, for many, and in their gradients.

What is written for one sequence must be fast for many, and XLA's fast routines on a CPU take
matrices that lie row by row. Where `vmap` adds rows, a plain `W @ x` becomes a product whose
operands lie the other way, at half the rate or less; its gradients do the same. So three products
stand here, of which each is what the others' gradients need, and the form of each is chosen where
it is known how many rows there are:

    product         y = W x        many:  X W^T, the transpose of W laid out first
    pull            x = W^T d      many:  D W
    outer           W = sum d x^T  many:  (X^T D)^T, the transpose of X laid out first

Of a few vectors the rate is that at which weights are read; the package reverie-native, where it is
installed, reads them as they lie.

`vmap` leaves its axis where it is, so what comes out of a loop over time stays in order of time.

A product is as precise as its matrix: with W in bfloat16 the vectors are rounded to it, and the
sums are still made in the precision of the vectors.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache, partial
from typing import Any

import jax
import jax.numpy as jnp
from jax.core import ShapedArray
from jax.experimental.layout import Layout, with_layout_constraint
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir
from jaxtyping import Array, Float

from reverie.runtime import has_avx512
from reverie.threads import LEAST, SMALL

NATIVE = "reverie_product"
"""What XLA calls the product of the package reverie-native."""
FEW, FEW_SINGLE = 64, 16
"""Rows up to which that product is the faster one, of a matrix in bfloat16 and in single."""
MIDDLE = range(2**17, 2**20)
"""Numbers of a matrix in single precision of which it is the faster one for a single row."""

LARGE = 2**20
"""Numbers of a matrix in bfloat16 of which `pull` turns the product round."""


def product(W: Float[Array, "G X"], x: Float[Array, "... X"]) -> Float[Array, "... G"]:
    """W x, of one x or of each x of many."""
    answer: Array = _product.bind(W, x)
    return answer


def pull(W: Float[Array, "G X"], d: Float[Array, "... G"]) -> Float[Array, "... X"]:
    """W^T d, of one d or of each d of many: the gradient of x where d is that of W x."""
    answer: Array = _pull.bind(W, d)
    return answer


def affine(
    W: Float[Array, "G X"], x: Float[Array, "... X"], b: Float[Array, " G"]
) -> Float[Array, "... G"]:
    """W x + b, of one x or of each x of many."""
    answer: Array = _shift.bind(product(W, x), b)
    return answer


def lay_out(W: Float[Array, "P D"]) -> Float[Array, "P D"]:
    """The matrix, row by row in memory from here on: for one that a loop will multiply by."""
    found: Array = with_layout_constraint(W, Layout((0, 1)))
    return found


@cache
def has_native() -> bool:
    """Whether the package reverie-native is there, whose product XLA then takes for few rows."""
    with suppress(ImportError, OSError, AttributeError):
        import reverie_native

        address = jax.ffi.pycapsule(reverie_native.TARGET)
        jax.ffi.register_ffi_target(NATIVE, address, platform="cpu")
        return True
    return False


def _rows(x: Array) -> Array:
    return x.reshape(math.prod(x.shape[:-1]), x.shape[-1])


def _dot(x: Array, y: Array, narrow: Any, wide: Any) -> Array:
    """x y, both rounded to `narrow`, the sums in `wide`."""
    return jnp.dot(x.astype(narrow), y.astype(narrow), preferred_element_type=wide)


def _product_plain(W: Array, x: Array) -> Array:
    wide = jnp.promote_types(W.dtype, x.dtype)
    if x.ndim == 1:
        return _dot(W, x, W.dtype, wide)
    return _dot(x, W.T, W.dtype, wide)


def _product_cpu(W: Array, x: Array) -> Array:
    rows, shape = _rows(x), (*x.shape[:-1], W.shape[0])
    if x.dtype == jnp.float32 and _suits_native(W, len(rows)):
        return _product_native(W, rows).reshape(shape)
    if len(rows) == 1:
        return _product_plain(W, rows[0]).reshape(shape)
    wide = jnp.promote_types(W.dtype, x.dtype)
    return _dot(rows, lay_out(W.T), W.dtype, wide).reshape(shape)


def _suits_native(W: Array, rows: int) -> bool:
    """Whether the native product is there, and is the faster one: it divides itself among cores,
    so it is not for rows that are in threads already."""
    if not has_native() or (W.size <= SMALL and rows >= LEAST):
        return False
    if W.dtype == jnp.bfloat16:
        return rows <= FEW
    few = rows <= FEW_SINGLE and (rows > 1 or W.size in MIDDLE)
    return few and W.dtype == jnp.float32 and has_avx512()


def _product_native(W: Array, rows: Array) -> Array:
    like = jax.ShapeDtypeStruct((rows.shape[0], W.shape[0]), rows.dtype)
    found: Array = jax.ffi.ffi_call(NATIVE, like)(W, rows)
    return found


def _pull_plain(W: Array, d: Array) -> Array:
    return _dot(d, W, W.dtype, jnp.promote_types(W.dtype, d.dtype))


def _pull_cpu(W: Array, d: Array) -> Array:
    rows, shape = _rows(d), (*d.shape[:-1], W.shape[1])
    if W.dtype != jnp.bfloat16 or len(rows) == 1 or W.size < LARGE or W.shape[0] <= W.shape[1]:
        return _pull_plain(W, rows).reshape(shape)
    # In bfloat16 the other way round is faster, where little has to be turned back.
    wide = jnp.promote_types(W.dtype, d.dtype)
    narrow = rows.astype(W.dtype)
    over = (((1,), (1,)), ((), ()))
    found = jax.lax.dot_general(lay_out(W.T), narrow, over, preferred_element_type=wide)
    return jax.lax.optimization_barrier(found).T.reshape(shape)


def _outer_plain(d: Array, x: Array, *, dtype: Any) -> Array:
    wide = jnp.promote_types(d.dtype, x.dtype)
    return _dot(_rows(d).T, _rows(x), dtype, wide).astype(dtype)


def _outer_cpu(d: Array, x: Array, *, dtype: Any) -> Array:
    wide = jnp.promote_types(d.dtype, x.dtype)
    found = _dot(lay_out(_rows(x.astype(dtype)).T), _rows(d), dtype, wide)
    # Without the barrier XLA turns the product round again.
    return jax.lax.optimization_barrier(found).T.astype(dtype)


def _shape_of_product(W: ShapedArray, x: ShapedArray) -> ShapedArray:
    return ShapedArray((*x.shape[:-1], W.shape[0]), jnp.promote_types(W.dtype, x.dtype))


def _shape_of_pull(W: ShapedArray, d: ShapedArray) -> ShapedArray:
    return ShapedArray((*d.shape[:-1], W.shape[1]), jnp.promote_types(W.dtype, d.dtype))


def _shape_of_outer(d: ShapedArray, x: ShapedArray, *, dtype: Any) -> ShapedArray:
    return ShapedArray((d.shape[-1], x.shape[-1]), dtype)


def _define(
    name: str, shape: Callable[..., ShapedArray], plain: Callable[..., Array], cpu: Any
) -> Primitive:
    """A primitive that is bilinear: what it is anywhere, and on a CPU."""
    primitive = Primitive(name)
    primitive.def_abstract_eval(shape)
    primitive.def_impl(jax.jit(lambda *a, **k: primitive.bind(*a, **k), static_argnames="dtype"))
    mlir.register_lowering(primitive, mlir.lower_fun(plain, multiple_results=False))
    mlir.register_lowering(primitive, mlir.lower_fun(cpu, multiple_results=False), platform="cpu")
    return primitive


_product = _define("product", _shape_of_product, _product_plain, _product_cpu)
_pull = _define("pull", _shape_of_pull, _pull_plain, _pull_cpu)
_outer = _define("outer", _shape_of_outer, _outer_plain, _outer_cpu)


def _gradient_of_matrix(d: Array, x: Array, dtype: Any) -> Array:
    found: Array = _outer.bind(d, x, dtype=dtype)
    return found


ad.defbilinear(
    _product,
    lambda ct, W, x: _gradient_of_matrix(ct, x, W.aval.dtype),
    lambda ct, W, x: pull(W, ct),
)
ad.defbilinear(
    _pull,
    lambda ct, W, d: _gradient_of_matrix(d, ct, W.aval.dtype),
    lambda ct, W, d: product(W, ct),
)
ad.defbilinear(
    _outer,
    lambda ct, d, x, dtype: product(ct, x),
    lambda ct, d, x, dtype: pull(ct, d),
)


def _batch_rows(
    primitive: Primitive, plain: Any, arguments: Sequence[Any], axes: Sequence[Any]
) -> tuple[Array, int]:
    """More rows for one matrix, their axis where it is; of many matrices each has its own."""
    (W, x), (of_W, of_x) = arguments, axes
    if of_W is not None:
        return jax.vmap(plain, (of_W, of_x))(W, x), 0
    if of_x == x.ndim - 1:
        x, of_x = jnp.moveaxis(x, -1, 0), 0
    return primitive.bind(W, x), of_x


def _batch_outer(arguments: Sequence[Any], axes: Sequence[Any], *, dtype: Any) -> tuple[Array, int]:
    """Many matrices, each the sum over rows of its own."""
    return jax.vmap(partial(_outer_plain, dtype=dtype), tuple(axes))(*arguments), 0


batching.primitive_batchers[_product] = partial(_batch_rows, _product, _product_plain)
batching.primitive_batchers[_pull] = partial(_batch_rows, _pull, _pull_plain)
batching.primitive_batchers[_outer] = _batch_outer


_shift = Primitive("shift")
"""y + b of each y of many: a plain sum would move an axis that `vmap` adds to the front."""
_shift.def_abstract_eval(lambda y, b: ShapedArray(y.shape, jnp.promote_types(y.dtype, b.dtype)))
_shift.def_impl(jax.jit(lambda y, b: _shift.bind(y, b)))
mlir.register_lowering(_shift, mlir.lower_fun(jnp.add, multiple_results=False))


def _shift_gradients(ct: Array, y: Any, b: Any) -> list[Array | None]:
    of_y = ct.astype(y.aval.dtype) if ad.is_undefined_primal(y) else None
    if not ad.is_undefined_primal(b):
        return [of_y, None]
    return [of_y, ct.sum(tuple(range(ct.ndim - 1))).astype(b.aval.dtype)]


def _batch_shift(arguments: Sequence[Array], axes: Sequence[int | None]) -> tuple[Array, int]:
    (y, b), (of_y, of_b) = arguments, axes
    if of_b is not None or of_y is None or of_y == y.ndim - 1:
        return jax.vmap(jnp.add, (of_y, of_b))(y, b), 0
    return _shift.bind(y, b), of_y


ad.deflinear2(_shift, _shift_gradients)
batching.primitive_batchers[_shift] = _batch_shift


def _time_first(arguments: Sequence[Array], axes: Sequence[int]) -> tuple[Array, int]:
    (x,), (axis,) = arguments, axes
    if axis == 0:
        x, axis = jnp.moveaxis(x, 0, 1), 1
    return _in_time.bind(x), axis


def in_time(xs: Float[Array, "T ..."]) -> Float[Array, "T ..."]:
    """The same, with the axis of time outside that of a batch in memory: for a loop over time.

    A loop wants it so, and what enters a cell is narrower than what its matrix makes of it.
    """
    found: Array = _in_time.bind(xs)
    return found


_in_time = Primitive("in_time")
_in_time.def_abstract_eval(lambda x: ShapedArray(x.shape, x.dtype))
_in_time.def_impl(lambda x: x)
mlir.register_lowering(_in_time, lambda context, x: [x])
ad.deflinear(_in_time, lambda ct: [ct])
batching.primitive_batchers[_in_time] = _time_first


def before(first: Float[Array, "..."], rest: Float[Array, "T ..."]) -> Float[Array, "T ..."]:
    """What was there before each step, of what was there first and after each; not differentiable.

    The axis of time stays outside that of a batch, as a loop over time leaves it.
    """
    found: Array = _before.bind(first, rest)
    return found


def _before_plain(first: Array, rest: Array) -> Array:
    return jnp.concatenate([first[None], rest])[:-1]


def _batch_before(arguments: Sequence[Array], axes: Sequence[Any]) -> tuple[Array, int]:
    (first, rest), (of_first, of_rest) = arguments, axes
    if of_first is None:
        first = jnp.broadcast_to(first, (rest.shape[of_rest], *first.shape))
    elif of_rest is None:
        rest = jnp.broadcast_to(rest, (first.shape[of_first], *rest.shape))
    first, rest = jnp.moveaxis(first, of_first or 0, 0), jnp.moveaxis(rest, of_rest or 0, 1)
    return _before.bind(first, rest), 1


_before = Primitive("before")
_before.def_abstract_eval(lambda first, rest: ShapedArray(rest.shape, rest.dtype))
_before.def_impl(jax.jit(lambda first, rest: _before.bind(first, rest)))
mlir.register_lowering(_before, mlir.lower_fun(_before_plain, multiple_results=False))
batching.primitive_batchers[_before] = _batch_before

"""Layers that equinox.nn lacks or has too slowly, and the role of every parameter.

Constructors draw with NumPy, because jax.random compiles for a second before the first number.

A `Role` is declared on the field of a parameter. Optimisers and parametrisations ask for the
`roles` of what they are given, and never look at sizes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import fields
from enum import Enum
from functools import partial
from typing import Any, Protocol, TypeVar, runtime_checkable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from reverie.products import product

Tree = TypeVar("Tree")


class Role(Enum):
    """What a parameter does."""

    RECURRENT = "multiplies what recurs"
    HIDDEN = "stands between hidden units"
    INPUT = "multiplies what enters a cell"
    TABLE = "has a row for each symbol or a column for each raw number: embeddings"
    OUTPUT = "reads off logits, the parameters of a mixture or of a window"
    GAIN = "weighs unit by unit: peepholes, gains of layer norm, a vector that sums a score up"
    BIAS = "is added"
    FIXED = "is not learned"


MATRICES = frozenset(Role) - {Role.GAIN, Role.BIAS, Role.FIXED}
"""The roles of what multiplies a vector."""
ROUNDED = MATRICES - {Role.TABLE}
"""The roles of what multiplies many numbers at once, which half of their digits suffice for."""
BETWEEN_HIDDEN = frozenset({Role.RECURRENT, Role.HIDDEN, Role.INPUT})
"""The roles of matrices that have hidden units or embeddings on both sides."""


def parameter(role: Role) -> Any:
    """A field for a parameter, or for a tree of parameters, of that role."""
    return eqx.field(metadata={"role": role})


@runtime_checkable
class KnowsRoles(Protocol):
    """A module whose parameters have roles that its fields alone do not tell."""

    def roles(self) -> Any:
        """A tree like it with a `Role` in place of each array."""


def roles(tree: Tree) -> Tree:
    """A tree like a model, or like what becomes one, with a `Role` in place of each array.

    The role is that which its field declares (`parameter`). Modules of equinox.nn are known.
    Elsewhere an array without a declaration is HIDDEN from two dimensions on, else BIAS.
    """
    found: Tree = tree.roles() if isinstance(tree, KnowsRoles) else roles_of_parts(tree)
    return found


def roles_of_parts(tree: Any) -> Any:
    """`roles` by the fields alone: for a `roles` method to begin with."""
    if jax.tree_util.all_leaves([tree]):
        return Role.HIDDEN if jnp.ndim(tree) > 1 else Role.BIAS
    children, structure = jax.tree_util.tree_flatten_with_path(
        tree, is_leaf=lambda node: node is not tree
    )
    declared = _declared(tree)
    found = []
    for (key,), child in children:
        role = declared.get(getattr(key, "name", None))
        found.append(roles(child) if role is None else _all(child, role))
    return jax.tree.unflatten(structure, found)


def _all(tree: Any, role: Role) -> Any:
    return jax.tree.map(lambda _: role, tree)


def _declared(node: Any) -> dict[str | None, Role]:
    """The roles that the fields of one module declare."""
    if not isinstance(node, eqx.Module):
        return {}
    known: list[dict[str | None, Role]] = [t for kind, t in EQUINOX if isinstance(node, kind)]
    own = {f.name: f.metadata["role"] for f in fields(node) if "role" in f.metadata}
    return (known[0] if known else {}) | own


EQUINOX: tuple[tuple[Any, dict[str | None, Role]], ...] = (
    (eqx.nn.Embedding, {"weight": Role.TABLE}),
    ((eqx.nn.LSTMCell, eqx.nn.GRUCell), {"weight_ih": Role.INPUT, "weight_hh": Role.RECURRENT}),
    ((eqx.nn.Conv, eqx.nn.ConvTranspose), {"weight": Role.HIDDEN, "bias": Role.BIAS}),
    (
        (eqx.nn.LayerNorm, eqx.nn.RMSNorm, eqx.nn.GroupNorm, eqx.nn.BatchNorm),
        {"weight": Role.GAIN, "bias": Role.BIAS},
    ),
)
"""What the fields of modules of equinox.nn are, where their dimensions do not say it."""


def has_role(tree: Any, wanted: Collection[Role]) -> Any:
    """A tree like `tree` with True where an array has one of the roles."""
    return jax.tree.map(lambda role: role in wanted, roles(tree))


def round_matrices(tree: Tree) -> Tree:
    """The same with its matrices, tables apart, in bfloat16: `product` then rounds what they meet.

    Numbers have 8 bits then and not 24; sums are rounded as little as before.
    """

    def rounded(weight: Any, role: Role) -> Any:
        matrix = role in ROUNDED and jnp.ndim(weight) == 2
        return weight.astype(jnp.bfloat16) if matrix else weight

    found: Tree = jax.tree.map(rounded, tree, roles(tree))
    return found


def mark_raw_input(found: Tree, where: Callable[[Tree], Any]) -> Tree:
    """Roles in which the input matrices of the part `where` are tables.

    What multiplies one-hot symbols, offsets of a pen or features has a column for each of them:
    it is no matrix between hidden units, however wide the data are.
    """

    def as_table(part: Any) -> Any:
        return jax.tree.map(lambda role: Role.TABLE if role is Role.INPUT else role, part)

    changed: Tree = eqx.tree_at(where, found, replace_fn=as_table)
    return changed


class Linear(eqx.Module):
    """W x + b, W (P, D), of one vector x (D,)."""

    W: Float[Array, "P D"]
    b: Float[Array, " P"]
    role: Role = eqx.field(static=True)
    """Of W."""

    def __init__(
        self, inputs: int, outputs: int, *, rng: np.random.Generator, role: Role = Role.HIDDEN
    ):
        """`inputs` is D and `outputs` is P."""
        self.W, self.b, self.role = uniform(rng, outputs, inputs), filled(0.0, outputs), role

    def __call__(self, x: Float[Array, " D"]) -> Float[Array, " P"]:
        return product(self.W, x) + self.b

    def roles(self) -> Linear:
        """The role it was made for, and a bias."""
        return eqx.tree_at(lambda m: (m.W, m.b), self, (self.role, Role.BIAS))


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def clip_gradient(limit: float, x: Array) -> Array:
    """x, whose gradient is clipped to [-limit, limit], element by element."""
    return x


clip_gradient.defvjp(
    lambda limit, x: (x, None),
    lambda limit, _, gradient: (jnp.clip(gradient, -limit, limit),),
)


class TooManyWeightsError(Exception):
    """A model would have more weights than it may have."""


class Undrawn(np.random.Generator):
    """No random numbers at all: for a model whose weights are replaced, as those of a file are.

    Weights of every initialiser are then zeros, and no orthogonal matrix has to be found. A model
    that asks for more than `arrays` arrays or `numbers` weights raises TooManyWeightsError before
    they are allocated: options can ask for more than any machine has.
    """

    def __init__(self, *, arrays: float = math.inf, numbers: float = math.inf) -> None:
        super().__init__(np.random.PCG64(0))
        self.arrays, self.numbers = arrays, numbers

    def zeros(self, *shape: int) -> Array:
        """An array of zeros. TooManyWeightsError where it is one too many."""
        self.arrays, self.numbers = self.arrays - 1, self.numbers - math.prod(shape)
        if self.arrays < 0 or self.numbers < 0:
            raise TooManyWeightsError
        return filled(0.0, *shape)


def array(numbers: np.ndarray) -> Array:
    """The numbers in JAX's precision. `jnp.asarray` would compile a program for every shape."""
    return jax.device_put(numbers.astype(jnp.result_type(float), copy=False))


def uniform(rng: np.random.Generator, *shape: int, scale: float | None = None) -> Array:
    """Weights from U(-scale, scale); by default scale = 1 / sqrt(fan in), the last axis."""
    if isinstance(rng, Undrawn):
        return rng.zeros(*shape)
    scale = 1 / np.sqrt(shape[-1]) if scale is None else scale
    return array(rng.uniform(-scale, scale, shape))


def normal(rng: np.random.Generator, *shape: int, deviation: float) -> Array:
    """Weights from N(0, deviation^2)."""
    if isinstance(rng, Undrawn):
        return rng.zeros(*shape)
    return array(rng.normal(0, deviation, shape))


def filled(number: float, *shape: int) -> Array:
    """An array of one number."""
    # A view of the number: where the model is traced for its shapes, nothing is allocated.
    return array(np.broadcast_to(np.asarray(number, jnp.result_type(float)), shape))


def zeros_like(array: Array, *shape: int) -> Array:
    """Zeros of the type of another array: a first state. `jnp.zeros_like` would be compiled."""
    return jax.device_put(np.broadcast_to(np.zeros((), array.dtype), shape or array.shape))


def biases(size: int, *numbers: float) -> Array:
    """Biases in blocks of `size`, each filled with its own number."""
    return array(np.repeat(numbers, size))


def orthogonal(rng: np.random.Generator, hidden: int, gates: int) -> Array:
    """A recurrent matrix (gates H, H) of orthogonal blocks (Saxe 2013)."""
    if isinstance(rng, Undrawn):
        return rng.zeros(gates * hidden, hidden)
    blocks = []
    for _ in range(gates):
        q, triangle = np.linalg.qr(rng.normal(size=(hidden, hidden)))
        blocks.append(q * np.sign(np.diag(triangle)))
    return array(np.concatenate(blocks))


def scaled_identity(rng: np.random.Generator, hidden: int, scale: float) -> Array:
    """A recurrent matrix (H, H), `scale` on its diagonal; nothing is drawn."""
    return rng.zeros(hidden, hidden) if isinstance(rng, Undrawn) else array(scale * np.eye(hidden))

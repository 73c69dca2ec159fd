"""Muon: momentum whose direction is made orthogonal, for the matrices between hidden units."""

from __future__ import annotations

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from reverie.layers import BETWEEN_HIDDEN, MATRICES, has_role

QUINTIC = (
    (8.28721201814563, -23.595886519098837, 17.300387312530933),
    (4.107059111542203, -2.9478499167379106, 0.5448431082926601),
    (3.9486908534822946, -2.908902115962949, 0.5518191394370137),
    (3.3184196573706015, -2.488488024314874, 0.51004894012372),
    (2.300652019954817, -1.6689039845747493, 0.4188073119525673),
)
"""a, b, c of x <- a x + b x^3 + c x^5, which drives singular values to 1 (Amsel 2025)."""


class MuonState(NamedTuple):
    """The momentum of the orthogonalised matrices, and Adam's state of everything else."""

    momentum: Any
    others: Any


def muon(
    *,
    momentum: float = 0.95,
    others: float = 3.0,
    b1: float = 0.9,
    b2: float = 0.99,
    decay: float = 0.0,
) -> optax.GradientTransformation:
    """Muon (Jordan 2024) for the matrices between hidden units, Adam for the rest.

        m = 0.95 m + 0.05 g;   u = 0.95 m + 0.05 g
        direction = 0.2 sqrt(n) orthogonalise(u)

    The factor gives an update the size of Adam's, n being the wider side. A matrix of
    stacked gates, (k n, n), is orthogonalised gate by gate; a kernel with more axes is
    (n, everything else). Which matrix is which, its role says (`layers.roles`). Adam's
    directions are multiplied by `others`: tables of symbols want larger steps. `decay` pulls
    matrices towards 0 by so much of their direction's scale (decoupled, as in AdamW).
    """
    adam = optax.scale_by_adam(b1, b2)

    def init(params: Any) -> MuonState:
        kept, rest = eqx.partition(params, has_role(params, BETWEEN_HIDDEN))
        return MuonState(jax.tree.map(jnp.zeros_like, kept), adam.init(rest))

    def update(gradient: Any, state: MuonState, params: Any = None) -> tuple[Any, MuonState]:
        between = has_role(params, BETWEEN_HIDDEN)
        kept, rest = eqx.partition(gradient, between)
        moved = jax.tree.map(lambda m, g: momentum * m + (1 - momentum) * g, state.momentum, kept)
        ahead = jax.tree.map(lambda m, g: momentum * m + (1 - momentum) * g, moved, kept)
        adams, inner = adam.update(rest, state.others)
        decayed = jax.tree.map(lambda m, w: decay * m * w, has_role(params, MATRICES), params)
        mine, theirs = eqx.partition(decayed, between)
        mine = jax.tree.map(lambda u, d: _direction(u) + d, ahead, mine)
        theirs = jax.tree.map(lambda a, d: others * (a + d), adams, theirs)
        return eqx.combine(mine, theirs), MuonState(moved, inner)

    return optax.GradientTransformation(init, update)


def _direction(u: Float[Array, "P *D"]) -> Float[Array, "P *D"]:
    if u.ndim > 2:
        return _direction(u.reshape(u.shape[0], -1)).reshape(u.shape)
    rows, columns = u.shape
    if rows % columns == 0:
        blocks = u.reshape(-1, columns, columns)
        return 0.2 * jnp.sqrt(columns) * orthogonalise(blocks).reshape(u.shape)
    tall = u if rows >= columns else u.T
    scaled = 0.2 * jnp.sqrt(max(u.shape)) * orthogonalise(tall)
    return scaled if rows >= columns else scaled.T


def orthogonalise(x: Float[Array, "*K P D"]) -> Float[Array, "*K P D"]:
    """The nearest matrix with singular values 1, roughly, for P >= D: U V^T of U S V^T.

    Five steps of an odd polynomial; they need matrix products only.
    """
    x = x / (jnp.linalg.norm(x, axis=(-2, -1), keepdims=True) * 1.01 + 1e-7)
    for a, b, c in QUINTIC:
        gram = x.mT @ x
        x = a * x + x @ (b * gram + c * gram @ gram)
    return x

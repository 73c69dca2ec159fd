"""A text read while writing: Graves's soft window, inside the network that it feeds."""

from __future__ import annotations

from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from reverie.cells.cell import Cell
from reverie.cells.wrapper import Wrapper
from reverie.concepts import Condition, Core, Key, Memory, State
from reverie.cores.stack import split
from reverie.cores.states import find_states
from reverie.layers import Linear, Role, biases, uniform
from reverie.products import product


class WindowState(NamedTuple):
    """The first layer's output h and state, and the window that it has just placed."""

    h: Float[Array, " H"]
    cell: State
    w: Float[Array, " C"]
    """What was read: sum_u phi(u) c_u."""
    phi: Float[Array, " S+1"]
    """How much of each character; the last is for the place behind the text, which is empty."""
    alpha: Float[Array, " K"]
    beta: Float[Array, " K"]
    kappa: Float[Array, " K"]
    """Where each of the K Gaussians stands, in characters; the first character is at 1."""


class SoftWindowState(NamedTuple):
    """The first layer with its window, and the layers above."""

    first: WindowState
    above: tuple[State, ...]


class Window(eqx.Module):
    """K Gaussians that move along a text, never back (Graves 2013, eq. 46-51).

        (a^, b^, k^) = W h + b        alpha = exp(a^)    beta = exp(b^)    kappa = kappa' + exp(k^)
        phi(u) = sum_k alpha_k exp(-beta_k (kappa_k - u)^2)        w = sum_u phi(u) c_u

    phi is not normalised. The biases b start so that kappa moves by `pace` characters a step.
    """

    linear: Linear

    def __init__(self, hidden: int, count: int, *, rng: np.random.Generator, pace: float = 0.04):
        linear = Linear(hidden, 3 * count, rng=rng, role=Role.OUTPUT)
        b = biases(count, 0.0, 0.0, np.log(pace))
        self.linear = eqx.tree_at(lambda m: m.b, linear, b)

    def __call__(
        self, cell: State, h: Float[Array, " H"], kappa: Float[Array, " K"], memory: Memory
    ) -> WindowState:
        """The window that the output h of a layer places, from where it stood."""
        alpha, beta, step = jnp.split(jnp.exp(self.linear(h)), 3)
        kappa = kappa + step
        u = jnp.arange(1, memory.mask.shape[0] + 2)
        phi = alpha @ jnp.exp(-beta[:, None] * jnp.square(kappa[:, None] - u))
        w = jnp.where(memory.mask, phi[:-1], 0) @ memory.values
        return WindowState(h, cell, w, phi, alpha, beta, kappa)


class _WindowCell(Wrapper):
    """The first layer at work on one text.

    What recurs in a cell of one product is [h; w], so that there is one still; any other cell has
    F w added to its projected input.
    """

    cell: Cell
    window: Window
    memory: Memory
    F: Float[Array, "G C"] | None

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> WindowState:
        cell = self.cell.initial_state(condition, key=key)
        places, width = self.memory.values.shape
        zeros = jnp.zeros_like(cell.h, shape=(self.window.linear.b.shape[0] // 3,))
        w, phi = jnp.zeros_like(zeros, shape=(width,)), jnp.zeros_like(zeros, shape=(places + 1,))
        return WindowState(cell.h, cell, w, phi, zeros, zeros, zeros)

    def inner(self, state: WindowState) -> State:
        return state.cell

    def outer(self, new: State, state: WindowState) -> WindowState:
        return self.window(new, new.h, state.kappa, self.memory)

    def read(self, state: WindowState) -> Float[Array, " H+C"]:
        h = self.cell.read(state.cell)
        return jnp.concatenate([h, state.w]) if self.F is None else h

    def adjust(
        self, a: Float[Array, " G"], r: Float[Array, " R"], state: WindowState
    ) -> tuple[Float[Array, " G"], Float[Array, " R"]]:
        return a if self.F is None else a + product(self.F, state.w), r


class SoftWindowStack(Core):
    """Layers, the lowest of which moves a window over the condition's memory (Graves 2013, 5.1).

        x_1 = [x; w'],   x_n = [x; h_{n-1}; w],   out = [h_1; ...; h_N]

    The window is a step late for the layer that places it, and in time for those above, each of
    which takes X + D_{n-1} + C inputs. The memory's values (S, C) are the characters, one-hot or
    embedded; its keys are not used. Its mask must leave no gaps. A first layer whose recurrence is
    not one product takes the window by a matrix F (G, C) of its own.
    Raises ValueError where the condition has no memory.
    """

    cell: Cell
    window: Window
    above: tuple[Core, ...]
    F: Float[Array, "G C"] | None

    def __init__(
        self,
        cell: Cell,
        above: tuple[Core, ...],
        *,
        hidden: int,
        width: int,
        count: int = 10,
        pace: float = 0.04,
        rng: np.random.Generator,
    ):
        """`cell` has `hidden` units; `width` is C and `count` is K."""
        matrix = cell.recurrent()
        F = uniform(rng, cell.width(), width)
        if matrix is None:
            self.cell, self.F = cell, F
        else:
            self.cell, self.F = cell.with_recurrent(jnp.concatenate([matrix, F], 1)), None
        self.window = Window(hidden, count, rng=rng, pace=pace)
        self.above = tuple(above)

    def initial_state(self, condition: Condition, *, key: Key | None = None) -> SoftWindowState:
        own, *others = split(key, 1 + len(self.above))
        first = self._first(condition).initial_state(condition, key=own)
        pairs = zip(self.above, others, strict=True)
        return SoftWindowState(first, tuple(c.initial_state(condition, key=k) for c, k in pairs))

    def step(
        self, x: Float[Array, " X"], state: SoftWindowState, condition: Condition
    ) -> tuple[Float[Array, " D"], SoftWindowState]:
        h, first = self._first(condition).step(x, state.first, condition)
        outs, new = [h], []
        for layer, s in zip(self.above, state.above, strict=True):
            out, s = layer.step(jnp.concatenate([x, outs[-1], first.w]), s, condition)
            outs.append(out)
            new.append(s)
        return jnp.concatenate(outs), SoftWindowState(first, tuple(new))

    def unroll(
        self,
        xs: Float[Array, "T X"],
        state: SoftWindowState,
        condition: Condition,
        *,
        mask: Bool[Array, " T"] | None = None,
    ) -> tuple[Float[Array, "T D"], SoftWindowState, SoftWindowState]:
        hs, first, firsts = self._first(condition).unroll(xs, state.first, condition, mask=mask)
        outs, last, states = [hs], [], []
        for layer, s in zip(self.above, state.above, strict=True):
            inputs = jnp.concatenate([xs, outs[-1], firsts.w], -1)
            out, s, ss = layer.unroll(inputs, s, condition, mask=mask)
            outs.append(out)
            last.append(s)
            states.append(ss)
        return (
            jnp.concatenate(outs, -1),
            SoftWindowState(first, tuple(last)),
            SoftWindowState(firsts, tuple(states)),
        )

    def _first(self, condition: Condition) -> _WindowCell:
        if condition.memory is None:
            raise ValueError("a window needs a text: give the condition a memory")
        return _WindowCell(self.cell, self.window, condition.memory, self.F)


class EndOfText(eqx.Module):
    """Stops once the window looks most at the place behind the text (Graves 2013, 5.3).

        phi(U + 1) > phi(u)  for all u <= U

    `length` is U, the number of characters.
    """

    length: Array | int

    def __call__(self, value: object, state: State) -> Bool[Array, ""]:
        phi = window_state(state).phi
        place = jnp.arange(phi.shape[0])
        within = jnp.where(place < self.length, phi, -jnp.inf).max()
        return phi[jnp.asarray(self.length)] > within


def window_state(states: State) -> WindowState:
    """The state of the window in a core's state; raises ValueError where there is none."""
    windows = find_states(WindowState, states)
    if not windows:
        raise ValueError("nothing in the core moves a window")
    return windows[0]

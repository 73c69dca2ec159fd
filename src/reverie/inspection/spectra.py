"""The eigenvalues of what recurs: of the recurrent matrices, and of a whole step."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from jaxtyping import Complex, Float

from reverie.cells.cell import Cell, NoGates, Recurrence
from reverie.concepts import Core

Spectrum = Complex[np.ndarray, " N"]


def recurrent_spectra(core: Core) -> dict[str, Spectrum]:
    """The eigenvalues of R, block by block, those of all layers together.

    A gated cell has a square block for each gate, called by its name; that of an `Elman` is
    called R. Cells whose recurrence is not one product, or not square (`Projected`), have none
    here.
    """
    found: dict[str, list[Spectrum]] = {}
    for cell in _recurrences(core):
        for name, block in _blocks(cell).items():
            found.setdefault(name, []).append(np.linalg.eigvals(block))
    return {name: np.concatenate(spectra) for name, spectra in found.items()}


def step_spectra(jacobians: Float[np.ndarray, "W n n"]) -> Complex[np.ndarray, "W n"]:
    """The eigenvalues of ds_t / ds_{t-1} where a model was."""
    eigenvalues: np.ndarray = np.linalg.eigvals(jacobians)
    return eigenvalues


def _recurrences(core: Core) -> list[Recurrence]:
    nodes = jax.tree.leaves(core, is_leaf=lambda node: isinstance(node, Recurrence))
    return [node for node in nodes if isinstance(node, Recurrence)]


def _blocks(cell: Recurrence) -> dict[str, np.ndarray]:
    matrix = np.asarray(cell.recurrent(), np.float64)
    count, rest = divmod(matrix.shape[0], matrix.shape[1])
    names = _gate_names(cell) or ("R",)
    if rest or count != len(names):
        return {}
    return dict(zip(names, np.split(matrix, count), strict=True))


def _gate_names(cell: Recurrence) -> tuple[str, ...]:
    """Those of the cell itself, or of the one that it wraps: blocks stand in their order."""

    def names_gates(node: Any) -> bool:
        return isinstance(node, Cell) and node.Gates is not NoGates

    nodes = [n for n in jax.tree.leaves(cell, is_leaf=names_gates) if names_gates(n)]
    fields: tuple[str, ...] = nodes[0].Gates._fields if nodes else ()
    return fields

"""The eigenvalues of what recurs: of the recurrent matrices, and of a whole step."""

from __future__ import annotations

import numpy as np
from jaxtyping import Complex, Float

from reverie.cells.cell import Cell, recurrent_cells
from reverie.concepts import Core

Spectrum = Complex[np.ndarray, " N"]


def recurrent_spectra(core: Core) -> dict[str, Spectrum]:
    """The eigenvalues of R, block by block, those of all layers together.

    A gated cell has a square block for each gate, called by its name; that of an `Elman` is
    called R. Cells whose recurrence is not one product, or not square (`Projected`), have none
    here.
    """
    spectra: dict[str, list[Spectrum]] = {}
    for cell in recurrent_cells(core):
        for name, block in _blocks(cell).items():
            spectra.setdefault(name, []).append(np.linalg.eigvals(block))
    return {name: np.concatenate(parts) for name, parts in spectra.items()}


def step_spectra(jacobians: Float[np.ndarray, "W n n"]) -> Complex[np.ndarray, "W n"]:
    """The eigenvalues of ds_t / ds_{t-1} where a model was."""
    eigenvalues: np.ndarray = np.linalg.eigvals(jacobians)
    return eigenvalues


def _blocks(cell: Cell) -> dict[str, np.ndarray]:
    matrix = np.asarray(cell.recurrent(), np.float64)
    count, rest = divmod(matrix.shape[0], matrix.shape[1])
    names = cell.Gates._fields or ("R",)
    if rest or count != len(names):
        return {}
    return dict(zip(names, np.split(matrix, count), strict=True))

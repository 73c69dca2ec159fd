"""Arrays by name in one file, as NumPy saves them."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from reverie.errors import InputError
from reverie.files import replace_file


def read(path: Path) -> dict[str, np.ndarray]:
    """The arrays of an .npz by name; InputError for any other file and for arrays of objects."""
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as arrays:
            return dict(arrays)
    except OSError as error:
        raise InputError(
            f"cannot read {path}: {error.strerror or error}; check the path"
        ) from error
    except (ValueError, TypeError, AttributeError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(f"{path} is not an .npz file of plain arrays: make it again") from error


def write(arrays: Mapping[str, np.ndarray], path: str | Path) -> None:
    """Write arrays by name; InputError where the file cannot be written."""
    named: dict[str, Any] = {**arrays}
    with replace_file(path, "wb") as file:
        np.savez(file, **named)  # compression would save only a tenth

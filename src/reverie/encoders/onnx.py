"""Features of pictures by any network that was saved as ONNX."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from reverie.errors import InputError, excerpt, require
from reverie.formats.opening import prefix_errors

EXTRA = "captions"
MEAN, STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
"""Of the pixels of ImageNet, from 0 to 255, in red, green and blue."""
TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(uint8)": np.uint8}
"""Inputs that a picture can be given as."""
RANKS = (2, 4)
"""Of outputs that are features: (N, C), and a map."""


class Form(NamedTuple):
    """How a network takes pictures."""

    name: str
    element: Any
    channels_first: bool
    batch: int | None
    """How many at once, where that is fixed."""
    height: int | None
    width: int | None
    """Where they are fixed."""


class ONNXFeatures:
    """A network of the user's that makes features (S, C) of pictures, run by onnxruntime.

    Its one input is a picture with three channels in any order of axes that ONNX uses, (N, 3, H, W)
    or (N, H, W, 3); its output has the axes in the same order, or is a vector (N, C).

    Data outside the file are read from its folder only, which onnxruntime sees to. A network is
    run as it is, however long that takes and whatever memory it asks for: take one that you trust.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        output: str | None = None,
        mean: Sequence[float] = MEAN,
        std: Sequence[float] = STD,
    ):
        """`output` is the name of one, by default the last with two or four axes.

        A network of floating-point numbers is given (pixels - mean) / std, where pixels go from 0
        to 255; one of uint8 the pixels.

        Raises InputError where onnxruntime is not installed, and for a file that is missing, is no
        ONNX network, has other inputs or no such output.
        """
        self.path = Path(path)
        self.mean, self.std = (np.asarray(each, np.float32) for each in (mean, std))
        with prefix_errors(self.path):
            self._session = _open(self.path)
            self.form = _form(self._session.get_inputs())
            self.output = _choose_output(self._session.get_outputs(), output)

    @property
    def side(self) -> int | None:
        """The side of the squares that it takes, in pixels; None where it is free."""
        return self.form.height if self.form.height == self.form.width else None

    def features(self, pixels: np.ndarray) -> np.ndarray:
        """Of pictures (N, H, W, 3) in uint8 the features (N, S, C): S = h w places, row by row, or
        one.

        Raises InputError for pictures of another size than the network takes, and where it fails.
        """
        with prefix_errors(self.path):
            self._check(pixels)
            return np.concatenate([self._run(chunk) for chunk in self._chunks(pixels)])

    def _check(self, pixels: np.ndarray) -> None:
        if pixels.ndim != 4 or pixels.shape[-1] != 3 or pixels.dtype != np.uint8 or not pixels.size:
            raise InputError(
                f"pictures of the shape {pixels.shape} in {pixels.dtype} cannot be used: give "
                "(N, H, W, 3) in uint8"
            )
        wanted = (self.form.height or pixels.shape[1], self.form.width or pixels.shape[2])
        if wanted != pixels.shape[1:3]:
            raise InputError(
                f"the network takes pictures of {wanted[0]} rows and {wanted[1]} columns, not "
                f"{pixels.shape[1]} and {pixels.shape[2]}: resize them"
            )

    def _chunks(self, pixels: np.ndarray) -> Iterator[np.ndarray]:
        size = self.form.batch or len(pixels)
        for begin in range(0, len(pixels), size):
            yield pixels[begin : begin + size]

    def _run(self, pixels: np.ndarray) -> np.ndarray:
        """The features of as many pictures as the network takes at once, or of fewer."""
        missing = (self.form.batch or len(pixels)) - len(pixels)
        given = self._prepare(np.pad(pixels, [(0, missing), (0, 0), (0, 0), (0, 0)]))
        try:
            (found,) = self._session.run([self.output], {self.form.name: given})
        except Exception as error:  # onnxruntime has no class for its errors
            raise InputError(
                f"the network fails ({excerpt(error)}): try pictures of another size"
            ) from error
        return self._flatten(np.asarray(found), len(given))[: len(pixels)]

    def _prepare(self, pixels: np.ndarray) -> np.ndarray:
        if self.form.element is not np.uint8:
            pixels = ((pixels - self.mean) / self.std).astype(self.form.element)
        return np.ascontiguousarray(
            np.moveaxis(pixels, -1, 1) if self.form.channels_first else pixels
        )

    def _flatten(self, found: np.ndarray, count: int) -> np.ndarray:
        if found.ndim not in RANKS or len(found) != count or found.dtype.kind != "f":
            raise InputError(
                f"the output {excerpt(self.output)} has the shape {found.shape} in {found.dtype} "
                f"for {count:,} pictures: name another one"
            )
        if found.ndim == 4 and self.form.channels_first:
            found = np.moveaxis(found, 1, -1)
        rows: np.ndarray = found.reshape(count, -1, found.shape[-1]).astype(np.float32)
        return rows


def _open(path: Path) -> Any:
    runtime = require("onnxruntime", EXTRA)
    try:
        with open(path, "rb"):
            pass
    except OSError as error:
        raise InputError(f"cannot read it: {error.strerror}; check the path") from error
    options = runtime.SessionOptions()
    options.log_severity_level = 4  # what is wrong comes as an error
    try:
        return runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # it has no class for its errors
        raise InputError(
            f"onnxruntime cannot open it ({excerpt(error, 300)}): export it again"
        ) from error


def _form(inputs: Sequence[Any]) -> Form:
    """How the network takes pictures; InputError where it takes something else."""
    if len(inputs) != 1:
        raise InputError(f"the network has {len(inputs)} inputs: export one with a picture alone")
    (one,) = inputs
    if one.type not in TYPES or len(one.shape) != 4 or 3 not in (one.shape[1], one.shape[3]):
        raise InputError(
            f"its input {excerpt(one.name)} is {excerpt(one.type)} of the shape "
            f"{excerpt(one.shape)}: export one that takes (N, 3, H, W) or (N, H, W, 3), in float "
            "or uint8"
        )
    first = one.shape[1] == 3
    batch, *sizes = (size if isinstance(size, int) else None for size in one.shape)
    height, width = sizes[1:] if first else sizes[:2]
    return Form(one.name, TYPES[one.type], first, batch, height, width)


def _choose_output(outputs: Sequence[Any], wanted: str | None) -> str:
    """The name of the output that is used."""
    fit = [one.name for one in outputs if len(one.shape or ()) in RANKS]
    if not fit:
        raise InputError("no output of it has two or four axes: export one with a map of features")
    if wanted not in (None, *fit):
        raise InputError(
            f"no output {excerpt(wanted)} of it has two or four axes: name one of "
            f"{excerpt(', '.join(fit))}"
        )
    return wanted or str(fit[-1])

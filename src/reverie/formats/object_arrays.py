"""Arrays of arrays from NumPy files, which hold them as pickles, without executing those."""

from __future__ import annotations

import math
from typing import Any, BinaryIO

import numpy as np

from reverie.errors import InputError, excerpt
from reverie.formats.pickled import Machine, Name


class Blank:
    """An array or an element type whose state is not set yet."""

    def __init__(self, kind: str, arguments: tuple[Any, ...]) -> None:
        self.kind, self.arguments = kind, arguments
        self.state: tuple[Any, ...] = ()


class Objects(Machine):
    """What the names in an array of objects stand for: arrays and types whose state comes later."""

    def check(self, name: Name) -> None:
        """All may be said; three may be called."""

    def call(self, what: Any, arguments: Any) -> Any:
        match what:
            case Name(module, "_reconstruct") if module.endswith(".multiarray"):
                return Blank("array", arguments)
            case Name("numpy", "dtype"):
                return Blank("type", arguments)
            case Name("_codecs", "encode"):
                return arguments[0].encode("latin-1")
            case Name():
                raise self.refusal(f"it asks for {excerpt(str(what), 60)}")
        # Nothing else is shown: tuples can hold each other so that their text never ends.
        raise self.refusal("it calls what is no function")

    def build(self, target: Any, state: Any) -> None:
        target.state = state

    def refer(self, about: Any) -> Any:
        raise self.refusal("what lies beside it")

    def refusal(self, what: str) -> InputError:
        return _refusal(what)


def read_arrays(file: BinaryIO) -> list[np.ndarray]:
    """The numeric arrays in the array of objects whose instructions begin where `file` is.

    Raises InputError for any other content.
    """
    try:
        outer = Objects().interpret(file).value
        if not isinstance(outer, Blank) or outer.kind != "array":
            raise _refusal("it does not begin with an array")
        return [_array(blank) for blank in outer.state[4]]
    except InputError:
        raise
    except Exception as error:
        # Whatever goes wrong in a damaged pickle, nothing of it was executed.
        raise _refusal(type(error).__name__) from error


def _array(blank: Blank) -> np.ndarray:
    _, shape, kind, fortran, data = blank.state
    code, order = kind.arguments[0], kind.state[1]
    if not isinstance(code, str) or order not in ("<", ">", "|", "="):
        raise _refusal("an array of no type")
    element: np.dtype[Any] = np.dtype(code).newbyteorder(order)
    if element.kind not in "iuf":
        raise _refusal(f"an array of {element}")
    raw = data.encode("latin-1") if isinstance(data, str) else data
    if not all(type(size) is int for size in shape):
        raise _refusal("an array of no shape")
    if math.prod(shape) * element.itemsize != len(raw):
        raise _refusal("an array of another length than its shape")
    return np.ndarray(shape, element, raw, order="F" if fortran else "C")


def _refusal(what: str) -> InputError:
    return InputError(
        f"its arrays of objects hold more than plain arrays ({what}): store them as 'strokes' "
        "(all rows) and 'lengths' (rows of each drawing) instead"
    )

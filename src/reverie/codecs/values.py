"""The values of codecs of symbols, and checks of values and of descriptions."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from reverie.errors import InputError

Values = npt.NDArray[np.int32]
"""A sequence of symbols, (T,)."""


def check_values(values: npt.ArrayLike, size: int) -> Values:
    """`values` as (T,) int32; InputError unless they are integers from 0 to `size` - 1."""
    array = np.asarray(values)
    if array.size == 0:
        return np.zeros(0, np.int32)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise InputError(
            f"cannot decode an array of shape {array.shape} and type {array.dtype}: "
            "give one sequence of integers"
        )
    if array.min() < 0 or array.max() >= size:
        wrong = int(np.flatnonzero((array < 0) | (array >= size))[0])
        raise InputError(
            f"cannot decode the value {array[wrong]} at position {wrong}: "
            f"this codec has the values 0 to {size - 1}"
        )
    return array.astype(np.int32)


def check_fields(description: Mapping[str, object], **types: type) -> list[object]:
    """The fields of a description in the order of `types`.

    InputError unless `description` has exactly those fields, of those types, besides "kind".
    """
    kind = description.get("kind")
    if set(description) != {"kind", *types}:
        raise InputError(
            f"the description of the codec {kind!r} has the fields {sorted(description)} but "
            f"needs {sorted({'kind', *types})}: use an unchanged copy"
        )
    for name, wanted in types.items():
        if not isinstance(description[name], wanted):
            raise InputError(
                f"the field {name!r} in the description of the codec {kind!r} is not of type "
                f"{wanted.__name__}: use an unchanged copy"
            )
    return [description[name] for name in types]


def damaged_description(kind: str, what: str) -> InputError:
    """The error for a description of a codec that was changed or damaged."""
    return InputError(
        f"the description of the codec {kind!r} was changed or damaged ({what}): "
        "use an unchanged copy"
    )

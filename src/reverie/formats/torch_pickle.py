"""What a PyTorch checkpoint says of its tensors, from its pickle and without executing that."""

from __future__ import annotations

from typing import Any, NamedTuple

from reverie.errors import InputError, excerpt
from reverie.formats.pickled import Machine, Name

TYPES = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "BFloat16Storage": "<u2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "|i1",
    "ByteStorage": "|u1",
    "BoolStorage": "|b1",
}
"""The elements of each kind of storage; those in bfloat16 as their bits."""
NAMES = {
    Name("collections", "OrderedDict"),
    Name("torch._utils", "_rebuild_tensor_v2"),
    Name("torch._utils", "_rebuild_parameter"),
    *(Name("torch", kind) for kind in TYPES),
}
"""All that a checkpoint may refer to by name."""
MOST_AXES, LARGEST = 32, 1 << 62


class Storage(NamedTuple):
    """Numbers that lie beside the pickle."""

    kind: str
    key: str
    length: int


class Tensor(NamedTuple):
    """An array within a storage; the offset and the strides count elements."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class Checkpoint(Machine):
    """What the names in a checkpoint stand for: tensors, as `Tensor`."""

    def check(self, name: Name) -> None:
        if name not in NAMES:
            raise self.refusal(f"it asks for {excerpt(str(name), 60)}")

    def call(self, what: Any, arguments: Any) -> Any:
        match what, arguments:
            case Name("collections", "OrderedDict"), ():
                return {}
            case Name("torch._utils", "_rebuild_tensor_v2"), (storage, offset, shape, strides, *_):
                sized = _are_sizes((offset,)) and _are_sizes(shape) and _are_sizes(strides)
                if isinstance(storage, Storage) and sized and len(shape) == len(strides):
                    return Tensor(storage, offset, shape, strides)
            case Name("torch._utils", "_rebuild_parameter"), (Tensor() as tensor, *_):
                return tensor
        raise self.refusal("it calls what it may not")

    def build(self, target: Any, state: Any) -> None:
        # What a dictionary is given besides its items are the versions of the layers.
        if not isinstance(target, dict):
            raise self.refusal("it changes what is no list and no dictionary")

    def refer(self, about: Any) -> Storage:
        match about:
            case ("storage", Name("torch", kind), str(key), str(), length, *view):
                # The last was for storages within storages, before there were offsets.
                if _are_sizes((length,)) and view in ([], [None]):
                    return Storage(kind, key, length)
        raise self.refusal("a storage of another kind")

    def refusal(self, what: str) -> InputError:
        return InputError(
            f"its pickle holds more than tensors by name ({what}): save the state_dict() of the "
            "network alone"
        )


def _are_sizes(numbers: Any) -> bool:
    return (
        isinstance(numbers, tuple)
        and len(numbers) <= MOST_AXES
        and all(type(number) is int and 0 <= number < LARGEST for number in numbers)
    )

"""What a PyTorch checkpoint says of its tensors, from its pickle and without executing that.

A pickle is a program that may do anything when it is loaded. Here its instructions are
interpreted: those that build dictionaries, lists, numbers and texts are followed, a few names
stand for what they mean in a checkpoint, and any other name or instruction is refused.
"""

from __future__ import annotations

import pickletools
from typing import Any, NamedTuple

from reverie.errors import InputError, excerpt

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
DICTIONARY = "collections.OrderedDict"
TENSOR, PARAMETER = "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_parameter"
NAMES = frozenset({DICTIONARY, TENSOR, PARAMETER} | {f"torch.{kind}" for kind in TYPES})
"""All that a checkpoint may refer to by name."""
MOST_AXES, LARGEST = 32, 1 << 62


class Name(NamedTuple):
    """A class or a function that the pickle refers to."""

    name: str


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


class Found(NamedTuple):
    """What a pickle builds, and how many bytes it has."""

    value: Any
    length: int


def interpret(data: bytes) -> Found:
    """What the first pickle in the bytes builds; tensors stand as `Tensor`.

    Raises InputError for a name or an instruction that no checkpoint needs, and naming it. Of
    damaged bytes other errors can come as well, but nothing of them is executed.
    """
    machine = Machine()
    for opcode, argument, at in pickletools.genops(data):
        if opcode.name == "STOP":
            return Found(machine.stack.pop(), (at or 0) + 1)
        machine.follow(opcode.name, argument)
    raise _refusal("it ends too early")


class Machine:
    """The stack of a pickle, and what its instructions do to it."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}

    def follow(self, opcode: str, argument: Any) -> None:
        """Does what one instruction says."""
        match opcode:
            case "PROTO" | "FRAME":
                pass
            case "MARK":
                self.marks.append(len(self.stack))
            case "MEMOIZE" | "BINPUT" | "LONG_BINPUT":
                self.memo[len(self.memo) if argument is None else argument] = self.stack[-1]
            case "BINGET" | "LONG_BINGET":
                self.stack.append(self.memo[argument])
            case "GLOBAL":
                self.stack.append(_name(*str(argument).split(" ")))
            case "STACK_GLOBAL":
                self.stack.append(_name(*self.pop(2)))
            case "BINPERSID":
                self.stack.append(_storage(self.stack.pop()))
            case "REDUCE":
                self.stack.append(_call(*self.pop(2)))
            case "TUPLE" | "TUPLE1" | "TUPLE2" | "TUPLE3":
                self.stack.append(tuple(self.pop_to_mark(opcode[5:])))
            case "APPEND" | "APPENDS" | "SETITEM" | "SETITEMS" | "BUILD":
                self.extend(opcode)
            case _:
                self.stack.append(_constant(opcode, argument))

    def extend(self, opcode: str) -> None:
        """Puts what is on top into the list or the dictionary below it."""
        below = {"APPEND": "1", "SETITEM": "2", "BUILD": "1"}.get(opcode, "")
        values = self.pop_to_mark(below)
        target = self.stack[-1]
        if opcode.startswith("APPEND") and isinstance(target, list):
            target.extend(values)
        elif opcode.startswith("SETITEM") and isinstance(target, dict):
            keys = values[::2]
            # No tuples: they can hold each other so deeply that hashing one ends the process.
            if not all(type(key) in (str, int) for key in keys):
                raise _refusal("a key that is no text")
            target.update(zip(keys, values[1::2], strict=True))
        elif opcode != "BUILD" or not isinstance(target, dict):
            raise _refusal("it changes what is no list and no dictionary")
        # What a dictionary is given besides its items are the versions of the layers.

    def pop_to_mark(self, count: str) -> list[Any]:
        """So many values from the top, or those above the last mark."""
        return self.pop(int(count) if count else len(self.stack) - self.marks.pop())

    def pop(self, count: int) -> list[Any]:
        """So many values from the top."""
        if not 0 <= count <= len(self.stack):
            raise _refusal("it takes more than there is")
        begin = len(self.stack) - count
        values = self.stack[begin:]
        del self.stack[begin:]
        return values


def _constant(opcode: str, argument: Any) -> Any:
    match opcode:
        case "NONE":
            return None
        case "NEWTRUE" | "NEWFALSE":
            return opcode == "NEWTRUE"
        case "EMPTY_TUPLE":
            return ()
        case "EMPTY_LIST":
            return []
        case "EMPTY_DICT":
            return {}
        case "BININT" | "BININT1" | "BININT2" | "LONG1" | "BINFLOAT":
            return argument
        case "SHORT_BINUNICODE" | "BINUNICODE" | "SHORT_BINSTRING" | "BINSTRING":
            return argument
    raise _refusal(f"the instruction {opcode}")


def _name(module: Any, name: Any) -> Name:
    if not isinstance(module, str) or not isinstance(name, str):
        raise _refusal("a name that is no text")
    whole = f"{module}.{name}"
    if whole not in NAMES:
        raise _refusal(f"it asks for {excerpt(whole, 60)}")
    return Name(whole)


def _storage(about: Any) -> Storage:
    """What a reference to numbers beside the pickle says."""
    match about:
        case ("storage", Name(name), str(key), str(), length, *view):
            # The last was for storages within storages, before there were offsets.
            if name.startswith("torch.") and _are_sizes((length,)) and view in ([], [None]):
                kind = name.removeprefix("torch.")
                if kind in TYPES:
                    return Storage(kind, key, length)
    raise _refusal("a storage of another kind")


def _call(what: Any, arguments: Any) -> Any:
    """The result of calling a name; only these three are known."""
    match what, arguments:
        case Name("collections.OrderedDict"), ():
            return {}
        case Name("torch._utils._rebuild_tensor_v2"), (storage, offset, shape, strides, *_):
            sized = _are_sizes((offset,)) and _are_sizes(shape) and _are_sizes(strides)
            if isinstance(storage, Storage) and sized and len(shape) == len(strides):
                return Tensor(storage, offset, shape, strides)
        case Name("torch._utils._rebuild_parameter"), (Tensor() as tensor, *_):
            return tensor
    raise _refusal("it calls what it may not")


def _are_sizes(numbers: Any) -> bool:
    return (
        isinstance(numbers, tuple)
        and len(numbers) <= MOST_AXES
        and all(type(number) is int and 0 <= number < LARGEST for number in numbers)
    )


def _refusal(what: str) -> InputError:
    return InputError(
        f"its pickle holds more than tensors by name ({what}): save the state_dict() of the "
        "network alone"
    )

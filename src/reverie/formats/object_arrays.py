"""Arrays of arrays from NumPy files, without executing the pickles in them.

NumPy stores an array of objects as a pickle, a program that may do anything when it is
loaded. Here its instructions are interpreted: those that build lists, numbers and plain
arrays are followed, nothing is imported or called, and any other instruction is refused.
"""

import math
import pickletools
from collections.abc import Iterable
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from reverie.errors import InputError, excerpt


class Name(NamedTuple):
    """A function or class that the pickle refers to by name."""

    module: str
    name: str


class Blank:
    """An array or an element type whose state is not set yet."""

    def __init__(self, kind: str, arguments: tuple[Any, ...]) -> None:
        self.kind, self.arguments = kind, arguments
        self.state: tuple[Any, ...] = ()


def read_arrays(file: BinaryIO) -> list[np.ndarray]:
    """The numeric arrays in the array of objects whose instructions begin where `file` is.

    Raises InputError for any other content.
    """
    try:
        outer = _interpret(file)
        if not isinstance(outer, Blank) or outer.kind != "array":
            raise _refusal("it does not begin with an array")
        return [_array(blank) for blank in outer.state[4]]
    except InputError:
        raise
    except Exception as error:
        # Whatever goes wrong in a damaged pickle, nothing of it was executed.
        raise _refusal(type(error).__name__) from error


def _interpret(file: BinaryIO) -> Any:
    """The object that the instructions build, with names left unresolved."""
    stack: list[Any] = []
    marks: list[int] = []
    memo: dict[int, Any] = {}
    for opcode, argument, _ in pickletools.genops(file):
        match opcode.name:
            case "PROTO" | "FRAME":
                pass
            case "STOP":
                return stack[-1]
            case "MARK":
                marks.append(len(stack))
            case "GLOBAL":
                stack.append(Name(*str(argument).split(" ")))
            case "STACK_GLOBAL":
                stack[-2:] = [Name(*stack[-2:])]
            case "MEMOIZE":
                memo[len(memo)] = stack[-1]
            case "BINPUT" | "LONG_BINPUT" | "PUT":
                memo[int(argument or 0)] = stack[-1]
            case "BINGET" | "LONG_BINGET" | "GET":
                stack.append(memo[int(argument or 0)])
            case "APPEND":
                last = stack.pop()
                stack[-1].append(last)
            case "APPENDS":
                values = _pop(stack, marks.pop())
                stack[-1].extend(values)
            case "TUPLE":
                stack.append(tuple(_pop(stack, marks.pop())))
            case "TUPLE1" | "TUPLE2" | "TUPLE3":
                stack.append(tuple(_pop(stack, len(stack) - int(opcode.name[-1]))))
            case "REDUCE":
                stack[-2:] = [_call(*stack[-2:])]
            case "BUILD":
                state = stack.pop()
                stack[-1].state = state
            case name:
                stack.append(_constant(name, argument))
    raise _refusal("it ends too early")


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
    if opcode.startswith(("BININT", "LONG", "INT")) and isinstance(argument, int):
        return argument
    if opcode.endswith(("STRING", "UNICODE", "BYTES", "BYTES8")):
        return argument
    raise _refusal(f"the instruction {opcode}")


def _call(what: Any, arguments: Any) -> Any:
    """The result of calling a name; only these three are known."""
    match what:
        case Name(module, "_reconstruct") if module.endswith(".multiarray"):
            return Blank("array", arguments)
        case Name("numpy", "dtype"):
            return Blank("type", arguments)
        case Name("_codecs", "encode"):
            return arguments[0].encode("latin-1")
        case Name(str(module), str(name)):
            raise _refusal(f"it asks for {excerpt(f'{module}.{name}', 60)}")
    # Nothing else is shown: tuples can hold each other so that their text never ends.
    raise _refusal("it calls what is no function")


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


def _pop(stack: list[Any], begin: int) -> Iterable[Any]:
    values = stack[begin:]
    del stack[begin:]
    return values


def _refusal(what: str) -> InputError:
    return InputError(
        f"its arrays of objects hold more than plain arrays ({what}): store them as 'strokes' "
        "(all rows) and 'lengths' (rows of each drawing) instead"
    )

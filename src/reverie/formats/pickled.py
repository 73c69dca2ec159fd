"""Pickles, interpreted without executing them.

A pickle is a program that may do anything when it is loaded. Here its instructions are followed
one by one: those that build lists, dictionaries, numbers and texts do so; what a name stands for
and what calling it gives is said by who knows the kind of file, and anything else is refused.
"""

from __future__ import annotations

import pickletools
from abc import ABC, abstractmethod
from typing import Any, BinaryIO, NamedTuple, final

from reverie.errors import InputError


class Name(NamedTuple):
    """A class or a function that a pickle refers to."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


class Unpickled(NamedTuple):
    """What a pickle builds, and how many bytes it has."""

    value: Any
    length: int


class Machine(ABC):
    """The stack of a pickle, and what its instructions do to it.

    Its methods raise what `refusal` gives for a name or an instruction that the kind of file does
    not need. Of damaged bytes other errors can come as well, but nothing of them is executed.
    """

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}

    @abstractmethod
    def check(self, name: Name) -> None:
        """Refuses names that this kind of file does not need."""

    @abstractmethod
    def call(self, what: Any, arguments: Any) -> Any:
        """The result of calling what should be a name."""

    @abstractmethod
    def build(self, target: Any, state: Any) -> None:
        """Gives an object its state."""

    @abstractmethod
    def refer(self, about: Any) -> Any:
        """What lies beside the pickle."""

    @abstractmethod
    def refusal(self, what: str) -> InputError:
        """The error that says what is refused."""

    @final
    def interpret(self, source: bytes | BinaryIO) -> Unpickled:
        """What the first pickle in a source builds."""
        for opcode, argument, at in pickletools.genops(source):
            if opcode.name == "STOP":
                return Unpickled(self.stack.pop(), (at or 0) + 1)
            self._follow(opcode.name, argument)
        raise self.refusal("it ends too early")

    def _follow(self, opcode: str, argument: Any) -> None:
        match opcode:
            case "PROTO" | "FRAME":
                pass
            case "MARK":
                self.marks.append(len(self.stack))
            case "MEMOIZE" | "BINPUT" | "LONG_BINPUT" | "PUT":
                self.memo[len(self.memo) if argument is None else int(argument)] = self.stack[-1]
            case "BINGET" | "LONG_BINGET" | "GET":
                self.stack.append(self.memo[int(argument)])
            case "GLOBAL":
                self.stack.append(self._name(*str(argument).split(" ")))
            case "STACK_GLOBAL":
                self.stack.append(self._name(*self._pop(2)))
            case "BINPERSID":
                self.stack.append(self.refer(self.stack.pop()))
            case "REDUCE":
                self.stack.append(self.call(*self._pop(2)))
            case "TUPLE" | "TUPLE1" | "TUPLE2" | "TUPLE3":
                self.stack.append(tuple(self._pop_to_mark(opcode[5:])))
            case "BUILD":
                target, state = self._pop(2)
                self.build(target, state)
                self.stack.append(target)
            case "APPEND" | "APPENDS" | "SETITEM" | "SETITEMS":
                self._extend(opcode)
            case _:
                self.stack.append(self._constant(opcode, argument))

    def _name(self, module: Any, name: Any) -> Name:
        if not isinstance(module, str) or not isinstance(name, str):
            raise self.refusal("a name that is no text")
        found = Name(module, name)
        self.check(found)
        return found

    def _extend(self, opcode: str) -> None:
        """Puts what is on top into the list or the dictionary below it."""
        values = self._pop_to_mark({"APPEND": "1", "SETITEM": "2"}.get(opcode, ""))
        target = self.stack[-1]
        if opcode.startswith("APPEND") and isinstance(target, list):
            target.extend(values)
        elif opcode.startswith("SETITEM") and isinstance(target, dict):
            keys = values[::2]
            # No tuples: they can hold each other so deeply that hashing one ends the process.
            if not all(type(key) in (str, int) for key in keys):
                raise self.refusal("a key that is no text")
            target.update(zip(keys, values[1::2], strict=True))
        else:
            raise self.refusal("it changes what is no list and no dictionary")

    def _pop_to_mark(self, count: str) -> list[Any]:
        """So many values from the top, or those above the last mark."""
        return self._pop(int(count) if count else len(self.stack) - self.marks.pop())

    def _pop(self, count: int) -> list[Any]:
        if not 0 <= count <= len(self.stack):
            raise self.refusal("it takes more than there is")
        begin = len(self.stack) - count
        values = self.stack[begin:]
        del self.stack[begin:]
        return values

    def _constant(self, opcode: str, argument: Any) -> Any:
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
            case "BINFLOAT":
                return argument
        if opcode.startswith(("BININT", "LONG", "INT")) and isinstance(argument, int):
            return argument
        if opcode.endswith(("STRING", "UNICODE", "UNICODE8", "BYTES", "BYTES8")):
            return argument
        raise self.refusal(f"the instruction {opcode}")

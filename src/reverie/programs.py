"""Programs that later processes find again without tracing them anew.

jax keeps what XLA has compiled, but each process traces and lowers its functions from Python
again, which takes longer than to generate a line. What was lowered is kept here, in the user's
cache, under the names of all that it depends on.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import hashlib
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Generic, ParamSpec, TypeVar

import equinox as eqx
import jax
import jaxlib.version
import numpy as np
from jax import export

import reverie
from reverie.errors import InputError
from reverie.files import cache_directory, make_directory, replace_file

OURS = ("reverie.", "jax.", "jax._src.", "equinox.")
"""Modules whose functions their versions identify."""
PLAIN = (str, int, float, bool, type(None), np.dtype)

P = ParamSpec("P")
R = TypeVar("R")


class UnnamedError(Exception):
    """Something that a program depends on has no name that lasts."""


def remember(function: Callable[P, R]) -> Remembered[P, R]:
    """Compiles a function as `equinox.filter_jit` does, and keeps its program for later processes.

    Its value must be arrays in tuples, lists and dicts. A program is kept where all that it
    depends on has a name that lasts: arrays by shape and type, numbers, the modules and functions
    of Reverie, jax and Equinox. What depends on functions of somebody else's, or on a cache that
    cannot be read or written, is compiled as usual.
    """
    return Remembered(function)


class Remembered(Generic[P, R]):
    """A function under `remember`."""

    def __init__(self, function: Callable[P, R]):
        functools.update_wrapper(self, function)
        self._function = function
        self._compiled = eqx.filter_jit(function)
        self._programs: dict[str, Callable[..., Any]] = {}

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            said = [_environment(), name_of(self._function), describe(args), describe(kwargs)]
        except UnnamedError:
            return self._compiled(*args, **kwargs)
        key = hashlib.sha256("\n".join(said).encode()).hexdigest()
        arrays, rest = eqx.partition((args, kwargs), _is_array)
        leaves, structure = jax.tree.flatten(arrays)
        if key not in self._programs:
            self._programs[key] = self._find(key, structure, rest, leaves)
        found: R = self._programs[key](*leaves)
        return found

    def _find(self, key: str, structure: Any, rest: Any, leaves: list[Any]) -> Callable[..., Any]:
        """The program of a key, from the cache or else traced, and then kept there."""
        with suppress(OSError, InputError, ValueError):
            return jax.jit(export.deserialize(_read(key)).call)

        def flat(*leaves: Any) -> Any:
            args, kwargs = eqx.combine(jax.tree.unflatten(structure, leaves), rest)
            return self._function(*args, **kwargs)

        program = export.export(jax.jit(flat))(*leaves)
        with suppress(OSError, InputError):  # it is only for speed
            _write(key, program.serialize())
        return jax.jit(program.call)


def _path(key: str) -> Path:
    return cache_directory() / "programs" / f"{key}.stablehlo"


def _write(key: str, program: bytes | bytearray) -> None:
    path = _path(key)
    make_directory(path.parent)
    with replace_file(path, "wb") as file:
        file.write(hashlib.sha256(program).digest() + program)


def _read(key: str) -> bytearray:
    """A program that was kept. OSError or ValueError where it is missing or damaged."""
    data = _path(key).read_bytes()
    digest, program = data[:32], bytearray(data[32:])
    if hashlib.sha256(program).digest() != digest:
        raise ValueError("the file is damaged")
    return program


def _is_array(value: Any) -> bool:
    return isinstance(value, jax.Array | np.ndarray)


def describe(value: Any) -> str:
    """A value without the contents of its arrays, as text that lasts; or UnnamedError."""
    match value:
        case jax.Array() | np.ndarray():
            return f"{value.dtype}{list(value.shape)}"
        case _ if isinstance(value, PLAIN):
            return repr(value)
        case functools.partial():
            return f"partial({describe((value.func, value.args, value.keywords))})"
        case Mapping():
            return f"{{{', '.join(f'{describe(k)}: {describe(v)}' for k, v in value.items())}}}"
        case tuple() | list():
            return f"{name_of(type(value))}({', '.join(map(describe, value))})"
        case enum.Enum():
            return f"{name_of(type(value))}.{value.name}"
        case type():
            return name_of(value)
        case _ if dataclasses.is_dataclass(value):
            parts = (
                f"{f.name}={describe(getattr(value, f.name))}" for f in dataclasses.fields(value)
            )
            return f"{name_of(type(value))}({', '.join(parts)})"
    return name_of(value)


def name_of(value: Any) -> str:
    """Where a class or a function is defined; UnnamedError where that says too little."""
    inner = getattr(value, "__wrapped__", value)
    module, name = getattr(inner, "__module__", None), getattr(inner, "__qualname__", None)
    if not (isinstance(module, str) and isinstance(name, str)) or "<" in name:
        raise UnnamedError(repr(value))
    if module != "builtins" and not f"{module}.".startswith(OURS):
        raise UnnamedError(f"{module}.{name}")
    return f"{module}.{name}"


@functools.cache
def _environment() -> str:
    """Versions, the source of Reverie, and the settings that a program depends on."""
    root = Path(reverie.__file__).parent
    files = sorted(root.rglob("*.py"))
    states = [(str(file.relative_to(root)), os.stat(file)) for file in files]
    source = [(name, state.st_mtime_ns, state.st_size) for name, state in states]
    names = ("jax_enable_x64", "jax_default_matmul_precision", "jax_default_prng_impl")
    settings = [getattr(jax.config, name) for name in names]
    versions = (jax.__version__, jaxlib.version.__version__, eqx.__version__)
    flags = os.environ.get("XLA_FLAGS")
    return repr((versions, jax.default_backend(), settings, flags, source))

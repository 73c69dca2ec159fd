"""Programs that later processes find again without tracing them anew.

jax keeps what XLA has compiled, but each process traces and lowers its functions from Python
again to find it, which takes longer than to generate a line. What was compiled is kept here, in
the user's cache, under the names of all that it depends on.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import hashlib
import json
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Generic, ParamSpec, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
import jaxlib.version
import numpy as np
from jaxlib.xla_client import CompileOptions, DeviceList

import reverie
from reverie.errors import InputError
from reverie.files import cache_directory, make_directory, replace_file
from reverie.products import has_native
from reverie.runtime import instructions

OURS = ("reverie.", "jax.", "jax._src.", "equinox.")
"""Modules whose functions their versions identify."""
KEPT = 100
"""Programs in the cache: the newest, for those of older versions are never asked for again."""
JAX_ERRORS = (AttributeError, TypeError, NotImplementedError, jax.errors.JaxRuntimeError)
"""Of jax's client, whose functions for programs are not promised to stay as they are."""
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
        self._programs: dict[Any, Callable[..., Any] | None] = {}
        self._finding = threading.Lock()

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        leaves, structure = jax.tree.flatten((args, kwargs))
        arrays = [leaf for leaf in leaves if _is_array(leaf)]
        kind = structure, *((x.shape, x.dtype) if _is_array(x) else (type(x), x) for x in leaves)
        if kind not in self._programs:
            with self._finding:  # or each of several threads would compile it
                if kind not in self._programs:
                    self._programs[kind] = self._find(args, kwargs, arrays)
        program = self._programs[kind]
        if program is None:
            return self._compiled(*args, **kwargs)
        found: R = program(*arrays)
        return found

    def _find(self, args: Any, kwargs: Any, arrays: list[Any]) -> Callable[..., Any] | None:
        """The program, from the cache or else compiled and kept; None where it cannot be named."""
        try:
            said = [_environment(), name_of(self._function), describe(args), describe(kwargs)]
        except UnnamedError:
            return None
        key = hashlib.sha256("\n".join(said).encode()).hexdigest()
        with suppress(OSError, InputError, ValueError, *JAX_ERRORS):
            return _load(_read(key))
        dynamic, rest = eqx.partition((args, kwargs), _is_array)
        structure = jax.tree.structure(dynamic)

        def flat(*leaves: Any) -> Any:
            args, kwargs = eqx.combine(jax.tree.unflatten(structure, leaves), rest)
            return self._function(*args, **kwargs)

        lowered = jax.jit(flat, keep_unused=True).lower(*arrays)
        with suppress(UnnamedError, *JAX_ERRORS):
            program = _save(lowered)
            with suppress(OSError, InputError):  # it is only for speed
                _write(key, program)
            return _load(program)
        return lowered.compile()


def _save(lowered: Any) -> bytes:
    """A program in bytes, before it the structure of its value.

    It is compiled past the cache of jax: what that cache gives back cannot be saved again.
    """
    device = jax.local_devices()[0]
    value = jax.tree.unflatten(lowered.out_tree, range(lowered.out_tree.num_leaves))
    outline = json.dumps(_outline(value)).encode()
    executable = device.client.compile_and_load(
        lowered.as_text().encode(), DeviceList((device,)), CompileOptions()
    )
    program = device.client.serialize_executable(executable)
    return len(outline).to_bytes(4, "little") + outline + program


def _load(data: bytes) -> Callable[..., Any]:
    """The program of such bytes, as a function of arrays."""
    size = int.from_bytes(data[:4], "little")
    outline, program = json.loads(data[4 : 4 + size]), data[4 + size :]
    device = jax.local_devices()[0]
    executable = device.client.deserialize_executable(program, DeviceList((device,)))

    def call(*leaves: Any) -> Any:
        return _fill(outline, executable.execute([_place(leaf, device) for leaf in leaves]))

    return call


def _place(leaf: Any, device: Any) -> Any:
    """An array as a program takes it: on its device, and keys as the words they are made of."""
    if not isinstance(leaf, jax.Array):
        return jax.device_put(leaf, device)
    if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key):
        leaf = jax.random.key_data(leaf)
    return leaf if leaf.sharding.device_set == {device} else jax.device_put(leaf, device)


def _outline(value: Any) -> Any:
    """Leaves in tuples, lists and dicts as what JSON has: lists that name their kind first."""
    match value:
        case tuple() | list() if type(value) in (tuple, list):
            return [type(value).__name__, *map(_outline, value)]
        case dict():
            return ["dict", *([key, _outline(item)] for key, item in value.items())]
        case int() | None:
            return value
    raise UnnamedError(type(value).__name__)


def _fill(outline: Any, leaves: Sequence[Any]) -> Any:
    """The value of an outline, with leaves in the place of their numbers."""
    match outline:
        case ["tuple", *items]:
            return tuple(_fill(item, leaves) for item in items)
        case ["list", *items]:
            return [_fill(item, leaves) for item in items]
        case ["dict", *items]:
            return {key: _fill(item, leaves) for key, item in items}
        case None:
            return None
    return leaves[outline]


def _path(key: str) -> Path:
    return cache_directory() / "programs" / key


def _write(key: str, program: bytes) -> None:
    path = _path(key)
    make_directory(path.parent)
    with replace_file(path, "wb") as file:
        file.write(hashlib.sha256(program).digest() + program)
    by_age = sorted(path.parent.iterdir(), key=lambda file: file.stat().st_mtime)
    for old in by_age[:-KEPT]:
        old.unlink(missing_ok=True)


def _read(key: str) -> bytes:
    """A program that was kept. OSError or ValueError where it is missing or damaged."""
    data = _path(key).read_bytes()
    digest, program = data[:32], data[32:]
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
    machine = (jax.default_backend(), jax.local_devices()[0].device_kind, instructions())
    return repr((versions, machine, settings, flags, has_native(), source))

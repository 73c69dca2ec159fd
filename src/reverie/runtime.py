"""What to arrange before jax is imported: caches, quiet, and memory that is kept."""

from __future__ import annotations

import ctypes
import logging
import os
import platform
import sys
import tempfile
import warnings
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from reverie.errors import InputError
from reverie.files import cache_directory, make_directory
from reverie.training.environment import RANK

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
"""Names of glibc's `mallopt`."""


def prepare() -> None:
    """Arranges it; call it before the first import of jax. Never fails: all of it is for speed."""
    keep_freed_memory()
    be_quiet()
    if "jax" in sys.modules:
        return
    use_wide_vectors()
    if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
        keep_programs()


def be_quiet() -> None:
    """Leaves the terminal to our own words: those of the frameworks are for their developers."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("GLOG_minloglevel", "3")
    logging.getLogger("jax").setLevel(logging.ERROR)
    # A disk that is full, or a file that another process has not finished: compiling does it too.
    warnings.filterwarnings("ignore", "Error (reading|writing) persistent compilation cache")


def keep_programs() -> None:
    """Tells jax to keep in the cache what it compiles; says so where nothing can be kept."""
    try:
        folder = make_directory(cache_directory() / "compiled")
        with tempfile.TemporaryFile(dir=folder):
            pass
    except (InputError, OSError) as error:
        if os.environ.get(RANK, "0") == "0":
            reason = error.strerror if isinstance(error, OSError) else str(error).split(";")[0]
            print(
                f"note: nothing is kept in the cache, so each start is slower ({reason}); another "
                "folder can be named in the variable REVERIE_CACHE",
                file=sys.stderr,
            )
        return
    os.environ["JAX_COMPILATION_CACHE_DIR"] = str(folder)
    # The defaults of jax keep only programs that took a second to compile: none of ours.
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")


def use_wide_vectors() -> bool:
    """Tells XLA to use the whole width of AVX-512, where there is one; whether it was done.

    By default it uses half. The whole made generation 1.3 times faster, and training 1.0 to 1.1.
    """
    if "XLA_FLAGS" in os.environ or not has_avx512():
        return False
    # XLA ends a process that names a flag it does not know, so only versions that were tried.
    if not version("jaxlib").startswith(("0.10.", "0.11.")):
        return False
    os.environ["XLA_FLAGS"] = "--xla_cpu_prefer_vector_width=512"
    return True


def has_avx512() -> bool:
    """Whether the processor has vectors of 512 bits, as far as Linux tells."""
    return "avx512f" in instructions().split()


def has_bfloat16() -> bool:
    """Whether the processor has products in bfloat16, as far as Linux tells."""
    return bool({"avx512_bf16", "amx_bf16", "bf16"} & set(instructions().split()))


def instructions() -> str:
    """The names of what the processor can do beyond the usual, as far as Linux tells."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(errors="replace").splitlines():
            if line.startswith(("flags", "Features")):
                return line
    return platform.processor()


def physical_memory() -> int | None:
    """The bytes of memory of this machine, where the system tells."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def check_memory(needed: int, what: str) -> None:
    """InputError where `what` takes more bytes than this machine has."""
    memory = physical_memory()
    if memory is not None and needed > memory:
        raise InputError(
            f"{what} would take {needed / 2**30:,.0f} GB of memory and this machine has "
            f"{memory / 2**30:.1f}: choose a smaller number"
        )


def keep_freed_memory() -> bool:
    """Tells glibc to keep what is freed instead of handing it back; whether it was done.

    XLA's CPU client frees and maps every large buffer anew at each step, and the system
    clears every page again. Keeping them made a training step 1.4 to 1.8 times faster. All
    threads share one arena: XLA frees in one thread what another asks for, and the arenas of
    glibc's other threads give back what they hold whatever the threshold says, which took a
    quarter of the time of an update of 512 units.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False  # another C library
    most = 2**31 - 1
    wanted = ((M_MMAP_THRESHOLD, most), (M_TRIM_THRESHOLD, most), (M_ARENA_MAX, 1))
    done = [bool(mallopt(name, number)) for name, number in wanted]
    return all(done)

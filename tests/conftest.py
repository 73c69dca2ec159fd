"""What all tests share: a compile cache that is kept, and double precision on request."""

import gc
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent

# Before jax is imported. Compiling is much of what the tests do; `.cache` is not tracked. Programs
# of one operation are compiled faster than they are saved.
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(HERE.parent / ".cache" / "jax"))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0.05")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")

# Thousands of programs that run once: compiling them well takes longer than running them badly,
# and the older emitters, in one thread, take half the time. `XLA_FLAGS= make test` does without
# these flags, should an XLA not know them. Programs that tests start inherit all of this.
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")
os.environ.setdefault(
    "XLA_FLAGS", "--xla_cpu_use_fusion_emitters=false --xla_cpu_parallel_codegen_split_count=1"
)

# A shell that starts tests in its background ignores interrupts for them, and for all that they
# start; tests of interrupts would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)

# The table of contracts is imported by its name, `contracts.table`.
sys.path.insert(0, str(HERE))

import jax
import numpy as np
import pytest

DATA = HERE.parent.parent / "shared" / "data"


def pytest_collection_finish() -> None:
    """Modules and tests live to the end: the collector need not walk them again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture
def rng() -> np.random.Generator:
    """Random numbers that are the same in every run."""
    return np.random.default_rng(0)


@pytest.fixture
def double() -> Iterator[None]:
    """Double precision for as long as the test runs."""
    with jax.enable_x64(True):
        yield


@pytest.fixture
def data() -> Path:
    """The folder of downloaded data; a test that needs it is skipped where there is none."""
    if not DATA.is_dir():
        pytest.skip(f"no data in {DATA}")
    return DATA

"""What all tests share: a compile cache that is kept, and double precision on request."""

import os
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent

# Before jax is imported. Compiling is most of what the tests do; `.cache` is not tracked.
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(HERE.parent / ".cache" / "jax"))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")

# Thousands of tiny programs: the older emitters, in one thread, compile them in half the time.
# XLA ends a process that names a flag it does not know, so only versions that were tried.
if version("jaxlib").startswith(("0.10.", "0.11.")):
    os.environ.setdefault(
        "XLA_FLAGS", "--xla_cpu_use_fusion_emitters=false --xla_cpu_parallel_codegen_split_count=1"
    )

# The table of contracts is imported by its name, `contracts.table`.
sys.path.insert(0, str(HERE))

import jax
import numpy as np
import pytest

DATA = HERE.parent.parent / "shared" / "data"


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
def hasty() -> Iterator[None]:
    """Less optimised programs, which compile sooner; a test may not measure them."""
    jax.config.update("jax_disable_most_optimizations", True)
    yield
    jax.config.update("jax_disable_most_optimizations", False)


@pytest.fixture
def data() -> Path:
    """The folder of downloaded data; a test that needs it is skipped where there is none."""
    if not DATA.is_dir():
        pytest.skip(f"no data in {DATA}")
    return DATA

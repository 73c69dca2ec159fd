"""Devices and processes: rows are divided among them, weights are the same on all.

One device in one process is a mesh of one, so there is a single code path. JAX's own
collectives do the work; `jax.distributed` joins the processes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import jax
import numpy as np
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec

from reverie.errors import InputError
from reverie.training.environment import COORDINATOR, PROCESSES, RANK

ROWS = "rows"
SHARED = PartitionSpec()
BY_ROW = PartitionSpec(ROWS)


def join() -> None:
    """Joins the other processes, if the environment says there are any; before any device is used.

    `REVERIE_COORDINATOR` (host:port), `REVERIE_PROCESSES` and `REVERIE_RANK` say so on one
    machine or a hand-made cluster; `REVERIE_PROCESSES=auto` leaves everything to the cluster
    (SLURM, Open MPI, TPU). Raises InputError where they make no sense together.
    """
    count = os.environ.get(PROCESSES, "1")
    if count == "1":
        return
    # It would take SIGTERM over, which asks a training to measure and save.
    jax.config.update("jax_enable_preemption_service", False)
    with _chatter_to_stderr():
        if count == "auto":
            jax.distributed.initialize()
        else:
            jax.distributed.initialize(*_read_environment(count))
        jax.devices()  # here the processes connect


def _read_environment(count: str) -> tuple[str, int, int]:
    """Coordinator, number and rank as the environment has them."""
    try:
        return os.environ[COORDINATOR], int(count), int(os.environ[RANK])
    except (KeyError, ValueError) as error:
        raise InputError(
            f"{PROCESSES}={count} needs {COORDINATOR}=host:port and {RANK}=0..{count}-1 too"
        ) from error


@contextmanager
def _chatter_to_stderr() -> Iterator[None]:
    """Gloo greets on standard output, which belongs to the user."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def global_mesh() -> Mesh:
    """All devices of all processes, one axis."""
    return jax.make_mesh((jax.device_count(),), (ROWS,), axis_types=(AxisType.Auto,))


def place(mesh: Mesh, local: Any, spec: PartitionSpec) -> Any:
    """Host arrays on the mesh: this process's rows (BY_ROW), or the same on all (SHARED)."""
    sharding = NamedSharding(mesh, spec)
    if jax.process_count() == 1:
        return jax.device_put(local, sharding)
    return jax.tree.map(
        lambda a: jax.make_array_from_process_local_data(sharding, np.asarray(a)), local
    )


def local_copy(tree: Any) -> Any:
    """This process's copy of what all share, as arrays of one local device."""
    return jax.tree.map(lambda a: a.addressable_data(0), tree)


def gather(tree: Any) -> Any:
    """Arrays of the mesh on the host, whole, in every process."""
    if jax.process_count() == 1:
        return jax.tree.map(np.asarray, tree)
    from jax.experimental import multihost_utils

    whole = jax.tree.map(
        lambda a: a if a.is_fully_replicated else multihost_utils.process_allgather(a, tiled=True),
        tree,
    )
    return jax.tree.map(np.asarray, whole)


def sum_processes(numbers: np.ndarray) -> np.ndarray:
    """The sum over processes of a small host array."""
    if jax.process_count() == 1:
        return numbers
    from jax.experimental import multihost_utils

    return np.asarray(multihost_utils.process_allgather(numbers)).sum(0)


def is_main_process() -> bool:
    """Is this the process that writes?"""
    return bool(jax.process_index() == 0)

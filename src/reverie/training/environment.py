"""The environment of a process that is one of several. No jax here."""

from __future__ import annotations

import os

COORDINATOR = "REVERIE_COORDINATOR"
"""host:port of the first process."""
PROCESSES = "REVERIE_PROCESSES"
"""How many there are, or `auto` where a cluster (SLURM, Open MPI, TPU) knows."""
RANK = "REVERIE_RANK"
"""Which one this is, from 0."""


def is_worker() -> bool:
    """Is this process one of several already?"""
    return PROCESSES in os.environ

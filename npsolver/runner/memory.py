"""Whether a problem fits into this machine, found out before it is assembled."""

from __future__ import annotations

import os

from npsolver.case.machine import available_memory
from npsolver.errors import InputError

# Bytes per node and per (unknown per node)² at the peak of a steady solution: blocks of the matrix, their fields, the
# hierarchies and the Krylov basis (measured, rounded up); the first entry is without the square.
BYTES = {2: (2600.0, 330.0), 3: (3600.0, 420.0)}
GIB = 2.0**30


def needed_memory(n_nodes: int, dimension: int, block_size: int) -> float:
    """Estimate of the memory that a solution takes, bytes."""
    linear, square = BYTES[dimension]
    return n_nodes * (linear * block_size / 3.0 + square * block_size**2)


def check_memory(n_nodes: int, dimension: int, block_size: int) -> None:
    """InputError where the memory that is free would not do."""
    needed, available = needed_memory(n_nodes, dimension, block_size), available_memory()
    if available is not None and needed > available:
        raise InputError(
            f"{n_nodes} nodes with {block_size} unknowns each need about {needed / GIB:.3g} GiB of memory, but only "
            f"{available / GIB:.3g} GiB are free on {os.uname().nodename if hasattr(os, 'uname') else 'this machine'}; "
            "give fewer nodes (mesh.nodes, mesh.refine < 1, larger mesh.growth), or run on a larger machine",
            key="mesh",
        )

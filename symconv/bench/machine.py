"""The machine in general terms: what a time depends on, and nothing that tells whose machine it is."""

from __future__ import annotations

import os
import platform
from typing import Any

import numpy as np


def machine() -> dict[str, Any]:
    """Cores, instruction set, Python, NumPy and its BLAS; the kernel and threads of the BLAS where threadpoolctl is."""
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    found: dict[str, Any] = {
        "cores": os.cpu_count() or 1,
        "architecture": platform.machine(),
        "vectors": _widest_vectors(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": f"{blas['name']} {blas['version']}",
    }
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return found
    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas" and "numpy" in pool["filepath"]]
    return (
        found
        if not pools
        else {**found, "blas_kernel": pools[0].get("architecture"), "blas_threads": pools[0]["num_threads"]}
    )


def _widest_vectors() -> str:
    """The last of the instruction sets that NumPy found, which lists them from narrow to wide."""
    found = np.show_config(mode="dicts").get("SIMD Extensions", {}).get("found", [])
    return str(found[-1]) if found else "baseline"

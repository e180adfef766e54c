"""Holds implementations to one thread each, by their processes' environment."""

from __future__ import annotations

from dataclasses import replace

from convcheck.implementations.name import Name

_COUNTS = (
    "OMP_NUM_THREADS",  # of torch and of BLAS; for ONNX Runtime convcheck reads it
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "NPROC",  # XLA's client on a CPU
)


def with_threads(name: Name, threads: int) -> Name:
    """The implementation in a process with so many threads; what its name sets stays.

    Several cases are computed at once, each by one core: the same bits whatever the number of jobs.
    """
    own = dict(name.environment)
    counts = {variable: str(threads) for variable in _COUNTS if variable not in own}
    return replace(name, environment=tuple((counts | own).items()))

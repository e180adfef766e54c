"""What of this machine and its settings may change the last bits of an output.

It is recorded beside the packages' versions, under keys that no package can have.
"""

from __future__ import annotations

import functools
import os
import platform
import re
import sys
from typing import Any

Pools = list[Any]
"""Thread pools of libraries, as threadpoolctl knows them."""
_PREFIX = "cpu:"
_FEATURES = re.compile(
    r"avx\w*|fma\w*|f16c|amx_\w+"  # x86
    r"|asimd\w*|sve\w*|sme(?!p)\w*|bf16|i8mm|fphp"  # ARM
)
"""Instruction sets among which frameworks choose their kernels."""
_SETTINGS = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS"),
    *("TF_NUM_INTEROP_THREADS", "OPENBLAS_CORETYPE", "TF_ENABLE_ONEDNN_OPTS"),
    *("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "ATEN_CPU_CAPABILITY", "XLA_FLAGS"),
)
"""Environment variables that choose threads and kernels."""


def packages(versions: dict[str, str]) -> dict[str, str]:
    """Package -> version: an output's ``versions`` without what is recorded of the machine."""
    return {key: text for key, text in versions.items() if not key.startswith(_PREFIX)}


def recorded() -> dict[str, str]:
    """What can be told in this process, of what it has imported; ``cpu:threads`` and others."""
    pools = _pools()
    found = {
        "model": _processor()[0],
        "features": _processor()[1],
        "processors": str(usable_processors()),
        "threads": ", ".join(_threads(pools)),
        "kernels": ", ".join(_kernels(pools)),
        "settings": " ".join(f"{v}={os.environ[v]}" for v in _SETTINGS if v in os.environ),
    }
    return {_PREFIX + key: text for key, text in found.items() if text}


@functools.cache
def _processor() -> tuple[str, str]:
    """The processor's name, and those of its features that kernels are chosen by."""
    try:
        with open("/proc/cpuinfo") as file:
            lines = dict(re.findall(r"(?m)^([\w ]+?)\s*: (.*)$", file.read()))
    except OSError:  # not Linux
        return platform.processor() or platform.machine(), ""
    flags = (lines.get("flags") or lines.get("Features") or "").split()
    name = lines.get("model name") or platform.machine()
    return name, " ".join(sorted(flag for flag in flags if _FEATURES.fullmatch(flag)))


def _threads(pools: Pools) -> list[str]:
    found = []
    tensorflow, torch = _imported("tensorflow"), _imported("torch")
    if hasattr(tensorflow, "config"):
        threading = tensorflow.config.threading
        usable = usable_processors()  # what TensorFlow takes where it is told 0
        found += [
            f"tensorflow intra-op {threading.get_intra_op_parallelism_threads() or usable}",
            f"inter-op {threading.get_inter_op_parallelism_threads() or usable}",
        ]
    if hasattr(torch, "get_num_threads"):
        found.append(f"torch {torch.get_num_threads()}")
    counts = {(pool.internal_api, pool.num_threads) for pool in pools}
    return [*found, *(f"{library} {count}" for library, count in sorted(counts))]


def _kernels(pools: Pools) -> list[str]:
    """Which kernels the libraries chose for this processor."""
    found = {
        f"openblas {pool.version} {pool.architecture}"
        for pool in pools
        if pool.internal_api == "openblas"
    }
    torch = _imported("torch")
    if hasattr(torch, "backends"):
        capability = getattr(torch.backends.cpu, "get_cpu_capability", None)
        found.update([f"torch {capability()}"] if capability else [])
    if (with_onednn := _tensorflow_has_onednn()) is not None:
        found.add(f"tensorflow {'with' if with_onednn else 'without'} oneDNN")
    return sorted(found)


def _imported(package: str) -> Any:
    """The package; None where this process has not imported it."""
    return sys.modules.get(package)


def _tensorflow_has_onednn() -> bool | None:
    """Whether TensorFlow computes by oneDNN; by default it depends on the processor."""
    if "tensorflow" not in sys.modules:
        return None
    try:
        from tensorflow.python.util import _pywrap_util_port
    except ImportError:
        return None
    return bool(_pywrap_util_port.IsMklEnabled())


def _pools() -> Pools:
    """The thread pools of the libraries that are loaded; another Python may not have the means."""
    controller = _controller(len(sys.modules))
    return [] if controller is None else list(controller.lib_controllers)


@functools.lru_cache(maxsize=1)
def _controller(imported: int) -> Any:
    """Looks through the loaded libraries, which takes milliseconds: anew after an import."""
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return None
    return ThreadpoolController()


def usable_processors() -> int:
    """How many of the machine's this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

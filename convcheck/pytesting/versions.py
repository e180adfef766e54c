"""Which frameworks a test has loaded: what may have computed the output that it gives."""

from __future__ import annotations

import sys

from convcheck.runtimes import hardware

_PACKAGES = "tensorflow keras torch jax jaxlib onnxruntime scipy numpy".split()


def loaded() -> dict[str, str]:
    """The versions of frameworks in this process, with what a bundle holds of the machine."""
    found = {name: getattr(sys.modules.get(name), "__version__", None) for name in _PACKAGES}
    return {name: str(text) for name, text in found.items() if text} | hardware.recorded()

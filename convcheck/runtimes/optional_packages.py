"""Packages that a framework imports only because they are installed, kept from it.

Keras looks for scikit-learn, matplotlib, SciPy, JAX and others when it is imported, and pays for
each that it finds. A convolution needs none of them, so a runtime hides them: importing TensorFlow
then takes about 0.6 of the time.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from importlib.abc import MetaPathFinder
from typing import Any

OPTIONAL = {
    "tensorflow": frozenset(
        "sklearn scipy matplotlib PIL pandas IPython pydot tqdm psutil tensorboard "
        "jax jaxlib torch flax openvino onnx optuna numba dask".split()
    )
}
"""Framework -> packages it does without for a convolution."""


class _HidingFinder(MetaPathFinder):
    def __init__(self, names: Iterable[str]) -> None:
        self.names = frozenset(names)

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: Any = None) -> None:
        if fullname.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"{fullname} is hidden in this runtime", name=fullname)


def hide(framework: str, keep: str = "") -> None:
    """Make the framework's optional packages, except ``keep``, look as if not installed."""
    names = OPTIONAL.get(framework, frozenset()).difference({keep})
    if names:
        sys.meta_path.insert(0, _HidingFinder(names))


def unhide() -> None:
    """Undo ``hide``: a user's own module may need any package."""
    sys.meta_path[:] = [f for f in sys.meta_path if not isinstance(f, _HidingFinder)]

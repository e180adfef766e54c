"""Model files open in a worker as graphs.

Requests and their replies:
    graph-open   path, unsafe, like                          load the file: its graph
    graph-run    path, fetches, feeds; arrays feed_0 …     tensors: arrays fetch_0 …
"""

from __future__ import annotations

import contextlib
import sys
from importlib import metadata
from typing import TYPE_CHECKING, Any

from convcheck.runtimes import hardware
from convcheck.runtimes.graphs.graph import Model
from convcheck.runtimes.graphs.kinds import open_model
from convcheck.runtimes.graphs.messages import graph_to_message, tensors_from_message
from convcheck.untrusted.memory import within_memory

if TYPE_CHECKING:
    from convcheck.results import Array
    from convcheck.runtimes.messages import Message

_PACKAGES = {
    "keras": ("tensorflow", "keras"),
    "saved-model": ("tensorflow",),
    "onnx": ("onnxruntime", "onnx"),
    "tflite": ("ai-edge-litert",),
    "pt2": ("torch",),
    "python": ("torch", "tensorflow", "keras"),
}
"""Format of a graph -> the packages that read and run it; for a function those it imported."""


def _packages(form: str) -> dict[str, str]:
    """Package -> version."""
    found = {}
    for name in _PACKAGES.get(form, ()):
        said = getattr(sys.modules.get(name), "__version__", None)
        if form == "python" and said is None:
            continue
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[name] = str(said or metadata.version(name))
    return found


class GraphRequestHandler:
    """Serves the requests about the graphs that a worker has open."""

    def __init__(self) -> None:
        self._models: dict[str, Model] = {}

    def handle(self, operation: str, head: dict[str, Any], arrays: dict[str, Array]) -> Message:
        """The reply to one request. Raises UsageError for a wrong file or input."""
        path = head["path"]
        if operation == "graph-open":
            with within_memory():
                self._models[path] = model = open_model(
                    path, unsafe=head["unsafe"], like=tensors_from_message(head["like"])
                )
            versions = {**_packages(model.graph.format), **hardware.recorded()}
            return {"graph": graph_to_message(model.graph), "versions": versions}, {}
        if path not in self._models:  # this process replaced the one that had it open
            return {"closed": True}, {}
        feeds = {name: arrays[f"feed_{i}"] for i, name in enumerate(head["feeds"])}
        fetches = head["fetches"]
        with within_memory():
            found = self._models[path].run(feeds, fetches)
        return {}, {f"fetch_{i}": found[name] for i, name in enumerate(fetches)}

"""A model that is open in a runtime's process: this end of ``models.py``.

The process is TensorFlow's, the same that ``tf`` and ``keras`` run in. Should it die of one of
them, the model is opened and run again in its successor.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from convcheck.case.case import Case
from convcheck.errors import Mistake
from convcheck.implementations.name import Name, parse
from convcheck.results import Dtypes, Output
from convcheck.runtimes import cases
from convcheck.runtimes.host import START_SECONDS, Runtimes
from convcheck.runtimes.process import Died

if TYPE_CHECKING:
    from convcheck.results import Array

OWN = "layer"
"""Name of the layer's own output among those it is compared with."""


@dataclass(frozen=True)
class ModelInput:
    """One array that a model takes."""

    name: str
    shape: tuple[int | None, ...] | None
    """None for an axis of any length; None at all where the model does not tell."""
    dtype: str


@dataclass(frozen=True)
class Made:
    """One convolution that the model made."""

    index: int
    name: str
    kind: str


class OpenModel:
    """A model file in a worker. Everything here raises Mistake where the file or input is wrong."""

    def __init__(
        self, runtimes: Runtimes, path: str, *, unsafe: bool = False, imports: Sequence[str] = ()
    ) -> None:
        self._runtimes = runtimes
        self._path = path
        self._name = _tensorflow()
        self._open = {
            "op": "model-open",
            "path": os.path.abspath(path),
            "unsafe": unsafe,
            "imports": list(imports),
        }
        self._arrays: dict[str, Array | None] = {}
        self.versions: dict[str, str] = {}

    def start(self) -> None:
        """Start the process; returns at once."""
        self._runtimes.start([self._name])

    def open(self) -> list[ModelInput]:
        """Load the file; the inputs that the model takes."""
        reply = self._once(self._open)[0]
        self.versions = reply["versions"]
        return [
            ModelInput(
                one["name"], None if one["shape"] is None else tuple(one["shape"]), one["dtype"]
            )
            for one in reply["inputs"]
        ]

    def run(self, arrays: Sequence[Array]) -> tuple[list[Made], list[dict[str, str]]]:
        """Run an array for each input once.

        The convolutions that were made, in order, and the layers that were missed: their
        ``name``, ``kind`` and ``reason``.
        """
        self._arrays = {f"input_{i}": array for i, array in enumerate(arrays)}
        reply = self._once({"op": "model-run"}, self._arrays)[0]
        made = [Made(i, **call) for i, call in enumerate(reply["calls"])]
        return made, reply["missed"]

    def case(self, made: Made) -> tuple[Case, Output]:
        """One convolution as a case, and what the layer itself gave for it."""
        reply, arrays = self._again({"op": "model-call", "index": made.index}, START_SECONDS)
        own = arrays.pop("output")
        case = replace(
            cases.from_frame(reply["case"], arrays),
            sources=(f"what reaches {made.name}", f"{made.name} kernel", f"{made.name} bias"),
        )
        output = Output(
            name=OWN,
            call=f"keras {made.kind}",
            array=own,
            dtypes=Dtypes(**reply["dtypes"]),
            versions=self.versions,
        )
        return case, output

    def mode(self, mode: str, seconds: float) -> dict[str, Any]:
        """The whole model in another mode, against its output when called; ``message`` if not."""
        try:
            return self._again({"op": "model-mode", "mode": mode}, seconds)[0]
        except Mistake as error:
            return {"message": str(error)}

    def _again(self, head: dict[str, Any], seconds: float) -> tuple[dict[str, Any], dict[str, Any]]:
        """Ask; where the process was replaced meanwhile, open and run the model again first."""
        reply, arrays = self._once(head, seconds=seconds)
        if reply.get("closed"):
            self._once(self._open)
            self._once({"op": "model-run"}, self._arrays)
            reply, arrays = self._once(head, seconds=seconds)
        return reply, arrays

    def _once(
        self,
        head: dict[str, Any],
        arrays: dict[str, Array | None] | None = None,
        seconds: float = START_SECONDS,
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        try:
            reply, back = self._runtimes.ask(self._name, seconds, head, arrays)
        except Died as died:
            raise Mistake(f"the process that had {self._path} open: {died}") from died
        except OSError as error:
            raise Mistake(f"no process could be started for {self._path}: {error}") from error
        if "error" in reply:
            raise Mistake(reply["error"].replace(self._open["path"], self._path))
        return reply, back


def _tensorflow() -> Name:
    """What runs in the process that the model is loaded in, Keras's backend set right."""
    other = os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow"
    return parse("tf?KERAS_BACKEND=tensorflow" if other else "tf")

"""A client for a model that is open in a runtime's process; ``handler.py`` serves its requests.

The process is TensorFlow's, the same that ``tf`` and ``keras`` run in. Where it dies of one of
them, the model is opened and run again in the process that replaces it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from convcheck.case.case import Case
from convcheck.errors import ConvcheckError, Mistake
from convcheck.implementations.name import Name, parse
from convcheck.results import Output
from convcheck.runtimes import messages
from convcheck.runtimes.graphs.graph import Tensor
from convcheck.runtimes.host import Runtimes
from convcheck.runtimes.models.reply_schemas import REPLIES
from convcheck.runtimes.process import NO_ANSWER, WorkerDied
from convcheck.runtimes.replies import check_error
from convcheck.untrusted.documents import check_document
from convcheck.untrusted.text import clean

if TYPE_CHECKING:
    from convcheck.results import Array


@dataclass(frozen=True)
class ConvolutionCall:
    """One call of a convolution layer while the model ran."""

    index: int
    """Its place among the calls, from 0."""
    name: str
    """The layer's path in the model; its second call ends in ``#2``."""
    kind: str
    """``Conv2D``, ``SeparableConv2D depthwise`` …"""


class OpenModel:
    """A model file that a worker has open.

    Each method that asks the worker raises Mistake where the file or the input is wrong, and where
    the worker dies.
    """

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
        """Start the process without waiting for it."""
        self._runtimes.start([self._name])

    def open(self) -> list[Tensor]:
        """Load the file; return the inputs that the model takes."""
        reply = self._ask(self._open)[0]
        self.versions = reply["versions"]
        return [
            Tensor(one["name"], None if one["shape"] is None else tuple(one["shape"]), one["dtype"])
            for one in reply["inputs"]
        ]

    def run(self, arrays: Sequence[Array]) -> tuple[list[ConvolutionCall], list[dict[str, str]]]:
        """Run the model once, on an array for each input.

        Returns the calls of convolution layers in their order, and the layers of which none was
        seen: their ``name``, ``kind`` and ``reason``.
        """
        self._arrays = {f"input_{i}": array for i, array in enumerate(arrays)}
        reply = self._ask({"op": "model-run"}, self._arrays)[0]
        calls = [ConvolutionCall(i, **call) for i, call in enumerate(reply["calls"])]
        return calls, reply["missed"]

    def case(self, call: ConvolutionCall) -> tuple[Case, Output]:
        """The call as a case, and what the layer itself gave for it before its activation."""
        head = {"op": "model-call", "index": call.index}
        reply, arrays = self._ask_open_model(head)
        given = {key: arrays.pop(key) for key in list(arrays) if key != "output"}
        try:
            case = replace(
                messages.case_from_message(reply["case"], given),
                sources=(f"what reaches {call.name}", f"{call.name} kernel", f"{call.name} bias"),
            )
            return case, messages.output_from_message(reply["output"], arrays)
        except (LookupError, TypeError, ValueError, ConvcheckError) as error:
            raise self._no_answer(error) from error

    def mode(self, mode: str, seconds: float) -> dict[str, Any]:
        """Run the whole model in another mode, within ``seconds``.

        Returns the fields of ``model.results.EndToEnd`` that compare its output with the eager
        call's; ``message`` alone where it cannot run so.
        """
        try:
            return self._ask_open_model({"op": "model-mode", "mode": mode}, seconds)[0]
        except Mistake as error:
            return {"message": str(error)}

    def _ask_open_model(
        self, head: dict[str, Any], seconds: float | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Ask; where the process was replaced meanwhile, open and run the model again first."""
        reply, arrays = self._ask(head, seconds=seconds)
        if reply.get("closed"):
            self._ask(self._open)
            self._ask({"op": "model-run"}, self._arrays)
            reply, arrays = self._ask(head, seconds=seconds)
        return reply, arrays

    def _ask(
        self,
        head: dict[str, Any],
        arrays: dict[str, Array | None] | None = None,
        seconds: float | None = None,
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        limit = self._runtimes.start_timeout  # most of these requests load or run a whole model
        try:
            reply, back = self._runtimes.ask(
                self._name, seconds or limit, head, arrays, most_bytes=_memory()
            )
        except WorkerDied as died:
            raise Mistake(f"the process that had {self._path} open: {died}") from died
        except OSError as error:
            raise Mistake(f"no process could be started for {self._path}: {error}") from error
        try:
            if "error" in reply:
                check_error(reply)
            else:
                check_document(reply, REPLIES[head["op"]], "the reply")
        except ConvcheckError as error:
            raise self._no_answer(error) from error
        if "error" in reply:
            raise Mistake(clean(reply["error"].replace(self._open["path"], self._path), 700))
        return reply, back

    def _no_answer(self, error: Exception) -> Mistake:
        """The process runs the model's own code, which may have written to its pipe."""
        return Mistake(f"the process that had {self._path} open {NO_ANSWER} ({clean(error)})")


def _memory() -> int:
    """Bytes of memory of this machine: the arrays of a layer's call must fit into it."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _tensorflow() -> Name:
    """A name whose process can load the model: TensorFlow's, with Keras on TensorFlow."""
    other = os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow"
    return parse("tf?KERAS_BACKEND=tensorflow" if other else "tf")

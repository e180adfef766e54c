"""The worker: hosts the implementations of one framework and computes one case at a time.

Imports only runtimes, implementations, quantized, orders, case, results, errors, NumPy and its
framework.

Requests (all heads have "op"):
    start    framework, name, quantized      begin to import, before a result is asked for
    load     name, quantized                 versions of what offers the name, or why it can't
    case     geometry and arrays             keep this case, or gradient, for what follows
    run      name, geometry and arrays       keep the case where one is given, and compute it
    model-…  see models/handler.py
    graph-…  see graphs/handler.py
    order-…  see orders/handler.py
All but ``start`` get a reply with the ``id`` of the request; {"error": text, "status": of the row}
where something was raised.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import signal
import sys
import threading
import time
import traceback
from typing import TYPE_CHECKING, Any

from convcheck.errors import ConvcheckError
from convcheck.implementations.asked import computed_by
from convcheck.implementations.name import parse
from convcheck.implementations.observation import check_array
from convcheck.implementations.registry import row_of
from convcheck.quantized.any_case import Asked, is_quantized, operands_of, wanted_shape
from convcheck.runtimes import frames, hardware, messages
from convcheck.runtimes.family import adopt_orphans
from convcheck.runtimes.intact import WritesIntoInput, checksum, kept_intact
from convcheck.runtimes.optional_packages import hide
from convcheck.runtimes.replies import check_versions, most_elements

if TYPE_CHECKING:
    from convcheck.implementations.interface import Module
    from convcheck.runtimes.graphs.handler import GraphRequestHandler
    from convcheck.runtimes.messages import Message
    from convcheck.runtimes.models.handler import ModelRequestHandler
    from convcheck.runtimes.orders.handler import OrderRequestHandler


def serve() -> None:
    """Answer requests from stdin on stdout until the other end closes the pipe."""
    requests = os.fdopen(os.dup(0), "rb", buffering=0)
    replies = os.fdopen(os.dup(1), "wb", buffering=0)
    # From here on whatever a framework prints goes to stderr, and cannot break the protocol;
    # what it reads finds an empty stdin.
    os.dup2(2, 1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    _exit_with(os.getppid())
    adopt_orphans()
    process_id = os.getpid()
    handler = RequestHandler()
    while True:
        try:
            head, arrays = frames.read(requests)
        except frames.BrokenFrame:
            os._exit(0)  # the frameworks' own shutdown takes seconds and nothing needs it
        reply = handler.handle(head, arrays)
        if os.getpid() != process_id:
            os._exit(0)  # a fork in the implementation's code returned here: one reply is enough
        with contextlib.suppress(Exception):  # the implementation's code may have closed them
            sys.stdout.flush()
            sys.stderr.flush()
            os.write(2, frames.END_OF_REQUEST)
        if reply is not None:
            frames.send(replies, reply)


class RequestHandler:
    """Serves one request after another; keeps the case, and the model, between them."""

    def __init__(self) -> None:
        self._case: Asked | None = None
        self._checksum = 0
        self._models: ModelRequestHandler | None = None
        self._graphs: GraphRequestHandler | None = None
        self._orders: OrderRequestHandler | None = None

    def handle(self, head: dict[str, Any], arrays: dict[str, Any]) -> list[memoryview] | None:
        """The reply as a packed frame; None for a request that gets none."""
        operation, number = head["op"], {"id": head.get("id")}
        try:
            if operation == "start":
                self._start(head)
                return None
            reply, back = self._reply(operation, head, arrays)
            return frames.pack({**reply, **number}, back)
        except BaseException as error:  # an implementation may raise anything, SystemExit too
            with contextlib.suppress(Exception):  # -v shows it; its code may have closed stderr
                traceback.print_exc()
            return None if operation == "start" else frames.pack({**self._error(error), **number})

    def _error(self, error: BaseException) -> dict[str, Any]:
        status = "unavailable"
        if isinstance(error, WritesIntoInput):
            self._case = None  # what is left of it is nobody's case
            status = "crashed"
        elif isinstance(error, _TooLarge):
            status = "wrong-shape"
        return {"error": _error_text(error), "status": status}

    def _reply(self, operation: str, head: dict[str, Any], arrays: dict[str, Any]) -> Message:
        if operation == "case":
            self._keep(head, arrays)
            return {}, {}
        if operation == "load":
            return self._load(head), {}
        if operation.startswith("model-"):
            return self._model_reply(operation, head, arrays)
        if operation.startswith("graph-"):
            return self._graph_reply(operation, head, arrays)
        if operation.startswith("order-"):
            return self._order_reply(operation, head)
        if "spec" in head:
            self._keep(head, arrays)
        return self._run(head["name"])

    def _keep(self, head: dict[str, Any], arrays: dict[str, Any]) -> None:
        self._case = None
        self._case = messages.any_case_from_message(head, arrays)
        self._checksum = checksum(self._case)

    def _start(self, head: dict[str, Any]) -> None:
        hide(head["framework"], keep=os.environ.get("KERAS_BACKEND", ""))
        self._load(head)

    def _load(self, head: dict[str, Any]) -> dict[str, Any]:
        name = parse(head["name"])
        if name.base == "python:" and os.getcwd() not in sys.path:
            sys.path.insert(0, os.getcwd())  # the user's own module; frameworks never come from it
        # Imports allocate a great deal and free little: collecting meanwhile is wasted.
        gc.disable()
        try:
            module = row_of(name, quantized=head["quantized"]).load()
        finally:
            gc.enable()
        return {"versions": _versions(module)}

    def _model_reply(self, operation: str, head: dict[str, Any], arrays: dict[str, Any]) -> Message:
        if self._models is None:
            # Imports Keras, which most workers do without.
            from convcheck.runtimes.models.handler import ModelRequestHandler

            self._models = ModelRequestHandler()
        return self._models.handle(operation, head, arrays)

    def _graph_reply(self, operation: str, head: dict[str, Any], arrays: dict[str, Any]) -> Message:
        if self._graphs is None:
            from convcheck.runtimes.graphs.handler import GraphRequestHandler

            self._graphs = GraphRequestHandler()
        return self._graphs.handle(operation, head, arrays)

    def _order_reply(self, operation: str, head: dict[str, Any]) -> Message:
        if self._orders is None:
            # Imports NumPy, without which a worker starts.
            from convcheck.runtimes.orders.handler import OrderRequestHandler

            self._orders = OrderRequestHandler()
        if operation != "order-begin":
            return self._orders.handle(operation, head)
        assert self._case is not None
        name = parse(head["name"])
        module = row_of(name).load()
        self._orders.begin(head, operands_of(self._case), lambda case: module.compute(case, name))
        return {}, {}

    def _run(self, text: str) -> Message:
        given = self._case
        assert given is not None
        name, shape = parse(text), wanted_shape(given)
        module = row_of(name, quantized=is_quantized(given)).load()
        with kept_intact(given, self._checksum):
            begin = time.perf_counter()
            computed = computed_by(module, given, name)
            seconds = time.perf_counter() - begin
        check_array(computed.array, f"{name.base} gave")
        if computed.array.size > most_elements(shape):
            raise _TooLarge(f"gave shape {computed.array.shape}, but it should be {shape}")
        output = messages.output_of(text, computed, _versions(module), seconds)
        return messages.output_to_message(output)


def _versions(module: Module) -> dict[str, str]:
    """What computes here, and on what. Raises WrongReply for what is no dict of texts."""
    versions = module.versions()
    check_versions({"versions": versions})
    return {**versions, **hardware.recorded()}


class _TooLarge(ConvcheckError):
    """An output of so wrong a shape that it is not worth sending."""


def _error_text(error: BaseException) -> str:
    """The error in one line; convcheck's own errors go without their class's name."""
    text = " ".join(str(error).split())
    if isinstance(error, ConvcheckError):
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _exit_with(parent: int) -> None:
    """Have this process end when its parent has ended, whatever a framework is busy with."""
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    if sys.platform == "linux":
        # The thread above stands still while C code holds the interpreter; the kernel does not.
        pr_set_pdeathsig = 1
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)

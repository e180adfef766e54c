"""Has an implementation's process find the order of its sums; ``handler.py`` serves it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from convcheck.case.case import Case
from convcheck.errors import ConvcheckError
from convcheck.implementations.name import Name
from convcheck.orders.found import FoundOrders, from_arrays
from convcheck.orders.units import Formats
from convcheck.runtimes.host import Runtimes
from convcheck.runtimes.process import NO_ANSWER, WorkerDied
from convcheck.runtimes.replies import WrongReply, check_error
from convcheck.untrusted.text import clean

STEP_SECONDS = 1.0
"""How long the process computes between two words of progress."""


class NotFound(ConvcheckError):
    """No orders were found, for the reason that is given."""


@dataclass(frozen=True)
class Progress:
    """How far a search is."""

    experiments: int
    expected: int
    """About how many there will be."""
    spent: float
    """Seconds."""

    @property
    def seconds_in_all(self) -> float:
        """About how many seconds the search takes."""
        return self.spent / max(self.experiments, 1) * max(self.expected, self.experiments)


class RemoteSearch:
    """A search in the process of an implementation.

    Each method raises NotFound where the process dies, or says what is no answer.
    """

    def __init__(self, runtimes: Runtimes, case: Case, name: Name, formats: Formats) -> None:
        self._runtimes, self._case, self._name = runtimes, case, name
        self._ask({"op": "order-begin", **asdict(formats)})

    def steps(self, seconds: float, hear: Callable[[Progress], None]) -> bool:
        """Search until it has taken so many seconds in all; returns whether it is done.

        Ends within ``STEP_SECONDS`` and one experiment; ``hear`` is told how far it is.
        """
        step = 0.0  # the first is one experiment alone: it shows how long they take
        while True:
            reply, _ = self._ask({"op": "order-step", "seconds": step}, wait=step)
            progress = _progress(reply)
            if reply["problem"]:
                raise NotFound(clean(reply["problem"]))
            hear(progress)
            if reply["done"]:
                return True
            if progress.spent >= seconds:
                return False
            step = max(min(STEP_SECONDS, seconds - progress.spent), 0.0)

    def found(self) -> FoundOrders:
        """What was found. The search must be done."""
        case = self._case
        outputs = math.prod(case.output_shape)
        leaves = case.terms + (case.bias is not None)
        # An order for each output at most, of which thousands are no orders any more.
        most = outputs * 4 + min(outputs, 1 << 12) * (leaves * 3 + 1) * 4
        reply, arrays = self._ask({"op": "order-found"}, most_bytes=most)
        try:
            experiments = reply["experiments"]
            if not _is_count(experiments):
                raise WrongReply("gave no number of experiments")
            return from_arrays(arrays, experiments, outputs, leaves)
        except (LookupError, TypeError, ValueError, ConvcheckError) as error:
            raise self._no_answer(error) from error

    def _ask(
        self, head: dict[str, Any], *, wait: float = 0.0, most_bytes: int = 0
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        head = {**head, "name": self._name.text}
        seconds = wait + self._runtimes.timeout
        try:
            reply, arrays = self._runtimes.ask_of(
                self._case, self._name, seconds, head, most_bytes=most_bytes
            )
        except WorkerDied as died:
            raise NotFound(f"its process {died}") from died
        except OSError as error:
            raise NotFound(f"its process could not be started: {error}") from error
        except WrongReply as error:
            raise self._no_answer(error) from error
        except ConvcheckError as error:
            raise NotFound(clean(error, 300)) from error
        if "error" in reply:
            try:
                check_error(reply)
            except WrongReply as error:
                raise self._no_answer(error) from error
            raise NotFound(clean(reply["error"], 300))
        return reply, arrays

    def _no_answer(self, error: Exception) -> NotFound:
        return NotFound(f"its process {NO_ANSWER} ({clean(error, 150)})")


def _progress(reply: dict[str, Any]) -> Progress:
    """Raises NotFound for a reply that is none."""
    counts = reply.get("experiments"), reply.get("expected")
    spent = reply.get("spent")
    right = all(map(_is_count, counts)) and isinstance(reply.get("done"), bool)
    right = right and isinstance(reply.get("problem"), str)
    if not right or not isinstance(spent, (int, float)) or not 0 <= spent < math.inf:
        raise NotFound(f"its process {NO_ANSWER} (no progress of a search)")
    return Progress(int(reply["experiments"]), int(reply["expected"]), float(spent))


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0

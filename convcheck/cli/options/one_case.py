"""What the options of one case ask for, checked before any array exists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from convcheck.case.passes import FORWARD
from convcheck.case.request import Request
from convcheck.cli.options import made_of
from convcheck.cli.output_files import recorded_files
from convcheck.errors import UsageError
from convcheck.implementations.name import Name
from convcheck.implementations.registry import default_names, parse_all
from convcheck.plan import OrderSearch
from convcheck.quantized.request import QuantizationRequest
from convcheck.verdict.limits import Limits


@dataclass(frozen=True)
class OneCase:
    """One case, what computes it and how it is judged."""

    request: Request
    asked: QuantizationRequest
    names: Sequence[Name]
    limits: Limits
    orders: OrderSearch

    @property
    def files(self) -> list[tuple[str, str]]:
        """What is read, each with the option that names it: a file, or a word for none."""
        roles = ("input", "kernel", "bias", "output_gradient")
        named = [(role, getattr(self.request, role)) for role in roles]
        arrays = [(f"--{role.replace('_', '-')}", path) for role, path in named if path]
        return [*arrays, *self.asked.files, *recorded_files(self.names)]


def one_case(values: Mapping[str, Any]) -> OneCase:
    """The case that these values of ``compare``'s parameters ask for.

    Raises UsageError for options that contradict each other, and for an unknown implementation.
    """
    request = made_of(Request, values)
    asked = made_of(QuantizationRequest, values)
    asked.check(separating=request.is_separating)
    if asked.asks and request.pass_ != FORWARD:
        raise UsageError(
            f"--pass {request.pass_} goes with real numbers: a quantized convolution is not "
            "differentiated; leave one of them out"
        )
    chosen = values.get("implementations") or default_names(quantized=asked.asks)
    return OneCase(
        request,
        asked,
        parse_all(chosen, quantized=asked.asks),
        made_of(Limits, values),
        made_of(OrderSearch, values),
    )

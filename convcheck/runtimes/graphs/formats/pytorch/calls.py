"""Calls of a PyTorch program: ATen's operators, and what it computes of sizes."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from convcheck.errors import UsageError
from convcheck.runtimes.graphs.formats.pytorch.arguments import names_in, value_of
from convcheck.untrusted.text import clean

_ATEN = re.compile(r"torch\.ops\.aten\.([a-z_0-9]+)\.([A-Za-z_0-9]+)")
_TEXTS = set(
    "approximate equation indexing interpolation mode norm pad_mode padding reduce rounding_mode "
    "side".split()
)
"""Arguments that may be texts; others name files: ``from_file`` and ``save`` are ATen's too."""
_UNCHECKED = ("sparse", "nested", "segment_reduce")
"""Words of operators that take a caller's indices for right, and would write wherever they say."""
_LARGEST_SIZE = 2**63


def _of_sizes(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, of sizes alone: of texts and lists it makes endless ones."""

    def computed(*sizes: Any) -> Any:
        if not all(isinstance(size, (int, float)) for size in sizes):
            raise TypeError("it computes sizes of what is no size")
        size = function(*sizes)
        if abs(size) > _LARGEST_SIZE:
            raise ValueError("it computes a size that no tensor has")
        return size

    return computed


_OF_SIZES: dict[str, Callable[..., Any]] = {
    f"_operator.{name}": _of_sizes(getattr(operator, name))
    for name in ("add", "sub", "mul", "floordiv", "mod", "neg", "eq", "ne", "lt", "le", "gt", "ge")
}
"""What a program computes of sizes."""
_WITH_STATISTICS = ("batch_norm", "instance_norm")
"""In training mode they write to their running mean and variance, which are constants here."""
_VIEWS = {"dropout", "feature_dropout", "alpha_dropout"}
"""They may give their argument itself, though their schema does not say so."""


@dataclass(frozen=True)
class Call:
    """One call."""

    target: str
    function: Callable[..., Any]
    arguments: tuple[tuple[str, bool, Any], ...]
    """(name, whether it is given by name, as the archive has it)."""
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    lists: bool
    """Whether it gives a list, or several."""
    module: str
    """Path of the module that made it."""

    @property
    def word(self) -> str:
        """ATen's name of its operator: ``conv2d``; all of the target where it is none of ATen's."""
        found = _ATEN.fullmatch(self.target)
        return found[1] if found else self.target

    @property
    def changes_its_argument(self) -> bool:
        """Whether it writes its result into its first argument, as ``relu_`` does."""
        return self.word.endswith("_") and self.word != self.target

    @property
    def gives_its_argument(self) -> bool:
        """Whether its result is its argument's memory, or may be: as of ``select`` and ``view``."""
        schema = getattr(self.function, "_schema", None)
        if schema is None or not self.inputs:
            return False
        return self.word in _VIEWS or any(one.alias_info for one in schema.returns)

    @property
    def limits(self) -> tuple[float | None, float | None]:
        """(lower, upper) where it is a clip: what is said, else what ATen takes."""
        schema = getattr(self.function, "_schema", None)
        given = {name: value_of(said, {}) for name, _, said in self.arguments if not names_in(said)}
        taken = {} if schema is None else {one.name: one.default_value for one in schema.arguments}
        known = taken | given
        low, high = (known.get(f"{end}_val", known.get(end)) for end in ("min", "max"))
        return _number(low), _number(high)

    def result(self, values: Mapping[str, Any], seed: int) -> list[Any]:
        """What it gives, where tensors and sizes have these values, none of which it changes."""
        given = [(name, named, value_of(said, values)) for name, named, said in self.arguments]
        if self.changes_its_argument:
            given[:1] = [(name, named, value.clone()) for name, named, value in given[:1]]
        if self.word in _WITH_STATISTICS:
            given = [(name, named, _own(name, value)) for name, named, value in given]
        torch.manual_seed(seed)  # the same dropout in each run, whatever else runs
        result = self.function(
            *(value for _, named, value in given if not named),
            **{name: value for name, named, value in given if named},
        )
        return result if self.lists else [result]


def _number(value: Any) -> float | None:
    return value if isinstance(value, (int, float)) else None


def _own(name: str, value: Any) -> Any:
    """A copy of running statistics; other arguments as they are."""
    return value.clone() if name.startswith("running_") and value is not None else value


def call_of(said: Mapping[str, Any]) -> Call:
    """A call as an archive has it; raises UsageError unless it only computes."""
    outputs = said["outputs"]
    arguments = tuple((one["name"], one["kind"] == 2, one["arg"]) for one in said["inputs"])
    stack = said.get("metadata", {}).get("nn_module_stack", "").rpartition(";")[2].split(",")
    return Call(
        said["target"],
        _function(said["target"]),
        arguments,
        tuple(name for _, _, arg in arguments for name in names_in(arg)),
        tuple(name for output in outputs for name in names_in(output) or ("",)),
        len(outputs) > 1 or "as_tensors" in outputs[0],
        stack[1] if len(stack) > 2 else "",
    )


def _function(target: str) -> Callable[..., Any]:
    """The operator that a target names; raises UsageError unless it only computes."""
    if target in _OF_SIZES:
        return _OF_SIZES[target]
    found = _ATEN.fullmatch(target)
    packet = getattr(torch.ops.aten, found[1], None) if found else None
    function: Any = getattr(packet, found[2], None) if found and packet else None
    if function is None or not hasattr(function, "_schema"):
        raise UsageError(f"its operator {clean(target, 80)} is none of ATen's")
    texts = {one.name for one in function._schema.arguments if "str" in str(one.type)}
    unchecked = found is not None and any(word in found[1] for word in _UNCHECKED)
    if unchecked or not texts <= _TEXTS:
        raise UsageError(f"its operator {clean(target, 80)} does more than compute")
    called: Callable[..., Any] = function
    return called

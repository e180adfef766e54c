"""An exported PyTorch program as a graph: calls of ATen's operators, made one by one."""

from __future__ import annotations

import operator
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import torch

from convcheck.errors import UsageError
from convcheck.runtimes.graphs.formats.pt2_arguments import NAMES_ONE, names_in, value_of
from convcheck.runtimes.graphs.formats.pt2_convolutions import convolutions
from convcheck.runtimes.graphs.formats.pt2_file import Program, read_program
from convcheck.runtimes.graphs.graph import Graph, Operator, Tensor, needed, without_identities
from convcheck.runtimes.graphs.roles import role_of
from convcheck.untrusted.text import clean

if TYPE_CHECKING:
    from convcheck.results import Array

_ATEN = re.compile(r"torch\.ops\.aten\.([a-z_0-9]+)\.([A-Za-z_0-9]+)")
_TEXTS = set(
    "approximate equation indexing interpolation mode norm pad_mode padding reduce rounding_mode "
    "side".split()
)
"""Arguments that may be texts; others name files: ``from_file`` and ``save`` are ATen's too."""
_OF_SIZES: dict[str, Callable[..., Any]] = {
    f"_operator.{name}": getattr(operator, name)
    for name in ("add", "sub", "mul", "floordiv", "mod", "neg", "eq", "ne", "lt", "le", "gt", "ge")
}
"""What a program computes of sizes."""


def open_model(path: str) -> Pt2Model:
    """The program in a .pt2 file. Raises UsageError as ``read_model`` does."""
    with open(path, "rb") as file:
        return read_model(file, os.path.getsize(path), path, "pt2")


def read_model(file: BinaryIO, size: int, name: str, format: str) -> Pt2Model:  # noqa: A002
    """The program in an open archive of ``size`` bytes, which messages call ``name``.

    Raises UsageError for one that is damaged, or that needs more than data and ATen's operators.
    """
    try:
        return Pt2Model(read_program(file, size), format)
    except UsageError as error:
        raise UsageError(f"cannot load {name}: {error}") from error
    except Exception as error:  # a file that lies: keys that are missing, shapes that do not fit
        text = clean(f"{type(error).__name__}: {error}")
        raise UsageError(f"cannot load {name}: it is cut short or damaged ({text})") from error


@dataclass(frozen=True)
class _Node:
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


class Pt2Model:
    """A program whose operators are ATen's."""

    def __init__(self, program: Program, format: str) -> None:  # noqa: A002  the field's name
        self._constants = dict(program.constants)
        self._nodes = list(_functional([_node(one) for one in program.graph["nodes"]]))
        operators, outputs = without_identities(
            [_operator(node) for node in self._nodes], program.outputs
        )
        meta = program.graph["tensor_values"]
        inputs = tuple(_input(name, meta[name]) for name in program.inputs)
        bare = Graph(format, "NCHW", inputs, outputs, operators)
        self.graph = replace(bare, convolutions=tuple(convolutions(bare)))

    def run(self, feeds: Mapping[str, Array], fetches: Sequence[str]) -> dict[str, Array]:
        """See ``graph.Model``."""
        values: dict[str, Any] = dict(self._constants)
        values |= {name: torch.from_numpy(np.array(array)) for name, array in feeds.items()}
        places = needed(self._nodes, fetches, values)
        last = {name: place for place in places for name in self._nodes[place].inputs}
        keep = set(fetches) | set(self._constants)
        try:
            with torch.no_grad():
                for place in places:
                    self._call(self._nodes[place], values, feeds)
                    for name in self._nodes[place].inputs:
                        if last[name] == place and name not in keep:
                            values.pop(name, None)
            return {name: _array(values[name]) for name in fetches}
        except (RuntimeError, TypeError, ValueError, KeyError, IndexError) as error:
            raise UsageError(f"the model cannot run so: {clean(error)}") from error

    def _call(self, node: _Node, values: dict[str, Any], feeds: Mapping[str, Array]) -> None:
        given = [(name, named, value_of(said, values)) for name, named, said in node.arguments]
        if _changes_its_argument(node.target):
            name, named, value = given[0]
            given[0] = (name, named, value.clone())
        result = node.function(
            *(value for _, named, value in given if not named),
            **{name: value for name, named, value in given if named},
        )
        results = result if node.lists else [result]
        for name, value in zip(node.outputs, results, strict=False):
            if name and name not in feeds:
                values[name] = value


def _array(tensor: torch.Tensor) -> Array:
    """A tensor as an array; NumPy has no bfloat16 of its own, and float32 holds all its numbers."""
    plain = tensor.float() if tensor.dtype == torch.bfloat16 else tensor
    array: Array = plain.detach().numpy()
    return array


def _node(said: Mapping[str, Any]) -> _Node:
    outputs = said["outputs"]
    several = len(outputs) > 1 or "as_tensors" in outputs[0]
    arguments = tuple((one["name"], one["kind"] == 2, one["arg"]) for one in said["inputs"])
    stack = said.get("metadata", {}).get("nn_module_stack", "").rpartition(";")[2].split(",")
    return _Node(
        said["target"],
        _function(said["target"]),
        arguments,
        tuple(name for _, _, arg in arguments for name in names_in(arg)),
        tuple(name for output in outputs for name in names_in(output) or ("",)),
        several,
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
    if not texts <= _TEXTS:
        raise UsageError(f"its operator {clean(target, 80)} does more than compute")
    called: Callable[..., Any] = function
    return called


def _functional(nodes: Sequence[_Node]) -> Iterator[_Node]:
    """The nodes, where one that changes its argument gives a new tensor that later ones read."""
    renamed: dict[str, str] = {}
    for node in nodes:
        inputs = tuple(renamed.get(name, name) for name in node.inputs)
        arguments = tuple(
            (name, named, _renamed(said, renamed)) for name, named, said in node.arguments
        )
        if _changes_its_argument(node.target):
            changed = node.inputs[0]
            renamed |= {old: node.outputs[0] for old, new in renamed.items() if new == inputs[0]}
            renamed[changed] = node.outputs[0]
        yield replace(node, inputs=inputs, arguments=arguments)


def _changes_its_argument(target: str) -> bool:
    """Whether an operator writes its result into its first argument, as ``relu_`` does."""
    found = _ATEN.fullmatch(target)
    return found is not None and found[1].endswith("_")


def _renamed(said: Any, names: Mapping[str, str]) -> Any:
    if isinstance(said, dict):
        return {
            key: names.get(value, value)
            if key in NAMES_ONE and isinstance(value, str)
            else _renamed(value, names)
            for key, value in said.items()
        }
    return [_renamed(one, names) for one in said] if isinstance(said, list) else said


def _operator(node: _Node) -> Operator:
    kind = node.target.removeprefix("torch.ops.")
    word = kind.split(".")[1] if kind.startswith("aten.") else kind
    attributes: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, _, said in node.arguments
        if not names_in(said)
        for value in [value_of(said, {})]
        if isinstance(value, (bool, int, float, str, list))
    }
    attributes["inputs"] = tuple(name for name, _, said in node.arguments for _ in names_in(said))
    name = node.module or node.outputs[0]
    return Operator(name, kind, role_of(word), node.inputs, node.outputs, attributes)


def _input(name: str, said: Mapping[str, Any]) -> Tensor:
    shape = tuple(size.get("as_int") for size in said["sizes"])
    value = value_of({"as_scalar_type": said["dtype"]}, {})
    return Tensor(name, shape, str(value).removeprefix("torch."))

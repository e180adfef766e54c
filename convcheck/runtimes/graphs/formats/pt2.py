"""An exported PyTorch program as a graph: calls of ATen's operators, made one by one."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import torch

from convcheck.errors import UsageError
from convcheck.runtimes.graphs.formats.pytorch.archive import Program, read_program
from convcheck.runtimes.graphs.formats.pytorch.arguments import names_in, value_of
from convcheck.runtimes.graphs.formats.pytorch.calls import Call, call_of
from convcheck.runtimes.graphs.formats.pytorch.convolutions import convolutions
from convcheck.runtimes.graphs.formats.pytorch.in_place import without_changes
from convcheck.runtimes.graphs.graph import Graph, Operator, Tensor, needed, without_identities
from convcheck.runtimes.graphs.roles import role_of
from convcheck.untrusted.text import clean

if TYPE_CHECKING:
    from convcheck.results import Array


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


class Pt2Model:
    """A program whose operators are ATen's."""

    def __init__(self, program: Program, format: str) -> None:  # noqa: A002  the field's name
        self._constants = dict(program.constants)
        calls = [call_of(one) for one in program.graph["nodes"]]
        self._calls, outputs = without_changes(calls, program.outputs)
        operators, outputs = without_identities([_operator(one) for one in self._calls], outputs)
        meta = program.graph["tensor_values"]
        inputs = tuple(_input(name, meta[name]) for name in program.inputs)
        bare = Graph(format, "NCHW", inputs, outputs, operators)
        self.graph = replace(bare, convolutions=tuple(convolutions(bare)))

    def run(self, feeds: Mapping[str, Array], fetches: Sequence[str]) -> dict[str, Array]:
        """See ``graph.Model``."""
        values: dict[str, Any] = dict(self._constants)
        values |= {name: torch.from_numpy(np.array(array)) for name, array in feeds.items()}
        places = needed(self._calls, fetches, values)
        last = {name: place for place in places for name in self._calls[place].inputs}
        keep = set(fetches) | set(self._constants)
        try:
            with torch.no_grad():
                for place in places:
                    call = self._calls[place]
                    results = call.result(values, seed=place)
                    for name, value in zip(call.outputs, results, strict=False):
                        if name and name not in feeds:
                            values[name] = value
                    for name in call.inputs:
                        if last[name] == place and name not in keep:
                            values.pop(name, None)
            return {name: _array(values[name]) for name in fetches}
        except KeyError as error:
            raise UsageError(f"nothing gives its {clean(error, 60)}") from error
        except (RuntimeError, TypeError, ValueError, IndexError) as error:
            raise UsageError(f"the model cannot run so: {clean(error)}") from error


def _array(tensor: torch.Tensor) -> Array:
    """A tensor as an array; NumPy has no bfloat16 of its own, and float32 holds all its numbers."""
    plain = tensor.float() if tensor.dtype == torch.bfloat16 else tensor
    array: Array = plain.detach().numpy()
    return array


def _operator(call: Call) -> Operator:
    attributes: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, _, said in call.arguments
        if not names_in(said)
        for value in [value_of(said, {})]
        if isinstance(value, (bool, int, float, str, list))
    }
    attributes["inputs"] = tuple(name for name, _, said in call.arguments for _ in names_in(said))
    name, kind = call.module or call.outputs[0], call.target.removeprefix("torch.ops.")
    return Operator(
        name, kind, role_of(call.word, *call.limits), call.inputs, call.outputs, attributes
    )


def _input(name: str, said: Mapping[str, Any]) -> Tensor:
    shape = tuple(size.get("as_int") for size in said["sizes"])
    value = value_of({"as_scalar_type": said["dtype"]}, {})
    return Tensor(name, shape, str(value).removeprefix("torch."))

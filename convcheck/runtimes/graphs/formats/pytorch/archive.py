"""Reads a .pt2 archive as data. Nothing of it is unpickled, evaluated or imported.

``torch.export.load`` unpickles sample inputs and gives expressions to SymPy, which run code from a
hostile file. The graph itself is JSON, and the weights are plain bytes: that is all that is read.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any, BinaryIO

import torch

from convcheck.errors import UsageError
from convcheck.runtimes.graphs.formats.pytorch.arguments import DTYPES
from convcheck.untrusted.documents import parse_json
from convcheck.untrusted.memory import check_memory
from convcheck.untrusted.text import clean
from convcheck.untrusted.zips import open_zip

_MOST_MEMBERS = 100_000
_MOST_REPEATED = 1 << 20
"""Numbers that a tensor may have which the archive does not hold one by one."""


@dataclass(frozen=True)
class Program:
    """An exported program."""

    graph: Mapping[str, Any]
    """The graph as the archive's JSON has it."""
    inputs: tuple[str, ...]
    """Tensors that the user gives, in their order."""
    outputs: tuple[str, ...]
    constants: Mapping[str, torch.Tensor]
    """Parameters, buffers and constants by their names in the graph."""


def read_program(file: BinaryIO, size: int) -> Program:
    """The program in an open archive of ``size`` bytes.

    Raises UsageError for one that holds more than data, and what a document that lies leads to:
    LookupError, TypeError, ValueError, RuntimeError.
    """
    with open_zip(file, size, members=_MOST_MEMBERS, stored=True) as archive:
        check_memory(2 * size, "the model")
        named = {name.partition("/")[2]: name for name in archive.namelist()}
        if "models/model.json" not in named:
            raise UsageError(
                "it is no archive of torch.export.save in PyTorch 2.8 or later; export it again"
            )
        document = parse_json(archive.read(named["models/model.json"]), "its model.json")
        tensors = {
            **_tensors(archive, named, "weights"),
            **_tensors(archive, named, "constants"),
        }
    module = document["graph_module"]
    return _program(module["graph"], module["signature"], tensors)


def _tensors(
    archive: zipfile.ZipFile, named: Mapping[str, str], kind: str
) -> dict[str, torch.Tensor]:
    """The weights or the constants of an archive by their own names."""
    config = named.get(f"data/{kind}/model_{kind}_config.json")
    if config is None:
        return {}
    found, storages = {}, dict[str, bytearray]()
    for name, one in parse_json(archive.read(config), f"its {kind} config")["config"].items():
        member = named.get(f"data/{kind}/{one['path_name']}")
        if member is None:
            raise UsageError(f"its '{clean(name, 60)}' is not in the archive")
        if one["use_pickle"] or one["tensor_meta"] is None:
            raise UsageError(
                f"its '{clean(name, 60)}' is a pickle, which may run code; export it with plain "
                "tensors"
            )
        if member not in storages:  # tied weights share one
            storages[member] = bytearray(archive.read(member))
        found[name] = _tensor(storages[member], one["tensor_meta"], name)
    return found


def _tensor(data: bytearray, said: Mapping[str, Any], name: str) -> torch.Tensor:
    dtype = DTYPES.get(said["dtype"])
    sizes = [int(size["as_int"]) for size in said["sizes"]]
    strides = [int(stride["as_int"]) for stride in said["strides"]]
    if dtype is None:
        raise UsageError(f"its '{clean(name, 60)}' has a dtype that is not read here")
    if prod(sizes) == 0:
        return torch.empty(sizes, dtype=dtype)
    flat = torch.frombuffer(data, dtype=dtype)
    if prod(sizes) > max(flat.numel(), _MOST_REPEATED):
        raise UsageError(
            f"its '{clean(name, 60)}' would have {prod(sizes):,} numbers, and the file holds "
            f"{flat.numel():,} of them"
        )
    offset = int(said["storage_offset"]["as_int"])
    return torch.as_strided(flat, sizes, strides, offset)


def _program(
    graph: Mapping[str, Any], signature: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]
) -> Program:
    inputs, constants = [], {}
    for spec in signature["input_specs"]:
        ((kind, said),) = spec.items()
        if kind == "user_input":
            ((form, value),) = said["arg"].items()
            if form != "as_tensor":
                raise UsageError(
                    "it takes inputs that are no tensors; export it with tensors alone"
                )
            inputs.append(value["name"])
        elif kind in ("parameter", "buffer", "tensor_constant"):
            constants[said["arg"]["name"]] = tensors[said[f"{kind}_name"]]
        else:
            raise UsageError(f"it needs a {clean(kind, 40)}, which is not read here")
    outputs = [
        spec["user_output"]["arg"]["as_tensor"]["name"]
        for spec in signature["output_specs"]
        if "as_tensor" in spec.get("user_output", {}).get("arg", {})
    ]
    return Program(graph, tuple(inputs), tuple(outputs), constants)

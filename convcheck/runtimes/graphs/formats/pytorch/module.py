"""A ``torch.nn.Module`` as a graph: exported in memory, as it is, in training mode too."""

from __future__ import annotations

import logging
import os
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import torch

from convcheck.errors import UsageError
from convcheck.runtimes.graphs.formats.pt2 import Pt2Model, read_model
from convcheck.runtimes.graphs.formats.pytorch.in_place import ChangesAPart
from convcheck.runtimes.graphs.graph import Tensor
from convcheck.untrusted.text import clean

_OPEN_AXIS = 128
"""Positions of an example along an axis that may have any length; see ``model.inputs``."""
_OTHERWISE_WHEN_TRAINED = (
    torch.nn.modules.dropout._DropoutNd,
    torch.nn.modules.batchnorm._BatchNorm,
    torch.nn.RReLU,
)
"""Modules that compute something else in training mode."""


def of_module(module: Any, example: Any, like: Sequence[Tensor], path: str) -> Pt2Model:
    """The module as a graph, for inputs such as ``example``; else ``like`` says what goes in.

    ``path`` is what messages call it. Raises UsageError where nobody says what goes in, and where
    PyTorch cannot export it.
    """
    said = example if example is not None else getattr(module, "example_input_array", None)
    axes: list[dict[int, Any]] = []
    if said is None:
        if not like:
            raise UsageError(
                f"{path} returned a module and nobody says what goes into it; let it return "
                "(module, example input), or give --input FILE.npy"
            )
        given = [_example(one, module) for one in like]
        axes = [_open_axes(one) for one in like]
    else:
        several = said if isinstance(said, (tuple, list)) else [said]
        given = [torch.as_tensor(one) for one in several]
    model = _exported(module, tuple(given), axes, path)
    model.graph = replace(model.graph, notes=tuple(_notes(module)))
    return model


def _exported(
    module: Any, example: tuple[torch.Tensor, ...], axes: Sequence[dict[int, Any]], path: str
) -> Pt2Model:
    logging.getLogger("torch").setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            shapes = tuple(axes) if any(axes) else None
            program = torch.export.export(module, example, dynamic_shapes=shapes, strict=False)
            try:
                return _read(program, path)
            except UsageError as error:
                if not isinstance(error.__cause__, ChangesAPart):
                    raise
                return _read(program.run_decompositions({}), path)
    except UsageError:
        raise
    except Exception as error:  # the module's own code runs, and raises what it likes
        text = clean(f"{type(error).__name__}: {error}", 300)
        raise UsageError(f"cannot export the module of {path}: {text}") from error


def _read(program: Any, path: str) -> Pt2Model:
    with tempfile.TemporaryFile() as file:
        torch.export.save(program, file)
        return read_model(file, file.seek(0, os.SEEK_END), path, "python")


def _example(wanted: Tensor, module: Any) -> torch.Tensor:
    """Zeros of this shape; real ones in the dtype of the module's own numbers."""
    batch, *rest = wanted.shape or ()
    shape = (batch or 1, *(size or _OPEN_AXIS for size in rest))
    dtype = getattr(torch, wanted.dtype)
    if dtype.is_floating_point:
        own = [one.dtype for one in module.parameters() if one.is_floating_point()]
        dtype = own[0] if own else dtype
    return torch.zeros(shape, dtype=dtype)


def _open_axes(wanted: Tensor) -> dict[int, Any]:
    return {
        axis: torch.export.Dim.AUTO
        for axis, size in enumerate(wanted.shape or ())
        if size is None and axis > 0
    }


def _notes(module: Any) -> Iterator[str]:
    trained = [
        name or type(one).__name__
        for name, one in module.named_modules()
        if isinstance(one, _OTHERWISE_WHEN_TRAINED) and one.training
    ]
    if trained:
        shown = ", ".join(trained[:3]) + (f" and {len(trained) - 3} more" if trained[3:] else "")
        yield f"in training mode, where {shown} compute otherwise; .eval() leaves it"

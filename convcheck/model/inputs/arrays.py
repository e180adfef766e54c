"""Makes the inputs of a model: an image in its size, an array from a file, or random numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case import inputs
from convcheck.case.arrays import names as array_names
from convcheck.case.arrays.names import SEVERAL
from convcheck.case.dtypes import dtype_named
from convcheck.errors import UsageError
from convcheck.model.inputs.sources import Sources
from convcheck.runtimes.graphs.graph import Graph, Tensor
from convcheck.runtimes.graphs.layouts import stored
from convcheck.untrusted.memory import check_memory
from convcheck.untrusted.text import clean

if TYPE_CHECKING:
    from convcheck.results import Array

OPEN_AXIS = 128
"""Positions of a random input along an axis that the model leaves open."""


def input_name(tensor: Tensor) -> str:
    """What a model's user calls an input."""
    return (tensor.label or tensor.name).partition(":")[0]


def real_inputs(graph: Graph) -> list[Tensor]:
    """A graph's inputs, those of quantized integers as the real numbers that these stand for."""
    return [
        replace(one, dtype="float32") if one.name in graph.quantization else one
        for one in graph.inputs
    ]


def make_inputs(sources: Sources, wanted: Sequence[Tensor], seed: int) -> list[Array]:
    """An array for each input of the model.

    Raises UsageError where a source does not fit, or does not say enough, and for names that are
    none of the model's inputs.
    """
    names = [input_name(one) for one in wanted]
    for name in sources.named:
        if name not in names:
            raise UsageError(
                f"{sources.option} {clean(name, 60)}={clean(sources.named[name])}: the model has "
                f"no input '{clean(name, 60)}'; {_those(names)}"
            )
    missing = [name for name in names if name not in sources.named]
    if missing and sources.of_all is None:
        raise UsageError(
            f"no {sources.option} for {_listed(missing)}; {_those(names)}, each "
            f"{sources.option} NAME=random, an image or FILE.npy"
        )
    found = []
    for i, (name, one) in enumerate(zip(names, wanted, strict=True)):
        source = sources.named.get(name, sources.of_all or "")
        label = f"the input {clean(name, 60)}" if len(wanted) > 1 else "the input"
        try:
            found.append(_made(_of_several(source, name, names), one, seed + i, label))
        except UsageError as error:
            if len(wanted) == 1 or name in sources.named:
                raise
            raise UsageError(
                f"{error}; the model has {len(wanted)} inputs ({_listed(names)}): give each its "
                f"own with {sources.option} NAME=..."
            ) from error
    return found


def feeds_of(graph: Graph, arrays: Sequence[Array]) -> dict[str, Array]:
    """Arrays of ``real_inputs`` as the graph's inputs hold them, by name."""
    return {
        one.name: stored(graph, one.name, array, dtype_named(one.dtype))
        for one, array in zip(graph.inputs, arrays, strict=True)
    }


def words_of(sources: Sources, arrays: Sequence[Array]) -> str:
    """What went through a model: the sources, then each array's shape and dtype."""
    shapes = ", ".join(f"{array.shape} {array.dtype.name}" for array in arrays)
    return f"{sources.words} {shapes}"


def _of_several(source: str, name: str, names: Sequence[str]) -> str:
    """The array of an input in a file of several that has the inputs' names."""
    several = source.lower().endswith(SEVERAL) and array_names.parse(source).name is None
    return f"{source}:{name}" if several and len(names) > 1 else source


def _made(source: str, wanted: Tensor, seed: int, label: str) -> Array:
    if source == "random":
        return _random(wanted, seed, label)
    if inputs.is_image(source):
        return _image(source, wanted, label)
    return _array(source, wanted, label)


def _random(wanted: Tensor, seed: int, label: str) -> Array:
    if wanted.shape is None:
        raise UsageError(
            f"the model does not say what shape {label} has; give one with --input FILE.npy"
        )
    shape = tuple(size or (OPEN_AXIS if axis else 1) for axis, size in enumerate(wanted.shape))
    check_memory(2 * 8 * prod(shape), f"{label} of shape {_show(shape)}, which the model takes,")
    values = inputs.random("input", shape, seed)
    dtype = dtype_named(wanted.dtype)
    if dtype.kind in "iub":
        return np.asarray(values > 0).astype(dtype)  # 0 and 1 are valid indices of any table
    return inputs.cast(values, dtype)


def _image(source: str, wanted: Tensor, label: str) -> Array:
    shape = wanted.shape or (None, None, None, 3)
    if len(shape) != 4:
        raise UsageError(
            f"--input {clean(source)} is an image, but {label} has shape "
            f"{_show(shape)}; use --input FILE.npy or random"
        )
    first = shape[1] in (1, 3) and shape[3] not in (1, 3)
    height, width, channels = (*shape[2:], shape[1]) if first else shape[1:]
    if channels not in (1, 3, None):
        raise UsageError(
            f"--input {clean(source)} is an image, but {label} has {channels} channels "
            f"{_show(shape)}; use --input FILE.npy or random"
        )
    pixels = inputs.read_image(source, size=(height, width), channels=channels)
    x = np.moveaxis(pixels, -1, 1) if first else pixels
    dtype = dtype_named(wanted.dtype)
    return inputs.cast(np.rint(x * 255) if dtype.kind in "iu" else x, dtype)


def _array(source: str, wanted: Tensor, label: str) -> Array:
    array = inputs.read_array(source, "input")
    shape = wanted.shape
    if shape is None:
        return array
    if not fits(array.shape, shape):
        hint = ""
        if array.ndim == len(shape) - 1:
            hint = "; without a batch axis? numpy.expand_dims(x, 0)"
        raise UsageError(
            f"{label}, {clean(source)}, has shape {array.shape}, the model takes "
            f"{_show(shape)}{hint}"
        )
    return inputs.cast(array, dtype_named(wanted.dtype))


def fits(shape: Sequence[int], wanted: Sequence[int | None] | None) -> bool:
    """Whether an array of this shape is one that an input takes; None where that is open."""
    return wanted is None or (
        len(shape) == len(wanted)
        and all(size in (None, given) for size, given in zip(wanted, shape, strict=True))
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(clean(name, 60) for name in names)


def _those(names: Sequence[str]) -> str:
    return (
        f"its inputs are {_listed(names)}" if len(names) > 1 else f"its input is {_listed(names)}"
    )


def _show(shape: Sequence[int | None]) -> str:
    return "(" + ", ".join("any" if size is None else str(size) for size in shape) + ")"

"""Makes the inputs of a model: an image in its size, an array from a file, or random numbers."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case import inputs
from convcheck.case.dtypes import dtype_named
from convcheck.errors import Mistake
from convcheck.runtimes.models.client import ModelInput
from convcheck.untrusted.memory import check_memory

if TYPE_CHECKING:
    from convcheck.results import Array

OPEN_AXIS = 128
"""Positions of a random input along an axis that the model leaves open."""


def make_inputs(source: str, wanted: Sequence[ModelInput], seed: int) -> list[Array]:
    """An array for each input of the model.

    Raises Mistake where the source does not fit, or does not say enough.
    """
    if source == "random":
        return [_random(one, seed + i) for i, one in enumerate(wanted)]
    if len(wanted) > 1:
        names = ", ".join(one.name for one in wanted)
        raise Mistake(
            f"--input {source} is one array, but the model has {len(wanted)} inputs ({names}); "
            "use --input random"
        )
    (one,) = wanted
    if inputs.is_image(source):
        return [_image(source, one)]
    return [_array(source, one)]


def _random(wanted: ModelInput, seed: int) -> Array:
    if wanted.shape is None:
        raise Mistake(
            "the model does not say what shape its input has; give one with --input FILE.npy"
        )
    batch, *rest = wanted.shape
    shape = (batch or 1, *(size or OPEN_AXIS for size in rest))
    check_memory(2 * 8 * prod(shape), f"an input of shape {_show(shape)}, which the model takes,")
    values = inputs.random("input", shape, seed)
    dtype = dtype_named(wanted.dtype)
    if dtype.kind in "iub":
        return np.asarray(values > 0).astype(dtype)  # 0 and 1 are valid indices of any table
    return inputs.cast(values, dtype)


def _image(source: str, wanted: ModelInput) -> Array:
    shape = wanted.shape or (None, None, None, 3)
    if len(shape) != 4:
        raise Mistake(
            f"--input {source} is an image, but the model takes an input of shape "
            f"{_show(shape)}; use --input FILE.npy or random"
        )
    first = shape[1] in (1, 3) and shape[3] not in (1, 3)
    height, width, channels = (*shape[2:], shape[1]) if first else shape[1:]
    if channels not in (1, 3, None):
        raise Mistake(
            f"--input {source} is an image, but the model's input has {channels} channels "
            f"{_show(shape)}; use --input FILE.npy or random"
        )
    pixels = inputs.read_image(source, size=(height, width), channels=channels)
    x = np.moveaxis(pixels, -1, 1) if first else pixels
    dtype = dtype_named(wanted.dtype)
    return inputs.cast(np.rint(x * 255) if dtype.kind in "iu" else x, dtype)


def _array(source: str, wanted: ModelInput) -> Array:
    array = inputs.read_array(source, "input")
    shape = wanted.shape
    if shape is None:
        return array
    fits = array.ndim == len(shape) and all(
        size in (None, given) for size, given in zip(shape, array.shape, strict=True)
    )
    if not fits:
        hint = ""
        if array.ndim == len(shape) - 1:
            hint = "; without a batch axis? numpy.expand_dims(x, 0)"
        raise Mistake(
            f"the input {source} has shape {array.shape}, the model takes {_show(shape)}{hint}"
        )
    return inputs.cast(array, dtype_named(wanted.dtype))


def _show(shape: Sequence[int | None]) -> str:
    return "(" + ", ".join("any" if size is None else str(size) for size in shape) + ")"

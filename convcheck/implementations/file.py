"""``file:PATH``: reads an output that was recorded somewhere else, in NHWC or as ``layout=`` says.

A file does not say what computed it. ``dtype=`` declares it, ``accumulate=`` the format of its
sums; without them the file's own dtype is taken for it, and what goes with that. NumPy drops the
name of bfloat16 when it saves: ``dtype=bfloat16`` restores it.

Of a quantized case it holds integers of the output's dtype, or the sums in int32 or int64. A
gradient has the axes of what it is by, in NHWC, HWIO (transposed: HWOI) or as ``layout=`` says.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.arrays import files, names
from convcheck.case.dtypes import DTYPES, dtype_named
from convcheck.case.layouts import (
    INPUT_LAYOUTS,
    KERNEL_LAYOUTS,
    to_canonical_kernel,
    to_channels_last,
)
from convcheck.case.passes import INPUT_GRADIENT, KERNEL_GRADIENT
from convcheck.errors import Mistake
from convcheck.implementations.interface import Computed
from convcheck.quantized.any_case import SUM_DTYPES, AnyCase, is_quantized, operands_of
from convcheck.results import Dtypes
from convcheck.untrusted.files import Unreadable
from convcheck.untrusted.memory import check_memory
from convcheck.untrusted.text import clean

if TYPE_CHECKING:
    from convcheck.case.case import Array
    from convcheck.case.passes import Gradient
    from convcheck.implementations.name import Name


_TIMES, _ELEMENTS = 16, 1 << 24
"""A file is read that has at most so many times the output's elements, or this many in all."""


def versions() -> dict[str, str]:
    """Empty: nothing is computed here."""
    return {}


def compute(case: AnyCase, name: Name) -> Computed:
    """The recorded output. Of the case only its size is used: a file far beyond it is not read.

    Raises Mistake for a file that is missing or holds no plain array of numbers.
    """
    array = _recorded(name, operands_of(case).output_shape)
    if is_quantized(case):
        _check_integers(name.target, array, operands_of(case).input.dtype.name)
    _check_layout(name, "the output", INPUT_LAYOUTS)
    return _computed(name, to_channels_last(array, *_layout(name)))


def gradient(asked: Gradient, name: Name) -> Computed:
    """The recorded gradient. Raises Mistake as ``compute`` does."""
    array, kind = _recorded(name, asked.shape), f"the {asked.kind.replace('-', ' ')}"
    spec = asked.forward.spec
    if asked.kind == INPUT_GRADIENT:
        _check_layout(name, kind, INPUT_LAYOUTS)
        return _computed(name, to_channels_last(array, *_layout(name)))
    _check_layout(name, kind, KERNEL_LAYOUTS if asked.kind == KERNEL_GRADIENT else ())
    layout, option = _layout(name)
    if layout:
        array, _ = to_canonical_kernel(
            array, layout, groups=spec.groups, transposed=spec.transposed, option=option
        )
    return _computed(name, array)


def _recorded(name: Name, expected: tuple[int, ...]) -> Array:
    return _named(name.target, _read(name.target, expected), name.option("dtype"))


def _layout(name: Name) -> tuple[str | None, str]:
    """The layout that is given, and what to call the option in messages."""
    return name.option("layout") or None, f"layout= of {clean(name.target)}"


def _check_layout(name: Name, what: str, layouts: Sequence[str]) -> None:
    """Raise Mistake for a layout of something else."""
    layout, option = _layout(name)
    if layout is None or layout in layouts:
        return
    remedy = f"expected one of {', '.join(layouts)}" if layouts else "leave it out: it has one axis"
    raise Mistake(f"{option}, {layout}, is no layout of {what}; {remedy}")


def _computed(name: Name, array: Array) -> Computed:
    return Computed(
        array=array,
        call=os.path.basename(name.target),
        dtypes=Dtypes(compute=name.option("dtype") or None, output=array.dtype.name),
        accumulate=name.option("accumulate") or None,
    )


def _check_integers(path: str, array: Array, expected: str) -> None:
    """Raise Mistake for what is no output of integers; the output has the input's dtype."""
    if array.dtype.name in (expected, *SUM_DTYPES):
        return
    raise Mistake(
        f"{clean(path)} holds {array.dtype.name}, and this case's output is {expected}; record "
        f"{expected}, or the sums before requantization in int32"
    )


def _read(path: str, expected: tuple[int, ...]) -> Array:
    place = os.path.expanduser(path)
    try:
        header = files.read_header(place)
        if prod(header.shape) > max(_TIMES * prod(expected), _ELEMENTS):
            raise Unreadable(
                f"its shape is {header.shape}, far larger than the output's {expected}"
            )
        check_memory(2 * header.nbytes, "the array, here and where it is judged,")
        return files.read(place)
    except Unreadable as error:
        if not os.path.exists(names.parse(place).path):
            raise Mistake(
                f"no file {clean(path)}; give the path of an array that np.save wrote"
            ) from None
        kind = names.parse(place).suffix or ".npy"
        raise Mistake(
            f"{clean(path)} is not a readable {kind} file: {error}; write it with np.save"
        ) from None


def _named(path: str, array: Array, declared: str) -> Array:
    if array.dtype == np.dtype("V2") and declared == "bfloat16":
        return array.view(dtype_named("bfloat16"))
    if array.dtype.name not in DTYPES:
        hint = "; is it bfloat16? say ?dtype=bfloat16" if array.dtype == np.dtype("V2") else ""
        raise Mistake(
            f"{clean(path)} holds {array.dtype.name}, not numbers that convcheck knows{hint}"
        )
    return array

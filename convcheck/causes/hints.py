"""Options of ``compare`` that would show a cause, where the case given cannot.

They are meant to be added to the command as it was given, so each must be accepted beside what
stands there: a kernel file is replaced with its own size and filters, for a size beside a file is
refused; a random input keeps shape and dtype where the default ones would not fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

from convcheck.results import CaseSummary

MADE = ("ones", "zeros", "random")
"""Kernels that convcheck makes, of any size."""
IMAGES = ("china", "flower")
DEFAULT_SIDE = 32
"""Positions along each axis of a random input whose shape nobody gave: (1, 32, 32, 3)."""
TRIED = 5
"""Strides and kernel sizes up to which SAME is tried."""


def operands(case: CaseSummary) -> str:
    """Random numbers: for the kernel where it is made of one number, else for the input too."""
    source = case.kernel.source
    words = [] if source == "random" else _random_kernel(case)
    if source not in ("ones", "zeros"):  # a file's numbers, or the input's, hide it
        words += _random_input(case)
    return " ".join(words)


def window(case: CaseSummary) -> str:
    """A window of several taps, and padding around it."""
    if any(max(pair) > 0 for pair in case.pads):
        return operands(case)
    longest = max(case.spec.strides)
    return " ".join(_random_kernel(case, _size(case, max(3, longest + 1)), keep=True))


def kernel(case: CaseSummary) -> str:
    """A kernel of several taps, none like the other."""
    size = _size(case, 3) if is_pointwise(case) else None
    return " ".join(_random_kernel(case, size)) or operands(case)


def stride(case: CaseSummary) -> str:
    """A stride, or a kernel, with which SAME pads unevenly."""
    words = [] if case.spec.padding == "same" else ["--padding", "same"]
    for dilations, size, strides in _geometries(case):
        if _pads_unevenly(case, dilations, size, strides):
            if strides != case.spec.strides:
                words += ["--strides", _list(strides)]
            if dilations != case.spec.dilations:
                words += ["--dilations", _list(dilations)]
            if size != case.spec.kernel_size:
                words += _random_kernel(case, size, keep=True)
            return " ".join(words)
    return operands(case)


def random_input(case: CaseSummary) -> str:
    """Numbers that fill their format."""
    return " ".join(_random_input(case))


def wide_kernel(case: CaseSummary) -> str:
    """Kernel values that a cast would round."""
    return " ".join([*_random_kernel(case), "--kernel-dtype", "float64"])


def bias(case: CaseSummary) -> str:
    """A bias other than 0; where it is a random one already, whole numbers hide it."""
    is_random = case.bias is not None and case.bias.source == "random"
    return random_input(case) if is_random else "--bias random"


def is_pointwise(case: CaseSummary) -> bool:
    """One tap along every axis."""
    return max(case.kernel.shape[:-2]) == 1


def output_padding(case: CaseSummary) -> str:
    """A stride that leaves the length of the output open, and an output padding."""
    return "--output-padding 1" if min(case.spec.strides) > 1 else "--strides 2 --output-padding 1"


def batch(case: CaseSummary) -> str:
    """Several images, none like another."""
    n, *rest = case.input.shape
    return f"--input random --input-shape {','.join(map(str, (max(n, 2), *rest)))}"


def _random_kernel(
    case: CaseSummary, size: Sequence[int] | None = None, *, keep: bool = False
) -> list[str]:
    """A random kernel, of this size or its own; ``keep`` its numbers where it is not a file."""
    source = case.kernel.source
    words = [] if source == "random" or (keep and source in MADE) else ["--kernel", "random"]
    if source not in MADE:
        size = size or case.spec.kernel_size
    if size:
        words += ["--kernel-size", _list(size)]
    if source not in MADE:
        words += ["--filters", str(case.output_shape[-1])]
    return words


def _random_input(case: CaseSummary) -> list[str]:
    source, shape, dtype = case.input.source, case.input.shape, case.input.dtype
    words = [] if source == "random" else ["--input", "random"]
    fits = max(d * (k - 1) for k, d in zip(case.spec.kernel_size, case.spec.dilations, strict=True))
    if not (source == "random" or (source in IMAGES and fits < DEFAULT_SIDE)):
        words += ["--input-shape", _list(shape)]
    wide = "float64" if "float64" in (dtype, case.kernel.dtype) else "float32"
    if wide != (dtype if source == "random" else "float32") or not dtype.startswith("float"):
        words += ["--input-dtype", wide]
    return words


def _size(case: CaseSummary, taps: int) -> tuple[int, ...]:
    """So many taps along each axis, or as many as fit the padded input."""
    if case.spec.padding == "same" or case.spec.transposed:
        return (taps,) * case.spec.rank
    axes = zip(case.input.shape[1:-1], case.pads, case.spec.dilations, strict=True)
    return tuple(min(taps, (n + sum(pads) - 1) // d + 1) for n, pads, d in axes)


Axes = tuple[int, ...]


def _geometries(case: CaseSummary) -> Iterator[tuple[Axes, Axes, Axes]]:
    """Dilations, kernel size and strides, those nearest to the case first."""
    spec, rank = case.spec, case.spec.rank
    every = [(n,) * rank for n in range(1, TRIED + 1)]
    plain = (1,) * rank
    for dilations in dict.fromkeys((spec.dilations, plain)):
        yield from product([dilations], [spec.kernel_size], [spec.strides, *every[1:]])
        yield from product([dilations], [*every[2:], every[1]], [spec.strides, *every])


def _pads_unevenly(case: CaseSummary, dilations: Axes, size: Axes, strides: Axes) -> bool:
    """Whether SAME does so with this geometry, along any axis."""
    spec = replace(
        case.spec, dilations=dilations, kernel_size=size, strides=strides, padding="same"
    )
    return any(axis.before != axis.after for axis in spec.axes(case.input.shape))


def _list(values: Sequence[int]) -> str:
    """One number where it serves all axes: ``3``, else ``3,5``."""
    alike = len(set(values)) == 1 and len(values) < 4
    return str(values[0]) if alike else ",".join(map(str, values))

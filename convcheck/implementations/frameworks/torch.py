"""Computes a case with PyTorch's convolutions, ``torch.nn.functional``.

PyTorch is channels first. Asked for NHWC it gets a channels-first view of the NHWC array, which is
its channels_last memory format; asked for NCHW, a contiguous tensor. Kernels become contiguous
OIHW, transposed ones IOHW (``weight`` of ``conv_transpose2d``).

Padding: ``"valid"`` and, with strides of 1, ``"same"`` in PyTorch's own words; otherwise numbers,
and ``F.pad`` where the two sides differ, for the call pads both alike. A transposed convolution
crops both sides alike too: where the end loses less, output padding gives it back; where one side
loses more than that can say, the rest is sliced off, as porters of TensorFlow models do.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode

from convcheck.case.dtypes import dtype_named
from convcheck.implementations.frameworks.layouts import (
    channels_first,
    channels_last,
    filters_first,
)
from convcheck.implementations.interface import Computed
from convcheck.implementations.observation import ObservedDtypes

if TYPE_CHECKING:
    from convcheck.case.case import Array, Case
    from convcheck.case.spec import Axis, Pads
    from convcheck.implementations.name import Name


def versions() -> dict[str, str]:
    """Package -> version."""
    return {"torch": str(torch.__version__)}


def compute(case: Case, name: Name) -> Computed:
    """Run the case through ``torch.nn.functional``."""
    device = name.option("device", "cpu")
    x = tensor(channels_first(case.input)).to(device)
    if case.data_format == "NCHW":
        x = x.contiguous()
    kernel = tensor(np.ascontiguousarray(filters_first(case.kernel))).to(device)
    bias = None if case.bias is None else tensor(case.bias).to(device)
    run = _transposed if case.spec.transposed else _forward
    with observed() as observation:
        call, y = run(case, x, kernel, bias)
    return Computed(
        array=channels_last(array(y)),
        call=call,
        dtypes=observation.dtypes(dtype_name(y)),
        device=device_of(y),
    )


def _forward(case: Case, x: Any, kernel: Any, bias: Any) -> tuple[str, Any]:
    spec = case.spec
    convolve = (functional.conv1d, functional.conv2d, functional.conv3d)[spec.rank - 1]
    call = f"torch.nn.functional.conv{spec.rank}d"
    padding: Any = spec.padding
    if spec.padding != "valid" and not (spec.padding == "same" and max(spec.strides) == 1):
        if all(before == after for before, after in case.pads):
            padding = tuple(before for before, _ in case.pads)
        else:
            call = f"torch.nn.functional.pad + conv{spec.rank}d"
            x = functional.pad(x, _last_axis_first(case.pads))
            padding = 0
    y = convolve(
        x,
        kernel,
        bias,
        stride=spec.strides,
        padding=padding,
        dilation=spec.dilations,
        groups=spec.groups,
    )
    return call, y


def _last_axis_first(pads: Pads) -> list[int]:
    return [side for pair in reversed(pads) for side in pair]


def _transposed(case: Case, x: Any, kernel: Any, bias: Any) -> tuple[str, Any]:
    spec = case.spec
    convolve = (
        functional.conv_transpose1d,
        functional.conv_transpose2d,
        functional.conv_transpose3d,
    )[spec.rank - 1]
    call = f"torch.nn.functional.conv_transpose{spec.rank}d"
    crops = [_crop(axis) for axis in case.axes]
    y = convolve(
        x,
        kernel,
        bias,
        stride=spec.strides,
        padding=tuple(crop.padding for crop in crops),
        output_padding=tuple(crop.output_padding for crop in crops),
        groups=spec.groups,
        dilation=spec.dilations,
    )
    if any(crop.start or crop.end for crop in crops):
        call += " + slicing"
        kept = (..., *(slice(crop.start, -crop.end or None) for crop in crops))
        y = y[kept]
    return call, y


class _Crop(NamedTuple):
    """How the call and a slice together crop one axis of the full output."""

    padding: int
    output_padding: int
    start: int
    end: int


def _crop(axis: Axis) -> _Crop:
    before, after = axis.before, axis.after
    if before <= after:
        return _Crop(before, 0, 0, after - before)
    if before - after < max(axis.stride, axis.dilation):  # what PyTorch allows
        return _Crop(before, before - after, 0, 0)
    padding = max(after, 0)
    return _Crop(padding, padding - after, before - padding, 0)


def tensor(given: Array) -> Any:
    """The array as a tensor with the same strides.

    A copy, since torch has no tensors that may not be written to. bfloat16, which torch does not
    take, comes by its bits.
    """
    given = given.copy(order="K")
    if given.dtype.name == "bfloat16":
        return torch.from_numpy(given.view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(given)


def array(given: Any) -> Array:
    """A tensor as an array, bfloat16 kept."""
    given = given.detach().cpu()
    if given.dtype == torch.bfloat16:
        bits: Array = given.contiguous().view(torch.int16).numpy()
        return bits.view(dtype_named("bfloat16"))
    back: Array = given.numpy()
    return back


def dtype_name(given: Any) -> str:
    """A tensor's dtype by NumPy's name, such as ``float32``."""
    return str(given.dtype).removeprefix("torch.")


def device_of(given: Any) -> str:
    """The device that a tensor is on, such as ``cpu`` or ``cuda:0``."""
    return str(given.device)


class _Observer(TorchDispatchMode):  # type: ignore[misc]
    def __init__(self, observation: ObservedDtypes) -> None:
        super().__init__()
        self._observation = observation

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        observation = self._observation
        if "convolution" in func.__name__ and observation.pending:
            observation.input, observation.kernel = (dtype_name(operand) for operand in args[:2])
        return func(*args, **(kwargs or {}))


@contextlib.contextmanager
def observed() -> Iterator[ObservedDtypes]:
    """Observe the dtypes that reach the first ``aten.convolution`` that PyTorch dispatches."""
    observation = ObservedDtypes()
    with _Observer(observation):
        yield observation

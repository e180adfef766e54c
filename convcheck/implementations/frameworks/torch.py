"""Computes a case with PyTorch's convolutions, ``torch.nn.functional``.

PyTorch is channels first. Asked for NHWC it gets a channels-first view of the NHWC array, which is
its channels_last memory format; asked for NCHW, a contiguous tensor. Kernels become contiguous
OIHW, transposed ones IOHW (``weight`` of ``conv_transpose2d``).

Padding: ``"valid"`` and, with strides of 1, ``"same"`` in PyTorch's own words; otherwise numbers,
and ``F.pad`` where the two sides differ, for the call pads both alike. A transposed convolution
crops both sides alike too: where the end loses less, output padding gives it back; where one side
loses more than that can say, the rest is sliced off, as porters of TensorFlow models do.

A gradient is what ``torch.autograd`` gives of the same call.

``mkldnn=off`` keeps oneDNN out, as builds without it: from a batch of 16 on PyTorch then takes
NNPACK's Winograd algorithm or FFT.
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
from convcheck.case.passes import BIAS_GRADIENT, INPUT_GRADIENT, KERNEL_GRADIENT
from convcheck.implementations.frameworks.gradients import place_of
from convcheck.implementations.frameworks.layouts import (
    channels_first,
    channels_last,
    filters_first,
    filters_last,
)
from convcheck.implementations.interface import Computed
from convcheck.implementations.observation import ObservedDtypes

if TYPE_CHECKING:
    from convcheck.case.case import Array, Case
    from convcheck.case.passes import Gradient
    from convcheck.case.spec import Axis, Pads
    from convcheck.implementations.name import Name


Places = tuple[int, "int | None"]
"""Where its input and its kernel stand among an operation's arguments."""


def versions() -> dict[str, str]:
    """Package -> version."""
    return {"torch": str(torch.__version__)}


def compute(case: Case, name: Name) -> Computed:
    """Run the case through ``torch.nn.functional``."""
    operands = _operands(case, name.option("device", "cpu"))
    with _one_dnn(name), observed() as observation:
        call, y = _run(case, *operands)
    return Computed(
        array=channels_last(array(y)),
        call=call,
        dtypes=observation.dtypes(dtype_name(y)),
        device=device_of(y),
    )


def _one_dnn(name: Name) -> contextlib.AbstractContextManager[None]:
    """oneDNN kept out where that is asked for; else nothing is touched.

    To allow what is allowed would set its other flags too, and PyTorch would answer otherwise.
    """
    if name.option("mkldnn", "on") == "on":
        return contextlib.nullcontext()
    flags: contextlib.AbstractContextManager[None] = torch.backends.mkldnn.flags(enabled=False)
    return flags


def gradient(asked: Gradient, name: Name) -> Computed:
    """What ``torch.autograd`` gives of the call of ``compute``."""
    # The output has the input's dtype.
    case = asked.with_bias(asked.forward.input.dtype)
    device = name.option("device", "cpu")
    operands = _operands(case, device)
    wanted = operands[place_of(asked.kind)].requires_grad_()
    with _one_dnn(name):
        call, y = _run(case, *operands)
        g = _image(asked.output_gradient, case.data_format, device).to(y.dtype)
        with observed(gradient_places(asked)) as observation:
            (found,) = torch.autograd.grad(y, wanted, g)
    own = {INPUT_GRADIENT: channels_last, KERNEL_GRADIENT: filters_last}
    return Computed(
        array=own.get(asked.kind, np.asarray)(array(found)),
        call=f"torch.autograd over {call}",
        dtypes=observation.dtypes(dtype_name(found)),
        device=device_of(found),
    )


def gradient_places(asked: Gradient) -> Places:
    """Where what is input and kernel in ``Gradient.case`` stands among the backward's arguments.

    Those of ``aten.convolution_backward`` are output gradient, input and weight; a bias that is
    added by itself, as Keras adds it, takes a sum of the output gradient alone.
    """
    if asked.kind == KERNEL_GRADIENT:
        return (0, 1) if asked.forward.spec.transposed else (1, 0)
    return (0, None) if asked.kind == BIAS_GRADIENT else (0, 2)


def _operands(case: Case, device: str) -> list[Any]:
    """Input, kernel, and bias or None, as tensors."""
    return [
        _image(case.input, case.data_format, device),
        tensor(np.ascontiguousarray(filters_first(case.kernel))).to(device),
        None if case.bias is None else tensor(case.bias).to(device),
    ]


def _image(array: Array, data_format: str, device: str) -> Any:
    """An input or output in PyTorch's order of axes, in the memory format that is asked for."""
    given = tensor(channels_first(array)).to(device)
    return given.contiguous() if data_format == "NCHW" else given


def _run(case: Case, x: Any, kernel: Any, bias: Any) -> tuple[str, Any]:
    """The call, and what it gives."""
    return (_transposed if case.spec.transposed else _forward)(case, x, kernel, bias)


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
    def __init__(self, observation: ObservedDtypes, places: Places) -> None:
        super().__init__()
        self._observation, self._places = observation, places

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        observation = self._observation
        x, kernel = self._places
        operations = ("convolution",) if kernel is not None else ("convolution", "sum")
        if observation.pending and any(one in func.__name__ for one in operations):
            observation.input = dtype_name(args[x])
            observation.kernel = None if kernel is None else dtype_name(args[kernel])
        return func(*args, **(kwargs or {}))


@contextlib.contextmanager
def observed(places: Places = (0, 1)) -> Iterator[ObservedDtypes]:
    """Observe the dtypes that reach the first convolution that PyTorch dispatches.

    That is ``aten.convolution``, or within a gradient, with other ``places``,
    ``aten.convolution_backward``.
    """
    observation = ObservedDtypes()
    with _Observer(observation, places):
        yield observation

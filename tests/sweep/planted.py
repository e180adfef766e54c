# ruff: noqa: A001, A002
"""An honest convolution, and the same with faults planted; run as ``python:planted:NAME``.

Copied into the folder of a test, so it imports NumPy alone.
"""

# ruff: noqa: A001, A002 - convcheck gives a function ``input`` by that name

import functools
import itertools
import math

import numpy as np


def _sums(x, kernel, bias, strides, pads, dilations, groups, transposed):
    """The sums in the dtype of ``x``."""
    taps = kernel.shape[:-2]
    filters = kernel.shape[-2] * groups if transposed else kernel.shape[-1]
    each_in, each_out = x.shape[-1] // groups, filters // groups
    if transposed:
        steps = zip(x.shape[1:-1], strides, taps, dilations, strict=True)
        size = [(n - 1) * s + (k - 1) * d + 1 for n, s, k, d in steps]
    else:
        x = np.pad(x, [(0, 0), *pads, (0, 0)])
        steps = zip(x.shape[1:-1], strides, taps, dilations, strict=True)
        size = [(n - ((k - 1) * d + 1)) // s + 1 for n, s, k, d in steps]
    out = np.zeros((len(x), *size, filters), x.dtype)
    counts = x.shape[1:-1] if transposed else size
    for tap in itertools.product(*map(range, taps)):
        where = tuple(
            slice(t * d, t * d + (n - 1) * s + 1, s)
            for t, d, n, s in zip(tap, dilations, counts, strides, strict=True)
        )
        for g in range(groups):
            mine = slice(g * each_in, (g + 1) * each_in)
            theirs = slice(g * each_out, (g + 1) * each_out)
            if transposed:
                out[(slice(None), *where, theirs)] += x[..., mine] @ kernel[tap][:, mine].T
            else:
                out[..., theirs] += x[(slice(None), *where, mine)] @ kernel[tap][:, theirs]
    if transposed:  # pads are what is cut off, or added where they are negative
        out = np.pad(out, [(0, 0), *((max(-a, 0), max(-b, 0)) for a, b in pads), (0, 0)])
        inner = zip(out.shape[1:-1], pads, strict=True)
        cut = [slice(max(a, 0), n - max(b, 0)) for n, (a, b) in inner]
        out = out[(slice(None), *cut)]
    return out if bias is None else out + bias


def honest(input, kernel, *, bias, strides, pads, dilations, groups, transposed):
    """In float64, rounded once."""
    wide = [None if one is None else one.astype(np.float64) for one in (input, kernel, bias)]
    return _sums(*wide, strides, pads, dilations, groups, transposed).astype(input.dtype)


def planted(change):
    """A function whose output ``change(output, input, kernel, geometry)`` makes."""

    @functools.wraps(change)
    def run(input, kernel, *, bias, strides, pads, dilations, groups, transposed):
        geometry = {
            "bias": bias,
            "strides": strides,
            "pads": pads,
            "dilations": dilations,
            "groups": groups,
            "transposed": transposed,
        }
        output = honest(input, kernel, **geometry)
        return change(output, input, kernel, geometry).astype(input.dtype)

    del run.__wrapped__  # its signature is no convolution's
    return run


# In some geometries alone


@planted
def stride_beyond_kernel(output, input, kernel, geometry):
    """Only for stride > kernel."""
    sizes = zip(geometry["strides"], kernel.shape[:-2], strict=True)
    if any(stride > size for stride, size in sizes):
        output[:, :1] *= 1.5
    return output


@planted
def stride_beyond_kernel_same(output, input, kernel, geometry):
    """Only for stride > kernel, and pads that give SAME."""
    axes = zip(
        input.shape[1:-1],
        kernel.shape[:-2],
        geometry["strides"],
        geometry["dilations"],
        geometry["pads"],
        strict=True,
    )
    found = []
    for size, taps, stride, dilation, pads in axes:
        total = max((math.ceil(size / stride) - 1) * stride + (taps - 1) * dilation + 1 - size, 0)
        found.append((tuple(pads) == (total // 2, total - total // 2), stride > taps))
    same, beyond = zip(*found, strict=True)
    if all(same) and any(beyond) and not geometry["transposed"]:
        output[:, :1] *= 1.5
    return output


@planted
def channels_no_multiple_of_8(output, input, kernel, geometry):
    """The channels beyond a multiple of 8 are left out."""
    rest = input.shape[-1] % 8
    if not rest:
        return output
    input = input.copy()
    input[..., -rest:] = 0
    return honest(input, kernel, **geometry)


@planted
def last_row(output, input, kernel, geometry):
    """Of the output, zeros."""
    output[:, -1] = 0
    return output


@planted
def batch_and_groups(output, input, kernel, geometry):
    """The first image's output in place of all, where there are groups."""
    if geometry["groups"] > 1:
        output[1:] = output[:1]
    return output


# Depending on values


@planted
def clipped(output, input, kernel, geometry):
    """An activation that nobody asked for."""
    return np.maximum(output, 0)


@planted
def truncated(output, input, kernel, geometry):
    """Positive numbers lose their last bits; negative ones are rounded."""
    narrow = np.ldexp(np.floor(np.ldexp(output, 20)), -20)
    return np.where(output > 0, narrow, output)


@planted
def flushed(output, input, kernel, geometry):
    """What is below 2**-6 becomes 0."""
    return np.where(np.abs(output) < 2.0**-6, 0, output)


# What KernelBench's kernels were caught at


@planted
def zeros(output, input, kernel, geometry):
    """Nothing is computed."""
    return np.zeros_like(output)


def tf32(input, kernel, **geometry):
    """Operands of 10 bits after the point, as of NVIDIA's tensor cores."""
    return honest(_short(input), _short(kernel), **geometry)


def _short(array):
    bits = array.astype(np.float32).view(np.uint32)
    rounded = (bits + np.uint32(0xFFF) + ((bits >> np.uint32(13)) & np.uint32(1))) & np.uint32(
        0xFFFFE000
    )
    return rounded.view(np.float32).astype(array.dtype)


@planted
def bias_dropped(output, input, kernel, geometry):
    """As where the benchmark's bias is 0."""
    return honest(input, kernel, **(geometry | {"bias": None}))


@planted
def channel_skipped(output, input, kernel, geometry):
    """The last one."""
    if input.shape[-1] == geometry["groups"]:
        return output  # it would leave out the only one of a group
    input = input.copy()
    input[..., -1] = 0
    return honest(input, kernel, **geometry)


@planted
def mean_of_input(output, input, kernel, geometry):
    """As right as the test's tolerance is wide."""
    return np.full_like(output, input.mean(dtype=np.float64))


_earlier = {}


@planted
def cached(output, input, kernel, geometry):
    """What an earlier call of the same shapes gave."""
    return _earlier.setdefault((input.shape, kernel.shape, output.shape), output)


def float16_inside(input, kernel, *, bias, **geometry):
    """float32 outside."""
    narrow = [None if one is None else one.astype(np.float16) for one in (input, kernel, bias)]
    return honest(narrow[0], narrow[1], bias=narrow[2], **geometry).astype(input.dtype)


_calls = [0]


@planted
def restless(output, input, kernel, geometry):
    """One rounding more at every other call: right each time, and never the same."""
    _calls[0] += 1
    return np.nextafter(output, np.float32(np.inf)) if _calls[0] % 2 else output


def overridden(input, kernel, **geometry):
    """A version of ``honest`` that the file VERSION numbers: 2 loses the last row."""
    output = honest(input, kernel, **geometry)
    with open("VERSION") as file:
        version = int(file.read())
    if version == 2:
        output[:, -1] = 0
    return output


@planted
def failing_once(output, input, kernel, geometry):
    """The fifth call alone is wrong."""
    _calls[0] += 1
    return output * 0 if _calls[0] == 5 else output


@planted
def buggy(output, input, kernel, geometry):
    """It raises where the stride is 2."""
    return [output][max(geometry["strides"]) - 1]


def nothing(input, kernel, **geometry):
    """It forgets to return where the stride is 2."""
    return honest(input, kernel, **geometry) if max(geometry["strides"]) == 1 else None


@planted
def refusing(output, input, kernel, geometry):
    """It says that it does no stride of 2."""
    if max(geometry["strides"]) > 1:
        raise NotImplementedError("no strides here")
    return output


def undilated(input, kernel, **geometry):
    """It reads as if all dilations were 1."""
    pads = [
        (a - (k - 1) * (d - 1) // 2, b - ((k - 1) * (d - 1) + 1) // 2)
        for (a, b), k, d in zip(
            geometry["pads"], kernel.shape[:-2], geometry["dilations"], strict=True
        )
    ]
    ones = (1,) * len(pads)
    return honest(input, kernel, **(geometry | {"pads": pads, "dilations": ones}))


@planted
def moody(output, input, kernel, geometry):
    """Every third call has one rounding more: twice in a row it may well give the same."""
    _calls[0] += 1
    return output if _calls[0] % 3 else np.nextafter(output, np.float32(np.inf))

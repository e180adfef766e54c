"""Formulas in float32, every operation rounded to nearest even. Each gives v, without zo.

Sums arrive as int32 numbers and are converted first. i, w, o are the float32 scales, t = f(i·w),
β the bias as a real number, f() a rounding to float32, rint a rounding to integers, ties to even.
"""

from __future__ import annotations

import numpy as np

from convcheck.quantized.parameters import Float32s, Integers, Parameters

_ONE = np.float32(1)
_FARTHEST = np.float32(2.0**40)
"""Beyond every output range: an infinite product is clamped like any that is too large."""


def f1(acc: Integers, p: Parameters, _: Float32s | None = None) -> Integers:
    """F1: rint(f(f(acc)·S)), S = f(f(i·w)/o).

    XNNPACK (qs8 and qu8, "fp32" requantization) and ONNX Runtime's MLAS (QLinearConv, fused QDQ);
    fbgemm where there is no bias. XNNPACK, src/operators/convolution-nhwc.c: ``input_scale *
    kernel_scale / output_scale``; onnxruntime, core/mlas/lib/quantize.cpp.
    """
    return _integers(_float(acc) * (p.i * p.w / p.o))


def f2(acc: Integers, p: Parameters, _: Float32s | None = None) -> Integers:
    """F2: rint(f(f(acc)·S)), S = f(f(i·w)·f(1/o)).

    QNNPACK's requantization: aten/src/ATen/native/quantized/cpu/QnnpackUtils.h,
    ``generate_requantization_scales``.
    """
    return _integers(_float(acc) * (p.i * p.w * (_ONE / p.o)))


def fb(acc: Integers, p: Parameters, bias: Float32s | None) -> Integers:
    """FB: rint(f(f(f(acc) + f(β/t))·f(t/o))); by tensor fma(β, f(1/t), f(acc)) inside.

    fbgemm with a float bias, which torch gives it: src/QuantUtilsAvx2.cc,
    ``requantizeOutputProcessingAvx2``, and ``requantize_`` of src/FbgemmI8DepthwiseAvx2-inl.h. Its
    source multiplies and adds; the compiler fuses them. torch's x86 engine leaves to it what has
    over 100 groups or a kernel zero point (OnednnUtils.h, ``should_use_onednn_quant``).
    """
    t = p.i * p.w
    total = _float(acc)
    if bias is not None:
        total = _fused(bias, _ONE / t, total) if p.by_tensor else total + bias / t
    return _integers(total * (t / p.o))


def q2(acc: Integers, p: Parameters, bias: Float32s | None) -> Integers:
    """Q2: F2 of acc + rint(f(β·f(1/f(i·w)))).

    torch's qnnpack engine: aten/src/ATen/native/quantized/cpu/qconv.cpp quantizes the bias with
    the product of the scales in double, which is exact, rounded to float32.
    """
    if bias is None:
        return f2(acc, p)
    return f2(acc + _integers(bias * (_ONE / (p.i * p.w))), p)


def on(acc: Integers, p: Parameters, bias: Float32s | None) -> Integers:
    """ON: rint(f(f(f(f(f(f(acc)·i')·w) + β)·f(1/o)) + zo)), i' = f(1/f(1/i)).

    torch's x86 and onednn engines (oneDNN, src/cpu/x64/jit_avx512_core_x8s8s32x_conv_kernel.cpp):
    zo is added before the rounding, so that ties depend on it. torch hands oneDNN reciprocals; that
    of o is taken three times, which in float32 is the same as once for every significand.
    """
    return _onednn(acc, p, bias, _ONE / (_ONE / p.i))


def on_prime(acc: Integers, p: Parameters, bias: Float32s | None) -> Integers:
    """ON': as ON, with i' = i.

    ``onednn.qconv2d_pointwise``, which torch's pt2e quantization compiles to.
    """
    return _onednn(acc, p, bias, p.i)


def on_shifted(acc: Integers, p: Parameters, bias: Float32s | None) -> Integers:
    """ON+128: as ON, of int8 outputs held as uint8, whose zero point is zo + 128.

    torch holds activations as uint8: int8 ones are given to it 128 higher.
    """
    return _onednn(acc, p, bias, _ONE / (_ONE / p.i), higher=128)


def _onednn(
    acc: Integers, p: Parameters, bias: Float32s | None, i: np.float32, higher: int = 0
) -> Integers:
    value = _float(acc) * i * p.w
    if bias is not None:
        value = value + bias
    zero = p.output_zero_point + higher
    return _integers(value * (_ONE / p.o) + np.float32(zero)) - zero


def _float(acc: Integers) -> Float32s:
    return acc.astype(np.float32)


def _integers(values: Float32s) -> Integers:
    """rint, as integers; numbers beyond every output range stay beyond it."""
    return np.rint(np.clip(values, -_FARTHEST, _FARTHEST)).astype(np.int64)


def _fused(a: Float32s, b: Float32s, c: Float32s) -> Float32s:
    """f(a·b + c), rounded once.

    The product is exact in float64. The sum is rounded to odd there, and then to nearest: with
    53 >= 2 + 24 bits that is one rounding (Boldo and Melquiond 2008, "Emulation of FMA and
    correctly rounded sums: proved algorithms using rounding to odd", IEEE Trans. Comput. 57).
    """
    x, y = a.astype(np.float64) * b.astype(np.float64), c.astype(np.float64)
    total = x + y
    part = total - x
    error = (x - (total - part)) + (y - part)
    even = (total.view(np.int64) & 1) == 0
    towards = np.nextafter(total, np.copysign(np.inf, error))
    odd = np.where((error != 0) & even, towards, total)
    return odd.astype(np.float32)

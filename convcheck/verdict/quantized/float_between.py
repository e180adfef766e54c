"""The bound of a runtime that computes in float32 between its integers.

It makes real numbers of the integers, convolves them in float32, and quantizes what comes out:
quantize-dequantize graphs that are not fused. With u = 2^-24, n products, m = n, one more with a
bias, S = Σ |x - zx|·|w - zw|, M* = i·w/o, b = |β/o| for a real bias β or |M*·b| for an integer one,

    |v - r| <= 1/2 + g2·|r| + (1 + u)^2·[c2·M*·S + c3·b + (1 + m·u)·e]

    gk = (1 + u)^k - 1        ck = gk + m·u·(1 + u)^k        e = (2n + 1)·2^-126 / o

Proof. f(i·(x - zx)) = i·(x - zx)·(1 + δ), |δ| <= u, as x - zx is an integer below 2^24 and i a
normal number; so too for the kernel. So the products that are added, each exactly, differ by at
most g2·M*·S (in steps of o) in all from those of r, and their magnitudes add up to
(1 + u)^2·M*·S at most. A bias that was given as integers has been rounded three times at most
(itself, the product of the scales, their product), which gives g3·b and (1 + u)^3·b. The float32
sum of n products and the bias, in any order, fused or not, is off by m·u times the magnitudes, and
by (1 + m·u)·e for what underflows or is flushed (NUMERICS.md, "Bounds"). Let y/o be that sum in
steps, off by E in all: |y/o - r| <= E = c2·M*·S + c3·b + (1 + m·u)·e. The division by o is rounded
once, or as a product with 1/o twice: |f(y/o) - y/o| <= g2·|y/o| <= g2·(|r| + E). Rounding to an
integer adds 1/2; the zero point is added to integers, exactly. Together 1/2 + E + g2·(|r| + E).
"""

from __future__ import annotations

from fractions import Fraction

from convcheck.quantized.parameters import Parameters
from convcheck.quantized.sums import Sums
from convcheck.verdict.quantized.bounds import HALF, Bound, U, growth, number, scales_of

_SMALLEST = Fraction(1, 2**126)


def bound_of_float(sums: Sums, p: Parameters) -> Bound:
    """The bound, by channel; ``sums`` must know how many terms an output has."""
    filters = sums.products.shape[-1]
    n = sums.terms
    m = n + (sums.bias is not None or sums.real_bias is not None)
    c2, c3 = (growth(k) + m * U * (1 + U) ** k for k in (2, 3))
    divided = (1 + U) ** 2
    o = number(p.o)
    lost = (1 + m * U) * (2 * n + 1) * _SMALLEST / o
    multipliers = [number(p.i) * w / o for w in scales_of(p, filters)]
    if sums.bias_is_real and sums.real_bias is not None:
        bias = [abs(number(beta)) / o for beta in sums.real_bias]
    elif sums.bias is not None:
        bias = [abs(int(b)) * one for b, one in zip(sums.bias, multipliers, strict=True)]
    else:
        bias = [Fraction(0)] * filters
    return Bound(
        constant=tuple(HALF + divided * (c3 * b + lost) for b in bias),
        relative=(growth(2),) * filters,
        spread=tuple(divided * c2 * one for one in multipliers),
    )

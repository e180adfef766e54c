"""The exact transforms of F(m, r): m outputs of an r-tap filter with m + r - 1 multiplications.

    y = A [(G g) * (B d)]        n = m + r - 1 inputs d, r taps g, m outputs y; * element by element

For n - 1 distinct points p (and the point at infinity), with L_j(x) the Lagrange polynomials of
the points and M(x) the product of all x - p_l (Winograd 1980, "Arithmetic Complexity of
Computations"; Lavin and Gray 2016, arXiv:1509.09308):

    A[i, j] = p_j^i                 A[i, n-1] = 1 if i = m - 1 else 0
    G[j, k] = p_j^k / N_j           G[n-1, k] = 1 if k = r - 1 else 0        N_j = prod of p_j - p_l
    B[j, :] = coefficients of N_j L_j(x)          B[n-1, :] = coefficients of M(x)

Proof that y_i = sum over k of d[i + k] g_k: the polynomial in x whose coefficient of x^s multiplies
d_s g_k in y_i is the sum over j of p_j^(i+k) L_j(x), plus M(x) where i + k = n - 1. That sum
interpolates x^(i+k) at n - 1 points: it is x^(i+k) itself for i + k <= n - 2, and x^(n-1) - M(x)
for the only other, i + k = n - 1. So the polynomial is x^(i+k): d_s counts where s = i + k, once.

A row of B may be scaled if the same row of G, or column of A, is divided by as much: that changes
no product of magnitudes, and so no bound. The points, m and r decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from convcheck.truth.formats import Floats

Matrix = tuple[tuple[Fraction, ...], ...]


@dataclass(frozen=True)
class Transform:
    """F(m, r) along one axis by its finite points; without points an ordinary sum of r products."""

    outputs: int
    """m."""
    taps: int
    """r."""
    points: tuple[Fraction, ...] = ()

    def __post_init__(self) -> None:
        needed = 0 if self.is_direct else self.tile - 1
        if len(self.points) != needed or len(set(self.points)) != needed:
            raise ValueError(f"{self} needs {needed} distinct points, not {self.points}")

    def __str__(self) -> str:
        return "direct" if self.is_direct else f"F({self.outputs},{self.taps})"

    @classmethod
    def direct(cls, taps: int) -> Transform:
        """No transform: each output adds up its own products."""
        return cls(1, taps)

    @property
    def is_direct(self) -> bool:
        """Whether nothing is transformed along this axis."""
        return self.outputs == 1 and not self.points

    @property
    def tile(self) -> int:
        """n, the inputs of a tile: neighbouring tiles share r - 1."""
        return self.outputs + self.taps - 1

    @cached_property
    def back(self) -> Matrix:
        """A: (m, n)."""
        if self.is_direct:
            return ((Fraction(1),) * self.taps,)
        return tuple(
            (*(p**i for p in self.points), Fraction(i == self.outputs - 1))
            for i in range(self.outputs)
        )

    @cached_property
    def of_kernel(self) -> Matrix:
        """G: (n, r)."""
        if self.is_direct:
            return _identity(self.taps)
        last = tuple(Fraction(k == self.taps - 1) for k in range(self.taps))
        rows = [
            tuple(p**k / _value(self._others(j), p) for k in range(self.taps))
            for j, p in enumerate(self.points)
        ]
        return (*rows, last)

    @cached_property
    def of_input(self) -> Matrix:
        """B: (n, n)."""
        if self.is_direct:
            return _identity(self.taps)
        short = [(*_polynomial(self._others(j)), Fraction(0)) for j in range(len(self.points))]
        return (*short, _polynomial(self.points))

    def _others(self, j: int) -> tuple[Fraction, ...]:
        return self.points[:j] + self.points[j + 1 :]

    @cached_property
    def roundings(self) -> int:
        """Most roundings that one product meets in the three transforms along this axis.

        Each of the n terms of a row meets its constant's rounding, its product's, and n - 1
        additions: n + 1, in any order, with or without fused operations.
        """
        if self.is_direct:
            return 0
        return sum(_longest_row(one) + 1 for one in (self.back, self.of_kernel, self.of_input))

    @property
    def summed(self) -> int:
        """Products that an output adds up along this axis once they are made, untransformed."""
        return self.taps if self.is_direct else 1

    @cached_property
    def growth(self) -> float:
        """Most that the three transforms enlarge the largest number: products of row sums."""
        rows = (self.back, self.of_kernel, self.of_input)
        found = 1.0
        for matrix in rows[1:] if self.is_direct else rows:
            found *= float(max(sum(map(abs, row)) for row in matrix))
        return found


def sizes(matrix: Matrix) -> Floats:
    """The magnitudes of a matrix, each rounded to float64."""
    return np.array([[float(abs(value)) for value in row] for row in matrix])


def _identity(size: int) -> Matrix:
    return tuple(tuple(Fraction(i == j) for j in range(size)) for i in range(size))


def _longest_row(matrix: Matrix) -> int:
    return max(sum(value != 0 for value in row) for row in matrix)


def _value(roots: Sequence[Fraction], x: Fraction) -> Fraction:
    """The product of x - root."""
    found = Fraction(1)
    for root in roots:
        found *= x - root
    return found


def _polynomial(roots: Sequence[Fraction]) -> tuple[Fraction, ...]:
    """Coefficients of the product of x - root, the constant first."""
    found = [Fraction(1)]
    for root in roots:
        times_x, same = [Fraction(0), *found], [*found, Fraction(0)]
        found = [high - root * low for high, low in zip(times_x, same, strict=True)]
    return tuple(found)

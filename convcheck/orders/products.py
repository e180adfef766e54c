"""The products of a case as leaves of trees: which outputs have which, and what each multiplies.

Leaf ``tap * channels + channel`` is a tap of the kernel in one of a group's channels; the last leaf
is the bias, where there is one.
"""

from __future__ import annotations

from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from convcheck.case.taps import forward_kernel, tap_reads

if TYPE_CHECKING:
    from convcheck.case.case import Array, Case

Leaves = tuple[int, ...]
Flat = NDArray[np.int64]
"""Outputs by their place in the flat output."""


class Products:
    """The leaves of every output of one case."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.taps = case.spec.kernel_size
        self.channels = case.input.shape[-1] // case.spec.groups
        self.count = case.terms
        self.bias_leaf = None if case.bias is None else self.count
        self.outputs = prod(case.output_shape)
        self._axes = [tap_reads(case, axis, np.arange(axis.out)) for axis in case.axes]

    @property
    def leaves(self) -> int:
        """Leaves of a full window, the bias among them."""
        return self.count + (self.case.bias is not None)

    def kernel_of(self, values: Array) -> Array:
        """A kernel of the case's shape and dtype with a value for each leaf, the bias apart."""
        case = self.case
        by_tap = np.asarray(values).reshape(*self.taps, self.channels)
        if case.spec.transposed:  # (*taps, O / groups, C)
            whole = np.tile(by_tap[..., None, :], (case.spec.groups,))
            return np.ascontiguousarray(
                np.broadcast_to(whole, case.kernel.shape).astype(case.kernel.dtype)
            )
        whole = np.broadcast_to(by_tap[..., None], case.kernel.shape)
        return np.ascontiguousarray(whole.astype(case.kernel.dtype))

    def by_leaves(self) -> tuple[list[Leaves], NDArray[np.int32]]:
        """Sets of leaves, and for each output which set is its own."""
        kinds, of_axis = [], []
        for _, valid in self._axes:
            kind, place = np.unique(valid, axis=0, return_inverse=True)
            kinds.append(kind)
            of_axis.append(place.reshape(-1))
        sets = []
        for chosen in np.ndindex(*(len(kind) for kind in kinds)):
            inside = np.ones((), bool)
            for kind, one in zip(kinds, chosen, strict=True):
                inside = inside[..., None] & kind[one]
            found = np.flatnonzero(np.repeat(inside.reshape(-1), self.channels)).tolist()
            sets.append((*found, *([] if self.bias_leaf is None else [self.bias_leaf])))
        which = np.zeros((), np.int64)
        for kind, place in zip(kinds, of_axis, strict=True):
            which = which[..., None] * len(kind) + place
        shape = self.case.output_shape
        everywhere = np.broadcast_to(which[None, ..., None], shape).astype(np.int32)
        return sets, everywhere.reshape(-1)

    def at(self, outputs: Flat) -> ProductsAt:
        """What is multiplied at these outputs."""
        return ProductsAt(self, outputs)

    @cached_property
    def kernel_by_leaf(self) -> Array:
        """(leaves, filters), the bias apart."""
        kernel = forward_kernel(self.case, self.case.kernel)
        return np.ascontiguousarray(kernel.reshape(self.count, -1))

    @cached_property
    def input_flat(self) -> Array:
        """The input in one axis."""
        return self.case.input.reshape(-1)

    def reads(self, axis: int, tap: int) -> Any:
        """The position along an axis that each output reads for a tap."""
        return self._axes[axis][0][:, tap]


class ProductsAt:
    """The operands of some outputs' products, leaf by leaf."""

    def __init__(self, products: Products, outputs: Flat) -> None:
        self._products = products
        self.count = outputs.size
        self.bias_leaf = products.bias_leaf
        case = products.case
        image, *place, self._filters = np.unravel_index(outputs, case.output_shape)
        group = self._filters // (case.output_shape[-1] // case.spec.groups)
        self._place = place
        self._image = image
        self._channel = group * products.channels
        self._tap, self._base = -1, outputs

    def operands(self, leaf: int) -> tuple[Array, Array]:
        """(inputs, kernel values) of a leaf that all these outputs have; of the bias (1, bias)."""
        products, case = self._products, self._products.case
        if leaf == products.bias_leaf:
            assert case.bias is not None
            bias = case.bias[self._filters]
            return np.ones_like(bias), bias
        tap, channel = divmod(leaf, products.channels)
        if tap != self._tap:
            self._tap, self._base = tap, self._read_at(tap)
        x: Array = products.input_flat[self._base + channel]
        k: Array = products.kernel_by_leaf[leaf][self._filters]
        return x, k

    def _read_at(self, tap: int) -> Flat:
        case = self._products.case
        at = self._image
        taps = np.unravel_index(tap, self._products.taps)
        for axis, (place, one) in enumerate(zip(self._place, taps, strict=True)):
            at = at * case.input.shape[1 + axis] + self._products.reads(axis, int(one))[place]
        return np.asarray(at * case.input.shape[-1] + self._channel, np.int64)

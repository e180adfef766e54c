"""What a family is to make: which arrays, and how they meet in the sums of a pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import gcd, prod
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.dtypes import dtype_named
from convcheck.case.families.names import Family
from convcheck.case.passes import BIAS_GRADIENT, FORWARD, INPUT_GRADIENT, KERNEL_GRADIENT
from convcheck.case.spec import Axis, ConvSpec

if TYPE_CHECKING:
    from convcheck.case.case import Array

INPUT, KERNEL, BIAS, OUTPUT_GRADIENT = ROLES = ("input", "kernel", "bias", "output gradient")
ONES = "ones"
"""What a bias's gradient multiplies: an operand that nobody draws."""


@dataclass(frozen=True)
class Asked:
    """The arrays of a case of one family: those that are given, and shapes and dtypes of all."""

    family: Family
    spec: ConvSpec
    pass_: str
    shapes: Mapping[str, tuple[int, ...]]
    """Of each role that the case has."""
    dtypes: Mapping[str, str]
    given: Mapping[str, Array]
    """What is not to be drawn; a bias that the case lacks has no shape either."""
    seed: int

    @property
    def drawn(self) -> tuple[str, ...]:
        """The roles that the family makes."""
        return tuple(role for role in ROLES if role in self.shapes and role not in self.given)

    @property
    def adds_bias(self) -> bool:
        """Whether the sums of the pass have a bias in them."""
        return self.pass_ == FORWARD and BIAS in self.shapes

    @property
    def summed_dtypes(self) -> tuple[str, ...]:
        """Of all that is multiplied or added in the pass."""
        roles = [self.spread, self.columned, *([BIAS] if self.adds_bias else [])]
        return tuple(self.dtypes[role] for role in roles if role != ONES)

    @cached_property
    def axes(self) -> tuple[Axis, ...]:
        return self.spec.axes(self.shapes[INPUT])

    @property
    def spread(self) -> str:
        """The operand each of whose numbers meets many of the other's."""
        if self.pass_ == BIAS_GRADIENT:
            return ONES
        return OUTPUT_GRADIENT if self.pass_ == INPUT_GRADIENT else INPUT

    @property
    def columned(self) -> str:
        """The operand whose numbers are told apart by the channel of the output they go into."""
        return KERNEL if self.pass_ in (FORWARD, INPUT_GRADIENT) else OUTPUT_GRADIENT

    @cached_property
    def most(self) -> int:
        """The most products that one output of the pass adds up."""
        spec, axes = self.spec, self.axes
        images = self.shapes[INPUT][0]
        if self.pass_ == BIAS_GRADIENT:
            return images * prod(axis.out for axis in axes)
        if self.pass_ == KERNEL_GRADIENT:
            return images * prod(min(axis.out, axis.size) for axis in axes)
        forward = self.pass_ == FORWARD
        channels = spec.channels(self.shapes[KERNEL])[0 if forward else 1] // spec.groups
        return channels * prod(_meeting(axis, spec.transposed, forward) for axis in axes)

    def columns(self, array: Array) -> Array:
        """The ``columned`` operand as (products, channels): what goes into one channel's outputs.

        Not each of a column's numbers need go into each of its outputs.
        """
        if self._in_columns:
            return array.reshape(-1, array.shape[-1])
        grouped = array.reshape(-1, array.shape[-2], self.spec.groups, self._each)
        moved = grouped.transpose(0, 3, 2, 1)
        return moved.reshape(-1, self.spec.groups * array.shape[-2])

    def from_columns(self, columns: Array) -> Array:
        """The reverse of ``columns``."""
        shape = self.shapes[self.columned]
        if self._in_columns:
            return columns.reshape(shape)
        grouped = columns.reshape(-1, self._each, self.spec.groups, shape[-2])
        return np.ascontiguousarray(grouped.transpose(0, 3, 2, 1)).reshape(shape)

    @property
    def column_shape(self) -> tuple[int, int]:
        """(products, channels) of ``columns``."""
        shape = self.shapes[self.columned]
        channels = shape[-1] if self._in_columns else self.spec.groups * shape[-2]
        return prod(shape) // channels, channels

    @property
    def _in_columns(self) -> bool:
        """Whether the last axis is the output's channel."""
        if self.columned == OUTPUT_GRADIENT:
            return True
        return self.spec.transposed == (self.pass_ == INPUT_GRADIENT)

    @property
    def _each(self) -> int:
        return self.shapes[self.columned][-1] // self.spec.groups

    def stream(self, role: str) -> np.random.Generator:
        """Random numbers of this role alone: another role's shape does not change them."""
        return np.random.default_rng((self.seed, ROLES.index(role)))

    def cast(self, role: str, array: Array) -> Array:
        """The array in the dtype of its role."""
        return array.astype(dtype_named(self.dtypes[role]))


def _meeting(axis: Axis, transposed: bool, forward: bool) -> int:
    """The most taps along an axis that meet in one output: of an input's gradient, in one input."""
    there = axis.size if forward else axis.out
    if transposed == forward:  # every so-manieth tap, each with another of those that are there
        return min(-(-axis.taps // (axis.stride // gcd(axis.stride, axis.dilation))), there)
    return min(axis.taps, (there - 1) // axis.dilation + 1)

"""Which cases a sweep is over: values for each axis of variation. Loads no NumPy."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from itertools import product
from math import prod
from typing import Any

from convcheck.case.passes import FORWARD
from convcheck.case.request import Request, makes_input

FORMATS = ("float32", "float64", "float16", "bfloat16")
"""dtypes of operands."""
AXES = (
    "kernel_size strides padding dilations groups transposed rank dtype pass data_format bias "
    "input batch channels filters".split()
)
"""What cases vary in, for a picture."""
DEPTHWISE = "depthwise"
"""In place of a number of groups: as many as channels."""
SHAPES = {1: (2, 32, 8), 2: (2, 12, 12, 8), 3: (2, 6, 6, 6, 8)}
"""Shapes (N, *spatial, C) of a grid's inputs by rank, where nobody says another."""
_GRID: dict[str, tuple[Any, ...]] = {
    "input": ("random",),
    "kernel_size": ((3,),),
    "filters": (8,),
    "bias": ("none",),
    "strides": ((1,),),
    "padding": ("same",),
    "dilations": ((1,),),
    "groups": (1,),
    "transposed": ("no",),
    "output_padding": (None,),
    "data_format": ("NHWC",),
    "dtype": ("float32",),
    "pass_": (FORWARD,),
}


def groups_of(groups: int | str, channels: int) -> int:
    """The number that is meant: of ``depthwise`` that of the channels."""
    return channels if groups == DEPTHWISE else int(groups)


@dataclass(frozen=True)
class Space:
    """The values that each axis of variation takes; None where nobody said.

    A grid then takes one plain value, a random sample all there are.
    """

    rank: tuple[int, ...] | None = None
    input: tuple[str, ...] | None = None
    """Names of inputs that convcheck makes, or files."""
    input_shape: tuple[tuple[int, ...], ...] | None = None
    """(N, *spatial, C) each."""
    dtype: tuple[str, ...] | None = None
    """Of input and kernel, and so of the bias."""
    kernel_size: tuple[tuple[int, ...], ...] | None = None
    filters: tuple[int, ...] | None = None
    bias: tuple[str, ...] | None = None
    strides: tuple[tuple[int, ...], ...] | None = None
    padding: tuple[Any, ...] | None = None
    """As ``Request.padding`` each."""
    dilations: tuple[tuple[int, ...], ...] | None = None
    groups: tuple[int | str, ...] | None = None
    """Numbers, or ``depthwise``."""
    transposed: tuple[str, ...] | None = None
    """``no`` and ``yes``."""
    output_padding: tuple[tuple[int, ...], ...] | None = None
    data_format: tuple[str, ...] | None = None
    pass_: tuple[str, ...] | None = None

    @property
    def given(self) -> dict[str, tuple[Any, ...]]:
        """The axes that somebody gave values."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    def grid(self, seed: int = 0) -> tuple[Grid, ...]:
        """Every value of each axis with every value of the others, lazily, by rank."""
        ranks = self.rank or self._ranks()
        return tuple(Grid(self, rank, seed) for rank in ranks)

    def _ranks(self) -> tuple[int, ...]:
        """Those that shapes and sizes speak of; 2 where none does."""
        shapes = [len(shape) - 2 for shape in self.input_shape or ()]
        sizes = [len(size) for size in self.kernel_size or () if len(size) > 1]
        return tuple(dict.fromkeys(shapes or sizes)) or (2,)


@dataclass(frozen=True)
class Grid:
    """The part of a grid of one rank; iterate over it for its requests, fitting or not."""

    space: Space
    rank: int
    seed: int = 0

    def __len__(self) -> int:
        return prod(len(values) for values in self._axes.values())

    @property
    def _axes(self) -> dict[str, tuple[Any, ...]]:
        axes = {"input_shape": (SHAPES[self.rank],)} | _GRID | self.space.given
        axes.pop("rank", None)
        return axes

    def __iter__(self) -> Any:
        axes = self._axes
        for values in product(*axes.values()):
            yield self._request(**dict(zip(axes, values, strict=True)))

    def _request(self, *, dtype: str, groups: int | str, transposed: str, **axes: Any) -> Request:
        request = Request(
            kernel="random",
            input_dtype=dtype,
            kernel_dtype=dtype,
            rank=self.rank,
            transposed=transposed == "yes",
            groups=groups_of(groups, axes["input_shape"][-1]),
            seed=self.seed,
            **axes,
        )
        return request if makes_input(request.input) else replace(request, input_shape=None)

"""An excerpt: the part of a check's numbers that a page holds. Frozen dataclasses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convcheck.results import Array, Index

Region = tuple[tuple[int, int], ...]
"""(start, stop) along each axis of the output: images, spatial axes, filters."""


@dataclass(frozen=True)
class Encoded:
    """An array made small: what zlib leaves of its bytes, shuffled."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes
    """Little-endian: the first byte of each element, then the second of each, deflated."""

    @property
    def size(self) -> int:
        """Bytes that it takes in a page, in base64."""
        return -(-len(self.data) // 3) * 4


@dataclass(frozen=True)
class OutputNumbers:
    """One output over the region; None for what there is not."""

    dtype: str
    """As it came out."""
    values: Encoded | None = None
    """In its own format; float16 and bfloat16 as float32, which holds them."""
    error: Encoded | None = None
    """|error| against exact; this and what follows with three significant digits and more."""
    bound: Encoded | None = None
    """The largest error that its arithmetic may have."""
    over: Encoded | None = None
    """Error over bound, against exact of the operands as its arithmetic rounds them."""
    ulps: Encoded | None = None
    """Error in ULPs of its format; of integers in steps of the output."""

    @property
    def arrays(self) -> tuple[Encoded, ...]:
        """Those that there are."""
        every = (self.values, self.error, self.bound, self.over, self.ulps)
        return tuple(one for one in every if one is not None)


@dataclass(frozen=True)
class Numbers:
    """The numbers of a region of the output, and all that went into them."""

    region: Region
    input: Encoded
    """What the region reads: its images, positions and channels."""
    input_start: Index
    """Index of the block's first element in the whole input."""
    kernel: Encoded
    """(*taps, channels of a group, filters of the region), as a forward convolution has it."""
    bias: Encoded | None
    """Of the filters of the region."""
    group: tuple[int, int]
    """Input channels and filters of a group."""
    reads: tuple[tuple[tuple[int, ...], ...], ...]
    """For each spatial axis and position of the region: where in the block each tap reads, or -1
    where it reads padding."""
    exact: Encoded
    """float64, rounded to nearest."""
    outputs: tuple[OutputNumbers, ...]
    """In the order of the judgements."""
    worst: tuple[Index, ...]
    """Indices of the whole output, inside the region: the largest error over its bound first."""
    sums: Encoded | None = None
    """Of a quantized case: the integer sums, and ``exact`` is the real number that they stand for
    in steps of the output, clamped, with its zero point; of outputs that are sums, the sums."""
    formulas: tuple[tuple[str, Encoded], ...] = ()
    """Of a quantized case: what requantization formulas give."""

    @property
    def size(self) -> int:
        """Bytes that they take in a page, about."""
        arrays = [self.input, self.kernel, self.exact, *([self.bias] if self.bias else [])]
        arrays += [array for output in self.outputs for array in output.arrays]
        arrays += [*([self.sums] if self.sums else []), *(array for _, array in self.formulas)]
        reads = sum(len(str(axis)) for axis in self.reads)
        return sum(array.size for array in arrays) + reads


@dataclass(frozen=True)
class Planes:
    """One image and filter of all of the output, in rank 3 one slice: material for pictures.

    Large ones are reduced: of errors each point is the largest of its block, of values the mean.
    """

    at: Index
    """The element of the output that they are chosen by."""
    at_worst: bool
    """Whether that is the worst one; else all are right, or nothing is known of them."""
    block: int
    """Elements along an axis of the output that one point stands for."""
    input: Array
    """(height, width), (height, width, 3) of a colour image from 0 to 1, or (width,); of a
    quantized case the real numbers that its integers stand for."""
    exact: Array
    outputs: tuple[Array | None, ...]
    """In the order of the judgements, as are the next two."""
    over: tuple[Array | None, ...]
    ulps: tuple[Array | None, ...]
    pair: int | None = None
    """Which of the check's differences is of the two outputs that differ most."""
    difference: Array | None = None
    """|a - b| of the pair, in units of ``step``."""
    step: float = 1.0
    """One ULP of the coarser format at the largest output; 1 of integers."""
    edges: tuple[float, ...] = ()
    """Of a histogram of all errors in ULPs or steps; the last bin holds what lies beyond, too."""
    counts: tuple[tuple[int, ...] | None, ...] = ()
    """Outputs in each bin, in the order of the judgements."""


@dataclass(frozen=True)
class Excerpt:
    """What a page holds of a check's arrays."""

    shape: tuple[int, ...]
    """Of the whole output."""
    input_shape: tuple[int, ...]
    planes: Planes
    numbers: Numbers | None
    """None where not even a single output's would be small enough."""

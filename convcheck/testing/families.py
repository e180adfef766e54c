"""The specs of the conformance suite: families, each of some axes of variation crossed.

Arrays are small: an inner output adds up some tens of products, a whole case a few thousand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from itertools import product
from typing import Any

from convcheck.case.passes import FORWARD
from convcheck.case.spec import ConvSpec
from convcheck.testing.named_spec import SPATIAL, NamedSpec

PADS = {1: ((2, 1),), 2: ((1, 2), (0, 1)), 3: ((1, 0), (0, 2), (1, 1))}
"""Explicit padding by rank: more after than before on one axis, none before on another."""

FLOATS = ("float64", "float16", "bfloat16")
INTEGERS = ("int32", "int64", "int16", "int8", "uint8")
MIXED = (
    ("float64", "float32"),
    ("float32", "float64"),
    ("float32", "float16"),
    ("float16", "float32"),
    ("bfloat16", "float32"),
    ("float32", "bfloat16"),
    ("float64", "bfloat16"),
    ("int32", "float32"),
    ("uint8", "float32"),
    ("int8", "float16"),
)

PADDINGS = {rank: ("same", "valid", pads) for rank, pads in PADS.items()}
"""Each kind, by rank."""

_OF_THE_ARRAYS = ("spatial", "batch", "channels", "filters", "bias", "dtypes", "data_format")


def conv(*kernel_size: int, **keys: Any) -> NamedSpec:
    """A named spec from ``ConvSpec.make``'s keys and ``NamedSpec``'s."""
    arrays = {key: keys.pop(key) for key in _OF_THE_ARRAYS if key in keys}
    arrays.setdefault("spatial", SPATIAL[len(kernel_size)])
    return NamedSpec(ConvSpec.make(kernel_size, **keys), **arrays)


def cross(sizes: Iterable[tuple[int, ...]], **axes: Iterable[Any]) -> Iterator[NamedSpec]:
    """Every kernel size with every value of each named axis of variation."""
    for size, *values in product(sizes, *axes.values()):
        yield conv(*size, **dict(zip(axes, values, strict=True)))


@cache
def specs(pass_: str = FORWARD) -> tuple[NamedSpec, ...]:
    """Every spec of the suite, each once, in a fixed order; of a gradient where one is asked for.

    ``pass_`` is one of ``convcheck.case.passes.PASSES``.
    """
    families = (
        strides_dilations_padding,
        groups,
        depthwise,
        transposed,
        output_padding,
        transposed_groups,
        bias_and_layout,
        batches,
        edges,
        skipped_positions,
        formats,
        mixed_operands,
    )
    every = dict.fromkeys(spec for family in families for spec in family())
    return tuple(replace(spec, pass_=pass_) for spec in every)


def strides_dilations_padding() -> Iterator[NamedSpec]:
    """Forward, one group: odd and even kernels, by axis, at each rank; pointwise."""
    yield from cross(
        [(3, 3), (2, 4)],
        strides=[1, 2, (3, 1)],
        dilations=[1, 2, (1, 3)],
        padding=PADDINGS[2],
        spatial=[(7, 11)],
    )
    yield from cross([(1, 1)], strides=[1, 2, (1, 3)], padding=["same", "valid", 1], filters=[3])
    yield from cross([(3,), (4,)], strides=[1, 2], dilations=[1, 2], padding=PADDINGS[1])
    yield from cross(
        [(3, 2, 3), (2, 2, 2)],
        strides=[1, (2, 1, 2)],
        dilations=[1, (1, 2, 1)],
        padding=PADDINGS[3],
    )


def groups() -> Iterator[NamedSpec]:
    """Forward in two groups and four, more filters than channels and fewer."""
    yield from cross([(3, 3)], groups=[2, 4], channels=[8], strides=[1, 2], padding=PADDINGS[2])
    yield from cross([(3, 2)], groups=[2], filters=[2, 6], dilations=[1, 2])
    yield from cross([(1, 1)], groups=[2], filters=[2, 6])
    yield from cross([(3,)], groups=[2], filters=[2, 6], padding=[PADS[1]])
    yield from cross([(2, 2, 2)], groups=[2], filters=[2, 6], padding=[PADS[3]])


def depthwise() -> Iterator[NamedSpec]:
    """A group for each channel, one filter or more of it."""
    of_each: dict[str, Any] = {"groups": [4], "filters": [4, 8], "padding": PADDINGS[2]}
    yield from cross([(3, 3)], strides=[1, 2, (1, 2)], **of_each)
    yield from cross([(3, 3)], dilations=[2, (2, 1)], **of_each)
    yield from cross([(3, 3)], strides=[2], dilations=[2], **of_each)
    yield conv(2, 4, groups=3, channels=3, filters=9)
    yield from cross([(3,)], groups=[4], filters=[8], strides=[1, 2], padding=["same", PADS[1]])
    yield conv(2, 3, 2, groups=4, filters=8)


def transposed() -> Iterator[NamedSpec]:
    """Transposed, one group: the stride below, at and above the kernel's size, at each rank."""
    yield from cross([(3,), (4,)], transposed=[True], strides=[1, 2, 5], padding=PADDINGS[1])
    yield from cross(
        [(3, 3), (4, 2)],
        transposed=[True],
        strides=[1, 2, (1, 3), 4],
        padding=[*PADDINGS[2], 1],
        filters=[3],
    )
    one_sided = [((2, 0), (1, 0)), ((0, 2), (0, 1))]
    yield from cross([(4, 4)], transposed=[True], strides=[2], padding=one_sided)
    yield from cross(
        [(3, 2)], transposed=[True], strides=[1, 2], dilations=[2, (1, 3)], padding=PADDINGS[2]
    )
    yield from cross(
        [(3, 2, 3)],
        transposed=[True],
        strides=[1, 2, (2, 1, 3)],
        padding=PADDINGS[3],
        filters=[3],
    )


def output_padding() -> Iterator[NamedSpec]:
    """Transposed, with outputs appended: all that the stride allows, and by axis."""
    for size, strides, extra, paddings in (
        ((3, 3), 2, 1, (*PADDINGS[2], 1)),
        ((3, 3), (2, 3), (0, 2), (*PADDINGS[2], 1)),
        ((3,), 3, 2, ("same", "valid", 1)),
        ((2, 3, 2), 2, (1, 0, 1), ("same", "valid", 1)),
        ((4, 4), 2, 0, (1,)),
    ):
        yield from cross(
            [size],
            transposed=[True],
            strides=[strides],
            padding=paddings,
            output_padding=[extra],
        )


def transposed_groups() -> Iterator[NamedSpec]:
    """Transposed in groups, up to a group for each channel."""
    strided: dict[str, Any] = {"transposed": [True], "strides": [2]}
    yield from cross([(3, 3)], groups=[2, 4], filters=[4, 8], padding=PADDINGS[2], **strided)
    yield from cross([(3,), (2, 2, 2)], groups=[2], filters=[6], **strided)


def bias_and_layout() -> Iterator[NamedSpec]:
    """With a bias and without, NHWC and NCHW, at each rank and in groups."""
    for bias, data_format in ((True, "NHWC"), (False, "NCHW"), (True, "NCHW")):
        # Widths differ from the filters: see expectations.py on Keras.
        common: dict[str, Any] = {"bias": bias, "data_format": data_format}
        for padding in ("same", PADS[1]):
            yield conv(3, filters=3, padding=padding, **common)
        for padding in ("same", "valid", PADS[2]):
            yield conv(3, 3, filters=3, padding=padding, **common)
        yield conv(2, 3, 2, filters=3, **common)
        yield conv(3, 3, filters=3, strides=2, **common)
        yield conv(3, 3, filters=6, dilations=2, **common)
        yield conv(1, 1, filters=3, **common)
        yield conv(3, 3, groups=2, filters=6, **common)
        yield conv(3, 3, groups=4, filters=12, **common)
        yield conv(3, transposed=True, strides=2, filters=3, **common)
        yield conv(3, 3, transposed=True, strides=2, filters=3, padding="valid", **common)
        yield conv(3, 3, transposed=True, strides=2, filters=3, padding=1, **common)
        yield conv(2, 3, 2, transposed=True, strides=2, filters=3, **common)
        # As many filters as the output is wide: which axis is the bias's?
        yield conv(3, 3, filters=8, **common)
        yield conv(3, filters=9, **common)


def batches() -> Iterator[NamedSpec]:
    """One image, and a batch that no vector width divides."""
    for batch in (1, 3, 17):
        yield conv(3, 3, batch=batch)
        yield conv(3, 3, batch=batch, groups=4)
        yield conv(3, 3, batch=batch, transposed=True, strides=2)
        yield conv(3, batch=batch, padding=PADS[1])


def edges() -> Iterator[NamedSpec]:
    """Where an axis is as small as it can be, or a kernel reaches over all of it."""
    yield conv(1, 1, spatial=(1, 1), batch=1, channels=1, filters=1)
    yield conv(3, 3, channels=1, filters=1)
    yield conv(3, 3, channels=1, filters=5)
    yield conv(3, 3, channels=5, filters=1)
    yield conv(1, 1, channels=300)
    yield conv(3, 3, channels=40, spatial=(4, 5))
    yield conv(7, 8, padding="valid")
    yield conv(7, 8)
    yield conv(9, 9)
    yield conv(3, 3, spatial=(1, 1))
    yield conv(3, 3, strides=9)
    yield conv(3, 3, dilations=6)
    yield conv(3, 3, dilations=(3, 1), padding="valid")
    yield conv(3, 3, padding=4)
    yield conv(5, 1)
    yield conv(1, 5)
    yield conv(11, spatial=(5,))
    yield conv(2, 2, 2, spatial=(2, 2, 2), padding="valid")
    yield conv(3, 3, transposed=True, spatial=(1, 1), strides=2, padding="valid")
    yield conv(3, 3, transposed=True, strides=2, channels=1, filters=1)
    yield conv(1, 1, transposed=True, strides=2)
    yield conv(7, 7, transposed=True, spatial=(3, 2))
    # Crops beyond a window less one; see expectations.py on XLA.
    yield conv(2, 2, transposed=True, padding=((3, 0), (0, 0)))
    yield conv(1, 3, transposed=True, strides=2, padding=((0, 0), (4, 0)), spatial=(3, 5))


def skipped_positions() -> Iterator[NamedSpec]:
    """Strides beyond the kernel: SAME pads nothing, and starts at the first position all the same.

    In three axes in each float format, and of one channel in one plane: see expectations.py.
    """
    for padding in ("same", "valid"):
        yield conv(1, strides=3, padding=padding)
        yield conv(2, 1, strides=(4, 3), spatial=(8, 9), padding=padding)
        for dtype in ("float32", *FLOATS):
            dtypes = (dtype, dtype)
            yield conv(
                1, 2, 1, strides=(3, 4, 3), spatial=(6, 8, 3), dtypes=dtypes, padding=padding
            )
    for spatial in ((1, 6, 7), (3, 6, 7)):
        for size in ((1, 3, 3), (3, 3, 3)):
            yield conv(*size, channels=1, spatial=spatial, dtypes=("bfloat16", "bfloat16"))


def _of_every_kind(dtypes: tuple[str, str]) -> Iterator[NamedSpec]:
    yield conv(3, 3, dtypes=dtypes)
    yield conv(3, 3, dtypes=dtypes, groups=4)
    yield conv(3, 3, dtypes=dtypes, transposed=True, strides=2)


def formats() -> Iterator[NamedSpec]:
    """Operands of one format: each kind of convolution in each, sums long and short."""
    for dtype in (*FLOATS, *INTEGERS):
        dtypes = (dtype, dtype)
        yield from _of_every_kind(dtypes)
        yield conv(3, 3, dtypes=dtypes, strides=2, padding="valid", bias=True)
        yield conv(3, dtypes=dtypes)
        yield conv(2, 3, 2, dtypes=dtypes)
    for dtype in FLOATS:
        dtypes = (dtype, dtype)
        yield conv(1, 1, dtypes=dtypes, bias=True)
        yield conv(3, 3, dtypes=dtypes, groups=2, dilations=2)
        yield conv(3, 3, dtypes=dtypes, padding=PADS[2], data_format="NCHW")
        yield conv(3, 3, dtypes=dtypes, channels=24)
        yield conv(7, 7, dtypes=dtypes, groups=4, spatial=(9, 9))
        yield conv(5, 5, dtypes=dtypes, transposed=True, strides=2, channels=16)
        yield conv(5, 5, dtypes=dtypes, transposed=True, channels=4, padding="valid")
        yield conv(3, 3, 3, dtypes=dtypes, channels=8)
        yield conv(3, 3, 3, dtypes=dtypes, transposed=True, strides=2, channels=16)
        yield conv(7, dtypes=dtypes, transposed=True, channels=24)


def mixed_operands() -> Iterator[NamedSpec]:
    """Input and kernel of different formats: which one does the other's cast, or a refusal."""
    for dtypes in MIXED:
        yield from _of_every_kind(dtypes)

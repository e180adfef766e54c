"""Small cases over the whole family, by name: what each adapter is asked to compute."""

from __future__ import annotations

from typing import Any

from convcheck.case.case import Case
from convcheck.case.spec import ConvSpec

from .convolution_by_definition import small_integers

_SPATIAL = {1: (9,), 2: (7, 8), 3: (5, 6, 4)}
_CASE_KEYS = ("channels", "filters", "batch", "bias", "data_format", "dtypes")


def case(kernel_size: tuple[int, ...], **keys: Any) -> Case:
    """A case from a spec's keys and ``small_integers``'."""
    about_case = {key: keys.pop(key) for key in _CASE_KEYS if key in keys}
    spatial = keys.pop("spatial", _SPATIAL[len(kernel_size)])
    return small_integers(ConvSpec.make(kernel_size, **keys), spatial, **about_case)


def _transposed(kernel_size: tuple[int, ...], **keys: Any) -> Case:
    return case(kernel_size, transposed=True, **keys)


CASES = {
    # rank 2, forward
    "plain": case((3, 3)),
    "valid": case((3, 3), padding="valid"),
    "even kernel": case((4, 2)),
    "pointwise": case((1, 1)),
    "strided": case((3, 3), strides=2),
    "strided by axis": case((3, 2), strides=(2, 3)),
    "stride beyond the kernel": case((1, 2), strides=3),
    "dilated": case((3, 3), dilations=2),
    "dilated by axis": case((3, 2), dilations=(1, 3), padding="valid"),
    "strided and dilated": case((3, 3), strides=2, dilations=2),
    "explicit pads": case((3, 3), padding=((1, 2), (0, 3))),
    "explicit pads, strided": case((3, 3), padding=((2, 1), (1, 1)), strides=(2, 1)),
    "explicit pads, dilated": case((3, 3), padding=((2, 0), (1, 3)), dilations=2),
    "explicit even pads": case((3, 3), padding=1),
    "groups": case((3, 3), groups=2, filters=6),
    "groups, strided": case((3, 3), groups=2, strides=2),
    "groups, explicit pads": case((3, 3), groups=2, padding=((1, 0), (0, 2))),
    "depthwise": case((3, 3), groups=4),
    "depthwise, multiplier": case((3, 3), groups=3, channels=3, filters=6),
    "depthwise, strided": case((3, 3), groups=4, strides=2),
    "depthwise, unequal strides": case((3, 3), groups=4, strides=(1, 2)),
    "depthwise, dilated": case((3, 3), groups=4, dilations=(2, 2)),
    "depthwise, dilated by axis": case((3, 3), groups=4, dilations=(2, 1), padding="valid"),
    "depthwise, strided and dilated": case((3, 3), groups=4, strides=2, dilations=2),
    "depthwise, explicit pads": case((3, 3), groups=4, padding=((1, 0), (2, 1))),
    "depthwise, explicit pads, dilated": case(
        (3, 3), groups=4, padding=((1, 0), (2, 1)), dilations=2
    ),
    "bias": case((3, 3), bias=True),
    "one channel": case((3, 3), channels=1, filters=1),
    "NCHW": case((3, 3), data_format="NCHW"),
    "NCHW, strided, explicit pads, bias": case(
        (3, 3), data_format="NCHW", filters=3, strides=2, padding=((1, 0), (0, 2)), bias=True
    ),
    "NCHW, groups": case((3, 3), data_format="NCHW", groups=2),
    "NCHW, depthwise": case((3, 3), data_format="NCHW", groups=4, filters=8),
    "NCHW, depthwise, dilated": case((3, 3), data_format="NCHW", groups=4, dilations=2),
    # rank 1
    "1-D": case((3,), bias=True),
    "1-D, strided, valid": case((4,), strides=2, padding="valid"),
    "1-D, dilated": case((3,), dilations=2),
    "1-D, explicit pads": case((3,), padding=((2, 1),)),
    "1-D, groups": case((3,), groups=2),
    "1-D, depthwise": case((3,), groups=4, filters=8),
    "1-D, NCHW": case((3,), data_format="NCHW", bias=True),
    "1-D, NCHW, explicit pads": case((3,), data_format="NCHW", padding=((2, 1),)),
    # rank 3
    "3-D": case((3, 2, 3), bias=True),
    "3-D, strided": case((3, 3, 2), strides=(2, 1, 2), padding="valid"),
    "3-D, dilated": case((2, 2, 2), dilations=(1, 2, 1)),
    "3-D, explicit pads": case((2, 3, 2), padding=((1, 0), (0, 2), (1, 1))),
    "3-D, groups": case((2, 2, 2), groups=2),
    "3-D, NCHW": case((2, 3, 2), data_format="NCHW", filters=3, bias=True),
    # transposed
    "transposed": _transposed((3, 3)),
    "transposed, strided": _transposed((3, 3), strides=2, filters=3),
    "transposed, strided, even kernel": _transposed((4, 2), strides=2, filters=3),
    "transposed, valid": _transposed((3, 3), strides=(2, 1), padding="valid", bias=True),
    "transposed, valid, output padding": _transposed(
        (3, 3), strides=2, padding="valid", output_padding=1
    ),
    "transposed, same, output padding": _transposed((3, 3), strides=2, output_padding=1),
    "transposed, stride beyond the kernel": _transposed((2, 1), strides=3),
    "transposed, valid, stride beyond the kernel": _transposed((2, 1), strides=3, padding="valid"),
    "transposed, explicit pads": _transposed((3, 3), strides=2, padding=1),
    "transposed, explicit pads, output padding": _transposed(
        (3, 3), strides=2, padding=1, output_padding=1
    ),
    "transposed, more cropped before": _transposed((4, 4), strides=2, padding=((2, 0), (1, 0))),
    "transposed, more cropped after": _transposed((4, 4), strides=2, padding=((0, 2), (0, 1))),
    "transposed, dilated": _transposed((3, 3), dilations=2),
    "transposed, dilated, valid": _transposed((3, 3), dilations=2, padding="valid"),
    "transposed, strided and dilated": _transposed((3, 2), strides=2, dilations=2),
    "transposed, groups": _transposed((3, 3), strides=2, groups=2, filters=6),
    "transposed, NCHW": _transposed((3, 3), strides=2, data_format="NCHW", filters=3),
    "transposed 1-D": _transposed((3,), strides=2, filters=3),
    "transposed 1-D, explicit pads": _transposed((4,), strides=2, padding=((1, 2),)),
    "transposed 3-D": _transposed((3, 2, 2), strides=2, filters=3, bias=True),
    "transposed 3-D, explicit pads": _transposed((3, 2, 3), strides=2, padding=1),
    "transposed 3-D, groups": _transposed((2, 2, 2), strides=2, groups=2),
    # dtypes
    "float64": case((3, 3), dtypes=("float64", "float64")),
    "float16": case((3, 3), dtypes=("float16", "float16")),
    "bfloat16": case((3, 3), dtypes=("bfloat16", "bfloat16"), bias=True),
    "int32": case((3, 3), dtypes=("int32", "int32")),
    "int8": case((3, 3), dtypes=("int8", "int8")),
    "uint8": case((3, 3), dtypes=("uint8", "uint8")),
    "float64 with a float32 kernel": case((3, 3), dtypes=("float64", "float32")),
    "float32 with a float64 kernel": case((3, 3), dtypes=("float32", "float64"), bias=True),
    "int32 with a float32 kernel": case((3, 3), dtypes=("int32", "float32")),
}

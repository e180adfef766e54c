"""Arrays and options of Python callers, made into a case."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from convcheck.case.build import random_output_gradient
from convcheck.case.case import Case
from convcheck.case.checks import check_unmasked
from convcheck.case.dtypes import dtype_named
from convcheck.case.layouts import other_layouts, to_canonical_kernel, to_channels_last
from convcheck.case.passes import FORWARD, PASSES, Gradient
from convcheck.case.spec import ConvSpec
from convcheck.errors import SpecError, UsageError
from convcheck.spelling import did_you_mean_or

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def as_array(values: Any) -> Any:
    """The numbers of a NumPy, torch, TensorFlow or JAX array as a NumPy array, every bit of them.

    A tensor that requires a gradient is detached, one on a device copied. Raises UsageError for a
    masked array, of which some numbers do not count.
    """
    if isinstance(values, np.ndarray):
        check_unmasked("array", values)
        return np.asarray(values)  # a subclass may compute otherwise
    if hasattr(values, "detach"):  # torch, which is not imported for it
        values = values.detach().cpu()
        if str(values.dtype) == "torch.bfloat16":  # NumPy does not know it; float32 holds it
            return values.float().numpy().astype(dtype_named("bfloat16"))
        return values.numpy()
    return np.asarray(values.numpy() if hasattr(values, "numpy") else values)


def make_case(
    input: ArrayLike,  # noqa: A002 - the field's word
    kernel: ArrayLike,
    *,
    bias: ArrayLike | None = None,
    input_layout: str | None = None,
    kernel_layout: str | None = None,
    data_format: str = "NHWC",
    groups: int = 1,
    transposed: bool = False,
    **spec: Any,
) -> Case:
    """The case that a caller describes.

    Raises UsageError for arrays that have another number of axes than their layouts, and SpecError
    where they do not fit together, with the layouts in which they would.
    """
    x = to_channels_last(as_array(input), input_layout, "input_layout")
    weights, groups = to_canonical_kernel(
        as_array(kernel), kernel_layout, groups=groups, transposed=transposed
    )
    b = None if bias is None else as_array(bias)
    geometry = ConvSpec.make(weights.shape[:-2], groups=groups, transposed=transposed, **spec)
    try:
        return Case(geometry, x, weights, b, data_format)
    except SpecError as error:
        given = {"--input-layout": input_layout, "--kernel-layout": kernel_layout}
        known = [option for option, layout in given.items() if layout]
        words = other_layouts(
            geometry, x.shape, weights.shape, None if b is None else b.shape, known=known
        )
        if not words:
            raise
        raise SpecError(in_python(words)) from error


def with_pass(
    case: Case, pass_: str, output_gradient: ArrayLike | None, input_layout: str | None
) -> Case:
    """The case, or the convolution that a gradient of it is; random output gradients unless given.

    ``input_layout`` is that of the output gradient too. Raises UsageError for another pass than
    those of the command line, and for an output gradient of a forward pass.
    """
    if pass_ not in PASSES:
        raise UsageError(f"pass_ is {pass_!r}; {did_you_mean_or(pass_, PASSES)}")
    if pass_ == FORWARD:
        if output_gradient is not None:
            raise UsageError("output_gradient goes with a gradient: pass_='input-gradient' …")
        return case
    if output_gradient is None:
        g, source = random_output_gradient(case), "random"
    else:
        g, source = in_layout(output_gradient, input_layout), "array"
    return Gradient(pass_, case, g, source).case


def in_layout(array: ArrayLike, layout: str | None) -> Any:
    """An array in this layout as NHWC; left as it is where its number of axes is wrong."""
    given = as_array(array)
    if layout is None or given.ndim != len(layout):
        return given
    return np.moveaxis(given, layout.index("C"), -1)


@contextlib.contextmanager
def words_of_python() -> Iterator[None]:
    """Mistakes that are raised within it are told with Python's names in place of options."""
    try:
        yield
    except UsageError as error:
        raise type(error)(in_python(str(error))) from error


def in_python(words: str) -> str:
    """A message with Python's names in place of the command line's options."""
    # Not within a name, which may be a file's.
    return re.sub(
        r"(?<![\w./-])--([a-z]+(?:-[a-z]+)*)", lambda found: found[1].replace("-", "_"), words
    )

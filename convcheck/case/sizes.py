"""Whether a case is small enough, told from its shapes alone, before any of its arrays is made."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from convcheck.case.checks import check_size, show
from convcheck.case.spec import ConvSpec
from convcheck.untrusted.memory import check_memory


def check_sizes(
    spec: ConvSpec, input_shape: Sequence[int], kernel_shape: Sequence[int]
) -> tuple[int, ...]:
    """The shape of the output.

    Raises SpecError where the shapes do not fit the spec, and where the output, the padded input,
    or the output before its crop, has more elements than any framework takes.
    """
    shape = spec.output_shape(input_shape, kernel_shape)
    check_size("output", shape)
    transposed = spec.transposed
    word = "uncropped output" if transposed else "padded input"
    images, *_, channels = shape if transposed else input_shape
    axes = spec.axes(input_shape)
    reach = [a.before + a.after + (a.out if transposed else a.size) for a in axes]
    check_size(word, (images, *reach, channels))
    return shape


def check_room(
    spec: ConvSpec,
    input_shape: Sequence[int],
    kernel_shape: Sequence[int],
    itemsizes: tuple[int, int],
) -> None:
    """Raises UsageError for sizes that make no sense, or that there is not memory enough for.

    ``itemsizes`` are the bytes of one element of the input and of the kernel. What a case needs at
    least: its operands and one output, here and in the process that computes.
    """
    shape = check_sizes(spec, input_shape, kernel_shape)
    of_input, of_kernel = itemsizes
    need = 2 * (
        prod(input_shape) * of_input + prod(kernel_shape) * of_kernel + prod(shape) * max(itemsizes)
    )
    check_memory(
        need,
        f"a case with an input of shape {show(input_shape)}, a kernel of {show(kernel_shape)} "
        f"and an output of {show(shape)}",
    )

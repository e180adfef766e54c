"""Where NaN and infinity stand in a case and in what was computed: worth a note, whatever is right.

A check that passes may have compared next to nothing: NaN equals NaN here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.passes import INPUT_GRADIENT, KERNEL_GRADIENT, OUTPUT_GRADIENT
from convcheck.results import Output

if TYPE_CHECKING:
    from convcheck.case.case import Array, Case


def nan_notes(case: Case, outputs: Sequence[Output]) -> Iterator[str]:
    """A sentence for each operand, and each output, that holds a NaN or an infinity."""
    for word, array in _operands(case):
        if array is not None and (found := _counted(array)):
            yield f"the {word} holds {found} of {array.size:,} numbers"
    same: dict[str, list[str]] = {}
    for output in outputs:
        if output.array is not None and (found := _counted(output.array)):
            same.setdefault(f"{found} of {output.array.size:,} outputs", []).append(output.name)
    for words, names in same.items():
        yield f"{words}: {', '.join(names)}"


def _operands(case: Case) -> Iterator[tuple[str, Array | None]]:
    """What is computed from, as it was given: a gradient's convolution has other arrays."""
    asked = case.gradient
    if asked is None:
        yield from (("input", case.input), ("kernel", case.kernel), ("bias", case.bias))
        return
    if asked.kind == KERNEL_GRADIENT:
        yield "input", asked.forward.input
    if asked.kind == INPUT_GRADIENT:
        yield "kernel", asked.forward.kernel
    yield OUTPUT_GRADIENT, asked.output_gradient


def _counted(array: Array) -> str:
    """``3 NaN and 1 infinite``; "" where there is neither."""
    if array.dtype.kind in "iub":
        return ""
    counts = {"NaN": int(np.isnan(array).sum()), "infinite": int(np.isinf(array).sum())}
    return " and ".join(f"{count:,} {word}" for word, count in counts.items() if count)

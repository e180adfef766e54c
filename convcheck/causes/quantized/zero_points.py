"""Zero points that are not subtracted, not added, or not what padding holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from convcheck.case.case import Case
from convcheck.causes.cause import Cause, say
from convcheck.causes.quantized.hypothesis import QuantizedCause, QuantizedHypothesis
from convcheck.quantized.case import QuantizedCase

if TYPE_CHECKING:
    from convcheck.case.case import Array

NAME = "zero-point-ignored"


def _hypotheses(quantized: QuantizedCase, centred: Case) -> Iterator[QuantizedHypothesis]:
    p = quantized.parameters
    zx, zo = p.input_zero_point, p.output_zero_point
    raw, raw_kernel = (a.astype(np.int32) for a in (quantized.case.input, quantized.case.kernel))
    kernel_has_one = bool(np.any(p.zw))
    padded = not centred.spec.transposed and any(map(any, centred.pads))

    def found(detail: str, **changes: object) -> QuantizedHypothesis:
        return QuantizedHypothesis(NAME, detail, **changes)  # type: ignore[arg-type]

    if zx:
        own = f"the input's zero point, {zx}, not subtracted"
        if padded:
            word = f"{own}, nor from the padding, which holds it"
            yield found(word, operands=partial(_with, x=raw, padding=zx))
            word = f"padding that holds 0 in place of the input's zero point, {zx}"
            yield found(word, operands=partial(_with, padding=-zx))
        word = f"{own}, and padding that stands for 0" if padded else own
        yield found(word, operands=partial(_with, x=raw))
    if kernel_has_one:
        word = "the kernel's zero point not subtracted"
        yield found(word, operands=partial(_with, kernel=raw_kernel))
    if zx and kernel_has_one:
        both = partial(_with, x=raw, kernel=raw_kernel, padding=zx if padded else 0)
        yield found("no zero point subtracted, of input nor kernel", operands=both)
    if zo:
        without = partial(replace, output_zero_point=0)
        word = f"the output's zero point, {zo}, not added"
        yield found(word, parameters=without, changes_sums=False)
        if zx:
            both = partial(_with, x=raw, padding=zx if padded else 0)
            word = "no zero point used, of input nor output"
            yield found(word, operands=both, parameters=without)


def _with(
    centred: Case, x: Array | None = None, kernel: Array | None = None, padding: int = 0
) -> Case:
    """The case with other operands, and padding that holds a number."""
    x = centred.input if x is None else x
    spec = centred.spec
    if padding:
        x = np.pad(x, [(0, 0), *centred.pads, (0, 0)], constant_values=padding)
        spec = replace(spec, padding="valid")
    return replace(centred, spec=spec, input=x, kernel=centred.kernel if kernel is None else kernel)


def _may_have_one(quantized: QuantizedCase) -> bool:
    p = quantized.parameters
    return p.input_dtype != "int16" or bool(np.any(p.zw))


ZERO_POINT_IGNORED = Cause(
    NAME,
    fix=say(
        "subtract the input's and the kernel's zero point before the product, pad with the input's "
        "zero point, and add the output's after the scale"
    ),
)
OF_QUANTIZED = QuantizedCause(ZERO_POINT_IGNORED, _may_have_one, _hypotheses)

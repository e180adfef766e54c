"""In which formats an operation computes, and its operands in them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from convcheck.case.case import Case
from convcheck.orders.arithmetic import Sums
from convcheck.orders.replay import same
from convcheck.orders.units import Formats
from convcheck.results import Judgement
from convcheck.truth.arithmetic import cast, format_named, rounded


def formats_of(case: Case, judgement: Judgement) -> Formats:
    """The formats that numbers pass in the computation of this output."""
    arithmetic, output = judgement.declared, judgement.output
    assert arithmetic is not None
    assert output.array is not None
    x = [case.input.dtype.name, output.dtypes.input, str(arithmetic.operands)]
    k = [case.kernel.dtype.name, output.dtypes.kernel, str(arithmetic.kernel_format)]
    return Formats(
        input=tuple(dict.fromkeys(filter(None, x))),
        kernel=tuple(dict.fromkeys(filter(None, k))),
        accumulator=str(arithmetic.accumulator),
        output=output.array.dtype.name,
    )


def operands_of(case: Case, judgement: Judgement) -> Case:
    """The case with its operands as the operation meets and rounds them."""
    seen, arithmetic = judgement.output.dtypes, judgement.declared
    assert arithmetic is not None
    changes: dict[str, Any] = {
        role: cast(getattr(case, role), format_named(dtype))
        for role, dtype in (("input", seen.input), ("kernel", seen.kernel))
        if dtype is not None and dtype != getattr(case, role).dtype.name
    }
    return rounded(replace(case, **changes) if changes else case, arithmetic)


def in_carrier(case: Case, sums: Sums) -> Case:
    """The case with operands that are wider than the sums in the format of the sums.

    Nothing multiplies float64 numbers into float32: where the sums are narrower, the operands were
    cast, whatever is known of the way in.
    """
    operands = {"input": case.input, "kernel": case.kernel, "bias": case.bias}
    changes: dict[str, Any] = {
        role: array.astype(sums.carrier)
        for role, array in operands.items()
        if array is not None and array.dtype.itemsize > sums.carrier.itemsize
    }
    return replace(case, **changes) if changes else case


def lossy_casts(given: Case, met: Case) -> tuple[tuple[str, str], ...]:
    """The operands of which the operation meets other numbers than were given, and their dtype."""
    operands = [(role, getattr(given, role), getattr(met, role)) for role in ("input", "kernel")]
    return tuple(
        (role, after.dtype.name)
        for role, before, after in operands
        if before is not after and not same(before, after).all()
    )

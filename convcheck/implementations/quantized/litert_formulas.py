"""What LiteRT's kernels may round by. No framework here."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convcheck.quantized.case import QuantizedCase


def formulas_of(quantized: QuantizedCase, engine: str) -> tuple[str, ...]:
    """The formulas that an engine, ``xnnpack``, ``builtin`` or ``reference``, may use.

    The kernels in integers differ by operator, by place in the output and by processor, but share
    the multiplier, and so the bound.
    """
    if engine == "xnnpack":
        return ("F1",)
    p, bias = quantized.parameters, quantized.case.bias
    if p.input_dtype == "int16" and (bias is None or bias.dtype.name != "int32"):
        return ("I64/Mdbl",)
    multiplier = "Mf" if p.input_dtype == "uint8" else "Mdbl"
    return tuple(f"{kind}/{multiplier}" for kind in ("D", "DU", "MIX8", "MIX16"))

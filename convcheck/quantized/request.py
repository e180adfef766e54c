"""What a user asked for of a quantized case: to be quantized, or what recorded integers stand for.

Imports no NumPy, so that the command line can refuse options that contradict each other at once.
Messages name the command line's options.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from convcheck.errors import UsageError
from convcheck.quantized.requantize.names import SCHEMES
from convcheck.spelling import listed

SCALES = ("input_scale", "kernel_scale", "output_scale")
ZERO_POINTS = ("input_zero_point", "kernel_zero_point", "output_zero_point")
_ALL_SCALES = "--input-scale, --kernel-scale and --output-scale"


@dataclass(frozen=True, eq=False)
class QuantizationRequest:
    """How a case's numbers become, or are, quantized integers; None where the user said nothing."""

    quantize: str | None = None
    """``int8``, ``uint8`` or ``int16x8``: real operands become integers."""
    input_scale: float | None = None
    input_zero_point: int | None = None
    kernel_scale: Any = None
    """A number, one for each output channel, or the name of a file that holds them."""
    kernel_zero_point: Any = None
    """As ``kernel_scale``."""
    output_scale: float | None = None
    output_zero_point: int | None = None
    activation: str | None = None
    """``none``, ``relu``, ``relu6`` or ``relu_n1_to_1``; None for none."""

    @property
    def asks(self) -> bool:
        """Whether the case is to be quantized at all."""
        return self.quantize is not None or bool(self.given)

    @property
    def given(self) -> dict[str, Any]:
        """The scales and zero points that were given, by the names of ``Parameters``."""
        named = {field.name: getattr(self, field.name) for field in fields(self)}
        numbers = (*SCALES, *ZERO_POINTS)
        return {name: v for name, v in named.items() if name in numbers and v is not None}

    @property
    def files(self) -> list[tuple[str, str]]:
        """The files that are to be read, each with the option that names it."""
        return [(_option(name), v) for name, v in self.given.items() if isinstance(v, str)]

    def check(self, *, separating: bool = False) -> None:
        """Raise UsageError for options that contradict each other, before any file is read.

        ``separating``: whether convcheck makes the integers, for which all may be given.
        """
        if separating:
            if self.quantize is None:
                raise UsageError(
                    "--input separating makes integers; say which: --quantize "
                    + listed(list(SCHEMES), "or")
                )
        elif self.quantize is not None:
            for name in self.given:
                raise UsageError(
                    f"{_option(name)} says what recorded integers stand for, and --quantize makes "
                    "integers with scales and zero points of its own; leave one of them out"
                )
        elif self.given:
            missing = [_option(name) for name in SCALES if name not in self.given]
            if missing:
                are = "is" if len(missing) == 1 else "are"
                raise UsageError(
                    f"{listed(missing)} {are} missing: recorded integers need {_ALL_SCALES}; to "
                    f"have real numbers quantized, give --quantize int8 alone"
                )
        elif self.activation not in (None, "none"):
            raise UsageError(
                f"--activation {self.activation} clamps integers; give --quantize int8 "
                f"with it, or {_ALL_SCALES} of recorded integers"
            )


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")

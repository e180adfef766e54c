"""What a user asked for: the options that describe a case, before any array exists.

Imports no NumPy, so that the command line can refuse options that contradict each other at once.
"""

from __future__ import annotations

from dataclasses import dataclass

from convcheck.case.spec import Pads
from convcheck.errors import UsageError

NAMED_INPUTS = ("china", "flower", "random")
NAMED_KERNELS = ("ones", "zeros", "random")
NAMED_BIASES = ("none", "zeros", "random")


@dataclass(frozen=True)
class Request:
    """A case as the options of ``compare`` describe it; None where the user said nothing.

    Raises UsageError for options that contradict each other, before any file is read.
    """

    input: str = "china"
    input_shape: tuple[int, ...] | None = None
    input_dtype: str | None = None
    kernel: str = "ones"
    kernel_size: tuple[int, ...] | None = None
    filters: int | None = None
    kernel_dtype: str | None = None
    bias: str = "none"
    strides: tuple[int, ...] = (1,)
    padding: str | tuple[int, ...] | Pads = "same"
    dilations: tuple[int, ...] = (1,)
    groups: int = 1
    transposed: bool = False
    output_padding: tuple[int, ...] | None = None
    data_format: str = "NHWC"
    seed: int = 0

    def __post_init__(self) -> None:
        if self.input_shape is not None and self.input != "random":
            raise UsageError(
                f"--input-shape goes with --input random, not with '{self.input}', "
                "which has its own shape; leave one of them out"
            )
        if self.kernel not in NAMED_KERNELS:
            for option, value in (
                ("--kernel-size", self.kernel_size),
                ("--filters", self.filters),
                ("--kernel-dtype", self.kernel_dtype),
            ):
                if value is not None and self.kernel.lower().endswith(".npy"):
                    raise UsageError(
                        f"{option} goes with a kernel that convcheck makes; "
                        f"'{self.kernel}' has its own shape and dtype; leave {option} out"
                    )

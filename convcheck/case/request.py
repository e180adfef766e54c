"""What a user asked for: the options that describe a case, before any array exists.

Imports no NumPy, so that the command line can refuse options that contradict each other at once.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from convcheck.case.arrays.names import is_array_file
from convcheck.case.families.names import SHOWN, TYPED, Family, family_of, names_family
from convcheck.case.passes import FORWARD
from convcheck.case.spec import Pads
from convcheck.errors import UsageError

SEPARATING = "separating"
"""The input that brings a kernel and a bias with it; only quantized cases have it."""
NAMED_INPUTS = ("china", "flower", "random", *SHOWN, SEPARATING)
"""As they are written in help; what stands for ``cancellation:C`` tells ``names_input``."""
COMPLETED_INPUTS = ("china", "flower", "random", *TYPED, SEPARATING)
"""As a shell completes them: each is taken as it is."""
NAMED_KERNELS = ("ones", "zeros", "random")
NAMED_BIASES = ("none", "zeros", "random")
NAMED_OUTPUT_GRADIENTS = ("ones", "random")


def names_input(text: str) -> bool:
    """Whether this input is no file: one of ``NAMED_INPUTS``, or a family with its number."""
    return text in NAMED_INPUTS or names_family(text)


def makes_input(source: str) -> bool:
    """Whether an input is made here, so that its shape can be asked for."""
    return source == "random" or names_family(source)


@dataclass(frozen=True)
class Request:
    """A case as the options of ``compare`` describe it; None where the user said nothing.

    Raises UsageError for options that contradict each other, before any file is read.
    """

    input: str = "china"
    """A file, or one of ``NAMED_INPUTS``; a family makes what else is ``random`` to fit it."""
    input_shape: tuple[int, ...] | None = None
    input_dtype: str | None = None
    input_layout: str | None = None
    """How an input file is laid out; None for NHWC."""
    kernel: str = "ones"
    kernel_size: tuple[int, ...] | None = None
    filters: int | None = None
    kernel_dtype: str | None = None
    kernel_layout: str | None = None
    """How a kernel file is laid out; None for HWIO, transposed HWOI."""
    rank: int | None = None
    """Spatial axes, where the arrays leave it open."""
    bias: str = "none"
    strides: tuple[int, ...] = (1,)
    padding: str | tuple[int, ...] | Pads = "same"
    dilations: tuple[int, ...] = (1,)
    groups: int = 1
    transposed: bool = False
    output_padding: tuple[int, ...] | None = None
    data_format: str = "NHWC"
    pass_: str = FORWARD
    """One of ``passes.PASSES``."""
    output_gradient: str | None = None
    """Of a gradient: None for random numbers."""
    seed: int = 0

    @property
    def is_separating(self) -> bool:
        """Whether integers are made that tell requantization formulas apart: input and kernel."""
        return self.input == SEPARATING

    @property
    def family(self) -> Family | None:
        """The family that input, and what else is ``random``, are made of; None of other inputs.

        Raises UsageError where it is not rightly typed.
        """
        return family_of(self.input)

    @property
    def makes_input(self) -> bool:
        """Whether the input is made here, in the shape that is asked for."""
        return makes_input(self.input)

    def __post_init__(self) -> None:
        _ = self.family  # refused before anything is read
        if self.output_gradient is not None and self.pass_ == FORWARD:
            raise UsageError(
                "--output-gradient goes with a gradient; add --pass input-gradient, "
                "kernel-gradient or bias-gradient, or leave it out"
            )
        if self.is_separating:
            self._check_separating()
            return
        if self.input_shape is not None and not self.makes_input:
            raise UsageError(
                f"--input-shape goes with --input random, not with '{self.input}', "
                "which has its own shape; leave one of them out"
            )
        if self.input_layout is not None and self.makes_input:
            raise UsageError(
                f"--input-layout goes with an array file, not with '{self.input}', which convcheck "
                "makes as NHWC; leave it out"
            )
        if self.kernel_layout is not None and self.kernel in NAMED_KERNELS:
            raise UsageError(
                f"--kernel-layout goes with a kernel file, not with '{self.kernel}', which "
                "convcheck makes in its own layout; leave it out"
            )
        if self.kernel not in NAMED_KERNELS:
            for option, value in (
                ("--kernel-size", self.kernel_size),
                ("--filters", self.filters),
                ("--kernel-dtype", self.kernel_dtype),
            ):
                if value is not None and is_array_file(self.kernel):
                    raise UsageError(
                        f"{option} goes with a kernel that convcheck makes; "
                        f"'{self.kernel}' has its own shape and dtype; leave {option} out"
                    )

    def _check_separating(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name not in ("input", "data_format", "seed") and value != field.default:
                raise UsageError(
                    f"--input separating is a whole case, a 1x1 convolution with its own kernel "
                    f"and bias; leave --{field.name.replace('_', '-')} out"
                )

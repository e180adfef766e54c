"""A case: a spec with its input, kernel and bias. Imports no NumPy of its own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from convcheck.case.checks import check_unmasked
from convcheck.case.sizes import check_sizes
from convcheck.case.spec import Axis, ConvSpec, Pads
from convcheck.errors import SpecError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from convcheck.case.passes import Gradient

    Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Case:
    """One convolution to compute: arrays are NHWC and HWIO (transposed: HWOI), of any rank.

    Raises SpecError where the arrays do not fit the spec, or have masked elements. Never changed:
    a changed case is a new one, by ``dataclasses.replace``, and equality is identity. ``axes`` and
    ``output_shape`` are computed once; they follow from the fields, so that copies and pickles may
    hold them too.
    """

    spec: ConvSpec
    input: Array
    """Shape (N, *spatial, C)."""
    kernel: Array
    """Shape (*kernel_size, C / groups, O), transposed (*kernel_size, O / groups, C)."""
    bias: Array | None = None
    """Shape (O,), or None."""
    data_format: str = "NHWC"
    """What frameworks are asked to use; the arrays here stay NHWC."""
    sources: tuple[str, str, str] = ("array", "array", "array")
    """Where input, kernel and bias came from, as typed."""
    gradient: Gradient | None = None
    """The gradient that this convolution is, of another case; None of a forward pass."""

    def __post_init__(self) -> None:
        for word, array in (("input", self.input), ("kernel", self.kernel), ("bias", self.bias)):
            check_unmasked(word, array)
        shape = check_sizes(self.spec, self.input.shape, self.kernel.shape)
        if self.bias is not None and self.bias.shape != (shape[-1],):
            raise SpecError(
                f"bias of shape {self.bias.shape}, expected ({shape[-1]},): one for each filter"
            )

    @property
    def forward(self) -> Case:
        """The convolution that users speak of: of a gradient the one that is differentiated."""
        return self if self.gradient is None else self.gradient.forward

    @property
    def pass_(self) -> str:
        """What it is of ``forward``: one of ``passes.PASSES``."""
        return "forward" if self.gradient is None else self.gradient.kind

    @cached_property
    def output_shape(self) -> tuple[int, ...]:
        """(N, *spatial, O)."""
        return self.spec.output_shape(self.input.shape, self.kernel.shape)

    @cached_property
    def axes(self) -> tuple[Axis, ...]:
        """Each spatial axis, resolved against the input."""
        return self.spec.axes(self.input.shape)

    @property
    def pads(self) -> Pads:
        """(before, after) for each spatial axis, SAME and VALID resolved."""
        return tuple((axis.before, axis.after) for axis in self.axes)

    @property
    def is_depthwise(self) -> bool:
        """Whether each of several channels is a group of its own."""
        return self.spec.is_depthwise(self.input.shape[-1])

    @property
    def terms(self) -> int:
        """Taps of a full window: the products that one inner output adds up."""
        return self.spec.terms(self.kernel.shape)

    @property
    def dtypes(self) -> tuple[np.dtype[Any], np.dtype[Any]]:
        """The dtypes of input and kernel."""
        return self.input.dtype, self.kernel.dtype

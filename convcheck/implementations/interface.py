"""The interface of an implementation: what its module offers. Read this to write one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from convcheck.results import Dtypes

if TYPE_CHECKING:
    from convcheck.case.case import Array
    from convcheck.implementations.name import Name


@dataclass(frozen=True)
class Computed:
    """The output that a framework computed for a case."""

    array: Array
    """Shape (N, *spatial, O), a NumPy array of the dtype that came out."""
    call: str
    """The call that was made."""
    dtypes: Dtypes
    """Observed, never assumed."""
    device: str | None = None
    fixes: dict[str, str] = field(default_factory=dict)
    """What to change -> how, in this framework's terms; the one key that is read is ``dtype``,
    whose text may hold ``{dtype}``."""
    accumulate: str | None = None
    """The format of the sums, where it is another than the operation's own or float32."""
    formulas: tuple[str, ...] = ()
    """Of a quantized case: the requantization formulas that may be meant, by their names in
    ``convcheck.quantized.requantize``, or ``FLOAT`` where float32 numbers lie between; () for
    any."""


class Module(Protocol):
    """A module that computes cases. Importing it imports its framework."""

    def compute(self, case: Any, name: Name) -> Computed:
        """Run the case through the call that the name stands for, operands passed as given.

        The case is a ``Case``, in the table of quantized implementations a ``QuantizedCase``, whose
        output is integers of the input's dtype, or the sums themselves in int32 or int64.

        Whatever it raises makes the row ``unavailable``, with the error's own text.
        """

    # A module may offer gradients too; a row whose module does not is ``unavailable``. Functions
    # and files have theirs: see ``python.py`` and ``file.py``.
    #
    # def gradient(self, asked: Gradient, name: Name) -> Computed:
    #     """The gradient that ``asked`` describes, through the framework's own differentiation.
    #
    #     Its array has ``asked.shape``. ``dtypes`` are those that the operation met that computes
    #     the gradient: ``input`` and ``kernel`` of what stands as input and kernel of
    #     ``asked.case``. Operands are passed as given; the output gradient in the dtype that the
    #     output came out in.
    #     """

    def versions(self) -> dict[str, str]:
        """Package -> version of what computes here."""

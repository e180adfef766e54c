"""The dtypes that a framework's convolution was observed to receive."""

from __future__ import annotations

from dataclasses import dataclass

from convcheck.results import Dtypes


@dataclass
class ObservedDtypes:
    """dtypes of the operands of the first convolution that a framework ran while observed.

    None until one has run. Each framework's own file has an ``observed`` that fills one in.
    """

    input: str | None = None
    kernel: str | None = None

    @property
    def pending(self) -> bool:
        """Whether no convolution was observed yet."""
        return self.input is None

    def dtypes(self, output: str) -> Dtypes:
        """What was observed, with the dtype ``output`` of the result in the end."""
        return Dtypes(input=self.input, kernel=self.kernel, compute=self.input, output=output)

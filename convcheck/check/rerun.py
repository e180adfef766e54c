"""Runs a changed case once more, for an experiment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from convcheck.case.case import Case
from convcheck.implementations.name import Name
from convcheck.implementations.registry import row_of
from convcheck.results import Output
from convcheck.runtimes.host import Runtimes


@dataclass(frozen=True)
class Rerun:
    """Computes a changed case with one of a check's implementations, for an experiment."""

    runtimes: Runtimes
    names: Sequence[Name]

    def __call__(
        self, case: Case, name: str, option: tuple[str, str] | None = None, /
    ) -> Output | None:
        """None for a recorded output, and where the implementation takes no such option."""
        implementation = next((one for one in self.names if one.text == name), None)
        if implementation is None:
            return None
        if option is not None:
            if option[0] not in row_of(implementation).options:
                return None
            implementation = implementation.with_option(*option)
        return laid_out(case, self.runtimes.run(case.gradient or case, implementation))


def laid_out(case: Case, output: Output) -> Output:
    """An output as it is judged: a gradient in the layout of the convolution that it is."""
    if case.gradient is None or output.array is None:
        return output
    return replace(output, array=case.gradient.to_case_layout(output.array))

"""What can run here: a tiny convolution through every implementation."""

from __future__ import annotations

from collections.abc import Sequence

from convcheck.case.build import build
from convcheck.case.request import Request
from convcheck.implementations.name import Name
from convcheck.implementations.registry import row_of
from convcheck.implementations.rows import QUANTIZED_ROWS
from convcheck.results import ImplementationInfo
from convcheck.runtimes.host import Runtimes


def inventory(names: Sequence[Name], runtimes: Runtimes) -> list[ImplementationInfo]:
    """Each name with what a run of it showed."""
    case = build(Request(input="random", input_shape=(1, 4, 4, 1), kernel_size=(3,)))
    return [
        ImplementationInfo(
            name=name.text,
            call=output.call,
            available=output.array is not None,
            message=output.message,
            versions=output.versions,
            device=output.device,
            options=tuple(row_of(name).options),
            install=row_of(name).install,
            quantized_options=_quantized_options(name),
        )
        for name, output in zip(names, runtimes.run_all(case, names)(), strict=True)
    ]


def _quantized_options(name: Name) -> dict[str, tuple[str, ...]] | None:
    row = QUANTIZED_ROWS.get(name.base)
    if row is None:
        return None
    return {key: tuple(values or ()) for key, values in row.options.items()}
